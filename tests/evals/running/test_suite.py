"""Suites: every file of ours is sound, and a bad one is refused with its file and field."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evals.running.scenario import Call, Scenario, Tools
from evals.running.suite import SUITES, Suite, SuiteRefused, load_suite

MAIN = load_suite("main")
TOOLS = frozenset(
    {
        "search_products",
        "get_product",
        "compare_products",
        "similar_products",
        "search_knowledge",
        "send_file",
        "create_quote",
        "place_order",
        "send_payment_link",
        "order_status",
        "list_services",
        "find_and_hold_slot",
        "confirm_booking",
        "reschedule_booking",
        "cancel_booking",
        "my_bookings",
        "confirm_attendance",
        "join_waiting_list",
        "leave_waiting_list",
        "schedule_follow_up",
        "save_contact_detail",
        "ask_to_remember",
        "remember_contact",
        "forget_contact_details",
        "hand_off",
    }
)
REPAIRS = ("correction", "change-of-mind", "digression", "clarification", "cannot-handle", "cancel", "handoff")
GOOD = """
title: Says hello
business: deportes-sol
language: es
customer: {name: Ana}
chat:
  - says: hola
expect: {}
"""


def test_the_main_suite_covers_every_business_and_three_languages() -> None:
    assert len(MAIN.scenarios) >= 100
    assert {scenario.business for scenario in MAIN.scenarios} == set(MAIN.businesses)
    assert {scenario.language for scenario in MAIN.scenarios} == {"es", "pt", "en"}


@pytest.mark.parametrize("repair", REPAIRS)
def test_the_main_suite_has_every_way_in_which_a_chat_goes_astray(repair: str) -> None:
    assert [scenario.id for scenario in MAIN.scenarios if f"repair:{repair}" in scenario.tags]


def test_chats_go_astray_in_three_languages_and_change_their_own() -> None:
    tagged = [one for one in MAIN.scenarios if any(tag.startswith("repair:") for tag in one.tags)]
    assert {scenario.language for scenario in tagged} == {"es", "pt", "en"}
    assert any("language" in scenario.tags for scenario in MAIN.scenarios)


@pytest.mark.parametrize("folder", [folder.name for folder in sorted(SUITES.iterdir()) if folder.is_dir()])
def test_every_suite_can_be_read(folder: str) -> None:
    assert load_suite(folder).scenarios


@pytest.mark.parametrize("scenario", MAIN.scenarios, ids=lambda scenario: scenario.id)
def test_what_a_scenario_names_exists_in_its_business(scenario: Scenario) -> None:
    """A misspelt SKU under `stock` would otherwise be an expectation that no run can meet, or that all do."""
    document = MAIN.businesses[scenario.business]
    skus = {variant["sku"] for product in document.get("products", []) for variant in product["variants"]}
    names = {item["name"] for item in (*document.get("services", []), *document.get("staff", []))}
    expect, given = scenario.expect, scenario.given
    assert {sku for order in expect.orders for sku in order.lines or {}} <= skus
    assert {*expect.stock, *(item.sku for item in given.stock)} <= skus
    assert set(given.hidden) <= {product["name"] for product in document.get("products", [])}
    booked = {name for slot in expect.bookings for name in (slot.service, slot.staff) if name}
    assert booked | {name for slot in given.taken for name in (slot.service, slot.staff)} <= names
    assert set(_tools(expect.tools)) <= TOOLS


def test_a_filter_finds_ids_titles_languages_and_tags() -> None:
    def ids(pattern: str) -> set[str]:
        return {scenario.id for scenario in MAIN.matching(pattern).scenarios}

    assert ids("INJECTION") == {each.id for each in MAIN.scenarios if "injection" in each.tags} > {"injected_discount"}
    assert ids("book_a_*") == {"book_a_haircut"}
    assert ids("salao") == {each.id for each in MAIN.scenarios if each.business == "salao-aurora"}
    assert ids("nothing like it") == set()


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (GOOD.replace("says: hola", "sayz: hola"), "chat[1].sayz: there is no such field"),
        (GOOD.replace("- says: hola", "- {says: hola, pays: true}"), "chat[1]: a step is one of says, sends"),
        (GOOD.replace("- says: hola", "- {hears: [hola]}"), "this one has none of them"),
        (GOOD.replace("title: Says hello", ""), "title: is missing"),
        (GOOD.replace("language: es", "language: fr"), "language: Input should be 'es', 'pt' or 'en'"),
        (GOOD.replace("expect: {}", "expect: {orders: [{totl: 5}]}"), "expect.orders[1].totl: there is no such field"),
        (
            GOOD.replace("expect: {}", "expect: {bookings: [{starts: friday}]}"),
            "expect.bookings[1].starts: write local",
        ),
        (GOOD.replace("expect: {}", "expect: {}\nscored_on: [luck]"), "scored_on[1]: Input should be 'state'"),
        (GOOD.replace("deportes-sol", "la-esquina"), "business: there is no la-esquina, only deportes-sol"),
        (GOOD.replace("customer: {name: Ana}", "customer: [Ana"), "not readable as YAML"),
        ("- just a list", "a scenario is a list of fields"),
    ],
)
def test_a_bad_file_is_refused_with_its_field(tmp_path: Path, document: str, complaint: str) -> None:
    file = tmp_path / "mine" / "bad.yaml"
    file.parent.mkdir()
    file.write_text(document)
    (tmp_path / "mine" / "good.yaml").write_text(GOOD)
    with pytest.raises(SuiteRefused) as refused:
        load_suite(str(tmp_path / "mine"))
    assert str(refused.value).startswith(f"{file}: ")
    assert complaint in str(refused.value)
    assert "good.yaml" not in str(refused.value)


def test_an_unknown_suite_names_the_known_ones() -> None:
    with pytest.raises(SuiteRefused, match="there is no suite nothing; these are there: main"):
        load_suite("nothing")


def test_a_suite_of_ones_own_is_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text(GOOD)
    suite: Suite = load_suite(str(tmp_path))
    assert [scenario.id for scenario in suite.scenarios] == ["hello"]


def test_a_suite_brings_businesses_of_its_own_and_says_when_it_begins(tmp_path: Path) -> None:
    (tmp_path / "businesses").mkdir()
    (tmp_path / "businesses" / "corner.yaml").write_text("{slug: la-esquina, mode: sales}")
    (tmp_path / "hello.yaml").write_text(GOOD.replace("deportes-sol", "la-esquina"))
    (tmp_path / "suite.yaml").write_text("begins: 2019-03-01T06:00:00-08:00")
    for name in (tmp_path, tmp_path / "hello.yaml"):
        suite = load_suite(str(name))
        assert suite.businesses == {"la-esquina": {"slug": "la-esquina", "mode": "sales"}}
        assert suite.begins == datetime(2019, 3, 1, 14, tzinfo=UTC)
    assert MAIN.begins is None


@pytest.mark.parametrize("begins", ["tomorrow", "2019-03-01T06:00:00", "7"])
def test_a_suite_that_begins_at_no_instant_is_refused(tmp_path: Path, begins: str) -> None:
    (tmp_path / "hello.yaml").write_text(GOOD)
    (tmp_path / "suite.yaml").write_text(f"begins: {begins}")
    with pytest.raises(SuiteRefused, match="begins: write an instant with its offset"):
        load_suite(str(tmp_path))


def _tools(tools: Tools) -> Iterator[str]:
    named: list[Any] = [*tools.required, *tools.forbidden]
    for each in named:
        yield each.tool if isinstance(each, Call) else each

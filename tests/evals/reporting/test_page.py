"""The page: whole in itself, right for whoever reads it with eyes, ears or keys, and deaf to what chats try."""

import base64
import hashlib
import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from evals.reporting.comparison import compare
from evals.reporting.page import render
from evals.reporting.wording import told
from tests.evals.reporting.runs import played, run_of, saved, turn

VOID = {"meta", "input", "br", "link", "img", "hr"}
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!-- <script>",
    '"><a href="javascript:alert(1)">x</a>',
    "{{ 7 * 7 }} {% raw %}",
    "abc \u202e gpj.exe \u2066 x",
    "nul \x00 half \ud800 line \u2028 end",
    "w" * 10_000,
]


class Page(HTMLParser):
    """Every element with its attributes and the text directly in it; unbalanced ones are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def shown(self) -> str:
        return "".join(text for tag, text in self.texts if tag not in ("script", "style"))


RUN = run_of(
    played("one", says="Cuesta $1,299.00"),
    played("two", passed=False),
    played("three", language="pt", tags=["booking", "<b>"]),
)
AFTER = run_of(played("one", passed=False, says="Cuesta $1,399.00"), played("two"), played("fresh"))
TEXT = render(RUN)
PAGE = Page(TEXT)
COMPARED_TEXT = render(AFTER, compare(RUN, AFTER))
COMPARED = Page(COMPARED_TEXT)


@pytest.mark.parametrize(("text", "page"), [(TEXT, PAGE), (COMPARED_TEXT, COMPARED)], ids=["a run", "a comparison"])
def test_nothing_is_fetched_and_only_the_pages_own_script_may_run(text: str, page: Page) -> None:
    for _, attributes in page.found:
        assert not {"src", "srcset", "action", "data", "poster"} & set(attributes)
        assert all(not name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.found}
    (style,) = [text for tag, text in page.texts if tag == "style"]
    assert not re.search(r"url\(|@import|@font-face", style)
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    script = [text for tag, text in page.texts if tag == "script"][-1]
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"\b(fetch|XMLHttpRequest|import)\b *\(", script)


@pytest.mark.parametrize("page", [PAGE, COMPARED], ids=["a run", "a comparison"])
def test_it_can_be_read_without_eyes_and_used_with_keys(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(each.get("scope") in ("row", "col") for each in page.all("th"))
    assert all(each.get("role") == "img" and each.get("aria-label") for each in page.all("svg"))
    assert len(page.all("label")) == len(page.all("input")) + len(page.all("select"))
    assert all("aria-label" in each for _, each in page.found if each.get("tabindex") == "0")
    ids = Counter(attributes["id"] for _, attributes in page.found if "id" in attributes)
    assert {name: count for name, count in ids.items() if count > 1} == {}
    links = {(each["href"] or "")[1:] for each in page.all("a")}
    assert links - set(ids) == set()
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("meta")[1]["name"] == "viewport"


def test_the_verdict_is_one_sentence_at_the_top() -> None:
    assert ("h1", "1 of 3 scenarios failed.") in PAGE.texts
    whole = Page(render(run_of(played("one"), played("one", trial=2))))
    assert ("h1", "The one scenario passed in each of 2 trials.") in whole.texts


def test_an_answer_stands_with_its_claims_their_evidence_tools_and_stopped_drafts() -> None:
    for words in ("$1,299.00", "search_products", "price of Veloz 3: 1,299.00 MXN", "the customer's words"):
        assert words in PAGE.shown
    for words in ("query: veloz", "send_payment_link", "Cuesta $999", "$999 rests on nothing", "stopped by ledger"):
        assert words in PAGE.shown
    assert "11:00:04" in PAGE.shown
    assert "Tue 24 Nov 2026" in PAGE.shown


def test_expected_and_found_stand_beside_each_other() -> None:
    assert "status: paid" in PAGE.shown
    assert "status: paid, total: 1299, lines: VEL3: 1" in PAGE.shown


def test_a_claim_without_support_is_called_bare() -> None:
    bare = turn(claims=[{"kind": "money", "quote": "$5", "support": None}])
    assert "1 claim, 1 bare" in Page(render(run_of(played("one", turns=[bare])))).shown


def test_a_turn_that_said_nothing_is_told_at_what_it_read() -> None:
    silent = played("one", turns=[turn(outcome="silent")])
    silent["chat"] = silent["chat"][:1]
    assert "silent" in Page(render(run_of(silent))).shown


def test_each_scenario_can_be_filtered_by_its_marks_and_its_words() -> None:
    cards = {each["data-id"]: each for each in PAGE.all("details") if "data-id" in each}
    assert list(cards) == ["two", "one", "three"]
    assert (cards["two"]["data-status"], cards["three"]["data-language"]) == ("|failed|stopped|", "|pt|")
    assert cards["three"]["data-tag"] == "|booking|<b>|"
    index = json.loads(next(text for tag, text in PAGE.texts if tag == "script"))
    assert len(index) == len(cards)
    assert index[1].startswith("one one one order cuanto cuesta?")


def test_charts_have_their_numbers_beside_them_as_a_table() -> None:
    titles = [text for tag, text in PAGE.texts if tag == "h3"]
    assert titles[:2] == ["Pass rate by tag", "Pass rate by language"]
    assert {"Cost against quality", "Seconds until an answer"} <= set(titles)
    assert "pass^k" not in titles
    several = Page(render(run_of(played("one"), played("one", trial=2, passed=False))))
    assert "pass^k" in [text for tag, text in several.texts if tag == "h3"]


def test_several_runs_are_dots_of_one_chart() -> None:
    dear = run_of(played("one", cost_micros=90_000), model="openai:gpt-5-mini")
    page = Page(render(RUN, None, [dear]))
    chart = next(str(each["aria-label"]) for each in page.all("svg") if "Cost" in str(each["aria-label"]))
    assert "openai:gpt-5-mini 0.09 US dollars a scenario, 100 %" in chart


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: repr(text[:20]))
def test_whatever_is_said_in_a_chat_stays_words(hostile: str) -> None:
    changes: dict[str, Any] = {
        "title": hostile, "customer": {"name": hostile, "wants": hostile}, "tags": [hostile], "reasons": [hostile],
        "business": hostile, "end_state": {"orders": [{"delivery": hostile}]},
        "findings": [{"basis": "words", "passed": False, "what": hostile}],
        "turns": [turn(
            claims=[{"kind": hostile, "quote": hostile, "support": hostile}],
            rejected=[{"text": hostile, "faults": [hostile], "by": [hostile]}],
            tool_calls=[{"name": hostile, "arguments": {"text": hostile}}],
        )],
    }  # fmt: skip
    before = run_of(played("one", says="otra cosa"))
    run = run_of(played("one", says=hostile, passed=False, **changes), suite=hostile, model=hostile)
    text = render(run, compare(before, run))
    page = Page(text)
    usual = {tag for tag, _ in COMPARED.found} | {tag for tag, _ in PAGE.found}
    assert {tag for tag, _ in page.found} <= usual
    assert len(page.all("script")) == 2
    assert all(not name.startswith("on") for _, attributes in page.found for name in attributes)
    assert all((each.get("href") or "#").startswith("#") for each in page.all("a"))
    assert not re.search("[\x00\u202e\u2066\u2028]", "".join(words for _, words in page.texts))
    assert text.encode("utf-8", errors="replace")


def test_marks_that_turn_the_direction_are_named_and_words_keep_their_own() -> None:
    page = Page(render(run_of(played("one", says="abc \u202e gpj.exe"))))
    assert "U+202E" in page.shown
    assert {"class": "unseen", "title": "RIGHT-TO-LEFT OVERRIDE"} in page.all("span")
    assert all(each.get("dir") == "auto" for each in page.all("div") if each.get("class") == "bubble")


def test_values_are_told_as_people_write_them() -> None:
    quote = {
        "code": "Q-1",
        "lines": [{"name": "Tenis", "amount": 129900, "quantity": 1}],
        "total": 129900,
        "currency": "MXN",
    }
    assert told(quote) == "code: Q-1, lines: name: Tenis, amount: 1,299.00 MXN, quantity: 1, total: 1,299.00 MXN"
    assert told({"price": 9900, "currency": "CLP"}) == "price: 9,900.00 CLP"
    assert told({"total": 1578, "status": None, "ok": True}) == "total: 1578, ok: yes"
    assert told({"id": "01a1ffb8-79bb-70f8-854c-c45127e65ad6"}) == "id: …e65ad6"


def test_a_very_long_message_can_be_scrolled_with_keys() -> None:
    page = Page(render(run_of(played("one", says="w " * 5_000))))
    assert "A long message of 10000 characters" in [each.get("aria-label") for each in page.all("div")]


def test_a_regression_stands_side_by_side_with_what_changed_marked() -> None:
    marked = [text for tag, text in COMPARED.texts if tag == "mark"]
    assert [text for text in marked if text[0].isdigit()] == ["1,299.00", "1,399.00"]
    assert "orders: none" in marked
    assert ("h3", "1 regression, side by side") in COMPARED.texts
    assert "Against the baseline 1 got worse, 1 better, 1 new, 1 gone." in COMPARED.shown


def test_a_run_with_nothing_in_it_but_a_stop_still_makes_a_page() -> None:
    bare: dict[str, Any] = {
        "chat": [],
        "turns": [],
        "steps": [],
        "findings": [],
        "end_state": {},
        "stopped": "no",
        "reasons": ["no"],
    }
    assert "Nothing was said." in Page(render(run_of(played("one", passed=False, tokens=0, **bare)))).shown
    assert saved(played("one"))["passed"]

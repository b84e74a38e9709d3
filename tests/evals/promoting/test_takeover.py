"""A kept takeover in the form of a suite."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evals.cli import main
from evals.promoting.draft import PromotionRefused, keep
from evals.promoting.takeover import draft_of
from evals.running.suite import read_scenario

KEPT: dict[str, Any] = {
    "title": "Cambio sin ticket",
    "chat": [
        {"says": "¿Puedo cambiar?", "hears": ["30"], "never_hears": [], "like": "Sí, hay 30 días."},
        {"says": "Sí, de acuerdo.", "hears": [], "never_hears": ["descuento"], "like": None},
    ],
    "expect": {
        "outcome": "answered",
        "does": ["create_quote"],
        "never_does": [],
        "state": {
            "orders": [{"status": "pending_payment", "items": [{"sku": "VEL3-26-AZMA", "quantity": 2}]}],
            "bookings": [{"service": "Ajuste", "start": "viernes 10:00", "staff": None, "status": "CONFIRMED"}],
            "handed_off": True,
        },
    },
}


def test_a_takeover_becomes_a_scenario_with_its_end_and_what_is_left_to_fill_in(tmp_path: Path) -> None:
    draft = draft_of(KEPT, "es-MX", "deportes-sol")
    file = keep(draft, tmp_path)
    assert file.name == "cambio_sin_ticket.yaml"
    made = read_scenario(file)
    assert [step.says for step in made.chat] == [["¿Puedo cambiar?"], ["Sí, de acuerdo."]]
    assert (made.chat[0].hears, made.chat[1].never_hears) == (["30"], ["descuento"])
    assert made.expect.orders[0].lines == {"VEL3-26-AZMA": 2}
    assert made.expect.stock == {"VEL3-26-AZMA": -2}
    assert (made.expect.bookings[0].service, made.expect.in_charge) == ("Ajuste", "person")
    assert made.expect.tools.required == ["create_quote"]
    assert any("viernes 10:00" in note for note in draft.notes)
    assert "a person answered step 1: Sí, hay 30 días." in file.read_text("utf-8")


def test_a_file_is_not_replaced_without_being_told_to(tmp_path: Path) -> None:
    file = keep(draft_of(KEPT, "es-MX", "deportes-sol"), tmp_path)
    file.write_text("mine")
    with pytest.raises(PromotionRefused, match="--force replaces it"):
        keep(draft_of(KEPT, "es-MX", "deportes-sol"), tmp_path)
    assert file.read_text() == "mine"
    keep(draft_of(KEPT, "es-MX", "deportes-sol"), tmp_path, force=True)
    assert read_scenario(file).title == KEPT["title"]
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_a_language_that_no_suite_has_must_be_named() -> None:
    with pytest.raises(PromotionRefused, match="give --language"):
        draft_of(KEPT, "fr-FR", "deportes-sol")
    assert draft_of(KEPT, "fr-FR", "deportes-sol", "en").language == "en"


@pytest.mark.parametrize(
    ("arguments", "key", "complaint"),
    [
        ([], "k", "--conversation"),
        (["--conversation", "c", "--scenario", "s"], "k", "--conversation"),
        (["--conversation", "c"], "", "TENDERO_API_KEY"),
        (["--conversation", "c", "--api", "http://127.0.0.1:1"], "k", "does not answer"),
        (["--conversation", "c", "--api", "nowhere"], "k", "does not answer"),
    ],
)
def test_what_is_missing_is_said(arguments: list[str], key: str, complaint: str, tmp_path: Path) -> None:
    where = ["--business", "deportes-sol", "--into", str(tmp_path / "suite")]
    outcome = CliRunner().invoke(main, ["promote", "takeover", *arguments, *where], env={"TENDERO_API_KEY": key})
    assert outcome.exit_code == 2
    assert complaint in outcome.output
    assert not (tmp_path / "suite").exists()

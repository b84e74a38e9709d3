"""The claim ledger in figures: drafts of seven shops, written without knowing how they are read."""

from collections import Counter

from evals.claims.figures import MOST_STOPPED, reckon
from evals.claims.maker import all_drafts
from evals.claims.writing import amounts, hours, words

SHARE = 3
"""One draft in so many is judged here; `make claims` judges all."""
PESOS = {"point": ".", "group": ",", "before": "$", "one": "peso", "many": "pesos", "cents": "centavos", "code": "MXN"}


def test_numbers_amounts_and_hours_are_written_as_people_write_them() -> None:
    assert words(1249, "es") == "mil doscientos cuarenta y nueve"
    assert words(2400, "pt") == "dois mil e quatrocentos"
    assert words(121_000, "es") == "ciento veintiún mil"
    assert {"$1,299.00", "1299 pesos", "mil doscientos noventa y nueve pesos"} <= set(amounts(129900, PESOS, "es"))
    assert "às 15h30" in hours(15, 30, "pt")


def test_there_are_thousands_of_drafts_right_and_wrong_in_each_language() -> None:
    drafts = all_drafts()
    shops = Counter(draft.shop for draft in drafts)
    assert len(drafts) >= 2_000
    assert min(shops.values()) >= 150
    assert sum(draft.true for draft in drafts) >= 500
    assert sum("swapped" in draft.kind and not draft.true for draft in drafts) >= 200


def test_nothing_wrong_leaves_and_what_is_right_is_seldom_stopped() -> None:
    figures = reckon(all_drafts()[::SHARE])
    assert [(draft.kind, draft.text) for draft in figures.left] == []
    assert len(figures.stopped) <= figures.right * MOST_STOPPED, [draft.text for draft in figures.stopped]

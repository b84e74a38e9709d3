"""What a variant costs at an instant, and its code: pure arithmetic."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.catalog.barcodes import barcode, spellings
from backend.catalog.prices import Asked, asked_at

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(amount: int, starts: datetime | None, ends: datetime | None) -> dict[str, object]:
    return {
        "amount": amount,
        "starts_at": starts.isoformat() if starts else None,
        "ends_at": ends.isoformat().replace("+00:00", "Z") if ends else None,
    }


@pytest.mark.parametrize(
    ("timed", "asked"),
    [
        ([], Asked(100)),
        ([span(80, NOON, NOON + HOUR)], Asked(80, 100, NOON + HOUR)),
        ([span(80, NOON - HOUR, NOON)], Asked(100)),
        ([span(80, NOON + HOUR, None)], Asked(100, None, NOON + HOUR)),
        ([span(80, None, None)], Asked(80, 100)),
        ([span(80, None, NOON + 2 * HOUR), span(70, None, NOON + HOUR)], Asked(70, 100, NOON + HOUR)),
        ([span(120, None, NOON + HOUR)], Asked(120, None, NOON + HOUR)),
    ],
)
def test_the_lowest_of_the_timed_prices_that_hold_is_asked(timed: list[dict[str, object]], asked: Asked) -> None:
    assert asked_at(100, timed, NOON) == asked


@pytest.mark.parametrize(
    ("written", "kept"),
    [(" 750 1234-567893 ", "7501234567893"), ("036000291452", "036000291452"), ("abc-1", "ABC1"), ("  ", None)],
)
def test_barcodes_are_taken_as_shops_have_them(written: str, kept: str | None) -> None:
    assert barcode(written) == kept


@pytest.mark.parametrize(
    ("written", "said"),
    [("7501234567890", "end in 3"), ("7.50123E+12", "spreadsheet"), ("7501234567893;1", "digits and letters")],
)
def test_a_barcode_that_cannot_be_right_says_why(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        barcode(written)


def test_a_upc_is_found_as_an_ean_and_the_reverse() -> None:
    assert set(spellings("036000291452")) == set(spellings("0036000291452"))

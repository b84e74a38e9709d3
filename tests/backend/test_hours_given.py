"""Weekly hours as the API takes them: 24:00 ends a day, nights run into the next one, nothing overlaps."""

from typing import Any

import pytest
from pydantic import ValidationError

from backend.bookings.hours import Week
from backend.fields import WeekHours


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ({"mon": [["09:00", "24:00"]]}, [(540, 1440)]),
        ({"mon": [["00:00", "24:00"]], "tue": [["00:00", "24:00"]]}, [(0, 1440)]),
        ({"mon": [["12:00", "15:00"], ["22:00", "02:00"]], "tue": [["02:00", "03:00"]]}, [(720, 900), (1320, 1560)]),
        ({"mon": [["08:00", "08:00"]], "tue": [["08:00", "20:00"]]}, [(480, 1920)]),
        ({"mon": [["09:00", "13:00"], ["13:00", "19:00"]]}, [(540, 780), (780, 1140)]),
        ({"mon": []}, []),
    ],
)
def test_hours_are_kept_as_they_were_written_and_understood(
    given: dict[str, Any], minutes: list[tuple[int, int]]
) -> None:
    stored = WeekHours.model_validate(given).stored()
    assert stored == {day: spans for day, spans in given.items() if spans}
    assert list(Week.parse(stored).days[0]) == minutes


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mon": [["24:00", "02:00"]]}, "wall time such as 09:30"),
        ({"mon": [["09:00", "24:30"]]}, "24:00 for the end of the day"),
        ({"mon": [["9:00", "10:00"]]}, "wall time such as 09:30"),
        ({"mon": [["14:00", "19:00"], ["09:00", "13:00"]]}, "in order"),
        ({"mon": [["09:00", "13:00"], ["12:59", "19:00"]]}, "09:00-13:00 and 12:59-19:00"),
        ({"mon": [["22:00", "02:00"], ["23:00", "24:00"]]}, "22:00-02:00 and 23:00-24:00"),
        ({"mon": [["22:00", "02:00"]], "tue": [["01:00", "05:00"]]}, "22:00-02:00 of mon reaches into"),
        ({"sun": [["08:00", "08:00"]], "mon": [["07:00", "09:00"]]}, "08:00-08:00 of sun reaches into"),
        ({"mo": []}, "Extra inputs"),
        ({"mon": [["09:00"]]}, "Field required"),
    ],
)
def test_hours_that_make_no_sense_are_refused_with_a_reason(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        WeekHours.model_validate(given)

"""`GET /v1/availability` as a stranger calls it: nights, grids, thousands of slots, windows that reach nowhere."""

from typing import Any

import pytest
from sqlalchemy import text

from backend.bookings.schemas import Availability, SlotView
from backend.database import Database
from backend.settings import Settings
from tests.backend.bookings.conftest import Calendar, Salon
from tests.factories import Client, make_business

FRIDAY, SATURDAY = "2026-08-07", "2026-08-08"


async def test_a_bar_is_open_past_midnight_and_until_it(calendar: Calendar, client: Client, settings: Settings) -> None:
    hours = {"fri": [["22:00", "02:00"]], "sat": [["20:00", "24:00"]]}
    bar = await make_business(client, settings, timezone="America/Sao_Paulo", hours=hours)
    assert (await bar.ok("GET", "/v1/tenant"))["hours"] == hours
    await bar.ok(
        "POST", "/v1/staff", {"name": "Zé", "hours": {"fri": [["23:00", "01:00"]], "sat": [["23:00", "24:00"]]}}
    )
    asked = {"duration_minutes": 60, "step_minutes": 60, "from": FRIDAY, "to": SATURDAY}
    found = await bar.ok("GET", "/v1/availability", **asked)
    assert [item["start"][5:16] for item in found["items"]] == ["08-07T23:00", "08-08T00:00", "08-08T23:00"]
    reaching = {"hours": {"fri": [["22:00", "02:00"]], "sat": [["01:00", "24:00"]]}}
    refused = await bar.call("PATCH", "/v1/tenant", reaching)
    assert (refused.status_code, "22:00-02:00 of fri reaches into 01:00-24:00 of sat" in refused.text) == (422, True)


async def test_the_answer_is_what_the_document_says_and_tells_what_it_took(salon: Salon) -> None:
    asked = {"service_id": salon.cut, "from": FRIDAY, "to": FRIDAY}
    answer = await salon.business.call("GET", "/v1/availability", **asked)
    told: dict[str, Any] = answer.json()
    Availability.model_validate(told)
    assert set(told) == set(Availability.model_fields)
    assert {frozenset(item) for item in told["items"]} == {frozenset(SlotView.model_fields)}
    assert {item["seats_left"] for item in told["items"]} == {None}
    parts = [part.partition(";dur=") for part in answer.headers["server-timing"].split(", ")]
    assert [name for name, _, spent in parts if float(spent) >= 0] == ["read", "slots", "show"]
    sparse = await salon.business.ok("GET", "/v1/availability", **asked, fields="start")
    assert sparse["items"][0] == {"start": told["items"][0]["start"]}


async def test_thousands_of_slots_come_in_one_call(salon: Salon) -> None:
    asked = {"duration_minutes": 5, "step_minutes": 5, "from": FRIDAY, "to": "2026-10-04"}
    found = await salon.business.ok("GET", "/v1/availability", **asked)
    starts = [item["start"] for item in found["items"]]
    assert len(starts) > 4000
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0001-01-01", "0001-01-02"),
        ("2020-01-01", "2020-01-02"),
        ("2030-01-01", "2030-01-02"),
        ("9999-12-30", "9999-12-30"),
    ],
)
async def test_windows_before_now_and_beyond_the_horizon_are_empty(salon: Salon, first: str, last: str) -> None:
    found = await salon.business.ok("GET", "/v1/availability", **{"duration_minutes": 5, "from": first, "to": last})
    assert found["items"] == []


async def test_grids_are_five_minutes_to_two_hours(salon: Salon, database: Database) -> None:
    call = salon.business.call
    asked = {"service_id": salon.cut, "from": FRIDAY, "to": FRIDAY}
    assert await salon.free(FRIDAY, step_minutes=120) == ["09:00", "11:00", "14:00", "16:00", "18:00"]
    for step in (4, 121):
        assert (await call("GET", "/v1/availability", **asked, step_minutes=step)).status_code == 422
        assert (await call("PATCH", "/v1/tenant", {"settings": {"slot_grid_minutes": step}})).status_code == 422
    async with database.tenant(salon.business.tenant_id) as session:
        wider = "UPDATE tenants SET settings = jsonb_set(settings, '{slot_grid_minutes}', '240')"
        await session.execute(text(wider))
    assert (await salon.business.ok("GET", "/v1/availability", **asked))["step_minutes"] == 120


async def test_93_days_may_hold_the_hour_that_a_clock_change_gives(salon: Salon) -> None:
    asked = {"duration_minutes": 60, "timezone": "America/New_York", "from": "2026-08-07"}
    assert (await salon.business.call("GET", "/v1/availability", **asked, to="2026-11-07")).status_code == 200
    assert (await salon.business.call("GET", "/v1/availability", **asked, to="2026-11-08")).status_code == 422


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("9999-12-31T23:59:59Z", "horizon"),
        ("9999-12-31T23:59:59-05:00", "horizon"),
        ("0001-01-01T00:00:00Z", "past"),
        ("0001-01-01T00:00:00+05:00", "past"),
    ],
)
async def test_a_hold_at_the_end_of_time_is_refused_with_a_reason(salon: Salon, start: str, reason: str) -> None:
    refused = await salon.business.call("POST", "/v1/holds", {"service_id": salon.cut, "start": start})
    assert (refused.status_code, refused.json().get("reason")) == (409, reason)

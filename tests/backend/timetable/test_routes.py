"""Overrides, absences, holidays and the report of conflicts, as the business's own programs use them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from backend.conversations.bundle import read_sample
from backend.database import Database
from tests.backend.bookings.conftest import Calendar, Salon
from tests.backend.settling import settled
from tests.factories import Business

FRIDAY, SATURDAY = "2026-08-07", "2026-08-08"


async def kinds(business: Business, **asked: Any) -> dict[str, list[str]]:
    """Reasons by the local start of each booking in conflict."""
    page = await business.ok("GET", "/v1/bookings/conflicts", **asked)
    return {item["booking"]["start"][5:16]: [one["kind"] for one in item["reasons"]] for item in page["items"]}


async def events(business: Business, database: Database) -> list[tuple[str, Any]]:
    await settled(database)
    found = (await business.ok("GET", "/v1/events", type="booking.conflicted"))["items"]
    return [(one["subject_id"], one["data"]["reason"]) for one in found]


async def test_an_override_changes_the_slots_of_its_days_and_can_be_taken_back(salon: Salon) -> None:
    call = salon.business.ok
    usual = await salon.free(FRIDAY)
    short = {"first_day": FRIDAY, "hours": [["11:00", "12:30"]], "reason": "Curso"}
    made = await call("POST", "/v1/date-overrides", short)
    assert (made["last_day"], made["hours"], made["conflicts"]) == (FRIDAY, [["11:00", "12:30"]], 0)
    assert await salon.free(FRIDAY) == ["11:00", "11:15", "11:30", "11:45"]
    away = {"first_day": FRIDAY, "last_day": SATURDAY, "staff_id": salon.ana}
    await call("POST", "/v1/date-overrides", away)
    assert await salon.free(FRIDAY) == []
    assert await salon.free("2026-08-10", staff_id=salon.ana) != []
    own = (await call("GET", "/v1/date-overrides", staff_id=salon.ana))["items"]
    general = (await call("GET", "/v1/date-overrides", business="true", **{"from": FRIDAY, "to": FRIDAY}))["items"]
    assert [one["last_day"] for one in own + general] == [SATURDAY, FRIDAY]
    assert (await call("GET", "/v1/date-overrides", **{"from": "2026-08-09"}))["items"] == []
    for one in own + general:
        await call("DELETE", f"/v1/date-overrides/{one['id']}")
    assert await salon.free(FRIDAY) == usual
    assert (await salon.business.call("GET", f"/v1/date-overrides/{made['id']}")).status_code == 404


async def test_an_absence_over_a_booking_is_reported_and_the_booking_stays(salon: Salon, database: Database) -> None:
    call = salon.business.ok
    booking = await salon.book(f"{FRIDAY}T10:00:00", staff_id=salon.ana)
    away = {"staff_id": salon.ana, "first_day": FRIDAY, "last_day": SATURDAY, "reason": "doente"}
    made = await call("POST", "/v1/absences", away)
    assert (made["start"], made["end"]) == ("2026-08-07T00:00:00-03:00", "2026-08-09T00:00:00-03:00")
    assert made["conflicts"] == 1
    assert await salon.free(FRIDAY, staff_id=salon.ana) == []
    assert (await salon.free(FRIDAY))[0] == "14:00"
    page = await call("GET", "/v1/bookings/conflicts")
    assert [(one["booking"]["code"], one["reasons"]) for one in page["items"]] == [
        (booking["code"], [{"kind": "absence", "detail": "doente"}])
    ]
    assert await events(salon.business, database) == [(booking["id"], "absence")]
    assert (await call("GET", f"/v1/bookings/{booking['id']}"))["status"] == "CONFIRMED"
    hour = {"staff_id": salon.bia, "start": "2026-08-07T17:00:00Z", "end": "2026-08-07T18:00:00Z"}
    assert (await call("POST", "/v1/absences", hour))["conflicts"] == 0
    assert (await salon.free(FRIDAY))[0] == "15:00"
    listed = await call("GET", "/v1/absences", **{"from": FRIDAY, "to": FRIDAY})
    assert [one["staff_id"] for one in listed["items"]] == [salon.ana, salon.bia]
    assert (await call("GET", "/v1/absences", **{"from": "2026-08-09"}))["items"] == []
    for one in listed["items"]:
        await call("DELETE", f"/v1/absences/{one['id']}")
    assert await kinds(salon.business) == {}


async def test_public_holidays_close_the_business_unless_an_override_opens_it(salon: Salon, database: Database) -> None:
    call, independence = salon.business.ok, "2026-09-07"
    assert (await call("GET", "/v1/holidays", year=2026))["items"] == []
    assert await salon.free(independence) != []
    await salon.book(f"{independence}T10:00:00", staff_id=salon.ana)
    where = {"public_holidays": {"country": "BR", "subdivision": "SP"}}
    await call("PATCH", "/v1/tenant", {"settings": where})
    assert await salon.free(independence) == []
    assert await kinds(salon.business) == {"09-07T10:00": ["holiday"]}
    listed = await call("GET", "/v1/holidays", year=2026)
    named = {one["day"]: (one["name"], one["closed"]) for one in listed["items"]}
    assert (named["2026-07-09"], named[independence]) == (
        ("Revolução Constitucionalista", True),
        ("Independência do Brasil", True),
    )
    async with database.tenant(salon.business.tenant_id) as session:
        told = (await read_sample(session))["tenant"]["changed_days"]
    assert told[0] == {
        "first_day": independence,
        "last_day": independence,
        "hours": [],
        "reason": named[independence][0],
    }
    await call("POST", "/v1/date-overrides", {"first_day": independence, "hours": [["09:00", "12:00"]]})
    assert (await salon.free(independence))[-1] == "11:15"
    item = next(one for one in (await call("GET", "/v1/holidays"))["items"] if one["day"] == independence)
    assert (item["closed"], item["hours"]) == (False, [["09:00", "12:00"]])
    assert await kinds(salon.business) == {}


async def test_unknown_places_have_no_holidays_and_the_refusal_lists_those_that_there_are(salon: Salon) -> None:
    async def refused(**where: str) -> Any:
        answer = await salon.business.call("PATCH", "/v1/tenant", {"settings": {"public_holidays": where}})
        assert answer.status_code == 422
        return answer.json()

    assert {"BR", "ES", "MX", "US"} <= set((await refused(country="ZZ"))["countries"])
    assert {"RJ", "SP"} <= set((await refused(country="BR", subdivision="XX"))["subdivisions"])
    assert (await salon.business.call("GET", "/v1/holidays", year=1200)).status_code == 422


async def test_what_speaks_against_a_booking_is_told_with_every_reason(salon: Salon, calendar: Calendar) -> None:
    call = salon.business.ok
    for start in ("2026-08-05T14:00:00", f"{FRIDAY}T10:00:00", f"{FRIDAY}T18:00:00", f"{SATURDAY}T09:00:00"):
        await salon.book(start, staff_id=salon.ana)
    await salon.book("2026-08-06T15:00:00", staff_id=salon.bia)
    assert await kinds(salon.business) == {}
    closed = await call("POST", "/v1/date-overrides", {"first_day": SATURDAY, "reason": "Mudança"})
    assert closed["conflicts"] == 1
    await call("PATCH", f"/v1/staff/{salon.bia}", {"active": False, "hours": {"fri": [["14:00", "19:00"]]}})
    hours = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    await call("PATCH", "/v1/tenant", {"hours": hours})
    assert await kinds(salon.business) == {
        "08-06T15:00": ["staff_inactive", "outside_staff_hours"],
        "08-07T18:00": ["outside_hours"],
        "08-08T09:00": ["closed"],
    }
    assert await kinds(salon.business, staff_id=salon.bia) == {"08-06T15:00": ["staff_inactive", "outside_staff_hours"]}
    pages: list[Any] = []
    cursor = None
    while len(pages) < 5:
        page = await call("GET", "/v1/bookings/conflicts", limit=1, **({"cursor": cursor} if cursor else {}))
        pages += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert [one["booking"]["start"][5:16] for one in pages] == ["08-06T15:00", "08-07T18:00", "08-08T09:00"]
    await call("PATCH", f"/v1/services/{salon.cut}", {"active": False})
    await call("DELETE", f"/v1/staff/{salon.bia}")
    calendar.advance(timedelta(hours=5))
    found = await kinds(salon.business)
    assert found["08-05T14:00"] == ["over"]
    assert found["08-06T15:00"] == ["staff_deleted", "service_inactive"]
    assert found["08-07T10:00"] == ["service_inactive"]


async def test_bad_days_people_and_times_are_refused(salon: Salon) -> None:
    nobody = str(uuid4())
    for path, body, status in (
        ("/v1/date-overrides", {"first_day": SATURDAY, "last_day": FRIDAY}, 422),
        ("/v1/date-overrides", {"first_day": FRIDAY, "hours": [["12:00", "13:00"], ["09:00", "10:00"]]}, 422),
        ("/v1/date-overrides", {"first_day": FRIDAY, "staff_id": nobody}, 404),
        ("/v1/absences", {"staff_id": nobody, "first_day": FRIDAY}, 404),
        ("/v1/absences", {"staff_id": salon.ana}, 422),
    ):
        assert (await salon.business.call("POST", path, body)).status_code == status, body
    long_ago = {"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T00:00:00Z"}
    assert (await salon.business.ok("GET", "/v1/bookings/conflicts", **long_ago))["items"] == []
    past = await salon.business.call("POST", "/v1/holds", salon.wish("2026-08-04T10:00:00"))
    assert (past.status_code, past.json()["reason"]) == (409, "past")

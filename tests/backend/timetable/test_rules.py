"""What the business allows customers is refused by the agent's tools beyond that, and by nothing for the team."""

from datetime import datetime, timedelta
from typing import Any

from backend.bookings.service import open_cards
from backend.conversations.bundle import read_sample
from backend.database import Database
from backend.settings import Settings
from tests.backend.bookings.conftest import Calendar, Salon
from tests.factories import Client, OpenTurn, open_turn, present_and_answer


def at(instant: str, minutes: int = 0) -> datetime:
    return datetime.fromisoformat(instant) + timedelta(minutes=minutes)


async def wish(turn: OpenTurn, when: str, occurrence: int = 0, **more: str) -> Any:
    return (await turn.use("find_and_hold_slot", {"service": "corte", "when": when, **more}, occurrence))["result"]


async def book(database: Database, turn: OpenTurn, when: str) -> Any:
    held = await wish(turn, when)
    await present_and_answer(database, turn)
    return (await turn.use("confirm_booking", {"proposal_id": held["proposal_id"]}))["result"]


async def test_late_cancellations_are_refused_with_the_limit_and_a_person_offered(
    salon: Salon, turn: OpenTurn, database: Database, calendar: Calendar
) -> None:
    await salon.business.ok("PATCH", "/v1/tenant", {"settings": {"cancel_notice_minutes": 24 * 60}})
    booked = await book(database, turn, "sexta às 10")
    until = "2026-08-06T10:00:00-03:00"
    assert booked["cancel_until"] == until
    async with database.tenant(turn.tenant_id) as session:
        assert (await open_cards(session, turn.contact_id))[0]["cancel_until"] == until
        facts = (await read_sample(session))["tenant"]["facts"]
    assert [(fact["key"], fact["text"].split(".")[0]) for fact in facts] == [
        ("cancellation_and_moving", "Os agendamentos podem ser cancelados até 24 horas antes de começar")
    ]
    asked = (await turn.use("cancel_booking", {"booking_code": booked["code"]}))["result"]
    assert asked["status"] == "needs_confirmation"
    await present_and_answer(database, turn)
    calendar.set(at(until, 1))
    yes = {"booking_code": booked["code"], "proposal_id": asked["proposal_id"]}
    late = await turn.call("cancel_booking", yes)
    assert (late.status_code, late.json()["type"]) == (409, "urn:tendero:problem:too-late-to-cancel")
    answer = await turn.use("cancel_booking", {"booking_code": booked["code"]}, occurrence=1)
    refused = answer["result"]
    assert (refused["status"], refused["reason"], refused["until"]) == ("refused", "too_late_to_cancel", until)
    assert refused["spoken_until"] == "quinta-feira, 6 de agosto, 10:00"
    assert "hand_off" in refused["tell"]
    assert [item["value"]["cancel_until"] for item in answer["evidence"]] == [until]
    cancelled = await salon.business.ok("POST", f"/v1/bookings/{booked['booking_id']}/cancel")
    assert cancelled["status"] == "CANCELLED"


async def test_moves_are_refused_when_late_or_too_many_and_the_teams_own_do_not_count(
    salon: Salon, turn: OpenTurn, database: Database, calendar: Calendar
) -> None:
    rules = {"reschedule_notice_minutes": 120, "reschedules_allowed": 1}
    await salon.business.ok("PATCH", "/v1/tenant", {"settings": rules})
    booked = await book(database, turn, "sexta às 10")
    move = f"/v1/bookings/{booked['booking_id']}/reschedule"
    await salon.business.ok("POST", move, {"start": "2026-08-07T11:00:00-03:00"})
    held = await wish(turn, "sexta às 15", booking_code=booked["code"])
    await present_and_answer(database, turn)
    moved = (await turn.use("reschedule_booking", {"proposal_id": held["proposal_id"]}))["result"]
    assert (moved["start"], moved["reschedule_until"]) == ("2026-08-07T15:00:00-03:00", "2026-08-07T13:00:00-03:00")
    assert (await wish(turn, "sexta às 16", booking_code=booked["code"]))["reason"] == "moved_too_often"
    await salon.business.ok("PATCH", "/v1/tenant", {"settings": {"reschedules_allowed": None}})
    calendar.set(at("2026-08-07T13:00:00-03:00", 1))
    late = await wish(turn, "sexta às 17", booking_code=booked["code"])
    assert (late["reason"], late["until"]) == ("too_late_to_move", "2026-08-07T13:00:00-03:00")


async def test_a_customer_has_so_many_open_bookings_and_no_more(
    salon: Salon, turn: OpenTurn, client: Client, settings: Settings, database: Database
) -> None:
    held = await wish(turn, "sexta às 10")
    await present_and_answer(database, turn)
    await salon.business.ok("PATCH", "/v1/tenant", {"settings": {"max_open_bookings": 1}})
    meanwhile = await salon.hold("2026-08-07T15:00:00", contact_id=str(turn.contact_id))
    await salon.business.ok("POST", "/v1/bookings", {"hold_id": meanwhile["id"]})
    late = await turn.call("confirm_booking", {"proposal_id": held["proposal_id"]})
    assert (late.status_code, late.json()["type"]) == (409, "urn:tendero:problem:too-many-bookings")
    assert (await wish(turn, "segunda às 10"))["reason"] == "too_many_bookings"
    other = await open_turn(client, database, settings, turn.tenant_id)
    assert (await wish(other, "segunda às 10"))["status"] == "held"
    third = await salon.hold("2026-08-10T15:00:00", contact_id=str(turn.contact_id))
    assert (await salon.business.ok("POST", "/v1/bookings", {"hold_id": third["id"]}))["status"] == "CONFIRMED"


async def test_a_wish_on_a_closed_day_is_told_why(salon: Salon, turn: OpenTurn) -> None:
    closed = {"first_day": "2026-08-07", "reason": "Aniversário da casa"}
    await salon.business.ok("POST", "/v1/date-overrides", closed)
    for when in ("sexta às 10", "sexta de tarde"):
        answer = await turn.use("find_and_hold_slot", {"service": "corte", "when": when})
        result = answer["result"]
        assert (result["status"], result["reason"], result["because"]) == ("unavailable", "closed", closed["reason"])
        assert any(item["value"].get("because") == closed["reason"] for item in answer["evidence"])
        assert result["alternatives"]
    sunday = (await turn.use("find_and_hold_slot", {"service": "corte", "when": "domingo"}))["result"]
    assert (sunday["reason"], sunday.get("because")) == ("closed", None)


async def test_staff_are_told_with_the_days_on_which_they_work_otherwise(salon: Salon, turn: OpenTurn) -> None:
    friday, saturday = "2026-08-07", "2026-08-08"
    call = salon.business.ok
    await call("POST", "/v1/date-overrides", {"first_day": friday, "hours": [["10:00", "12:00"]], "reason": "Curso"})
    await call("POST", "/v1/date-overrides", {"first_day": saturday, "reason": "Mudança"})
    own = {"first_day": friday, "hours": [["10:00", "11:00"]], "staff_id": salon.bia, "reason": "dentista"}
    await call("POST", "/v1/date-overrides", own)
    answer = await turn.use("list_services", {})
    ana, bia = (person["changed_days"] for person in answer["result"]["staff"])
    closed = {"first_day": saturday, "last_day": saturday, "hours": [], "reason": "Mudança"}
    short = {"first_day": friday, "last_day": friday, "hours": [["10:00", "12:00"]], "reason": "Curso"}
    assert ana == [short, closed]
    assert bia == [short | {"hours": [["10:00", "11:00"]], "reason": ""}, closed]
    hours = [item["value"] for item in answer["evidence"] if item["kind"] == "hours"]
    assert [(one[friday], one[saturday]) for one in hours] == [([["10:00", "12:00"]], []), ([["10:00", "11:00"]], [])]

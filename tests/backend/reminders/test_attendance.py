"""A yes to a reminder says that they come, to that booking, and to nothing else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend import clock
from backend.bookings.service import open_cards
from backend.conversations.models import Author
from backend.conversations.outgoing import post
from backend.conversations.proposals import present
from backend.database import Database
from backend.settings import Settings
from tests.backend.reminders.conftest import Desk
from tests.factories import Client, customer_writes, open_turn, present_and_answer


@pytest.fixture
async def reminded(desk: Desk) -> Any:
    """A booking whose customer was reminded, and has answered."""
    booking = await desk.book()
    desk.at("2026-08-06T10:00:00")
    await desk.writes()
    await desk.sweep()
    await customer_writes(desk.database, desk.turn, "sim")
    return booking


async def attendance(desk: Desk, booking: Any) -> str | None:
    found = await desk.salon.business.ok("GET", f"/v1/bookings/{booking['id']}")
    return None if found["attendance_confirmed_at"] is None else str(found["attendance_confirmed_at"])


async def test_a_yes_after_the_reminder_confirms_the_next_booking_once(desk: Desk, reminded: Any) -> None:
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        [card] = await open_cards(session, desk.turn.contact_id)
    assert card["attendance"] == "asked"
    answer = await desk.turn.use("confirm_attendance", {})
    assert (answer["result"]["code"], answer["result"]["attendance"]) == (reminded["code"], "confirmed")
    kinds = [(one["kind"], one["value"].get("action") or one["value"]["attendance"]) for one in answer["evidence"]]
    assert kinds == [("booking", "confirmed"), ("done", "attendance_confirmed")]
    first = await attendance(desk, reminded)
    assert first is not None
    desk.at("2026-08-06T11:00:00")
    await desk.turn.use("confirm_attendance", {"booking_code": reminded["code"]})
    assert await attendance(desk, reminded) == first
    told = await desk.events()
    assert [one["type"] for one in told].count("booking.attendance_confirmed") == 1
    await desk.salon.business.ok(
        "POST", f"/v1/bookings/{reminded['id']}/reschedule", {"start": "2026-08-07T15:00:00-03:00"}
    )
    assert await attendance(desk, reminded) is None, "they said yes to another time"


async def test_the_team_sets_it_and_takes_it_back(desk: Desk) -> None:
    booking = await desk.book()
    path = f"/v1/bookings/{booking['id']}"
    assert (await desk.salon.business.ok("POST", f"{path}/attendance", {"confirmed": True}))["attendance_confirmed_at"]
    await desk.salon.business.ok("POST", f"{path}/attendance", {"confirmed": False})
    assert await attendance(desk, booking) is None
    await desk.salon.business.ok("POST", f"{path}/cancel")
    refused = await desk.salon.business.call("POST", f"{path}/attendance", {"confirmed": True})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:nothing-to-confirm")


async def test_nobody_confirms_what_was_not_asked_or_is_not_theirs(
    desk: Desk, client: Client, settings: Settings, database: Database
) -> None:
    booking = await desk.book()
    unasked = await desk.turn.call("confirm_attendance", {})
    assert (unasked.status_code, unasked.json()["type"]) == (409, "urn:tendero:problem:nothing-to-confirm")
    stranger = await open_turn(client, database, settings, desk.turn.tenant_id)
    assert (await stranger.call("confirm_attendance", {"booking_code": booking["code"]})).status_code == 404
    named = await desk.turn.use("confirm_attendance", {"booking_code": booking["code"]})
    assert named["result"]["code"] == booking["code"]


async def test_a_yes_to_a_reminder_does_not_redeem_an_older_offer(desk: Desk) -> None:
    await desk.book()
    desk.at("2026-08-06T09:50:00")
    await desk.writes()
    wish = {"service": "coloração", "when": "segunda às 10"}
    older = (await desk.turn.use("find_and_hold_slot", wish))["result"]
    await present_and_answer(desk.database, desk.turn, "deixa eu ver")
    desk.at("2026-08-06T10:00:00")
    await desk.sweep()
    await customer_writes(desk.database, desk.turn, "sim")
    refused = await desk.turn.call("confirm_booking", {"proposal_id": older["proposal_id"]})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:proposal-not-answered")
    assert "a notice asked them something" in refused.json()["detail"]
    await desk.turn.use("confirm_attendance", {})


async def test_a_yes_to_an_offer_does_not_answer_an_older_reminder(desk: Desk, reminded: Any) -> None:
    wish = {"service": "coloração", "when": "segunda às 10"}
    newer = (await desk.turn.use("find_and_hold_slot", wish))["result"]
    await present_and_answer(desk.database, desk.turn)
    refused = await desk.turn.call("confirm_attendance", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:answers-a-proposal")
    await desk.turn.use("confirm_booking", {"proposal_id": newer["proposal_id"]})
    await desk.turn.use("confirm_attendance", {"booking_code": reminded["code"]})


async def test_a_yes_to_an_offer_of_a_notice_does_not_answer_an_older_reminder_either(
    desk: Desk, reminded: Any
) -> None:
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        notice = await post(session, desk.turn.conversation_id, Author.SYSTEM, "Abriu uma vaga. Reservo?")
        until = clock.now() + timedelta(hours=1)
        await present(session, notice, desk.turn.contact_id, "booking", ["confirm_booking"], uuid4(), {}, until)
    await customer_writes(desk.database, desk.turn, "sim")
    refused = await desk.turn.call("confirm_attendance", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:answers-a-proposal")
    assert await attendance(desk, reminded) is None

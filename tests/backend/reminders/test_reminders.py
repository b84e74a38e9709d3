"""A booking's reminders follow it, go out once, in words or by a template, and say why if they do not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.channels.letters import read_letter
from backend.channels.providers.base import Rejected
from backend.contacts.models import Contact
from backend.conversations.models import OutboxEntry, OutboxStatus
from backend.conversations.outbox import Claimed, record
from backend.reminders.sweep import send_due
from backend.settings import Settings
from backend.tenants.models import Tenant
from tests.backend.reminders.conftest import Desk

PLANNED = [(1440, "08-06T10:00", "scheduled", None), (120, "08-07T08:00", "scheduled", None)]


async def test_reminders_are_planned_with_the_booking_move_with_it_and_end_with_it(desk: Desk) -> None:
    booking = await desk.book()
    assert await desk.reminders(booking) == PLANNED
    business = desk.salon.business
    await business.ok("POST", f"/v1/bookings/{booking['id']}/reschedule", {"start": "2026-08-06T11:00:00-03:00"})
    moved = await desk.reminders(booking)
    assert moved == [(120, "08-06T09:00", "scheduled", None), (1440, "08-06T10:00", "withdrawn", "moved")]
    await business.ok("POST", f"/v1/bookings/{booking['id']}/cancel")
    assert [row[2:] for row in await desk.reminders(booking)] == [("withdrawn", "ended"), ("withdrawn", "moved")]
    held = await business.ok("GET", "/v1/reminders", status="withdrawn")
    assert {one["explanation"] for one in held["items"]} == {
        "The booking moved, and there is no time for it any more.",
        "The booking ended.",
    }
    await desk.delete(booking)
    assert (await business.ok("GET", "/v1/reminders"))["items"] == []


async def test_a_booking_in_half_an_hour_has_none(desk: Desk) -> None:
    await desk.salon.business.ok("PATCH", "/v1/tenant", {"settings": {"minimum_notice_minutes": 0}})
    assert await desk.reminders(await desk.book("2026-08-05T10:30:00")) == []


async def test_a_changed_setting_counts_for_bookings_that_are_made(desk: Desk) -> None:
    booking = await desk.book()
    business = desk.salon.business

    async def settings(**changed: Any) -> None:
        await business.ok("PATCH", "/v1/tenant", {"settings": changed})

    await settings(reminder_minutes=[180], quiet_hours=["20:00", "08:00"])
    assert [row for row in await desk.reminders(booking) if row[2] == "scheduled"] == [
        (180, "08-07T08:00", "scheduled", None)
    ]
    await settings(reminder_minutes=[])
    assert {row[2:] for row in await desk.reminders(booking)} == {("withdrawn", "setting")}
    await settings(reminder_minutes=None, quiet_hours=None)
    assert [row for row in await desk.reminders(booking) if row[2] == "scheduled"] == PLANNED
    wrong = await business.call("PATCH", "/v1/tenant", {"settings": {"reminder_minutes": [1]}})
    assert wrong.status_code == 422


async def test_two_dispatchers_send_each_reminder_once_in_the_customers_language(desk: Desk) -> None:
    booking = await desk.book()
    desk.at("2026-08-06T09:00:00")
    await desk.writes()
    desk.calendar.advance(timedelta(hours=1))
    await asyncio.gather(send_due(desk.database), send_due(desk.database))
    await desk.sweep()
    [message] = await desk.notices()
    assert message.body == (
        "Olá! Lembramos do seu horário em Salão Flor: Corte feminino com Ana, sexta-feira, 7 de agosto, 10:00. Seu "
        f"código é {booking['code']}. Responda SIM para confirmar que você vem, ou escreva se preferir remarcar ou "
        "cancelar."
    )
    row = await desk.row(booking, 1440)
    assert (row.status, row.message_id, row.sent_at is not None) == ("sent", message.id, True)
    told = await desk.events()
    assert [one["data"]["minutes_before"] for one in told if one["type"] == "reminder.sent"] == [1440]
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        await session.execute(update(Contact).where(Contact.id == desk.turn.contact_id).values(locale="es"))
    await desk.salon.business.ok("POST", f"/v1/bookings/{booking['id']}/attendance", {"confirmed": True})
    await desk.sweep_in(22)
    assert (await desk.notices())[-1].body == (
        "Hola: te esperamos en Salão Flor: Corte feminino con Ana, viernes 7 de agosto, 10:00. Tu código es "
        f"{booking['code']}."
    )


async def test_outside_of_the_window_it_is_held_with_what_to_do_or_goes_by_the_template(desk: Desk) -> None:
    booking = await desk.book()
    business = desk.salon.business
    await desk.sweep_in(24)
    assert (await desk.reminders(booking))[0][2:] == ("held", "window")
    [held] = (await business.ok("GET", "/v1/reminders", status="held"))["items"]
    assert "config.reminder_templates" in held["explanation"]
    told = await desk.events()
    assert [one["data"]["reason"] for one in told if one["type"] == "reminder.held"] == ["window"]
    assert await desk.notices() == []
    channel = f"/v1/channels/{desk.turn.channel_id}"
    config: dict[str, Any] = {
        "templates": {"lembrete": {"text": "Olá {{1}}, {{2}} em {{3}}. {{4}}", "content_sid": f"HX{'a' * 32}"}},
        "reminder_templates": {"pt": {"name": "lembrete", "variables": {"1": "name", "2": "moment", "3": "business"}}},
    }
    wrong = await business.call("PATCH", channel, {"config": config})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:tendero:problem:reminder-template")
    config["reminder_templates"]["pt"]["variables"]["4"] = "code"
    await business.ok("PATCH", channel, {"config": config})
    await desk.sweep_in(22)
    [message] = await desk.notices()
    assert (message.kind, message.body) == (
        "template",
        f"Olá Ana, sexta-feira, 7 de agosto, 10:00 em Salão Flor. {booking['code']}",
    )
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        [entry] = (await session.scalars(select(OutboxEntry).where(OutboxEntry.message_id == message.id))).all()
    assert entry.template is not None
    assert entry.template["content_sid"] == f"HX{'a' * 32}"
    assert entry.template["variables"]["2"] == "sexta-feira, 7 de agosto, 10:00"


async def test_a_dispatcher_that_was_away_sends_what_is_still_worth_it_and_only_that(desk: Desk) -> None:
    late = await desk.book()
    desk.at("2026-08-07T08:30:00")
    await desk.writes()
    await desk.sweep()
    assert [row[2:] for row in await desk.reminders(late)] == [("withdrawn", "nearer"), ("sent", None)]
    after = await desk.book("2026-08-08T10:00:00")
    desk.at("2026-08-08T09:31:00")
    await desk.sweep()
    assert {row[2:] for row in await desk.reminders(after)} <= {("withdrawn", "nearer"), ("withdrawn", "too_late")}
    assert len(await desk.notices()) == 1


async def test_who_opted_out_is_not_reminded_who_talks_to_a_person_is_and_the_erased_are_forgotten(desk: Desk) -> None:
    booking, business = await desk.book(), desk.salon.business
    await business.ok("POST", f"/v1/conversations/{desk.turn.conversation_id}/take-over")
    desk.at("2026-08-06T10:00:00")
    await desk.writes()
    await desk.sweep()
    assert (await desk.reminders(booking))[0][2] == "sent"
    other = await desk.book("2026-08-07T14:00:00")
    await business.ok("PUT", f"/v1/contacts/{desk.turn.contact_id}/consent", {"messages": False, "source": "phone"})
    desk.at("2026-08-07T08:00:00")
    await desk.sweep()
    assert (await desk.reminders(booking))[1][2:] == ("held", "opted_out")
    await business.ok("POST", f"/v1/contacts/{desk.turn.contact_id}/erasure")
    assert [row[2:] for row in await desk.reminders(other)][-1] == ("withdrawn", "erased")
    assert len(await desk.notices()) == 0, "the words went with the erasure"


@pytest.mark.parametrize("deleted", [False, True])
async def test_a_reminder_that_waits_for_the_provider_is_not_sent_for_a_booking_that_ended(
    desk: Desk, settings: Settings, deleted: bool
) -> None:
    booking = await desk.book()
    desk.at("2026-08-06T10:00:00")
    await desk.writes()
    await desk.sweep()
    row = await desk.row(booking, 1440)
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        entry = (await session.scalars(select(OutboxEntry).where(OutboxEntry.message_id == row.message_id))).one()
        assert entry.expires_at == row.starts_at - timedelta(hours=6)
        entry.status, entry.attempt = OutboxStatus.SENDING, 1
    claimed = Claimed(desk.turn.tenant_id, entry.id, entry.conversation_id, entry.message_id, 1)
    if deleted:
        await desk.delete(booking)
    else:
        await desk.salon.business.ok("POST", f"/v1/bookings/{booking['id']}/cancel")
    async with desk.database.statements(desk.turn.tenant_id) as statements:
        letter = await read_letter(statements, settings, claimed, OutboxStatus.SENDING)
    assert letter is not None
    assert letter.refusal is not None
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        entry = (await session.scalars(select(OutboxEntry).where(OutboxEntry.id == entry.id))).one()
        await record(session, entry, letter.refusal)
    if not deleted:
        assert (await desk.reminders(booking))[0][2:] == ("withdrawn", "expired")


async def test_a_reminder_that_fails_stands_in_nobodys_way(desk: Desk) -> None:
    booking = await desk.book()
    desk.at("2026-08-06T10:00:00")
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        await session.execute(update(Tenant).values(timezone="Nowhere/Never"))
    await desk.sweep()
    row = await desk.row(booking, 1440)
    assert (row.status, row.due_at > row.starts_at - timedelta(hours=24)) == ("scheduled", True)


async def test_what_the_provider_refuses_has_failed(desk: Desk) -> None:
    booking = await desk.book()
    desk.at("2026-08-06T10:00:00")
    await desk.writes()
    await desk.sweep()
    async with desk.database.tenant(desk.turn.tenant_id) as session:
        entry = (await session.scalars(select(OutboxEntry))).one()
        await record(session, entry, Rejected("63024", permanent=True))
    [failed] = (await desk.salon.business.ok("GET", "/v1/reminders", status="failed"))["items"]
    assert (failed["booking_id"], failed["explanation"]) == (booking["id"], "The provider refused it (63024).")

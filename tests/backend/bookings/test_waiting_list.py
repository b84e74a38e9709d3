"""Somebody waits for time that is taken, is asked once when it becomes free, and books it with a yes."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import exists, select, update

from backend import clock
from backend.bookings.availability import Slot
from backend.bookings.dates import resolve
from backend.channels.models import Channel
from backend.contacts.models import Contact
from backend.conversations.models import Author, Conversation, Message, OutboxEntry, OutboxStatus
from backend.conversations.sweeps import expire_holds
from backend.conversations.turn_models import Proposal
from backend.database import Database
from backend.embedded.stores import Stores
from backend.reminders.sweep import send_due
from backend.settings import Settings
from backend.waiting_list.models import OPEN, WaitingEntry
from backend.waiting_list.sweep import offer_freed
from backend.waiting_list.wish import Wish
from backend.waiting_list.wording import Told, offer_words
from tests.backend.bookings.conftest import HOURS, ZONE, Calendar, Salon
from tests.factories import Client, OpenTurn, customer_writes, open_turn

FRIDAY = "2026-08-07"
ANA, BIA = uuid4(), uuid4()


def slot(start: str, *staff: UUID) -> Slot:
    begins = datetime.fromisoformat(start).replace(tzinfo=ZONE)
    return Slot(begins, begins + timedelta(minutes=45), staff or (ANA,))


@pytest.mark.parametrize(
    ("words", "fits", "others"),
    [
        ("sexta às 15h", ["2026-08-07T15:00"], ["2026-08-07T15:15", "2026-08-14T15:00"]),
        ("sexta de tarde", ["2026-08-07T14:00", "2026-08-07T17:45"], ["2026-08-07T10:00", "2026-08-08T15:00"]),
        ("semana que vem", ["2026-08-10T09:00", "2026-08-14T18:00"], ["2026-08-07T10:00", "2026-08-17T09:00"]),
    ],
)
def test_a_wish_is_what_was_said(words: str, fits: list[str], others: list[str]) -> None:
    moment = resolve(words, datetime(2026, 8, 5, 10), "pt-BR", HOURS)
    wish = Wish.of_moment(moment)  # type: ignore[arg-type]
    assert [wish.fits(slot(start), ZONE) for start in fits] == [True] * len(fits)
    assert [wish.fits(slot(start), ZONE) for start in others] == [False] * len(others)


def test_a_wish_for_one_person_takes_nobody_else() -> None:
    wish = Wish(date(2026, 8, 7), date(2026, 8, 7), staff_id=BIA)
    both = slot("2026-08-07T10:00", ANA, BIA)
    assert (wish.fits(both, ZONE), wish.people(both)) == (True, (BIA,))
    assert not wish.fits(slot("2026-08-07T10:00"), ZONE)


def test_the_days_of_a_wish_are_whole_over_a_clock_change() -> None:
    start, end = Wish(date(2026, 9, 6), date(2026, 9, 6)).bounds(ZoneInfo("America/Santiago"))
    assert (start, end) == (datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 9, 7, 3, tzinfo=UTC))


def test_an_offer_reads_well_in_three_languages() -> None:
    told = Told(
        service="Corte",
        staff="Ana",
        start=datetime(2026, 8, 7, 15, tzinfo=ZONE),
        before=datetime(2026, 8, 5, 15, 40, tzinfo=ZONE),
        now=datetime(2026, 8, 5, 14, 42, tzinfo=ZONE),
        price=9000,
        currency="BRL",
    )
    assert "viernes 7 de agosto, 15:00" in (es := offer_words(told, "es-MX"))
    assert "antes de las 15:40" in es
    assert "sexta-feira, 7 de agosto, 15:00" in (pt := offer_words(told, "pt-BR"))
    assert "antes das 15:40" in pt
    assert "Friday, August 7, 15:00" in (en := offer_words(told, "en"))
    assert "before 15:40" in en
    asks = replace(told, deposit=2000)
    assert ", R$\xa090,00, con un anticipo de R$\xa020,00.\n" in offer_words(asks, "es-MX", "pt-BR")
    assert ", com um sinal de R$\xa020,00.\n" in offer_words(asks, "pt-BR")
    assert ", with a deposit of R$\xa020,00.\n" in offer_words(asks, "en", "pt-BR")


@dataclass
class Waiting:
    """A salon whose Friday is full of a booking at 10, and people who wait for that hour."""

    salon: Salon
    database: Database
    client: Client
    settings: Settings
    booking: Any

    async def joins(self, when: str = "sexta às 10", staff: str = "Ana") -> OpenTurn:
        """Somebody new asks in the chat and joins the list."""
        turn = await open_turn(self.client, self.database, self.settings, self.salon.business.tenant_id)
        await self.wrote(turn)
        wish = {"service": "corte", "when": when, "staff": staff}
        found = (await turn.use("find_and_hold_slot", wish))["result"]
        assert found["status"] == "unavailable"
        assert (await turn.use("join_waiting_list", wish))["result"]["status"] == "joined"
        return turn

    async def wrote(self, turn: OpenTurn) -> None:
        """The 24 h window is open."""
        await self.change(Conversation, turn.conversation_id, last_inbound_at=clock.now())

    async def change(self, model: Any, row_id: UUID, **values: Any) -> None:
        async with self.database.tenant(self.salon.business.tenant_id) as session:
            await session.execute(update(model).where(model.id == row_id).values(**values))

    async def cancelled(self) -> None:
        await self.salon.business.ok("POST", f"/v1/bookings/{self.booking['id']}/cancel")

    async def told(self, turn: OpenTurn) -> list[str]:
        """What notices were written to somebody; they are sent at once."""
        async with self.database.tenant(self.salon.business.tenant_id) as session:
            found = await session.scalars(
                select(Message.body)
                .where(Message.conversation_id == turn.conversation_id, Message.author == Author.SYSTEM)
                .order_by(Message.sequence)
            )
            await session.execute(
                update(OutboxEntry)
                .where(OutboxEntry.conversation_id == turn.conversation_id)
                .values(status=OutboxStatus.SENT)
            )
            return list(found)

    async def asked(self) -> int:
        """How many are asked until nothing is due: one round ends after some seconds, however far it came."""
        asked = await offer_freed(self.database)
        while await self._due():
            asked += await offer_freed(self.database)
        return asked

    async def _due(self) -> bool:
        due = exists().where(WaitingEntry.status.in_(OPEN), WaitingEntry.look_at <= clock.now())
        async with self.database.tenant(self.salon.business.tenant_id) as session:
            return bool(await session.scalar(select(due)))

    async def says_yes(self, turn: OpenTurn, occurrence: int = 0) -> Any:
        """The answer to the latest proposal."""
        await customer_writes(self.database, turn, "sim")
        async with self.database.tenant(self.salon.business.tenant_id) as session:
            proposal_id = await session.scalar(
                select(Proposal.id).where(Proposal.conversation_id == turn.conversation_id).order_by(Proposal.id.desc())
            )
        return await turn.call("confirm_booking", {"proposal_id": str(proposal_id)}, occurrence)

    async def standing(self) -> list[tuple[str, str | None]]:
        """(status, reason) of the entries, oldest first."""
        items = (await self.salon.business.ok("GET", "/v1/waiting-list"))["items"]
        return [(item["status"], item["reason"]) for item in items]


@pytest.fixture
async def waiting(salon: Salon, client: Client, settings: Settings, database: Database, stores: Stores) -> Waiting:
    """Ana's Friday at 10 is taken, and there is nothing else at that hour. Nobody else waits."""
    with psycopg.connect(stores.database_url) as owner:
        owner.execute("UPDATE waiting_list SET status = 'withdrawn' WHERE status = ANY(%s)", ([*OPEN],))
    booking = await salon.book(f"{FRIDAY}T10:00:00", staff_id=salon.ana)
    return Waiting(salon, database, client, settings, booking)


async def test_a_freed_slot_is_offered_once_to_the_first_in_line_and_the_yes_books_it(waiting: Waiting) -> None:
    first, second = [await waiting.joins() for _ in range(2)]
    assert await waiting.asked() == 0
    await waiting.cancelled()
    assert sum(await asyncio.gather(*(offer_freed(waiting.database) for _ in range(2)))) == 1
    assert await waiting.asked() == 0
    (words,) = await waiting.told(first)
    assert "sexta-feira, 7 de agosto, 10:00" in words
    assert "antes das 10:58" in words
    assert await waiting.told(second) == []
    assert await waiting.standing() == [("offered", None), ("waiting", None)]
    assert "10:00" not in await waiting.salon.free(FRIDAY, staff_id=waiting.salon.ana)
    booked = (await waiting.says_yes(first)).json()["result"]
    assert (booked["status"], booked["start"], booked["staff"]) == ("CONFIRMED", f"{FRIDAY}T10:00:00-03:00", "Ana")
    assert await waiting.standing() == [("booked", None), ("waiting", None)]


async def test_no_answer_passes_the_slot_to_the_next_and_it_is_not_offered_to_the_first_again(
    waiting: Waiting, calendar: Calendar
) -> None:
    first, second = [await waiting.joins() for _ in range(2)]
    await waiting.cancelled()
    await waiting.asked()
    assert len(await waiting.told(first)) == 1
    calendar.advance(timedelta(minutes=61))
    await expire_holds(waiting.database)
    assert await waiting.asked() == 1
    assert len(await waiting.told(second)) == 1
    assert await waiting.standing() == [("waiting", "not_answered"), ("offered", None)]
    late = await waiting.says_yes(first)
    assert (late.status_code, late.json()["type"]) == (409, "urn:tendero:problem:proposal-not-answered")
    assert (await waiting.says_yes(second)).status_code == 200
    calendar.advance(timedelta(hours=2))
    assert await waiting.asked() == 0


async def test_somebody_else_books_meanwhile_and_nobody_is_asked(waiting: Waiting) -> None:
    turn = await waiting.joins()
    await waiting.cancelled()
    await waiting.salon.book(f"{FRIDAY}T10:00:00", "Dora", staff_id=waiting.salon.ana)
    assert await waiting.asked() == 0
    assert await waiting.told(turn) == []
    assert await waiting.standing() == [("waiting", None)]


async def test_whoever_cannot_be_written_to_is_passed_over_with_a_reason_and_a_template_reaches_beyond_the_window(
    waiting: Waiting, calendar: Calendar
) -> None:
    gone, silent, template = [await waiting.joins() for _ in range(3)]
    calendar.advance(timedelta(hours=25))
    await waiting.change(Contact, gone.contact_id, opted_out_at=clock.now())
    words = {"text": "Abriu {{1}} com {{staff}}, {{when}}. Responda sim antes {{before}}."}
    await waiting.change(Channel, template.channel_id, config={"templates": {"waiting_list": words}})
    await waiting.cancelled()
    assert await waiting.asked() == 1
    assert await waiting.standing() == [("waiting", "opted_out"), ("waiting", "window"), ("offered", None)]
    assert (await waiting.told(gone), await waiting.told(silent)) == ([], [])
    (told,) = await waiting.told(template)
    assert told.startswith("Abriu Corte feminino com Ana, sexta-feira, 7 de agosto, 10:00. Responda sim antes das 11:")


async def test_the_hold_of_an_offer_ends_with_the_slots_minimum_notice(waiting: Waiting, calendar: Calendar) -> None:
    turn = await waiting.joins()
    calendar.set(datetime(2026, 8, 7, 8, 40, tzinfo=ZONE))
    await waiting.wrote(turn)
    await waiting.cancelled()
    assert await waiting.asked() == 1
    (words,) = await waiting.told(turn)
    assert "antes das 08:58" in words


async def test_added_hours_are_noticed_by_the_next_look_without_anybody_telling(
    waiting: Waiting, calendar: Calendar
) -> None:
    turn = await waiting.joins("sexta às 20h", staff="")
    hours = HOURS | {"fri": [["09:00", "22:00"]]}
    await waiting.salon.business.ok("PATCH", "/v1/tenant", {"hours": hours})
    assert await waiting.asked() == 0
    calendar.advance(timedelta(minutes=5))
    assert await waiting.asked() == 1
    assert "20:00" in (await waiting.told(turn))[0]


async def test_leaving_the_list_gives_back_what_was_kept(waiting: Waiting) -> None:
    turn = await waiting.joins()
    again = await turn.use("join_waiting_list", {"service": "corte", "when": "sexta às 10", "staff": "ana"}, 1)
    assert [item["value"] for item in again["evidence"] if item["kind"] == "done"] == [
        {"action": "waiting_list_joined"}
    ]
    assert len(await waiting.standing()) == 1
    await waiting.cancelled()
    await waiting.asked()
    left = await turn.use("leave_waiting_list", {})
    assert [card["service"] for card in left["result"]["left"]] == ["Corte feminino"]
    assert await waiting.standing() == [("withdrawn", None)]
    assert "10:00" in await waiting.salon.free(FRIDAY, staff_id=waiting.salon.ana)
    assert (await waiting.says_yes(turn)).status_code == 409
    assert (await turn.use("leave_waiting_list", {}, 1))["result"]["status"] == "none"


async def test_who_books_otherwise_while_an_offer_stands_frees_what_was_kept(waiting: Waiting) -> None:
    turn = await waiting.joins()
    await waiting.cancelled()
    await waiting.asked()
    held = await waiting.salon.hold(f"{FRIDAY}T16:00:00", contact_id=str(turn.contact_id))
    await waiting.salon.business.ok("POST", "/v1/bookings", {"hold_id": held["id"]})
    assert await waiting.asked() == 0
    assert await waiting.standing() == [("booked", None)]
    assert "10:00" in await waiting.salon.free(FRIDAY, staff_id=waiting.salon.ana)
    await waiting.told(turn)
    assert (await waiting.says_yes(turn)).status_code == 409


async def test_nobody_is_offered_what_the_rules_would_refuse(waiting: Waiting) -> None:
    turn = await waiting.joins()
    held = await waiting.salon.hold("2026-08-10T16:00:00", contact_id=str(turn.contact_id))
    await waiting.salon.business.ok("POST", "/v1/bookings", {"hold_id": held["id"]})
    await waiting.salon.business.ok("PATCH", "/v1/tenant", {"settings": {"max_open_bookings": 1}})
    await waiting.cancelled()
    assert await waiting.asked() == 0
    assert await waiting.standing() == [("waiting", "too_many_bookings")]
    assert await waiting.told(turn) == []


async def test_who_was_just_reminded_is_asked_nothing_else(waiting: Waiting, calendar: Calendar) -> None:
    turn = await waiting.joins()
    held = await waiting.salon.hold("2026-08-06T16:00:00", contact_id=str(turn.contact_id))
    await waiting.salon.business.ok("POST", "/v1/bookings", {"hold_id": held["id"]})
    calendar.set(datetime(2026, 8, 5, 16, tzinfo=ZONE))
    await waiting.wrote(turn)
    await send_due(waiting.database)
    await waiting.cancelled()
    assert await waiting.asked() == 0
    assert await waiting.standing() == [("waiting", "choosing")]
    calendar.advance(timedelta(minutes=20))
    assert await waiting.asked() == 1


async def test_the_business_adds_and_withdraws_by_its_own_calls(waiting: Waiting, turn: OpenTurn) -> None:
    body = {"contact_id": str(turn.contact_id), "service_id": waiting.salon.cut, "first_day": FRIDAY}
    for wrong in (
        {"last_day": "2026-08-01"},
        {"last_day": "2026-09-30"},
        {"first_day": "2026-08-01", "last_day": "2026-08-02"},
        {"last_day": FRIDAY, "from_time": "12:00", "to_time": "11:00"},
    ):
        assert (await waiting.salon.business.call("POST", "/v1/waiting-list", body | wrong)).status_code == 422
    made = await waiting.salon.business.ok("POST", "/v1/waiting-list", body | {"last_day": FRIDAY})
    assert (made["from_time"], made["to_time"], made["status"]) == ("00:00", "24:00", "waiting")
    path = f"/v1/waiting-list/{made['id']}"
    for _ in range(2):
        assert (await waiting.salon.business.ok("POST", f"{path}/withdraw"))["status"] == "withdrawn"
    listed = await waiting.salon.business.ok("GET", "/v1/waiting-list", status="withdrawn")
    assert [item["id"] for item in listed["items"]] == [made["id"]]

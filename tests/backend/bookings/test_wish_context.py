"""What a customer says about a slot that was just spoken of, about bookings they have, and what changed meanwhile."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.database import Database
from backend.settings import Settings
from tests.backend.bookings.conftest import WEEKDAYS, Calendar, Salon, make_salon
from tests.backend.bookings.test_tools import booked, done, wish
from tests.factories import Client, OpenTurn, open_turn, present_and_answer


async def test_words_about_the_slot_that_was_held_are_understood(salon: Salon, turn: OpenTurn) -> None:
    talk = [
        ("sexta às 10", "2026-08-07T10:00"),
        ("mais tarde no mesmo dia", "2026-08-07T10:15"),
        ("um pouco mais cedo", "2026-08-07T10:00"),
        ("o último horário desse dia", "2026-08-07T18:15"),
        ("no dia seguinte às 11", "2026-08-08T11:00"),
        ("terça que vem no mesmo horário", "2026-08-11T11:00"),
        ("outro dia com a Ana", "2026-08-05T11:15"),
    ]
    for when, start in talk:
        held = await wish(turn, when, staff="Ana")
        assert (held["status"], held["start"][:16]) == ("held", start), when


async def test_asking_again_for_the_slot_that_is_held_needs_no_second_yes(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    first = await wish(turn, "sexta às 10")
    await present_and_answer(database, turn)
    again = await wish(turn, "na sexta, 10h", occurrence=1)
    assert again["proposal_id"] == first["proposal_id"]
    assert "confirm_booking" in again["next_step"]
    assert (await turn.use("confirm_booking", {"proposal_id": again["proposal_id"]}))["result"]["status"] == "CONFIRMED"


async def test_days_that_are_ruled_out_and_the_last_hour_are_kept_to(salon: Salon, turn: OpenTurn) -> None:
    assert (await wish(turn, "qualquer dia menos quarta e quinta"))["start"] == "2026-08-07T09:00:00-03:00"
    assert (await wish(turn, "sexta no fim do dia"))["start"] == "2026-08-07T18:15:00-03:00"
    assert (await wish(turn, "dia 31/09 às 10h"))["question_hint"] == "no_such_day"


async def test_one_mistyped_character_of_a_code_is_forgiven_to_whose_it_is(
    salon: Salon, turn: OpenTurn, database: Database, client: Client, settings: Settings
) -> None:
    booking = await booked(database, turn, "sexta às 10")
    typed = booking["code"][:-1] + "0"
    stranger = await open_turn(client, database, settings, turn.tenant_id)
    assert (await stranger.call("cancel_booking", {"booking_code": typed})).status_code == 404
    assert (await turn.call("cancel_booking", {"booking_code": typed[:-2] + "00"})).status_code == 404
    assert (await turn.use("cancel_booking", {"booking_code": typed}))["result"]["code"] == booking["code"]


async def test_one_yes_cancels_all_that_were_asked_about_together(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    codes = []
    for number, when in enumerate(("sexta às 10", "sábado às 10")):
        held = await wish(turn, when)
        await present_and_answer(database, turn)
        booking = await turn.use("confirm_booking", {"proposal_id": held["proposal_id"]}, number)
        codes.append(booking["result"]["code"])
    asked = [(await turn.use("cancel_booking", {"booking_code": code}))["result"] for code in codes]
    await present_and_answer(database, turn)
    for card in asked:
        sure = {"booking_code": card["code"], "proposal_id": card["proposal_id"]}
        assert (await turn.use("cancel_booking", sure))["result"]["status"] == "cancelled"
    assert (await turn.use("my_bookings", {}))["result"]["bookings"] == []


async def test_the_last_visits_are_told_and_what_can_still_be_changed(
    salon: Salon, turn: OpenTurn, database: Database, calendar: Calendar
) -> None:
    booking = await booked(database, turn, "sexta às 10")
    assert (booking["can_be_moved"], booking["can_be_cancelled"]) == (True, True)
    calendar.advance(timedelta(days=2, minutes=20))
    begun = (await turn.use("my_bookings", {}, 1))["result"]["bookings"][0]
    assert (begun["can_be_moved"], begun["can_be_cancelled"]) == (False, True)
    calendar.advance(timedelta(days=1))
    answer = await turn.use("my_bookings", {}, 2)
    assert answer["result"]["bookings"] == []
    assert [(one["code"], one["service"], one["staff"]) for one in answer["result"]["past"]] == [
        (booking["code"], "Corte feminino", "Ana")
    ]
    told = [item["value"]["status"] for item in answer["evidence"] if item["kind"] == "booking"]
    assert told == ["PAST"], "a visit does not support that something is booked"


async def test_who_left_and_what_is_no_longer_offered_is_not_booked(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    held = await wish(turn, "sexta às 10")
    await present_and_answer(database, turn)
    await salon.business.ok("PATCH", f"/v1/staff/{salon.ana}", {"active": False})
    gone = await turn.call("confirm_booking", {"proposal_id": held["proposal_id"]})
    assert (gone.status_code, gone.json()["reason"]) == (409, "staff_left")
    assert {one["staff"] for one in gone.json()["alternatives"]} == {"Bia"}
    await salon.business.ok("PATCH", f"/v1/staff/{salon.ana}", {"active": True})
    await salon.business.ok("PATCH", f"/v1/services/{salon.cut}", {"active": False})
    ended = await turn.call("confirm_booking", {"proposal_id": held["proposal_id"]})
    assert (ended.status_code, ended.json()["type"]) == (409, "urn:tendero:problem:no-service")


async def test_a_price_that_changed_meanwhile_is_the_one_that_was_told(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    held = await wish(turn, "sexta às 10")
    await salon.business.ok("PATCH", f"/v1/services/{salon.cut}", {"price": 12000, "name": "Corte novo"})
    await present_and_answer(database, turn)
    answer = await turn.use("confirm_booking", {"proposal_id": held["proposal_id"]})
    assert answer["result"]["price"] == held["price"]
    assert done(answer)


@pytest.mark.parametrize(
    ("zone", "locale", "now", "when", "missing"),
    [
        ("America/Santiago", "es-CL", "2026-09-04T10:00", "el domingo a las 0:30", "2026-09-06T00:30"),
        ("Europe/Madrid", "es-ES", "2027-03-26T10:00", "el domingo a las 2:30", "2027-03-28T02:30"),
        ("America/New_York", "en-US", "2027-03-12T10:00", "sunday at 2:30 am", "2027-03-14T02:30"),
    ],
)
async def test_an_hour_that_the_clocks_leave_out_is_told_with_what_is_near(
    client: Client,
    settings: Settings,
    database: Database,
    calendar: Calendar,
    zone: str,
    locale: str,
    now: str,
    when: str,
    missing: str,
) -> None:
    calendar.set(datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone)))
    nights = {day: [["00:00", "08:00"]] for day in (*WEEKDAYS, "sat", "sun")}
    salon = await make_salon(client, settings, timezone=zone, locale=locale, hours=nights)
    turn = await open_turn(client, database, settings, salon.business.tenant_id)
    told = await wish(turn, when, staff="Ana")
    assert (told["status"], told["reason"], told["asked"][:16]) == ("unavailable", "closed", missing)
    assert any(one["start"].startswith(missing[:10]) for one in told["alternatives"])

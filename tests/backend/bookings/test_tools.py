"""The agent books, moves and cancels for a customer: in their words, with evidence, and never without their yes."""

from datetime import timedelta
from typing import Any

from backend.bookings.service import open_cards
from backend.database import Database
from backend.settings import Settings
from tests.backend.bookings.conftest import Calendar, Salon
from tests.factories import Client, OpenTurn, make_business, open_turn, present_and_answer


def kinds(answer: Any) -> list[str]:
    return [item["kind"] for item in answer["evidence"]]


def done(answer: Any) -> list[dict[str, Any]]:
    return [item["value"] for item in answer["evidence"] if item["kind"] == "done"]


async def wish(turn: OpenTurn, when: str, service: str = "corte", occurrence: int = 0, **more: str) -> Any:
    return (await turn.use("find_and_hold_slot", {"service": service, "when": when, **more}, occurrence))["result"]


async def booked(database: Database, turn: OpenTurn, when: str, occurrence: int = 0) -> Any:
    held = await wish(turn, when, occurrence=occurrence)
    await present_and_answer(database, turn)
    return (await turn.use("confirm_booking", {"proposal_id": held["proposal_id"]}))["result"]


async def test_services_are_listed_with_price_people_and_evidence(salon: Salon, turn: OpenTurn) -> None:
    answer = await turn.use("list_services", {})
    cut, color = answer["result"]["services"]
    assert (cut["name"], cut["duration_minutes"], cut["price"]) == (
        "Corte feminino",
        45,
        {"amount": 9000, "currency": "BRL"},
    )
    assert (cut["staff"], color["staff"]) == (["Ana", "Bia"], ["Ana"])
    assert kinds(answer) == ["service", "price", "service", "price", "hours", "hours"]


async def test_a_wish_is_held_and_booked_after_the_customers_yes(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    answer = await turn.use("find_and_hold_slot", {"service": "corte feminino", "when": "sexta às 10"})
    held = answer["result"]
    assert (held["status"], held["start"], held["staff"]) == ("held", "2026-08-07T10:00:00-03:00", "Ana")
    assert held["spoken"] == "sexta-feira, 7 de agosto, 10:00"
    assert held["price"] == {"amount": 9000, "currency": "BRL"}
    slots = [item for item in answer["evidence"] if item["kind"] == "slot"]
    assert [(item["value"]["state"], item["subject"]["name"]) for item in slots] == [("held", "Corte feminino")]
    assert done(answer) == [{"action": "slot_held"}]
    early = await turn.call("confirm_booking", {"proposal_id": held["proposal_id"]})
    assert (early.status_code, early.json()["type"]) == (409, "urn:tendero:problem:proposal-not-answered")
    await present_and_answer(database, turn)
    confirmed = await turn.use("confirm_booking", {"proposal_id": held["proposal_id"]})
    booking = confirmed["result"]
    assert (booking["status"], booking["start"]) == ("CONFIRMED", held["start"])
    assert done(confirmed) == [{"action": "booked", "code": booking["code"]}]
    assert (await turn.use("my_bookings", {}))["result"]["bookings"] == [booking]
    public = (await salon.business.ok("GET", "/v1/bookings"))["items"]
    assert [(one["code"], one["contact_id"]) for one in public] == [(booking["code"], str(turn.contact_id))]
    async with database.tenant(turn.tenant_id) as session:
        cards = await open_cards(session, turn.contact_id)
    assert [(card["code"], card["spoken"]) for card in cards] == [(booking["code"], held["spoken"])]


async def test_a_replayed_turn_gets_the_same_hold_and_the_same_booking(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    asked = {"service": "corte", "when": "sexta às 10"}
    first, second = [await turn.use("find_and_hold_slot", asked) for _ in range(2)]
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["result"] == second["result"]
    await present_and_answer(database, turn)
    confirm = {"proposal_id": first["result"]["proposal_id"]}
    answers = [await turn.use("confirm_booking", confirm, occurrence=number) for number in (0, 0, 1)]
    assert [answer["replayed"] for answer in answers] == [False, True, False]
    assert len({answer["result"]["code"] for answer in answers}) == 1
    assert len((await salon.business.ok("GET", "/v1/bookings"))["items"]) == 1


async def test_a_part_of_the_day_holds_its_first_slot_and_names_others(salon: Salon, turn: OpenTurn) -> None:
    held = await wish(turn, "sexta de tarde", staff="a Bia")
    assert (held["status"], held["start"], held["staff"]) == ("held", "2026-08-07T14:00:00-03:00", "Bia")
    assert [item["start"][11:16] for item in held["also_free"]] == ["14:15", "14:30", "14:45", "15:00"]


async def test_in_two_hours_means_the_next_slot_from_then_on(salon: Salon, turn: OpenTurn, calendar: Calendar) -> None:
    calendar.advance(timedelta(minutes=7))
    assert (await wish(turn, "daqui a duas horas"))["start"] == "2026-08-05T12:15:00-03:00"


async def test_a_service_that_nobody_does_needs_a_person(salon: Salon, turn: OpenTurn) -> None:
    await salon.business.ok("POST", "/v1/services", {"name": "Massagem", "duration_minutes": 30, "price": 5000})
    refused = await turn.call("find_and_hold_slot", {"service": "massagem", "when": "sexta às 10"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:no-staff")


IMPOSSIBLE = [
    ("domingo às 10h", None, "closed"),
    ("sexta às 13h15", None, "closed"),
    ("segunda às 15h", "Bia", "closed"),
    ("hoje às 9h", None, "past"),
    ("hoje às 10h45", None, "notice"),
    ("sexta às 10h05", None, "off_grid"),
    ("dia 25 de dezembro às 10h", None, "horizon"),
    ("sexta às 10h", "Débora", "unknown_staff"),
    ("domingo", None, "closed"),
]


async def test_an_impossible_wish_says_why_and_what_is_free(salon: Salon, turn: OpenTurn) -> None:
    for when, staff, reason in IMPOSSIBLE:
        arguments = {"service": "corte", "when": when} | ({"staff": staff} if staff else {})
        answer = await turn.use("find_and_hold_slot", arguments)
        result = answer["result"]
        assert (result["status"], result["reason"]) == ("unavailable", reason)
        assert 1 <= len(result["alternatives"]) <= 5
        assert set(result["covers"]) == {"from", "to"}
        slots = [item["value"] for item in answer["evidence"] if item["kind"] == "slot"]
        assert {one["start"] for one in slots if one["state"] == "free"} == {
            one["start"] for one in result["alternatives"]
        }
        assert "search" in kinds(answer)
        assert not done(answer)


async def test_a_taken_slot_offers_other_people_the_same_day_and_near_days(salon: Salon, turn: OpenTurn) -> None:
    await salon.book("2026-08-07T15:00:00", staff_id=salon.bia)
    result = await wish(turn, "sexta às 15h", staff="Bia")
    assert (result["status"], result["reason"]) == ("unavailable", "taken")
    offered = [(item["start"][8:16], item["staff"]) for item in result["alternatives"]]
    assert ("07T15:00", "Ana") in offered
    assert ("07T14:00", "Bia") in offered
    assert {start[:2] for start, _ in offered} > {"07"}


async def test_what_could_mean_several_things_is_asked_and_nothing_is_held(salon: Salon, turn: OpenTurn) -> None:
    for when, hint in (
        ("próxima sexta às 10h", "which_week"),
        ("sexta ou sábado", "which_day"),
        ("quero com a Ana", "when"),
    ):
        answer = await turn.use("find_and_hold_slot", {"service": "corte", "when": when})
        assert (answer["result"]["status"], answer["result"]["question_hint"]) == ("ambiguous", hint)
        assert len(answer["result"]["options"]) >= 2
        assert not done(answer)


async def test_a_name_that_fits_several_services_is_asked_and_an_unknown_one_is_refused(
    salon: Salon, turn: OpenTurn
) -> None:
    await salon.business.ok("POST", "/v1/services", {"name": "Corte masculino", "duration_minutes": 30, "price": 5000})
    which = await wish(turn, "sexta às 10", service="corte")
    assert (which["status"], which["question_hint"]) == ("ambiguous", "which_service")
    assert {option["name"] for option in which["options"]} == {"Corte feminino", "Corte masculino"}
    assert (await wish(turn, "sexta às 10", service="corte femenino"))["service"] == "Corte feminino"
    unknown = await turn.call("find_and_hold_slot", {"service": "massagem", "when": "sexta às 10"})
    assert unknown.status_code == 404
    assert "Corte masculino" in unknown.json()["detail"]


async def test_a_new_wish_lets_go_of_the_older_hold_and_its_proposal(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    first = await wish(turn, "sexta às 10")
    second = await wish(turn, "sexta às 10h30")
    assert second["status"] == "held", "its own hold is not in its way"
    assert "10:00" not in await salon.free("2026-08-07", staff_id=salon.ana)
    assert "09:30" in await salon.free("2026-08-07", staff_id=salon.ana)
    await present_and_answer(database, turn)
    assert (await turn.call("confirm_booking", {"proposal_id": first["proposal_id"]})).status_code == 409
    assert (await turn.use("confirm_booking", {"proposal_id": second["proposal_id"]}))["result"]["start"] == second[
        "start"
    ]


async def test_a_wish_that_fails_leaves_the_older_hold_as_it_was(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    first = await wish(turn, "sexta às 10")
    assert (await wish(turn, "domingo às 10"))["status"] == "unavailable"
    await present_and_answer(database, turn)
    assert (await turn.use("confirm_booking", {"proposal_id": first["proposal_id"]}))["result"]["code"]


async def test_a_late_yes_books_if_the_slot_is_still_free_and_offers_others_if_not(
    salon: Salon, turn: OpenTurn, database: Database, calendar: Calendar, client: Client, settings: Settings
) -> None:
    other = await open_turn(client, database, settings, turn.tenant_id)
    mine, theirs = await wish(turn, "sexta às 10"), await wish(other, "sábado às 10")
    for asked in (turn, other):
        await present_and_answer(database, asked)
    calendar.advance(timedelta(hours=1))
    await salon.book("2026-08-08T10:15:00")
    assert (await turn.use("confirm_booking", {"proposal_id": mine["proposal_id"]}))["result"]["start"] == mine["start"]
    late = await other.call("confirm_booking", {"proposal_id": theirs["proposal_id"]})
    assert (late.status_code, late.json()["type"]) == (409, "urn:tendero:problem:slot-unavailable")
    assert late.json()["alternatives"]


async def test_a_booking_is_moved_after_the_customers_yes_and_keeps_its_code(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    booking = await booked(database, turn, "sexta às 10")
    held = await wish(turn, "sábado às 11h", service="", booking_code=booking["code"])
    assert (held["status"], held["code"], held["service"]) == ("held", booking["code"], "Corte feminino")
    assert held["moves_from"]["spoken"] == "sexta-feira, 7 de agosto, 10:00"
    early = await turn.call("reschedule_booking", {"proposal_id": held["proposal_id"]})
    assert early.status_code == 409
    assert (await turn.call("confirm_booking", {"proposal_id": held["proposal_id"]})).status_code == 409
    await present_and_answer(database, turn)
    moved = await turn.use("reschedule_booking", {"proposal_id": held["proposal_id"]})
    assert (moved["result"]["code"], moved["result"]["start"]) == (booking["code"], "2026-08-08T11:00:00-03:00")
    assert done(moved) == [{"action": "rescheduled", "code": booking["code"]}]
    assert "10:00" in await salon.free("2026-08-07", staff_id=salon.ana)
    assert "11:00" not in await salon.free("2026-08-08", staff_id=salon.ana)


async def test_a_booking_is_cancelled_in_two_steps(salon: Salon, turn: OpenTurn, database: Database) -> None:
    booking = await booked(database, turn, "sexta às 10")
    asked = (await turn.use("cancel_booking", {"booking_code": booking["code"].lower()}))["result"]
    assert (asked["status"], asked["spoken"]) == ("needs_confirmation", booking["spoken"])
    sure = {"booking_code": booking["code"], "proposal_id": asked["proposal_id"]}
    assert (await turn.call("cancel_booking", sure)).status_code == 409
    assert (await turn.use("my_bookings", {}))["result"]["bookings"]
    await present_and_answer(database, turn)
    cancelled = await turn.use("cancel_booking", sure)
    assert cancelled["result"]["status"] == "cancelled"
    assert done(cancelled) == [{"action": "cancelled", "code": booking["code"]}]
    assert (await turn.use("my_bookings", {}))["result"]["bookings"] == []
    assert "10:00" in await salon.free("2026-08-07", staff_id=salon.ana)


async def test_a_yes_to_one_cancellation_does_not_cancel_another_booking(
    salon: Salon, turn: OpenTurn, database: Database
) -> None:
    first = await booked(database, turn, "sexta às 10")
    held = await wish(turn, "sábado às 10")
    await present_and_answer(database, turn)
    second = (await turn.use("confirm_booking", {"proposal_id": held["proposal_id"]}))["result"]
    asked = (await turn.use("cancel_booking", {"booking_code": first["code"]}))["result"]
    await present_and_answer(database, turn)
    crossed = await turn.call("cancel_booking", {"booking_code": second["code"], "proposal_id": asked["proposal_id"]})
    assert crossed.status_code == 409
    assert len((await turn.use("my_bookings", {}))["result"]["bookings"]) == 2


async def test_another_contacts_booking_is_unknown(
    salon: Salon, turn: OpenTurn, database: Database, client: Client, settings: Settings
) -> None:
    booking = await booked(database, turn, "sexta às 10")
    stranger = await open_turn(client, database, settings, turn.tenant_id)
    elsewhere = await open_turn(client, database, settings, (await make_business(client, settings)).tenant_id)
    for other in (stranger, elsewhere):
        assert (await other.use("my_bookings", {}))["result"]["bookings"] == []
        assert (await other.call("cancel_booking", {"booking_code": booking["code"]})).status_code == 404
        wanted = {"service": "", "when": "sábado às 10", "booking_code": booking["code"]}
        assert (await other.call("find_and_hold_slot", wanted)).status_code == 404


async def test_a_proposal_of_another_conversation_cannot_be_acted_on(
    salon: Salon, turn: OpenTurn, database: Database, client: Client, settings: Settings
) -> None:
    held = await wish(turn, "sexta às 10")
    await present_and_answer(database, turn)
    stranger = await open_turn(client, database, settings, turn.tenant_id)
    assert (await stranger.call("confirm_booking", {"proposal_id": held["proposal_id"]})).status_code == 409
    assert (await salon.business.ok("GET", "/v1/bookings"))["items"] == []

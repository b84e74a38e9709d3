"""`make chaos`: the reckoning sees what is wrong, and a small run of the real thing keeps every promise."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from evals.chaos.blows import FLUSH, LAST, Blow
from evals.chaos.books import Books
from evals.chaos.ledger import Run, healed, ledger, promises, waits
from evals.chaos.load import COPIES, Line, form_of, phone, plan
from evals.chaos.phones import Answer, Phones
from evals.chaos.provider import Deliveries
from evals.world import twilio
from evals.world.clock import WorldClock
from evals.world.customers import TwilioDoor
from evals.world.serving import simulated
from tests.evals.commands import printed_by

LOAD = plan(3, 1, 1.0, seed=7)
ONE, TWO, THREE = (message.token for message in LOAD)
ANSWERS = [Answer(phone(0), f"{ONE} {TWO}", (ONE, TWO), "p1", 103.0), Answer(phone(0), THREE, (THREE,), "p2", 112.0)]
BOOKS = Books(
    stored={ONE: 1, TWO: 1, THREE: 1},
    turn_of={ONE: "t1", TWO: "t1", THREE: "t2"},
    turns={"t1": {"status": "done", "outcome": "answered"}, "t2": {"status": "done", "outcome": "answered"}},
    parts={"t1": ["read"], "t2": ["sent"]},
    said=[[f"{ONE} {TWO}", THREE]],
)
WELL = Run(
    load=LOAD,
    acknowledged={ONE: 100.0, TWO: 100.5, THREE: 108.0},
    met={"200": 5, "503": 2, "broken": 1},
    answers=ANSWERS,
    books=BOOKS,
    blows=[Blow(FLUSH, 99.0, alone=True), Blow(LAST, 109.0)],
    lease_seconds=30.0,
    closed=114.0,
)


@pytest.fixture
async def twilio_door(tmp_path: Path) -> AsyncIterator[TwilioDoor]:
    async with simulated(twilio.create_app, WorldClock(tmp_path / "clock")) as url, TwilioDoor(url) as door:
        yield door


def broken(run: Run) -> list[str]:
    """The promises that a run broke."""
    return [promise.name for promise in promises(run) if not promise.kept]


def test_a_run_in_which_all_went_well_breaks_no_promise_and_adds_up() -> None:
    assert broken(WELL) == []
    assert ledger(WELL).ends == {"answered": 3, "handed off": 0, "quarantined": 0, "unknown": 0, "lost": 0}
    assert (healed(WELL), waits(WELL)) == (3.0, [2.5, 3.0, 4.0])


@pytest.mark.parametrize(
    ("run", "promise"),
    [
        (replace(WELL, acknowledged={ONE: 100.0, TWO: 100.5}), "messages that were never acknowledged"),
        (replace(WELL, books=replace(BOOKS, stored={ONE: 1, TWO: 1})), "acknowledged and not stored"),
        (replace(WELL, books=replace(BOOKS, stored={ONE: 1, TWO: 2, THREE: 1})), "stored more than once"),
        (replace(WELL, answers=ANSWERS[:1]), "lost: acknowledged, and in no answer on a phone"),
        (replace(WELL, answers=[*ANSWERS, ANSWERS[1]]), "doubles: parts that reached a phone twice"),
        (
            replace(WELL, answers=[*ANSWERS, replace(ANSWERS[1], part="p3")]),
            "doubles: messages answered more than once",
        ),
        (
            replace(WELL, answers=[ANSWERS[0], replace(ANSWERS[1], customer=phone(1))]),
            "answers to somebody else, or to nothing",
        ),
        (
            replace(WELL, answers=[*ANSWERS, Answer(phone(0), "lo siento", (), "p3", 113.0)]),
            "answers to somebody else, or to nothing",
        ),
        (replace(WELL, answers=ANSWERS[::-1]), "answers out of order"),
        (replace(WELL, books=replace(BOOKS, cases=1)), "handed off"),
        (replace(WELL, books=replace(BOOKS, parts={"t1": ["unknown"]})), "unknown after settlement"),
        (replace(WELL, met={"200": 5, "500": 1}), "webhooks answered with a fault other than 503"),
        (replace(WELL, closed=float("inf")), "no row open after the last kill"),
        (replace(WELL, blows=[Blow(FLUSH, 70.0, alone=True), *WELL.blows], acknowledged={ONE: 71.0}), "caught up"),
        (replace(WELL, blows=[Blow(LAST, 10.0)]), "healed: all answered after the last kill"),
    ],
)
def test_each_fault_breaks_its_promise(run: Run, promise: str) -> None:
    assert [name for name in broken(run) if name.startswith(promise)]


def test_what_was_parked_is_told_apart_from_what_was_lost() -> None:
    parked = replace(BOOKS, turns={"t2": {"status": "quarantined"}}, parts={"t1": ["unknown"]})
    ends = ledger(replace(WELL, answers=[], books=parked)).ends
    assert ends == {"answered": 0, "handed off": 0, "quarantined": 1, "unknown": 2, "lost": 0}


def test_the_load_is_the_seeds_and_no_message_is_delivered_more_than_five_times() -> None:
    load = plan(500, 20, 60.0, seed=3)
    assert load == plan(500, 20, 60.0, seed=3) != plan(500, 20, 60.0, seed=4)
    assert len({message.token for message in load}) == 500
    assert {len(message.deliveries) for message in load} == {count for count, _ in COPIES} == {1, 2, 3, 4, 5}
    line = Line("+14155550001", "http://127.0.0.1:1/webhooks/twilio/x", "secret")
    assert len({form_of(message, [line], "0" * 8)[0] for message in load}) == 500


async def test_a_delivery_is_repeated_until_a_2xx_and_only_that_counts() -> None:
    asked: list[bytes] = []

    async def moody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked) > 1:
            status = "503 Service Unavailable" if len(asked) == 2 else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(moody, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        line = Line("+14155550001", f"http://127.0.0.1:{port}/webhooks/twilio/x", "secret")
        message = replace(LOAD[0], deliveries=(0.0,))
        deliveries = Deliveries([message], [line], prefix="0" * 8, seed=1)
        await deliveries.run()
    assert deliveries.met == {"broken": 1, "503": 1, "200": 1}
    assert list(deliveries.acknowledged) == [message.token]
    assert deliveries.left == 0
    assert all(b"X-Twilio-Signature: " in request for request in asked)


async def test_phones_tell_every_answer_once_with_the_row_that_sent_it(twilio_door: TwilioDoor) -> None:
    account = await twilio_door.account()
    await twilio_door.sender("+14155550001", account["sid"], None)
    await twilio_door.open_windows("+14155550001", [phone(0)])
    phones = Phones(twilio_door)
    async with httpx.AsyncClient(
        base_url=twilio_door.url, auth=(account["sid"], account["token"]), timeout=60
    ) as client:
        for part, body in (("p1", f"Te leo: {ONE}, {TWO}"), ("p2", f"Te leo: {THREE}")):
            form = {
                "To": f"whatsapp:{phone(0)}",
                "From": "whatsapp:+14155550001",
                "Body": body,
                "StatusCallback": f"http://127.0.0.1:1/status?outbox={part}#rc=5",
            }
            (await client.post(f"/2010-04-01/Accounts/{account['sid']}/Messages.json", data=form)).raise_for_status()
            await phones.look()
    assert [(answer.part, answer.tokens) for answer in phones.answers] == [("p1", (ONE, TWO)), ("p2", (THREE,))]
    assert phones.answered.keys() == {ONE, TWO, THREE}
    assert {answer.customer for answer in phones.answers} == {phone(0)}


async def test_three_hundred_messages_are_each_answered_once_whatever_is_killed() -> None:
    small = ("--messages", "300", "--contacts", "30", "--minutes", "0.35", "--gap", "1", "--lease", "12")
    _, printed = await printed_by("chaos", *small, seconds=240.0)
    judged = [line for line in printed.splitlines() if line.endswith(("kept │", "broken │", "kept   │"))]
    assert len(judged) == len(promises(WELL)), printed[-6000:]
    in_seconds = re.compile(r"\d s +│ broken │")  # how fast a busy machine heals is not for a test to judge
    assert [line for line in judged if line.endswith("broken │") and not in_seconds.search(line)] == [], printed[-6000:]

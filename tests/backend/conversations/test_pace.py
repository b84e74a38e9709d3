"""Two bots cannot talk for ever; a person who types fast is not taken for one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend import clock
from backend.settings import Settings
from tests.backend.bookings.conftest import Calendar
from tests.backend.line import Agent, WhatsAppLine, connect_line
from tests.factories import Business, Client, make_business

INSTANT = {"loop_instant_seconds": 20}
"""Whoever writes at once has written within it, however long the machine takes."""
EAGER = {"quiet_window_seconds": 0, "longest_wait_seconds": 0, **INSTANT}


@pytest.fixture
def calendar(tmp_path: Path) -> Iterator[Calendar]:
    """Business time, which passes only when a test says so."""
    with pytest.MonkeyPatch.context() as patch:
        calendar = Calendar(tmp_path / "clock", patch)
        calendar.set(clock.now())
        yield calendar


@pytest.fixture
async def line(line: WhatsAppLine) -> WhatsAppLine:
    await line.business.ok("PATCH", "/v1/tenant", {"settings": INSTANT})
    return line


async def _replies(line: WhatsAppLine, agent: Agent, texts: Iterator[str], calendar: Calendar, **after: float) -> int:
    """How often the agent answers somebody who writes each text so long after the last reply."""
    for count, text in enumerate(texts):
        calendar.advance(timedelta(**after))
        await line.write(text)
        bundles = await agent.claim(line.business)
        if not bundles:
            return count
        await agent.answer(bundles[0], f"Respuesta número {count} de la tienda.")
    return count + 1


def _echo(most: int) -> Iterator[str]:
    return (f"{number}: ¿en qué más puedo ayudarle?" for number in range(most))


async def _cases(business: Business) -> list[dict[str, Any]]:
    return list((await business.ok("GET", "/v1/handoffs", status="open"))["items"])


async def test_a_bot_that_answers_at_once_is_left_after_a_dozen_replies_with_one_case(
    line: WhatsAppLine, agent: Agent, calendar: Calendar
) -> None:
    assert await _replies(line, agent, _echo(40), calendar, seconds=0.5) == 13
    [case] = await _cases(line.business)
    assert case["reason"] == "loop"
    assert "13 replies within 1 min" in case["summary"]
    conversation = await line.conversation()
    assert conversation["in_charge"] == "person"
    [*_, last] = [message for message in await line.transcript() if message["author"] == "agent"]
    assert last["body"] == "Respuesta número 12 de la tienda."
    turn = (await line.business.ok("GET", "/v1/turns"))["items"][0]
    assert (turn["outcome"], turn["reason"]) == ("handed_off", "loop")


async def test_a_slow_bot_that_repeats_our_own_words_is_left_as_well(
    line: WhatsAppLine, agent: Agent, calendar: Calendar
) -> None:
    await line.write("hola")
    for count in range(20):
        bundles = await agent.claim(line.business)
        if not bundles:
            break
        text = f"Tenemos {count} modelos de audífonos para usted."
        await agent.answer(bundles[0], text)
        calendar.advance(timedelta(seconds=40))
        await line.write(text)
    assert count == 13
    assert [case["reason"] for case in await _cases(line.business)] == ["loop"]


async def test_a_bot_with_a_persons_patience_is_left_after_a_hundred_replies_in_an_hour(
    client: Client, settings: Settings, agent: Agent, calendar: Calendar
) -> None:
    business = await make_business(client, settings, settings={**EAGER, "loop_replies": 10, "loop_minutes": 5})
    line = await connect_line(business, settings)
    assert await _replies(line, agent, _echo(40), calendar, seconds=20) == 10
    assert "10 replies within 3 min" in (await _cases(business))[0]["summary"]
    slow = await connect_line(await make_business(client, settings, settings={**EAGER, "loop_replies": 10}), settings)
    assert await _replies(slow, agent, _echo(15), calendar, minutes=7) == 15


async def test_a_person_typing_thirty_short_messages_in_ten_minutes_is_not_silenced(
    line: WhatsAppLine, agent: Agent, calendar: Calendar
) -> None:
    """Now and then a message crosses the reply, and "sí" is said twenty times."""
    for count in range(30):
        calendar.advance(timedelta(seconds=1 if count % 3 == 0 else 29))
        await line.write("sí" if count % 2 else f"y el {count}?")
        [bundle] = await agent.claim(line.business)
        await agent.answer(bundle, "Sí, lo tenemos en existencia ahora mismo.")
    assert await _cases(line.business) == []


async def test_a_person_who_hands_the_chat_back_gets_a_new_count(
    line: WhatsAppLine, agent: Agent, calendar: Calendar
) -> None:
    assert await _replies(line, agent, _echo(40), calendar, seconds=0.5) == 13
    conversation = await line.conversation()
    await line.business.ok("POST", f"/v1/conversations/{conversation['id']}/hand-back")
    [case] = await _cases(line.business)
    await line.business.ok("POST", f"/v1/handoffs/{case['id']}/close")
    assert await _replies(line, agent, _echo(40), calendar, seconds=0.5) == 13
    assert len(await _cases(line.business)) == 1


async def test_a_loop_joins_the_case_that_is_open_and_may_be_switched_off(
    client: Client, settings: Settings, agent: Agent, calendar: Calendar
) -> None:
    strict = await make_business(client, settings, settings={**EAGER, "loop_instant_replies": 2})
    line = await connect_line(strict, settings)
    await line.write("¿hacen entregas en la Luna?")
    [bundle] = await agent.claim(strict)
    await agent.answer(bundle, "Lo pregunto.", outcome="safe_reply")
    assert await _replies(line, agent, _echo(9), calendar, seconds=1) == 2
    [case] = await _cases(strict)
    assert case["reason"] == "loop"
    off = await make_business(client, settings, settings={**EAGER, "loop_instant_replies": 0, "loop_replies": 0})
    assert await _replies(await connect_line(off, settings), agent, _echo(20), calendar, seconds=0) == 20

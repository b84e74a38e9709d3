"""A person's reply and the 24 h window: judged when it is sent, held with a reason that the person sees, never lost."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend import clock
from backend.channels.letters import WINDOW
from backend.clock import Clock
from tests.backend.channels.conftest import ANA, World, come_to


class Later:
    """Moves business time of this process; the simulated Twilio keeps its own."""

    def __init__(self, file: Path, patch: pytest.MonkeyPatch) -> None:
        self._file, self._patch = file, patch

    def pass_by(self, span: timedelta) -> None:
        """So long after the machine's own time."""
        self._file.write_text(str(span.total_seconds()))
        self._patch.setattr(clock, "_clock", Clock(self._file))


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(tmp_path / "clock", monkeypatch)


async def written(world: World) -> list[dict[str, Any]]:
    """What the team sees of its own messages."""
    conversation = await world.conversation_of(ANA)
    messages = (await world.business.ok("GET", f"/v1/conversations/{conversation}/messages"))["items"]
    return [message for message in messages if message["author"] == "person"]


async def test_what_was_queued_inside_the_window_and_is_sent_after_it_is_held_and_says_so(
    world: World, later: Later
) -> None:
    await world.write_to(ANA, "¿Sigue interesada?")
    [message] = await written(world)
    assert [part["status"] for part in message["deliveries"]] == ["queued"]
    later.pass_by(WINDOW)
    await world.dispatcher.run_until_idle()
    [message] = await written(world)
    [part] = message["deliveries"]
    assert (part["status"], part["error_code"], part["sent_at"]) == ("held", "window", None)
    assert part["error"] == "outside the 24 h window"
    assert await world.door.outbound() == []
    [case] = (await world.business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert case["reason"] == "failed"
    told = (await world.business.ok("GET", "/v1/events", limit=200))["items"]
    assert ("message.status", "held") in [(one["type"], one["data"].get("status")) for one in told]


async def test_just_inside_the_window_it_is_sent(world: World, later: Later) -> None:
    await world.write_to(ANA, "¿Sigue interesada?")
    later.pass_by(WINDOW - timedelta(minutes=10))
    await world.dispatcher.run_until_idle()
    await come_to(world, "read")
    assert await world.received() == ["¿Sigue interesada?"]


async def test_the_next_message_opens_the_window_for_what_is_written_then(world: World, later: Later) -> None:
    await world.write_to(ANA, "tarde")
    later.pass_by(WINDOW + timedelta(hours=1))
    await world.dispatcher.run_until_idle()
    await world.ana.write("perdón, aquí estoy")
    await world.write_to(ANA, "¡Qué bueno!")
    await world.dispatcher.run_until_idle()
    await come_to(world, "held", "read")
    assert await world.received() == ["¡Qué bueno!"]
    assert [message["body"] for message in await written(world)] == ["tarde", "¡Qué bueno!"]


async def test_a_long_message_whose_window_closes_on_its_way_says_which_parts_are_held(
    world: World, later: Later
) -> None:
    await world.write_to(ANA, " ".join(f"Frase número {number} de un aviso largo." for number in range(60)))
    parts = len(await world.outbox())
    assert parts > 1
    later.pass_by(WINDOW + timedelta(seconds=1))
    await world.dispatcher.run_until_idle()
    [message] = await written(world)
    assert [part["status"] for part in message["deliveries"]] == ["held"] * parts
    assert len((await world.business.ok("GET", "/v1/handoffs", status="open"))["items"]) == 1

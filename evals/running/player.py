"""Plays a scenario's customer, step by step, and keeps what was heard after each."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from evals.running.paying import pay
from evals.running.scenario import MEDIA, PLACE, Step
from evals.running.stage import Stage
from evals.world.customers import Customer
from evals.world.timeline import Timeline

Json = dict[str, Any]
ANSWER_SECONDS = 60.0
"""Longer than the slowest honest answer: a silent model is given up after 45 s."""
UNASKED_SECONDS = 20.0
"""How long a notice may take that nobody's message called for."""
PHONE_SECONDS = 2.0
FIRST_LOOK_SECONDS = 0.05
"""A turn ends about so long after its answer is on the phone."""
_UNFINISHED = frozenset({"waiting", "running", "replied"})
_ON_ITS_WAY = frozenset({"queued", "sending"})
_LINK = re.compile(r"https?://[^\s*]+")


class PlayStopped(Exception):
    """The story could not go on; the text says where and why."""


@dataclass
class Heard:
    """One step and what the business wrote before the next one."""

    step: Step
    messages: list[Json] = field(default_factory=list)
    """As `GET /v1/conversations/{id}/messages` has them."""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        return "\n".join(message["body"] for message in self.messages)


class Script(Protocol):
    """Says what the customer does next."""

    async def next(self, heard: Sequence[Heard]) -> Step | None:
        """The next step after what was heard so far; None when they are done. Raises `PlayStopped`."""


class Chat:
    """The steps of a file, whatever the answers are."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps

    async def next(self, heard: Sequence[Heard]) -> Step | None:
        return self._steps[len(heard)] if len(heard) < len(self._steps) else None


class Player:
    """One customer in one business; `timeline` is whom to ask for time to go by."""

    def __init__(
        self,
        stage: Stage,
        customer: Customer,
        script: Script,
        timeline: Timeline,
    ) -> None:
        self.customer = customer
        self.heard: list[Heard] = []
        self._timeline = timeline
        self._business = stage.business
        self._outages = stage.outages
        self._script = script
        self._conversation: str | None = None
        self._known: set[str] = set()

    async def play(self) -> None:
        """Step by step to the end. Raises `PlayStopped`; what was heard until then is kept."""
        while True:
            try:
                step = await self._script.next(self.heard)
                if step is None:
                    return
                await self._play(step)
            except PlayStopped as stopped:
                raise PlayStopped(f"step {max(len(self.heard), 1)}: {stopped}") from None
            except (httpx.HTTPError, TimeoutError) as failure:
                raise PlayStopped(f"step {len(self.heard)}: {type(failure).__name__}: {failure}") from None

    async def _play(self, step: Step) -> None:
        heard = Heard(step)
        self.heard.append(heard)
        started = time.monotonic()
        try:
            await self._act(step)
            if not step.breaks:
                await self._listen(heard)
        finally:
            heard.seconds = time.monotonic() - started

    async def _act(self, step: Step) -> None:
        if step.says:
            await self.customer.burst(*step.says)
        elif step.sends:
            fields = (
                {"MessageType": "sticker"} if step.sends == "sticker" else PLACE if step.sends == "location" else {}
            )
            media = [MEDIA[step.sends]] if step.sends in MEDIA else []
            await self.customer.write(step.caption or "", media=media, fields=fields)
        elif step.pays:
            await pay(self.customer, self._newest_link(), step.pays)
        elif step.passes:
            await self._timeline.passes(step.passes.span)
        elif step.team_says:
            await self._team("messages", {"text": step.team_says})
        elif step.breaks:
            await self._outages.begin(step.breaks)
        elif step.mends:
            await self._outages.mend()
        else:
            for case in await self._business.all("/v1/handoffs", status="open"):
                (await self._business.api.post(f"/v1/handoffs/{case['id']}/close")).raise_for_status()
            await self._team("hand-back", None)

    async def _team(self, action: str, body: Json | None) -> None:
        conversation = await self._find_conversation()
        if conversation is None:
            raise PlayStopped("there is no conversation yet")
        answer = await self._business.api.post(f"/v1/conversations/{conversation}/{action}", json=body)
        answer.raise_for_status()

    def _newest_link(self) -> str:
        links = [link for heard in self.heard for message in heard.messages for link in _LINK.findall(message["body"])]
        if not links:
            raise PlayStopped("no payment link came, so there is nothing to pay")
        return str(links[-1]).rstrip(".,;:)!")

    async def _listen(self, heard: Heard) -> None:
        """Wait until enough was answered, no turn is open and nothing is on its way."""
        own_words = bool(heard.step.says or heard.step.sends)
        arrived = False
        deadline = time.monotonic() + (ANSWER_SECONDS if own_words else UNASKED_SECONDS)
        pause = FIRST_LOOK_SECONDS
        while True:
            if heard.step.least_answers and not arrived:
                arrived = await self._phone_rings(min(PHONE_SECONDS, deadline - time.monotonic()))
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 0.2)
            settled = await self._settled(heard)
            if settled and len(heard.messages) >= heard.step.least_answers:
                break
            if settled and own_words:
                break
            if time.monotonic() > deadline:
                if not settled:
                    raise PlayStopped("not dealt with in time: a turn is still open, or a message still on its way")
                break
        self._known |= {message["id"] for message in heard.messages}

    async def _phone_rings(self, seconds: float) -> bool:
        """Whether a message reaches the customer in time: asked of the phone, so that the backend is left in peace."""
        try:
            await self.customer.receive(1, max(seconds, 0.0))
        except TimeoutError:
            return False
        return True

    async def _settled(self, heard: Heard) -> bool:
        conversation = await self._find_conversation()
        if conversation is None:
            return False
        turns = await self._business.all("/v1/turns")
        if any(turn["status"] in _UNFINISHED for turn in turns):
            return False
        messages = await self._business.all(f"/v1/conversations/{conversation}/messages")
        waiting = {item["id"] for item in messages for part in item["deliveries"] if part["status"] in _ON_ITS_WAY}
        fresh = [item for item in messages if item["author"] != "contact" and item["id"] not in self._known]
        heard.messages = [item for item in fresh if item["id"] not in waiting]
        return not waiting or self._outages.holds_messages

    async def _find_conversation(self) -> str | None:
        if self._conversation is None:
            found = await self._business.all("/v1/conversations")
            self._conversation = str(found[0]["id"]) if found else None
        return self._conversation

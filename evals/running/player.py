"""Plays a scenario's customer, step by step, and keeps what was heard after each."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from evals.running.paying import pay
from evals.running.scenario import MEDIA, PLACE, Scenario, Step
from evals.running.stage import Stage
from evals.world.customers import Customer
from evals.world.twin import TwinWorld

Json = dict[str, Any]
ANSWER_SECONDS = 60.0
"""Longer than the slowest honest answer: a silent model is given up after 45 s."""
UNASKED_SECONDS = 20.0
"""How long a notice may take that nobody's message called for."""
PHONE_SECONDS = 2.0
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


class Player:
    """One customer in one business."""

    def __init__(self, world: TwinWorld, stage: Stage, scenario: Scenario, number: str) -> None:
        self._world = world
        self._business = stage.business
        self._scenario = scenario
        self.customer: Customer = world.customer(stage.business, scenario.customer.name, number)
        self.heard: list[Heard] = []
        self._conversation: str | None = None
        self._known: set[str] = set()

    async def play(self) -> None:
        """Every step in order. Raises `PlayStopped`; what was heard until then is kept."""
        for position, step in enumerate(self._scenario.chat, start=1):
            heard = Heard(step)
            self.heard.append(heard)
            started = time.monotonic()
            try:
                await self._act(step)
                await self._listen(heard)
            except PlayStopped as stopped:
                raise PlayStopped(f"step {position}: {stopped}") from None
            except (httpx.HTTPError, TimeoutError) as failure:
                raise PlayStopped(f"step {position}: {type(failure).__name__}: {failure}") from None
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
            self._world.clock.advance(step.passes.span)
        elif step.team_says:
            await self._team("messages", {"text": step.team_says})
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
        pause = 0.03
        while True:
            if heard.step.least_answers and not arrived:
                arrived = await self._phone_rings(min(PHONE_SECONDS, deadline - time.monotonic()))
            settled = await self._settled(heard)
            if settled and len(heard.messages) >= heard.step.least_answers:
                break
            if settled and own_words:
                break
            if time.monotonic() > deadline:
                if not settled:
                    raise PlayStopped("not dealt with in time: a turn is still open, or a message still on its way")
                break
            await asyncio.sleep(pause)
            pause = min(pause * 1.3, 0.15)
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
        heard.messages = [item for item in messages if item["author"] != "contact" and item["id"] not in self._known]
        return not any(part["status"] in _ON_ITS_WAY for item in messages for part in item["deliveries"])

    async def _find_conversation(self) -> str | None:
        if self._conversation is None:
            found = await self._business.all("/v1/conversations")
            self._conversation = str(found[0]["id"]) if found else None
        return self._conversation

"""One customer's chat with one business: says, waits, prints."""

import time
from typing import Any

from evals.demo.transcript import Transcript
from evals.world.customers import Customer
from evals.world.twin import Business, TwinWorld

ANSWER_SECONDS = 45.0


class Chat:
    """Plays a customer and prints both sides. `TimeoutError` if an answer does not come within 45 s."""

    def __init__(self, world: TwinWorld, business: Business, customer: Customer, transcript: Transcript) -> None:
        self.world = world
        self.business = business
        self.customer = customer
        self._transcript = transcript
        self._conversation: str | None = None

    async def say(self, *lines: str) -> str:
        """Write the lines quickly one after the other; returns the answer."""
        started = time.monotonic()
        for line in lines:
            self._transcript.customer(line, self.world.clock.now())
        await self.customer.burst(*lines)
        bodies = [str(item["body"]) for item in await self.customer.receive(1, ANSWER_SECONDS)]
        await self.print_answer(bodies, time.monotonic() - started)
        return "\n".join(bodies)

    async def print_answer(self, bodies: list[str], waited: float) -> None:
        """Print what the agent wrote, and what was behind it."""
        for body in bodies:
            self._transcript.business(body, self.world.clock.now(), "agent")
        reasons = await self.reasons()
        if reasons is not None:
            self._transcript.behind(reasons, waited)

    async def hear(self, who: str = "notice") -> str:
        """Wait for something the business writes on its own."""
        bodies = [str(item["body"]) for item in await self.customer.receive(1, ANSWER_SECONDS)]
        for body in bodies:
            self._transcript.business(body, self.world.clock.now(), who)
        return "\n".join(bodies)

    def note(self, text: str) -> None:
        """Print something that happened outside the chat."""
        self._transcript.note(text)

    async def conversation(self) -> str:
        """Id of this chat's conversation, found by the customer's profile name."""
        if self._conversation is None:
            everyone = await self.business.all("/v1/conversations")
            self._conversation = next(
                str(item["id"]) for item in everyone if item["contact_name"] == self.customer.name
            )
        return self._conversation

    async def reasons(self) -> dict[str, Any] | None:
        """Why the agent's latest message says what it says; None if it wrote none."""
        conversation = await self.conversation()
        messages = (await self.business.get(f"/v1/conversations/{conversation}/messages"))["items"]
        turns = [item["turn_id"] for item in messages if item["author"] == "agent" and item["turn_id"]]
        if not turns:
            return None
        reasons: dict[str, Any] = await self.business.get(f"/v1/conversations/{conversation}/turns/{turns[-1]}")
        return reasons

    async def person_answers(self, text: str) -> None:
        """A member of the business writes in the chat."""
        answer = await self.business.api.post(
            f"/v1/conversations/{await self.conversation()}/messages", json={"text": text}
        )
        answer.raise_for_status()

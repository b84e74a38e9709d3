"""What reached the customers' phones, as it comes."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urldefrag, urlsplit

from evals.world.customers import Json, TwilioDoor
from evals.world.echo import tokens_in

LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Answer:
    """One message on one phone. `part` names the row that sent it, from its callback address; `at` is Unix time."""

    customer: str
    body: str
    tokens: tuple[str, ...]
    part: str
    at: float


class Phones:
    """All answers so far, in the order in which they came, and when each token was first answered."""

    def __init__(self, twilio: TwilioDoor) -> None:
        self.answers: list[Answer] = []
        self.answered: dict[str, float] = {}
        self._twilio = twilio

    async def look(self) -> None:
        """Take what came since the last look."""
        for row in await self._twilio.arrivals(len(self.answers)):
            answer = _answer(row)
            self.answers.append(answer)
            for token in answer.tokens:
                self.answered.setdefault(token, answer.at)

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)


def _answer(row: Json) -> Answer:
    address = urldefrag(str(row["status_callback"] or "")).url
    part = parse_qs(urlsplit(address).query).get("outbox", [""])[0]
    body = str(row["body"])
    at = datetime.fromisoformat(row["received_at"]).timestamp()
    return Answer(str(row["to"]).removeprefix("whatsapp:"), body, tuple(tokens_in(body)), part, at)

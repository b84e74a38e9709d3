"""A shop's webhook endpoint that records what it gets and answers as it is told."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from litestar import Litestar, Request, Response, route
from litestar.params import FromPath


@dataclass
class Arrival:
    """One webhook as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Endpoint:
    """A webhook endpoint. ``answers`` are the statuses of the next requests; then 200."""

    url: str = ""
    arrivals: list[Arrival] = field(default_factory=list)
    answers: deque[int] = field(default_factory=deque)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, count: int) -> list[Arrival]:
        """The first ``count`` requests, as soon as they are there."""
        async with asyncio.timeout(60), self.news:
            await self.news.wait_for(lambda: len(self.arrivals) >= count)
        return self.arrivals[:count]

    def app(self) -> Litestar:
        @route("/{path:path}", http_method=["POST"], status_code=200)
        async def record(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[None]:
            async with self.news:
                self.arrivals.append(Arrival(path, dict(request.headers), await request.body()))
                self.news.notify_all()
            return Response(None, status_code=self.answers.popleft() if self.answers else 200)

        return Litestar([record], openapi_config=None, logging_config=None)

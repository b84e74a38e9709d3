"""The one client of the backend's internal API.

BackendError
+-- BackendDown      no answer, or a 5xx, until patience ran out; safe to try again, as writes are journaled
+-- Refused          a problem with a reason (4xx); `detail` is written for whoever asked
+-- NewerMessages    the customer wrote meanwhile: the reply was not taken
graphs.ports.LeaseLost   another holder has the turn
"""

import asyncio
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from graphs.ports import InboundMessage, LeaseLost

ANSWER_SECONDS = 15.0
CONNECT_SECONDS = 2.0
IDLE_SECONDS = 4.0
"""uvicorn hangs up on a silent connection after 5 s."""
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
FILE_PATIENCE_SECONDS = 6.0
MOST_FAULTS = 5
"""Fields that a refusal names."""
UNCLEAR = {429, 500, 502, 503, 504}


class BackendError(Exception):
    """Base."""


class BackendDown(BackendError):
    """The backend gave no answer that settles the call."""


class Refused(BackendError):
    """A problem document (RFC 9457): `type` is its slug, `detail` says what to do next."""

    def __init__(self, status: int, type: str, detail: str) -> None:
        super().__init__(f"{status} {type}")
        self.status, self.type, self.detail = status, type, detail


class NewerMessages(BackendError):
    """The turn has grown: its messages now, and the version that a reply to them must name."""

    def __init__(self, messages: list[InboundMessage], version: int) -> None:
        super().__init__(f"version {version}")
        self.messages, self.version = messages, version


@dataclass(frozen=True)
class Lease:
    """What renewals and releases name."""

    kind: str
    id: str
    attempt: int

    def wire(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "attempt": self.attempt}


@dataclass(frozen=True)
class Changes:
    """Items of a change feed, oldest change first; `next` is the cursor behind them."""

    items: list[Any]
    next: str | None
    more: bool


class BackendClient:
    """Keep-alive connections to one backend; use it as an async context manager."""

    def __init__(self, url: str, service_token: str, *, patience_seconds: float = 12.0) -> None:
        self.patience_seconds = patience_seconds
        self._url = url.rstrip("/")
        self._service = _bearer(service_token)
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def claim(
        self, worker: str, limit: int, wait_seconds: float, kinds: Sequence[str] = ("turn",)
    ) -> list[dict[str, Any]]:
        """Due work, leased to `worker`; empty after the wait. Asked once: the caller's loop is the retry."""
        wanted = {"worker": worker, "limit": limit, "wait_seconds": wait_seconds, "kinds": list(kinds)}
        answer = await self._once("POST", "/internal/leases/claim", self._service, wanted, wait_seconds + 10.0)
        items: list[dict[str, Any]] = answer["items"]
        return items

    async def renew(self, leases: Sequence[Lease]) -> set[str]:
        """Prolongs them; answers the ids of those that are lost."""
        answer = await self._once("POST", "/internal/leases/renew", self._service, _leases(leases))
        return set(answer["lost"])

    async def release(self, leases: Sequence[Lease]) -> None:
        """Gives them back, uncounted."""
        await self._once("POST", "/internal/leases/release", self._service, _leases(leases))

    async def changes(self, path: str, after: str | None, limit: int = 500) -> Changes:
        """A page of the change feed at `path`, asked for once; BackendDown also for an answer that is no such page."""
        cursor = f"&after={quote(after, safe='')}" if after else ""
        return _page(await self._once("GET", f"{path}?limit={limit}{cursor}", self._service))

    async def preview(self, conversation_id: str) -> dict[str, Any]:
        """The bundle of a real conversation, with a token whose tools write nothing that stays."""
        return await self._patiently("POST", f"/internal/preview/{conversation_id}", self._service, {})

    async def tool(
        self, token: str, name: str, call: Mapping[str, Any], *, patience_seconds: float | None = None
    ) -> dict[str, Any]:
        """{"result", "evidence", "replayed"} of `POST /internal/tools/<name>`."""
        return await self._patiently("POST", f"/internal/tools/{name}", _bearer(token), call, patience_seconds)

    async def open_file(self, token: str, message_id: str, place: int) -> dict[str, Any]:
        """{"reading"} of a file that was read before, else {"content", "content_type", "content_hash"} with the file in
        base64, else {"problem"}."""
        path = f"/internal/media/{message_id}/{place}/open"
        return await self._patiently("POST", path, _bearer(token), {}, FILE_PATIENCE_SECONDS)

    async def keep_reading(self, token: str, message_id: str, place: int, found: Mapping[str, Any]) -> dict[str, Any]:
        """{"kind", "text", "language", "order_code"}, as it is kept from now on."""
        path = f"/internal/media/{message_id}/{place}/reading"
        return await self._patiently("POST", path, _bearer(token), found, FILE_PATIENCE_SECONDS)

    async def reply(self, token: str, turn_id: str, reply: Mapping[str, Any]) -> None:
        """Hands over what the turn wants to say. Raises NewerMessages or LeaseLost."""
        await self._patiently("POST", f"/internal/turns/{turn_id}/reply", _bearer(token), reply)

    async def finish(self, token: str, turn_id: str) -> None:
        """Closes the turn: its checkpoint is saved."""
        await self._patiently("POST", f"/internal/turns/{turn_id}/finish", _bearer(token), {})

    async def fail(self, token: str, turn_id: str, reason: str, *, counted: bool) -> None:
        """Puts the turn back; the fifth counted time it is quarantined."""
        body = {"reason": reason, "counted": counted}
        await self._patiently("POST", f"/internal/turns/{turn_id}/fail", _bearer(token), body)

    async def spend(self, token: str, usage: Sequence[Mapping[str, Any]], *, patience_seconds: float = 2.0) -> None:
        """Tells the ledger of model calls, with the token of any bundle, whoever holds its work by now. Safe to repeat:
        each call has an id."""
        body = {"usage": list(usage)}
        await self._patiently("POST", "/internal/usage", _bearer(token), body, patience_seconds)

    async def observe(self, notes: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[set[str], list[dict[str, Any]]]:
        """What was noted after replies ({"observations", "facts"}), with the token of each `reflect` bundle; answers
        the ids of lost ones, and what may be lessons: [{"token", "observations": [{"id", "kind", "topic",
        "contact"}]}]."""
        body = {"items": [{"token": token, **noted} for token, noted in notes]}
        answer = await self._patiently("POST", "/internal/reflections", self._service, body)
        return set(answer["lost"]), list(answer.get("repeatable", []))

    async def propose(self, token: str, lessons: Sequence[Mapping[str, Any]]) -> list[str]:
        """Lessons for the business of a `reflect` bundle; the ids of those that are new to it."""
        body = {"token": token, "lessons": list(lessons)}
        answer = await self._patiently("POST", "/internal/lessons", self._service, body)
        return list(answer["proposed"])

    async def assist(self, token: str, assist_id: str, verb: str, told: Mapping[str, Any]) -> None:
        """Hands over help that was asked for (`done`), or says that it could not be made (`fail`)."""
        await self._patiently("POST", f"/internal/assists/{assist_id}/{verb}", _bearer(token), told)

    async def replay(self, token: str, replay_id: str, verb: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Asks for the material of a case (`case`), or tells of one (`cases`), of the verdict (`done`), or why there is
        none (`fail`)."""
        return await self._patiently("POST", f"/internal/replays/{replay_id}/{verb}", _bearer(token), told)

    async def rehearse(self, token: str, verb: str, step: Mapping[str, Any]) -> dict[str, Any]:
        """A further step of a run in which nothing stays (`tool`), or how things stand in it (`standing`)."""
        return await self._patiently("POST", f"/internal/rehearsal/{verb}", _bearer(token), step)

    async def ready(self) -> bool:
        """Whether the backend says that it is ready."""
        try:
            await self._once("GET", "/health/ready", {}, seconds=2.0)
        except BackendError:
            return False
        return True

    async def _patiently(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        patience_seconds: float | None = None,
    ) -> dict[str, Any]:
        """Asks again, with growing pauses, while no answer settles it."""
        patience = self.patience_seconds if patience_seconds is None else patience_seconds
        deadline = time.monotonic() + patience
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._once(method, path, headers, body)
            except BackendDown:
                wait = pause * random.uniform(0.5, 1.0)
                if time.monotonic() + wait > deadline:
                    raise
                await asyncio.sleep(wait)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _once(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> dict[str, Any]:
        """The answer's document; what is wrong as one of our errors."""
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        try:
            request = self._session().request(method, self._url + path, headers=headers, json=body, timeout=timeout)
            async with request as response:
                status, content = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BackendDown(type(error).__name__) from error
        if status in UNCLEAR:
            raise BackendDown(f"status {status}")
        succeeded = status < 400
        document = _document(content, succeeded)
        if succeeded:
            return document
        raise _problem(status, document)

    def _session(self) -> aiohttp.ClientSession:
        """Opened with the first request, on the event loop that asks."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS))
        return self._opened


def _document(content: bytes, succeeded: bool) -> dict[str, Any]:
    """What a proxy between us may answer is no JSON: as a success it settles nothing."""
    try:
        document = json.loads(content) if content else {}
    except ValueError:
        if succeeded:
            raise BackendDown("not JSON") from None
        return {}
    return document if isinstance(document, dict) else {}


def _page(answer: Mapping[str, Any]) -> Changes:
    """One that could be read but never passed (items and no cursor behind them, more to come behind none) is none."""
    match answer:
        case {"items": [], "next": str() | None as cursor, "more": False}:
            return Changes([], cursor, False)
        case {"items": [_, *_] as items, "next": str(cursor), "more": bool(more)} if cursor:
            return Changes(items, cursor, more)
    raise BackendDown("no page of a feed")


def _problem(status: int, document: Mapping[str, Any]) -> Exception:
    slug = str(document.get("type", "")).rpartition(":")[2]
    if slug == "lease-lost":
        return LeaseLost()
    if slug == "newer-messages":
        messages = [InboundMessage.model_validate(item) for item in document["messages"]]
        return NewerMessages(messages, document["version"])
    return Refused(
        status, slug, _wrong_fields(document) or str(document.get("detail") or document.get("title") or "refused")
    )


def _wrong_fields(document: Mapping[str, Any]) -> str:
    """What `errors` says, in a line: `detail` only points at it, and whoever reads the detail has nothing else."""
    errors = document.get("errors")
    told = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    faults = (f"{str(one.get('field', '')).removeprefix('arguments.')}: {one.get('message', '')}" for one in told)
    return "; ".join(islice(faults, MOST_FAULTS))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _leases(leases: Sequence[Lease]) -> dict[str, Any]:
    return {"leases": [lease.wire() for lease in leases]}

"""SMTP itself, by aiosmtpd: envelopes, answers with enhanced codes, authentication, and connections that break."""

import asyncio
import socket
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email import policy
from email.parser import BytesParser
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from evals.world.smtp.state import Letter, Mailroom

USER = "tendero"


class Clerk:
    """Takes letters into the room; the hooks that aiosmtpd calls."""

    def __init__(self, room: Mailroom) -> None:
        self._room = room

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._room.due([address], "reject"):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipients = list(envelope.rcpt_tos)
        fault = self._room.due(recipients, "later", "lose", "drop", "hang")
        if fault is not None and fault.kind == "later":
            return "451 4.7.1 Greylisted, try again later"
        if fault is None or fault.kind != "lose":
            raw = envelope.original_content or b""
            message = BytesParser(policy=policy.default).parsebytes(raw)
            self._room.letters.append(Letter(envelope.mail_from or "", recipients, message))
        if fault is not None:
            if fault.kind == "hang":
                await asyncio.Event().wait()
            cast(Any, server.transport).abort()
        return "250 2.0.0 Taken"


@asynccontextmanager
async def listening(
    room: Mailroom,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    implicit: bool = False,
) -> AsyncIterator[str]:
    """Serve on loopback while the block runs; gives the address, such as smtp://127.0.0.1:2525. With `tls` STARTTLS is
    offered (RFC 3207), or, if `implicit`, the line is encrypted from its first byte (RFC 8314): smtps://..."""
    loop = asyncio.get_running_loop()
    open_lines: set[SMTP] = set()

    def answer() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of passwords without TLS: it is this machine's loopback
            line = SMTP(
                Clerk(room),
                hostname="mail.example",
                enable_SMTPUTF8=True,
                auth_required=room.password is not None,
                auth_require_tls=False,
                authenticator=_checks(room),
                tls_context=None if implicit else tls,
                loop=loop,
            )
        open_lines.add(line)
        return line

    server = await loop.create_server(answer, host, port, family=socket.AF_INET, ssl=tls if implicit else None)
    room.url = f"smtp{'s' if implicit else ''}://{host}:{server.sockets[0].getsockname()[1]}"
    try:
        yield room.url
    finally:
        server.close()
        for line in open_lines:
            if line.transport is not None:
                with suppress(OSError):
                    cast(Any, line.transport).abort()
            if line._handler_coroutine is not None:
                line._handler_coroutine.cancel()
        await server.wait_closed()


def _checks(room: Mailroom) -> Any:
    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        room.logins.append(cast(Any, server.transport).get_extra_info("sslcontext") is not None)
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (
            USER.encode(),
            (room.password or "").encode(),
        )
        return AuthResult(success=good, handled=False)

    return check

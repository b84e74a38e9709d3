"""The reference for webhooks: a bare Litestar handler that checks the signature and does one durable insert.

`python -m evals.bench.bare_webhook URL PORT AUTH_TOKEN PUBLIC_URL` on the Postgres at URL.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import uvicorn
from litestar import Litestar, Request, Response, post
from twilio.request_validator import RequestValidator

from evals.lifeline import die_with_parent

TABLE = "CREATE TABLE IF NOT EXISTS bare_webhook (id text PRIMARY KEY, body text NOT NULL)"
INSERT = "INSERT INTO bare_webhook (id, body) VALUES ($1, $2) ON CONFLICT DO NOTHING"


def create_app(database_url: str, auth_token: str, public_url: str) -> Litestar:
    """One route, one table, no turn and no tenant."""
    pool: asyncpg.Pool[Any]
    validator = RequestValidator(auth_token)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        nonlocal pool
        pool = await asyncpg.create_pool(database_url, min_size=1, max_size=10)
        await pool.execute(TABLE)
        yield
        await pool.close()

    @post("/webhook", status_code=200)
    async def webhook(request: Request[Any, Any, Any]) -> Response[None]:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        if not validator.validate(public_url, form, request.headers.get("x-twilio-signature", "")):
            return Response(None, status_code=401)
        await pool.execute(INSERT, form["MessageSid"], form["Body"])
        return Response(None, status_code=200)

    return Litestar([webhook], lifespan=[lifespan], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    die_with_parent()
    url, port, token, public = sys.argv[1:]
    with suppress(KeyboardInterrupt):
        uvicorn.run(create_app(url, token, public), port=int(port), loop="uvloop", log_config=None, access_log=False)

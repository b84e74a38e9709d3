"""A load generator in a process of its own: prepared, signed webhooks over raw keep-alive connections.

`python -m evals.bench.load` reads a `Plan` as JSON from stdin and prints a `Measured` as JSON.
"""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

from evals.bench.rounds import percentile


@dataclass(frozen=True)
class Plan:
    """`count` messages of `customers` customers to one webhook, as fast as `connections` carry them, or at `rate` a
    second."""

    url: str
    signed_url: str
    """The public address that the signature covers."""
    auth_token: str
    number: str
    count: int
    customers: int
    connections: int
    rate: float | None
    prefix: str
    """Makes message ids of this run unique; eight hexadecimal digits."""

    def phones(self, count: int) -> list[str]:
        """The numbers of the first `count` customers."""
        return [f"+52155{10_000_000 + number}" for number in range(count)]


def fresh(plan: Plan) -> Plan:
    """The same load with message ids of its own."""
    return replace(plan, prefix=secrets.token_hex(4))


@dataclass(frozen=True)
class Measured:
    """Latencies in milliseconds, from the moment a request was due; `began` in seconds since the epoch."""

    began: float
    seconds: float
    per_second: float
    p50: float
    p99: float
    failed: int


async def run(plan: Plan) -> Measured:
    """Sends everything; answers other than 2xx count as failed."""
    requests = [_request(plan, number) for number in range(plan.count)]
    return await drive(plan.url, requests, plan.connections, plan.rate)


async def drive(url: str, requests: Sequence[bytes], connections: int, rate: float | None = None) -> Measured:
    """Sends raw requests over so many keep-alive connections, as fast as these carry them or at `rate` a second."""
    address = urlsplit(url)
    latencies: list[float] = []
    failed = 0
    numbers = iter(range(len(requests)))
    began, started = time.time(), time.perf_counter()

    async def connection() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for number in numbers:
            due = time.perf_counter()
            if rate is not None:
                due = started + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(requests[number])
            status = await _answer(reader)
            latencies.append((time.perf_counter() - due) * 1000)
            failed += not 200 <= status < 300
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    seconds = time.perf_counter() - started
    return Measured(
        began, seconds, len(requests) / seconds, percentile(latencies, 0.5), percentile(latencies, 0.99), failed
    )


async def generate(plan: Plan) -> Measured:
    """`run` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals.bench.load", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate(json.dumps(asdict(plan)).encode())
    if process.returncode:
        raise RuntimeError("the load generator failed")
    return Measured(**json.loads(printed))


def _request(plan: Plan, number: int) -> bytes:
    customer = f"+52155{10_000_000 + number % plan.customers}"
    form = {
        "MessageSid": f"SM{plan.prefix}{number:024x}",
        "AccountSid": "AC" + "0" * 32,
        "From": f"whatsapp:{customer}",
        "To": f"whatsapp:{plan.number}",
        "Body": "¿qué balones tienen?",
        "NumMedia": "0",
        "ProfileName": "Ana",
        "WaId": customer[1:],
    }
    signature = RequestValidator(plan.auth_token).compute_signature(plan.signed_url, form)
    body = urlencode(form).encode()
    address = urlsplit(plan.url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length")), 0)
    if length:
        await reader.readexactly(length)
    return int(lines[0].split()[1])


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(run(Plan(**json.load(sys.stdin)))))))

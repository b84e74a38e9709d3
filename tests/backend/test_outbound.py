"""Nothing that a tenant names leads inside: 40 addresses and more, with listeners where they would lead."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.outbound import Inside, Outbound, Resolver, check_url, is_outside

LITERALS = (
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://127.000.000.001:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://foo.localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[ff02::1]:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.1.1:{port}/",
    "http://100.64.0.1:{port}/",
    "http://198.18.0.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "http://user:word@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://exa mple.com/",
    "http://example.com\r\nHost: 127.0.0.1/",
    "http://１２７.０.０.１:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://localhost。:{port}/",
    "https://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "//127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http://",
    "http://[",
    "http://example.com:99999/",
    "http://example.com:22/",
    "http://example.com:6379/",
    "http://intranet/",
)
RESOLVING = (
    ("127.0.0.1",),
    ("10.1.2.3",),
    ("169.254.169.254",),
    ("::1",),
    ("::ffff:127.0.0.1",),
    ("fd12::1",),
    ("64:ff9b::a00:1",),
    ("2002:a00:1::1",),
    ("2001:0:53aa:64c::1",),
    ("100.64.1.1",),
    ("93.184.216.34", "127.0.0.1"),
    ("fe80::1%lo",),
    ("not an address",),
    (),
)
"""What an honest name may turn out to mean."""


class Lying(Resolver):
    """A name server that says what the test wants, another thing each time."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return list(self.answers[min(self.asked, len(self.answers)) - 1])


class Inner:
    """Something inside that counts who reaches it."""

    def __init__(self) -> None:
        self.reached = 0
        self.asked: list[bytes] = []
        self.answer = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
        self.port = 0

    async def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached += 1
        self.asked.append(await reader.read(2000))
        writer.write(self.answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@pytest.fixture
async def inner() -> AsyncIterator[Inner]:
    """Listens on every address of this machine, IPv4 and, where there is any, IPv6."""
    inner = Inner()
    first = await asyncio.start_server(inner.met, "0.0.0.0", 0)
    inner.port = first.sockets[0].getsockname()[1]
    servers = [first]
    with contextlib.suppress(OSError):
        servers.append(await asyncio.start_server(inner.met, "::", inner.port, family=socket.AF_INET6))
    yield inner
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_no_spelling_of_an_address_leads_inside(inner: Inner) -> None:
    outbound = Outbound(seconds=10)
    assert len(LITERALS) >= 40
    for url in LITERALS:
        with pytest.raises(Inside):
            await outbound.post(url.format(port=inner.port), b"{}", {})
    await outbound.close()
    assert inner.reached == 0


async def test_no_name_leads_inside_whatever_it_resolves_to(inner: Inner) -> None:
    for answers in RESOLVING:
        outbound = Outbound(seconds=10, resolver=Lying(answers))
        with pytest.raises(Inside):
            await outbound.post(f"http://hooks.example.com:{inner.port}/", b"{}", {})
        await outbound.close()
    assert inner.reached == 0


async def test_a_name_is_asked_once_and_the_connection_goes_where_it_was_judged(inner: Inner) -> None:
    """A name that means another place at every lookup (rebinding): the judged address is the one that is called."""
    name = f"hooks.example.com:{inner.port}"
    resolver = Lying(("127.0.0.1",), ("93.184.216.34",))
    outbound = Outbound([name], seconds=10, resolver=resolver)
    answer = await outbound.post(f"http://{name}/in", b"{}", {"X-A": "b"})
    await outbound.close()
    assert (answer.status_code, resolver.asked, inner.reached) == (204, 1, 1)
    assert f"Host: {name}\r\n".encode().lower() in inner.asked[0].lower()


async def test_every_call_is_judged_anew(inner: Inner) -> None:
    """No connection is kept that a name led to once."""
    name = f"hooks.example.com:{inner.port}"
    resolver = Lying(("127.0.0.1",))
    outbound = Outbound([name], seconds=10, resolver=resolver)
    for _ in range(3):
        await outbound.post(f"http://{name}/", b"{}", {})
    await outbound.close()
    assert (resolver.asked, inner.reached) == (3, 3)


async def test_a_redirect_is_an_answer_and_nothing_to_follow(inner: Inner) -> None:
    inner.answer = (
        f"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{inner.port}/again\r\n"
        "Content-Length: 0\r\n\r\n".encode()
    )
    outbound = Outbound([f"127.0.0.1:{inner.port}"], seconds=10)
    answer = await outbound.post(f"http://127.0.0.1:{inner.port}/", b"{}", {})
    await outbound.close()
    assert (answer.status_code, inner.reached) == (307, 1)


async def test_no_proxy_of_the_environment_is_asked(inner: Inner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inner.port}")
    outbound = Outbound(seconds=10, resolver=Lying(("10.0.0.9",)))
    with pytest.raises(Inside):
        await outbound.post("http://hooks.example.com/", b"{}", {})
    await outbound.close()
    assert inner.reached == 0


async def test_an_endless_or_silent_answer_ends(inner: Inner) -> None:
    inner.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nmuch more"
    outbound = Outbound([f"127.0.0.1:{inner.port}"], seconds=10)
    answer = await outbound.post(f"http://127.0.0.1:{inner.port}/", b"{}", {})
    assert answer.status_code == 200
    inner.answer = b"HTTP/1.1 "
    with pytest.raises(httpx.HTTPError):
        await outbound.post(f"http://127.0.0.1:{inner.port}/", b"{}", {})
    await outbound.close()


def test_honest_addresses_are_taken() -> None:
    assert check_url("https://hooks.example.com/a?b=c") == ("hooks.example.com", 443)
    assert check_url("http://xn--maana-pta.example:8080/") == ("xn--maana-pta.example", 8080)
    assert check_url("https://8.8.8.8/") == ("8.8.8.8", 443)
    assert check_url("https://[2606:4700:4700::1111]/") == ("2606:4700:4700::1111", 443)
    assert is_outside("8.8.8.8")
    assert is_outside("2a00:1450:4003:80e::200e")
    assert not is_outside("::ffff:8.8.8.8")

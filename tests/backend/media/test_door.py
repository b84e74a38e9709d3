"""The agent's door to customers' files: bounded, once, for this conversation alone, and never inside."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.channels.providers.base import ChannelAccount, MediaSource
from backend.channels.providers.twilio import TwilioChannel
from backend.conversations.bundle import read_bundles
from backend.database import new_id
from backend.media import fetching
from backend.media.fetching import Unfetched, fetch, way_out
from backend.media.kinds import sniff
from backend.security import PREVIEW
from backend.settings import Settings
from evals.world.models.files import MAGIC, file_saying
from tests.backend.media.conftest import PHOTO, VOICE, Post


async def test_a_voice_note_is_fetched_with_the_accounts_credentials_and_known_from_then_on(post: Post) -> None:
    bundle = await post.sends()
    first = await post.opened(bundle)
    assert (first["content_type"], first["reading"], first["problem"]) == ("audio/ogg", None, None)
    kept = await post.kept(bundle, content_hash=first["content_hash"])
    assert kept == {"kind": "transcript", "text": "quiero dos balones", "language": None, "order_code": None}
    await post.door.fault("file", http_status=404, times=9)
    assert (await post.opened(bundle))["reading"] == kept
    [shown] = (await post.business.ok("GET", "/v1/media-readings"))["items"]
    assert (shown["text"], shown["cost_micros"]) == ("quiero dos balones", 12)
    assert await post.business.ok("GET", f"/v1/media-readings/{shown['id']}") == shown


async def test_the_same_file_again_is_known_by_its_content_and_goes_with_its_own_conversation(post: Post) -> None:
    bundle = await post.sends()
    opened = await post.opened(bundle)
    await post.kept(bundle, content_hash=opened["content_hash"])
    other = await post.sends()
    assert (await post.opened(other))["reading"]["text"] == "quiero dos balones"
    items = (await post.business.ok("GET", "/v1/media-readings"))["items"]
    assert [item["cost_micros"] for item in items] == [0, 12]
    contact = (await post.business.ok("GET", f"/v1/conversations/{bundle['conversation']['id']}"))["contact_id"]
    await post.business.ok("POST", f"/v1/contacts/{contact}/erasure")
    [left] = (await post.business.ok("GET", "/v1/media-readings"))["items"]
    assert left["conversation_id"] == other["conversation"]["id"]


async def test_what_is_read_first_stands(post: Post) -> None:
    bundle = await post.sends()
    assert (await post.kept(bundle, text="uno"))["text"] == "uno"
    assert (await post.kept(bundle, text="dos"))["text"] == "uno"


FAULTS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"http_status": 404}, "gone"),
    ({"http_status": 410}, "gone"),
    ({"http_status": 500}, "unreachable"),
    ({"http_status": 403}, "unreachable"),
    ({"size": fetching.MOST_BYTES + 1}, "too_large"),
    ({"size": 400, "content_type": "text/html"}, "unsupported"),
    ({"size": 400, "content_type": "audio/ogg"}, "unsupported"),
    ({"size": 0}, "unsupported"),
)


async def test_a_file_that_cannot_be_had_is_a_reason_and_no_failure(post: Post) -> None:
    bundle = await post.sends()
    for fault, problem in FAULTS:
        await post.door.fault("file", **fault)
        told = await post.opened(bundle)
        assert (told["problem"], told["content"], told["reading"]) == (problem, "", None), fault
    assert (await post.opened(bundle))["problem"] is None


async def test_a_slow_host_of_files_is_not_waited_for(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    bundle = await post.sends()
    await post.door.fault("file", seconds=60.0)
    assert (await post.opened(bundle))["problem"] == "unreachable"


async def test_wrong_credentials_are_no_way_to_the_file(post: Post) -> None:
    bundle = await post.sends()
    wrong = {"account_sid": post.account["sid"], "auth_token": "0" * 32}
    await post.business.ok("PATCH", f"/v1/channels/{post.line.channel_id}", {"credentials": wrong})
    assert (await post.opened(bundle))["problem"] == "unreachable"


async def test_an_address_inside_is_never_reached(post: Post) -> None:
    """Whoever can sign for the number can put any address into the form."""
    callers: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(lambda _, caller: callers.append(caller), "127.0.0.1", 0) as inside:
        port = inside.sockets[0].getsockname()[1]
        for number, url in enumerate((f"http://127.0.0.1:{port}/a", f"http://localhost:{port}/", "file:///etc/hosts")):
            media = {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": "image/jpeg"}
            await post.line.write("", f"+5215512340{number:03}", **media)
            bundle = await post.agent.one(post.business)
            assert (await post.opened(bundle))["problem"] == "unreachable"
    assert callers == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", True),
        ("http://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", False),
        ("https://api.twilio.com.evil.example/Media/ME1", False),
        ("https://api.twilio.com@evil.example/Media/ME1", False),
        ("https://evil.example/?https://api.twilio.com/", False),
        ("https://api.twilio.com:444/Media/ME1", False),
        ("https://[broken/", False),
        ("", False),
    ],
)
async def test_the_accounts_credentials_are_shown_to_twilio_alone(settings: Settings, url: str, told: bool) -> None:
    account = ChannelAccount(
        new_id(), new_id(), "twilio", "whatsapp:+1", "t", {"account_sid": "AC1", "auth_token": "s"}
    )
    source = TwilioChannel(settings).media_source(account, {"url": url})
    assert (source.url, bool(source.headers)) == (url, told)


async def test_a_redirect_is_shown_no_credentials_and_followed_three_times_at_most(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[bytes] = []

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 307 Moved\r\nLocation: /further\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(redirect, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outbound = way_out(post.settings.model_copy(update={"outbound_hosts": [f"127.0.0.1:{port}"]}))
        source = MediaSource(f"http://127.0.0.1:{port}/first", {"Authorization": "Basic c2VjcmV0"})
        with pytest.raises(Unfetched):
            await fetch(outbound, source, "image/jpeg")
        await outbound.close()
    assert len(heads) == fetching.MOST_HOPS + 1
    assert [b"c2VjcmV0" in head for head in heads] == [True, False, False, False]


async def test_only_files_of_this_conversations_customer_can_be_had(post: Post) -> None:
    bundle, other = await post.sends(), await post.sends(PHOTO, "image/jpeg")
    foreign = other["messages"][0]["id"]
    for answer in (
        await post.opens(bundle, message_id=foreign),
        await post.keeps(bundle, message_id=foreign),
        await post.opens(bundle, message_id=str(new_id())),
        await post.opens(bundle, 1),
        await post.opens(bundle, -1),
        await post.keeps(bundle, 10**6),
    ):
        assert answer.status_code == 404, answer.text
    await post.agent.release(bundle)
    lost = await post.opens(bundle)
    assert (lost.status_code, lost.json()["type"]) == (409, "urn:tendero:problem:lease-lost")


async def test_what_does_not_fit_is_refused(post: Post) -> None:
    bundle = await post.sends()
    for wrong in (
        {"kind": "instruction"},
        {"text": "x" * 20_001},
        {"text": "a\0b"},
        {"cost_micros": -1},
        {"content_hash": "../../etc"},
        {"proof": {"amount": "x" * 301}},
        {"proof": {"paid": True}},
        {"order_id": str(new_id())},
    ):
        answer = await post.keeps(bundle, **wrong)
        assert answer.status_code == 422, wrong


async def test_a_preview_reads_what_is_known_and_fetches_nothing(post: Post) -> None:
    bundle = await post.sends()
    await post.door.fault("file", http_status=500, times=9)
    async with post.database.tenant(post.business.tenant_id) as session:
        [preview] = (await read_bundles(session, post.settings, {UUID(bundle["id"]): PREVIEW}, preview=True)).values()
        await session.rollback()
    assert (await post.opened(preview))["problem"] == "preview"
    await post.kept(bundle)
    assert (await post.opened(preview))["reading"]["text"] == "quiero dos balones"


async def test_a_reading_goes_with_its_message(post: Post) -> None:
    bundle = await post.sends()
    await post.kept(bundle)
    async with post.database.tenant(post.business.tenant_id) as session:
        await session.execute(text("DELETE FROM messages"))
    assert (await post.business.ok("GET", "/v1/media-readings"))["items"] == []


@pytest.mark.parametrize("kind", MAGIC)
def test_a_file_is_what_its_first_bytes_say(kind: str) -> None:
    content = file_saying("hola", kind)
    assert sniff(content, kind) == kind
    assert sniff(content, "text/html") == kind


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"MZ\x90", b"\x00\x00\x00\x18ftypheic", b"RIFF\x00\x00\x00\x00AVI ", VOICE[1:]]
)
def test_what_no_model_reads_is_nothing(content: bytes) -> None:
    assert sniff(content, "image/jpeg") is None


def test_sound_and_film_share_a_wrapping() -> None:
    box = b"\x00\x00\x00\x18ftypisom"
    assert (sniff(box, "audio/mp4"), sniff(box, "video/mp4")) == ("audio/mp4", "video/mp4")

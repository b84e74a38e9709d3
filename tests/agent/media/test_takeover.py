"""Files that come while a person is in charge: read for that person, answered by nobody."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from backend import clock
from backend.channels.accounts import open_account
from backend.channels.models import Channel
from backend.channels.providers.base import InboundEvent
from backend.contacts.models import IdentityKind
from backend.conversations.service import HISTORY_AGE, receive
from evals.world.models.files import file_saying
from tests.agent.media.conftest import VENDOR, Chat
from tests.backend.media.conftest import PHOTO
from tests.backend.settling import settled

pytestmark = [
    pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:coroutine 'ClientResponse.json' was never awaited:RuntimeWarning"),
]
"""Both are google-genai's own."""
PHONE = "+5215500000321"
HEARD = "quiero dos balones"


async def taken_over(chat: Chat) -> str:
    """The path of a conversation in whose charge a person is."""
    await chat.vendor_says("¡Hola!")
    bundle = await chat.post.writes("hola", PHONE)
    await chat.run(bundle)
    path = f"/v1/conversations/{bundle['conversation']['id']}"
    await chat.post.business.ok("POST", f"{path}/take-over")
    return path


async def reads(chat: Chat, **changes: Any) -> None:
    """The agent does the only help that waits."""
    [wire] = await chat.post.agent.claim(chat.post.business, "assist", wait_seconds=30)
    await chat.help(wire, **changes)


async def newest(chat: Chat, path: str) -> dict[str, Any]:
    return dict((await chat.post.business.ok("GET", f"{path}/messages"))["items"][-1])


async def asked_of(chat: Chat, path: str) -> list[tuple[str, str, str | None]]:
    items = (await chat.post.business.ok("GET", f"{path}/assists"))["items"]
    return [(item["kind"], item["status"], item["reason"]) for item in items]


async def count(chat: Chat, table: str) -> int:
    async with chat.post.database.tenant(chat.post.business.tenant_id) as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_a_voice_note_is_words_in_the_persons_inbox_once_paid_and_not_answered(chat: Chat) -> None:
    path = await taken_over(chat)
    before = await count(chat, "turns"), await count(chat, "outbox")
    for _ in range(2):
        await chat.post.arrives(phone=PHONE)
        assert await chat.post.agent.claim(chat.post.business) == []
        await reads(chat)
        message = await newest(chat, path)
        assert (message["author"], message["body"]) == ("contact", "")
        assert message["readings"] == [{"place": 0, "kind": "transcript", "text": HEARD}]
    assert await chat.asked_for_media() == ["gemini-2.5-flash"]
    assert await chat.spent_on_media() == [("gemini-2.5-flash", 1)]
    assert (await count(chat, "turns"), await count(chat, "outbox")) == before
    assert len(await chat.read_by_the_vendor()) == 1
    await settled(chat.post.database)
    events = (await chat.post.business.ok("GET", "/v1/events", type="assist.ready"))["items"]
    assert [event["data"] for event in events] == [{"kind": "files"}] * 2


async def test_a_picture_is_described_and_one_of_a_payment_opens_a_case(chat: Chat) -> None:
    path = await taken_over(chat)
    await chat.post.arrives(PHOTO, "image/jpeg", "¿tienen este?", PHONE)
    await reads(chat)
    message = await newest(chat, path)
    assert message["readings"] == [{"place": 0, "kind": "description", "text": "un balón azul"}]
    told = json.dumps({"description": "Una transferencia.", "payment_proof": True, "reference": "R-77"})
    await chat.post.arrives(file_saying(told, "image/jpeg"), "image/jpeg", phone=PHONE)
    await reads(chat)
    [proof] = (await chat.post.business.ok("GET", "/v1/payment-proofs"))["items"]
    assert (proof["status"], proof["reference"]) == ("waiting", "R-77")
    [case] = (await chat.post.business.ok("GET", "/v1/handoffs", status="open"))["items"]
    assert (case["reason"], case["turn_id"]) == ("payment_proof", None)


async def test_nothing_is_read_beyond_the_budget(chat: Chat) -> None:
    path = await taken_over(chat)
    await chat.post.business.ok("PATCH", "/v1/tenant", {"settings": {"budget_micros": 0}})
    await chat.post.arrives(phone=PHONE)
    await reads(chat)
    assert await asked_of(chat, path) == [("files", "failed", "budget-spent")]
    assert (await newest(chat, path))["readings"] == []
    assert await chat.asked_for_media() == []


async def test_a_model_that_is_away_is_asked_again(chat: Chat) -> None:
    path = await taken_over(chat)
    await chat.post.arrives(phone=PHONE)
    await chat.models.script(*({"status": 500, "model": "gemini-2.5-flash"} for _ in range(3)))
    await reads(chat, model=f"compatible:{VENDOR}@{chat.models.url}/v1")
    assert await asked_of(chat, path) == [("files", "waiting", None)]
    await chat.forget()
    await reads(chat)
    assert await asked_of(chat, path) == [("files", "ready", None)]
    assert (await newest(chat, path))["readings"][0]["text"] == HEARD


async def test_no_model_that_hears_is_a_reason_and_no_further_try(chat: Chat) -> None:
    path = await taken_over(chat)
    await chat.post.arrives(phone=PHONE)
    await reads(chat, media_model=None, model=f"compatible:{VENDOR}@{chat.models.url}/v1")
    assert await asked_of(chat, path) == [("files", "failed", "no-model")]


async def test_only_files_that_can_be_read_in_a_persons_chat_are_asked_for(chat: Chat) -> None:
    path = await taken_over(chat)
    await chat.post.arrives(b"BEGIN:VCARD", "text/vcard", phone=PHONE)
    await chat.post.arrives(b"", "", "¿siguen ahí?", PHONE)
    assert await asked_of(chat, path) == []
    await chat.post.business.ok("POST", f"{path}/hand-back")
    await chat.post.arrives(phone=PHONE)
    assert len(await chat.post.agent.claim(chat.post.business)) == 1
    assert await asked_of(chat, path) == []


async def test_what_a_history_sync_brings_is_not_read(chat: Chat) -> None:
    path = await taken_over(chat)
    async with chat.post.database.tenant(chat.post.business.tenant_id) as session:
        channel = await session.get_one(Channel, (chat.post.business.tenant_id, chat.post.line.channel_id))
        account = open_account(chat.post.settings, channel)
    voice = {"content_type": "audio/ogg"}
    identity = ((IdentityKind.PHONE, PHONE),)
    old = InboundEvent("SM1", "audio", PHONE, identity, attachments=(voice,), sent_at=clock.now() - HISTORY_AGE)
    echo = replace(old, provider_id="SM2", kind="echo", sent_at=None)
    fresh = replace(old, provider_id="SM3", sent_at=None)
    for one, asks in ((old, False), (echo, False), (fresh, True), (fresh, False)):
        receipt = await receive(chat.post.database, account, one)
        assert (receipt.assist_id is not None) is asks
    assert await asked_of(chat, path) == [("files", "waiting", None)]


async def test_a_person_may_ask_for_the_files_of_an_earlier_message(chat: Chat) -> None:
    bundle = await chat.post.sends(phone=PHONE)
    await chat.vendor_says("¿Qué dice?")
    await chat.run(bundle, media_model=None, model=f"compatible:{VENDOR}@{chat.models.url}/v1")
    path = f"/v1/conversations/{bundle['conversation']['id']}"
    wanted = {"kind": "files", "message_id": bundle["messages"][0]["id"]}
    asked = await chat.post.business.ok("POST", f"{path}/assist", wanted)
    await reads(chat)
    done = await chat.post.business.ok("GET", f"{path}/assists/{asked['id']}")
    assert (done["status"], done["result"]["text"]) == ("ready", HEARD)
    refused = await chat.post.business.call("POST", f"{path}/assist", {"kind": "files"})
    assert refused.status_code == 422
    assert "message_id" in refused.text

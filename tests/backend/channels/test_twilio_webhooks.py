"""What Twilio posts becomes messages: once, unaltered, or is refused without a trace."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.channels.models import ChannelEvent
from backend.database import Database, new_id
from backend.settings import Settings
from tests.backend.conftest import serving
from tests.backend.line import CUSTOMER, WhatsAppLine
from tests.factories import Business, Client


async def _events(database: Database, business: Business) -> int:
    async with database.tenant(business.tenant_id) as session:
        return await session.scalar(select(func.count()).select_from(ChannelEvent)) or 0


async def test_a_signed_message_is_stored_with_its_contact_and_opens_a_turn(
    line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("¿Tienen audífonos? 🎧 שלום")
    [message] = await line.transcript()
    assert message["body"] == "¿Tienen audífonos? 🎧 שלום"
    assert message["author"] == "contact"
    assert message["turn_id"] is not None
    [contact] = (await eager_business.ok("GET", "/v1/contacts"))["items"]
    assert contact["name"] == "Ana"
    assert ("wa_id", CUSTOMER.removeprefix("+")) in [(one["kind"], one["value"]) for one in contact["identities"]]


async def test_five_copies_at_once_are_one_message(line: WhatsAppLine) -> None:
    form = line.form("hola")
    answers = await asyncio.gather(*(line.post(form) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await line.transcript()) == 1


async def test_ten_different_messages_at_once_of_a_new_contact_are_one_conversation(line: WhatsAppLine) -> None:
    answers = await asyncio.gather(*(line.post(line.form(f"mensaje {number}")) for number in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    transcript = await line.transcript()
    assert {message["body"] for message in transcript} == {f"mensaje {number}" for number in range(10)}
    assert len({message["turn_id"] for message in transcript}) == 1


@pytest.mark.parametrize("signature", ["", "Zm9yZ2Vk", "="])
async def test_a_missing_or_forged_signature_is_refused_and_nothing_is_stored(
    line: WhatsAppLine, eager_business: Business, database: Database, signature: str
) -> None:
    form = line.form("hola")
    answer = await line.post(form, signature=signature)
    assert answer.status_code == 401
    assert await _events(database, eager_business) == 0
    assert (await eager_business.ok("GET", "/v1/contacts"))["items"] == []


async def test_a_signature_of_another_account_is_refused(line: WhatsAppLine) -> None:
    assert (await line.post(line.form("hola"), auth_token="another token")).status_code == 401


async def test_a_rotated_auth_token_counts_at_once(line: WhatsAppLine, eager_business: Business) -> None:
    await line.write("antes")
    fresh = {"account_sid": f"AC{new_id().hex}", "auth_token": "the new token"}
    await eager_business.ok("PATCH", f"/v1/channels/{line.channel_id}", {"credentials": fresh})
    assert (await line.post(line.form("viejo"))).status_code == 401
    assert (await line.post(line.form("nuevo"), auth_token="the new token")).status_code == 200


async def test_spaces_and_empty_fields_are_signed_as_they_are(line: WhatsAppLine) -> None:
    assert (await line.post(line.form("  con espacios  ", Empty="", Spaced=" x "))).status_code == 200
    [message] = await line.transcript()
    assert message["body"] == "  con espacios  "


async def test_null_bytes_are_left_out(line: WhatsAppLine) -> None:
    await line.write("ho\0la", ProfileName="A\0na")
    [message] = await line.transcript()
    assert message["body"] == "hola"


async def test_an_unknown_channel_is_not_found(client: Client, line: WhatsAppLine) -> None:
    for path in ("/webhooks/twilio/nobody", "/webhooks/twilio/no%00body", "/webhooks/carrier-pigeon/nobody"):
        line.path = path
        assert (await line.post(line.form("hola"))).status_code == 404


async def test_a_channel_that_is_switched_off_is_not_found(line: WhatsAppLine, eager_business: Business) -> None:
    await line.write("hola")
    await eager_business.ok("PATCH", f"/v1/channels/{line.channel_id}", {"enabled": False})
    assert (await line.post(line.form("hola"))).status_code == 404
    assert len(await line.transcript()) == 1


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"Body=hola", "application/x-www-form-urlencoded", 401),
        (b"{}", "application/json", 400),
        (b"Body=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"Body=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 401),
        (b"a" * (10 * 2**20), "application/x-www-form-urlencoded", 413),
    ],
)
async def test_what_is_no_signed_form_is_refused(
    client: Client, line: WhatsAppLine, content: bytes, content_type: str, status: int
) -> None:
    headers = {"Content-Type": content_type, "X-Twilio-Signature": "c2lnbmVk"}
    assert (await client.post(line.path, content=content, headers=headers)).status_code == status


async def test_a_signed_form_without_a_message_is_unprocessable(line: WhatsAppLine) -> None:
    assert (await line.post({"Body": "hola"})).status_code == 422


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"NumMedia": "1", "MediaUrl0": "https://x.test/1", "MediaContentType0": "image/jpeg"}, "image"),
        ({"NumMedia": "1", "MediaUrl0": "https://x.test/1", "MediaContentType0": "audio/ogg"}, "audio"),
        ({"NumMedia": "1", "MediaUrl0": "https://x.test/1", "MediaContentType0": "text/vcard"}, "contacts"),
        ({"NumMedia": "1", "MediaUrl0": "https://x.test/1", "MediaContentType0": "application/pdf"}, "document"),
        ({"Latitude": "19.43", "Longitude": "-99.13", "Label": "Zócalo"}, "location"),
        ({"ButtonText": "Sí", "ButtonPayload": "yes", "MessageType": "button"}, "button"),
        ({"MessageType": "order"}, "unsupported"),
        ({"MessageType": "unsupported"}, "unsupported"),
        ({"NumMedia": "many", "Latitude": "nan", "Longitude": "1"}, "text"),
    ],
)
async def test_every_kind_is_stored_and_gets_a_turn(line: WhatsAppLine, fields: dict[str, str], kind: str) -> None:
    await line.write("", **fields)
    [message] = await line.transcript()
    assert message["kind"] == kind
    assert message["turn_id"] is not None


async def test_media_and_location_keep_what_twilio_said(line: WhatsAppLine) -> None:
    await line.write(
        "mira",
        NumMedia="1",
        MediaUrl0="https://x.test/1",
        MediaContentType0="image/jpeg",
        Latitude="19",
        Longitude="-9",
    )
    [message] = await line.transcript()
    assert message["attachments"] == [{"url": "https://x.test/1", "content_type": "image/jpeg", "name": None}]
    assert message["location"] == {"latitude": 19.0, "longitude": -9.0, "label": None}


@pytest.mark.parametrize("fields", [{"MessageType": "reaction"}, {"OptOutType": "STOP"}])
async def test_reactions_and_goodbyes_start_no_turn(line: WhatsAppLine, fields: dict[str, str]) -> None:
    await line.write("👍", **fields)
    [message] = await line.transcript()
    assert message["turn_id"] is None


async def test_our_own_echo_belongs_to_the_customers_chat_and_counts_as_a_persons(
    line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("hola")
    form: dict[str, Any] = line.form("le contesto yo", WaId=line.address.removeprefix("whatsapp:+"))
    assert (await line.post(form | {"From": line.address, "To": form["From"]})).status_code == 200
    assert len((await eager_business.ok("GET", "/v1/contacts"))["items"]) == 1
    [_, message] = await line.transcript()
    assert (message["author"], message["body"], message["turn_id"]) == ("person", "le contesto yo", None)
    assert (await line.post(form | {"From": line.address, "To": ""})).status_code == 422


async def test_a_sender_without_a_phone_number_stays_one_contact(line: WhatsAppLine, eager_business: Business) -> None:
    for body in ("hola", "otra vez"):
        await line.write(body, From="whatsapp:MX.13491208655302741918", WaId="")
    [contact] = (await eager_business.ok("GET", "/v1/contacts"))["items"]
    [identity] = contact["identities"]
    assert (identity["kind"], identity["value"]) == ("bsuid", "MX.13491208655302741918")


async def test_two_spellings_of_a_brazilian_number_are_one_contact(
    line: WhatsAppLine, eager_business: Business
) -> None:
    await line.write("oi", "+5511998765432", WaId="551198765432")
    await line.write("oi de novo", "+551198765432", WaId="551198765432")
    assert len((await eager_business.ok("GET", "/v1/contacts"))["items"]) == 1


async def test_while_the_database_is_down_the_provider_is_asked_to_send_again(settings: Settings) -> None:

    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/none"})
    async with serving(away) as client:
        answer = await client.post("/webhooks/twilio/any", content="Body=hola")
    assert answer.status_code == 503

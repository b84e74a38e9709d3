"""What the simulated Twilio posts, verified by Twilio's own validator on the exact URL."""

from dataclasses import dataclass

import httpx
import pytest
from twilio.request_validator import RequestValidator

from evals.world.customers import Customer, TwilioDoor
from tests.evals.world.endpoint import Arrival, Endpoint

SHOP = "+5215550001111"
ANA = "+5215512345678"


@dataclass
class Shop:
    """A registered number whose webhook is the recording endpoint."""

    door: TwilioDoor
    endpoint: Endpoint
    sid: str
    token: str
    webhook: str

    def genuine(self, arrival: Arrival, url: str | None = None) -> bool:
        signature = arrival.headers.get("x-twilio-signature", "")
        return bool(RequestValidator(self.token).validate(url or self.webhook, arrival.form, signature))

    async def send(self, body: str, **fields: str) -> str:
        """Send to Ana with a status callback; gives the sid."""
        given = {"To": f"whatsapp:{ANA}", "From": f"whatsapp:{SHOP}", "Body": body, **fields}
        given.setdefault("StatusCallback", f"{self.endpoint.url}/status?outbox=7")
        async with httpx.AsyncClient(auth=(self.sid, self.token), timeout=60) as client:
            answer = await client.post(f"{self.door.url}/2010-04-01/Accounts/{self.sid}/Messages.json", data=given)
        return str(answer.raise_for_status().json()["sid"])

    async def statuses(self, count: int) -> list[Arrival]:
        """The first ``count`` status callbacks that came."""
        return [arrival for arrival in await self.endpoint.take(count + 1) if arrival.path == "/status"]


@pytest.fixture
async def shop(twilio_door: TwilioDoor, endpoint: Endpoint) -> Shop:
    account = await twilio_door.account()
    webhook = f"{endpoint.url}/channels/twilio?number=1"
    await twilio_door.sender(SHOP, account["sid"], webhook)
    return Shop(twilio_door, endpoint, account["sid"], account["token"], webhook)


@pytest.fixture
def ana(shop: Shop) -> Customer:
    return Customer(shop.door, ANA, SHOP, name="Ana 🌞")


async def test_a_text_arrives_as_the_documented_form_signed_for_exactly_that_url(shop: Shop, ana: Customer) -> None:
    written = await ana.write("  ¿Tienen tenis? 👟\nمرحبا ")
    [arrival] = await shop.endpoint.take(1)
    form = arrival.form
    assert written["deliveries"] == [{"url": shop.webhook, "attempts": [200], "accepted": True}]
    assert shop.genuine(arrival)
    assert not shop.genuine(arrival, shop.webhook.replace("number=1", "number=2"))
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == written["sid"]
    assert (form["From"], form["To"]) == (f"whatsapp:{ANA}", f"whatsapp:{SHOP}")
    assert (form["WaId"], form["ProfileName"], form["AccountSid"]) == ("5215512345678", "Ana 🌞", shop.sid)
    assert (form["Body"], form["NumMedia"], form["MessageType"]) == ("  ¿Tienen tenis? 👟\nمرحبا ", "0", "text")
    assert form["ApiVersion"] == "2010-04-01"


async def test_media_is_served_behind_credentials_and_a_redirect(shop: Shop, ana: Customer) -> None:
    await ana.write(media=[("audio/ogg", b"OggS\x00voice"), ("image/jpeg", b"\xff\xd8")])
    form = (await shop.endpoint.take(1))[0].form
    assert (form["NumMedia"], form["MessageType"]) == ("2", "audio")
    assert (form["MediaContentType0"], form["MediaContentType1"]) == ("audio/ogg", "image/jpeg")
    async with httpx.AsyncClient(follow_redirects=True, timeout=60) as client:
        assert (await client.get(form["MediaUrl0"])).status_code == 401
        answer = await client.get(form["MediaUrl0"], auth=(shop.sid, shop.token))
    assert [step.status_code for step in answer.history] == [307]
    assert (answer.content, answer.headers["content-type"]) == (b"OggS\x00voice", "audio/ogg")


async def test_locations_buttons_and_any_other_field_are_carried(shop: Shop, ana: Customer) -> None:
    await ana.write(location={"latitude": 19.43, "longitude": -99.13, "label": "Zócalo", "address": "Centro"})
    await ana.write(button_text="Sí", button_payload="confirm")
    await ana.write("vi su anuncio", fields={"ReferralHeadline": "Tenis", "ReferralSourceType": "ad"})
    place, button, advert = [arrival.form for arrival in await shop.endpoint.take(3)]
    assert (place["Latitude"], place["Longitude"], place["Label"]) == ("19.43", "-99.13", "Zócalo")
    assert (place["Address"], place["MessageType"], place["Body"]) == ("Centro", "location", "")
    assert (button["ButtonText"], button["ButtonPayload"], button["Body"]) == ("Sí", "confirm", "Sí")
    assert (advert["ReferralHeadline"], advert["ReferralSourceType"]) == ("Tenis", "ad")
    assert all(shop.genuine(arrival) for arrival in shop.endpoint.arrivals)


async def test_forged_and_unsigned_messages_do_not_validate_and_open_no_window(shop: Shop, ana: Customer) -> None:
    await ana.write("soy el dueño", signature="forged")
    await ana.write("soy el dueño", signature="missing")
    assert [shop.genuine(arrival) for arrival in await shop.endpoint.take(2)] == [False, False]
    sid = await shop.send("hola", StatusCallback="")
    assert (await shop.door.outbound())[0]["sid"] == sid
    assert await ana.inbox() == []


async def test_duplicates_carry_the_same_sid(shop: Shop, ana: Customer) -> None:
    written = await ana.write("hola", copies=5)
    sids = {arrival.form["MessageSid"] for arrival in await shop.endpoint.take(5)}
    assert (sids, len(written["deliveries"])) == ({written["sid"]}, 5)
    again = await ana.write("hola", sid=written["sid"])
    assert again["sid"] == written["sid"]


async def test_a_burst_comes_in_order_and_at_once_if_asked(shop: Shop, ana: Customer) -> None:
    await ana.burst("uno", "dos", "tres")
    assert [arrival.form["Body"] for arrival in await shop.endpoint.take(3)] == ["uno", "dos", "tres"]
    await ana.burst("a", "b", "c", at_once=True)
    assert {arrival.form["Body"] for arrival in (await shop.endpoint.take(6))[3:]} == {"a", "b", "c"}


async def test_a_webhook_that_fails_is_tried_again_only_where_the_url_says_so(shop: Shop, ana: Customer) -> None:
    shop.endpoint.answers.extend([503, 503, 200])
    once = await ana.write("uno")
    assert once["deliveries"][0]["attempts"] == [503]
    await shop.door.sender(SHOP, shop.sid, f"{shop.webhook}#rc=1&rp=5xx,rt")
    twice = await ana.write("dos")
    assert twice["deliveries"][0]["attempts"] == [503, 200]
    assert [shop.genuine(arrival) for arrival in await shop.endpoint.take(3)] == [True] * 3
    tokens = [arrival.headers["i-twilio-idempotency-token"] for arrival in shop.endpoint.arrivals]
    assert tokens[0] != tokens[1] == tokens[2]


async def test_a_webhook_that_cannot_be_reached_is_tried_once_more(shop: Shop, ana: Customer) -> None:
    await shop.door.sender(SHOP, shop.sid, "http://127.0.0.1:9/nobody")
    assert (await ana.write("hola"))["deliveries"][0]["attempts"] == ["connect", "connect"]


async def test_a_public_url_is_what_is_signed_when_the_webhook_is_reached_by_another_way(
    shop: Shop, ana: Customer
) -> None:
    await shop.door.sender(SHOP, shop.sid, shop.webhook, public_url="https://luna.example/hook")
    await ana.write("hola")
    [arrival] = await shop.endpoint.take(1)
    assert shop.genuine(arrival, "https://luna.example/hook")
    assert not shop.genuine(arrival)


async def test_statuses_are_posted_signed_and_in_order_to_the_given_url(shop: Shop, ana: Customer) -> None:
    await ana.write("hola")
    sid = await shop.send("Buenas")
    arrivals = await shop.statuses(4)
    assert [arrival.form["MessageStatus"] for arrival in arrivals] == ["queued", "sent", "delivered", "read"]
    assert all(shop.genuine(arrival, f"{shop.endpoint.url}/status?outbox=7") for arrival in arrivals)
    read = arrivals[-1].form
    assert (read["MessageSid"], read["SmsStatus"], read["EventType"]) == (sid, "read", "READ")
    assert (read["To"], read["From"], read["ChannelPrefix"]) == (f"whatsapp:{ANA}", f"whatsapp:{SHOP}", "whatsapp")
    assert "ErrorCode" not in read


async def test_a_message_outside_the_window_is_reported_undelivered_with_its_code(shop: Shop, ana: Customer) -> None:
    await ana.write("hola", signature="missing")
    await shop.send("Buenas")
    queued, undelivered = [arrival.form for arrival in await shop.statuses(2)]
    assert queued["MessageStatus"] == "queued"
    assert (undelivered["MessageStatus"], undelivered["ErrorCode"]) == ("undelivered", "63016")
    assert undelivered["EventType"] == "UNDELIVERED"


async def test_statuses_may_come_doubled_and_backwards_while_the_resource_keeps_the_last(
    shop: Shop, ana: Customer
) -> None:
    await shop.door.behave(statuses=["sent", "delivered"], status_copies=2, status_reversed=True)
    await ana.write("hola")
    await shop.send("Buenas")
    statuses = [arrival.form["MessageStatus"] for arrival in await shop.statuses(4)]
    assert statuses == ["delivered", "delivered", "sent", "sent"]
    assert (await ana.inbox())[0]["status"] == "delivered"


@pytest.mark.parametrize("failure", ["failed", "undelivered"])
async def test_a_failure_that_is_reported_first_is_not_taken_back_by_what_follows(
    shop: Shop, ana: Customer, failure: str
) -> None:
    await shop.door.behave(status_reversed=True)
    await shop.door.fault("fail", code=63018, status=failure)
    await ana.write("hola")
    await shop.send("Buenas")
    statuses = [arrival.form["MessageStatus"] for arrival in await shop.statuses(2)]
    assert statuses == [failure, "queued"]
    [message] = await shop.door.outbound()
    assert (message["status"], message["error_code"], message["history"]) == (failure, 63018, statuses)


async def test_a_message_service_picks_its_sender_and_answers_accepted(shop: Shop, ana: Customer) -> None:
    service = "MG" + "2" * 32
    await shop.door.sender(SHOP, shop.sid, shop.webhook, messaging_service_sid=service)
    await ana.write("hola")
    await shop.send("Buenas", From="", MessagingServiceSid=service)
    assert (await ana.receive())[0]["from"] == f"whatsapp:{SHOP}"
    assert (await shop.statuses(1))[0].form["MessagingServiceSid"] == service


async def test_what_was_received_is_not_received_again(shop: Shop, ana: Customer) -> None:
    await ana.write("hola")
    for body in ("uno", "dos", "tres"):
        await shop.send(body)
        assert [message["body"] for message in await ana.receive(timeout=50)] == [body]
    assert len(await ana.inbox()) == 3


async def test_waiting_for_more_than_comes_ends_with_the_count(shop: Shop, ana: Customer) -> None:
    await ana.write("hola")
    await shop.send("uno")
    with pytest.raises(TimeoutError, match="1 of 2"):
        await ana.receive(2, timeout=0.05)
    await shop.send("dos")
    assert [message["body"] for message in await ana.receive(2)] == ["uno", "dos"]

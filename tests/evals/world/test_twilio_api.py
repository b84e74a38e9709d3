"""The REST side of the simulated Twilio, driven by Twilio's own client."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from evals.world.clock import WorldClock
from evals.world.customers import Customer, TwilioDoor

SHOP = "whatsapp:+5215550001111"
ANA = "whatsapp:+5215512345678"


class Redirected:
    """Twilio's HTTP client, with the simulator in the place of api.twilio.com."""

    is_async = False

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        self.http = TwilioHttpClient(timeout=timeout)
        self.url = url

    def request(self, method: str, url: str, **options: Any) -> Any:
        return self.http.request(method, url.replace("https://api.twilio.com", self.url), **options)


@dataclass
class Shop:
    """The official client of a registered account, and the door behind it."""

    door: TwilioDoor
    client: Client
    sid: str
    token: str

    async def send(self, body: str | None = "Hola", to: str = ANA, **options: Any) -> Any:
        given = {"to": to, "from_": SHOP, "body": body, **options}
        return await asyncio.to_thread(self.client.messages.create, **given)

    async def refusal(self, **options: Any) -> TwilioRestException:
        with pytest.raises(TwilioRestException) as caught:
            await self.send(**options)
        return caught.value


@pytest.fixture
async def shop(twilio_door: TwilioDoor) -> Shop:
    account = await twilio_door.account()
    await twilio_door.sender(SHOP, account["sid"], None)
    client = Client(account["sid"], account["token"], http_client=Redirected(twilio_door.url))
    return Shop(twilio_door, client, account["sid"], account["token"])


@pytest.fixture
async def ana(shop: Shop) -> Customer:
    """A customer who has just written, so that the 24 h window is open."""
    customer = Customer(shop.door, ANA, SHOP)
    await customer.write("hola")
    return customer


async def settled(shop: Shop, sid: str, status: str) -> Any:
    """The message once it has come to a status."""
    deadline = time.monotonic() + 60
    while (message := await asyncio.to_thread(shop.client.messages(sid).fetch)).status != status:
        assert time.monotonic() < deadline, message.status
    return message


async def test_a_message_is_created_queued_and_reaches_the_customer(shop: Shop, ana: Customer) -> None:
    message = await shop.send("Buenas tardes 👟")
    assert (message.sid[:2], len(message.sid), message.status) == ("SM", 34, "queued")
    assert (message.num_segments, message.num_media, message.direction) == ("1", "0", "outbound-api")
    assert (message.error_code, message.error_message, message.date_sent, message.price) == (None, None, None, None)
    assert message.uri == f"/2010-04-01/Accounts/{shop.sid}/Messages/{message.sid}.json"
    assert abs(message.date_created - datetime.now(UTC)) < timedelta(seconds=5)
    [received] = await ana.receive()
    assert (received["sid"], received["body"]) == (message.sid, "Buenas tardes 👟")


async def test_a_message_runs_through_its_statuses_and_is_dated_when_sent(shop: Shop, ana: Customer) -> None:
    message = await settled(shop, (await shop.send()).sid, "read")
    assert message.date_sent is not None
    assert (await ana.inbox())[0]["history"] == ["queued", "sent", "delivered", "read"]


async def test_the_account_resource_verifies_credentials(shop: Shop) -> None:
    account = await asyncio.to_thread(shop.client.api.accounts(shop.sid).fetch)
    assert (account.sid, account.status, account.type) == (shop.sid, "active", "Full")
    impostor = Client(shop.sid, "0" * 32, http_client=Redirected(shop.door.url))
    with pytest.raises(TwilioRestException) as caught:
        await asyncio.to_thread(impostor.api.accounts(shop.sid).fetch)
    assert (caught.value.status, caught.value.code) == (401, 20003)


async def test_errors_have_the_documented_shape(shop: Shop) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(f"{shop.door.url}/2010-04-01/Accounts/{shop.sid}/Messages/SM0.json")
        assert answer.json() == {
            "code": 20003,
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        }
        answer = await client.get(answer.url, auth=(shop.sid, shop.token))
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"to": "whatsapp:+12"}, 400, 21211),
        ({"to": "whatsapp:hola"}, 400, 21211),
        ({"to": "+5215512345678"}, 400, 21910),
        ({"from_": "whatsapp:+15550009999"}, 400, 63007),
        ({"body": "x" * 1601}, 400, 21617),
        ({"body": ""}, 400, 21619),
        ({"body": None, "content_sid": "HX" + "0" * 32}, 400, 21655),
        ({"status_callback": "not a url"}, 400, 21609),
        ({"from_": None, "messaging_service_sid": "MG" + "0" * 32}, 404, 21701),
    ],
)
async def test_a_wrong_message_is_refused_by_its_code(
    shop: Shop, ana: Customer, options: dict[str, Any], status: int, code: int
) -> None:
    error = await shop.refusal(**options)
    assert (error.status, error.code) == (status, code)
    assert await ana.inbox() == []


async def test_sixteen_hundred_characters_still_pass(shop: Shop, ana: Customer) -> None:
    await shop.send("ñ" * 1600)
    assert len((await ana.receive())[0]["body"]) == 1600


async def test_outside_the_window_a_message_is_accepted_and_then_undelivered_with_63016(
    shop: Shop, ana: Customer, clock: WorldClock
) -> None:
    clock.advance(timedelta(hours=23, minutes=59))
    await shop.send("todavía")
    await ana.receive()
    clock.advance(timedelta(minutes=2))
    late = await shop.send("tarde")
    assert (late.status, late.error_code) == ("queued", None)
    late = await settled(shop, late.sid, "undelivered")
    assert late.error_code == 63016
    assert "outside the allowed window" in late.error_message
    assert [message["body"] for message in await ana.inbox()] == ["todavía"]


async def test_a_template_passes_outside_the_window(shop: Shop) -> None:
    sid = "HX" + "1" * 32
    await shop.door.call("PUT", f"templates/{sid}", {"body": "Hola {{1}}, tu pedido {{2}} está listo"})
    await shop.send(None, content_sid=sid, content_variables='{"1": "Ana", "2": "A-7"}')
    [received] = await Customer(shop.door, ANA, SHOP).receive()
    assert received["body"] == "Hola Ana, tu pedido A-7 está listo"
    error = await shop.refusal(body=None, content_sid=sid, content_variables='{"1": "Ana"}')
    assert error.code == 21656


async def test_a_customer_without_a_phone_number_is_reached_by_their_user_id(shop: Shop) -> None:
    nameless = Customer(shop.door, "MX.4480491918930694", SHOP)
    await nameless.write("hola")
    await shop.send(to="whatsapp:MX.4480491918930694")
    assert len(await nameless.receive()) == 1


async def test_an_unsubscribed_customer_is_refused_with_21610(shop: Shop, ana: Customer) -> None:
    await shop.door.call("POST", "unsubscribe", {"customer": ANA, "to": SHOP})
    assert (await shop.refusal()).code == 21610


async def test_limits_answer_429_with_their_own_codes(twilio_door: TwilioDoor) -> None:
    account = await twilio_door.account(daily_limit=2, sends_per_second=3)
    await twilio_door.sender(SHOP, account["sid"], None)
    await Customer(twilio_door, ANA, SHOP).write("hola")
    path = f"{twilio_door.url}/2010-04-01/Accounts/{account['sid']}/Messages.json"
    async with httpx.AsyncClient(auth=(account["sid"], account["token"]), timeout=60) as client:
        answers = [await client.post(path, data={"To": ANA, "From": SHOP, "Body": "x"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
    assert [answer.json().get("code") for answer in answers[2:]] == [63038, 20429]
    assert answers[3].headers["retry-after"] == "1"


async def test_a_pair_gets_its_burst_and_is_then_failed_with_63018(shop: Shop, ana: Customer) -> None:
    await shop.door.account(sid=shop.sid, token=shop.token, pair_burst=2, pair_seconds=60)
    sent = [await shop.send(text) for text in ("uno", "dos", "tres")]
    assert (await settled(shop, sent[2].sid, "failed")).error_code == 63018
    assert [message["body"] for message in await ana.receive(2)] == ["uno", "dos"]


async def test_scripted_refusals_are_used_up_one_by_one(shop: Shop, ana: Customer) -> None:
    await shop.door.fault("reject", code=20429, retry_after=7, times=2)
    assert [(await shop.refusal()).code, (await shop.refusal()).status] == [20429, 429]
    await shop.send("por fin")
    assert [message["body"] for message in await ana.receive()] == ["por fin"]


async def test_a_scripted_failure_is_reported_later_and_only_to_whom_it_is_meant(shop: Shop, ana: Customer) -> None:
    other = Customer(shop.door, "+5215500000002", SHOP)
    await other.write("hola")
    await shop.door.fault("fail", code=63018, status="failed", to=ANA)
    message = await shop.send()
    await shop.send(to=f"whatsapp:{other.number}")
    assert (await settled(shop, message.sid, "failed")).error_code == 63018
    assert (len(await ana.inbox()), len(await other.receive())) == (0, 1)


async def test_a_dropped_answer_leaves_a_message_that_the_listing_shows(shop: Shop, ana: Customer) -> None:
    await shop.door.fault("drop")
    with pytest.raises(requests.RequestException):
        await shop.send("¿llegó?")
    await ana.receive()
    listed = await asyncio.to_thread(shop.client.messages.list, to=ANA, from_=SHOP)
    assert [message.body for message in listed] == ["¿llegó?"]


async def test_a_lost_request_leaves_nothing(shop: Shop, ana: Customer) -> None:
    await shop.door.fault("lose")
    with pytest.raises(requests.RequestException):
        await shop.send("¿llegó?")
    assert await asyncio.to_thread(shop.client.messages.list, to=ANA) == []
    assert await ana.inbox() == []


async def test_a_late_answer_is_a_timeout_for_the_client_and_a_message_for_the_customer(
    shop: Shop, ana: Customer
) -> None:
    await shop.door.fault("hang", seconds=10)
    hasty = Client(shop.sid, shop.token, http_client=Redirected(shop.door.url, timeout=2.0))
    with pytest.raises(requests.Timeout):
        await asyncio.to_thread(hasty.messages.create, to=ANA, from_=SHOP, body="lento")
    assert (await ana.receive())[0]["body"] == "lento"


async def test_messages_are_listed_newest_first_page_by_page(shop: Shop, ana: Customer) -> None:
    for number in range(5):
        await shop.send(f"n{number}")
    listed = await asyncio.to_thread(shop.client.messages.list, to=ANA, page_size=2)
    assert [message.body for message in listed] == ["n4", "n3", "n2", "n1", "n0"]
    assert [message.direction for message in await asyncio.to_thread(shop.client.messages.list, to=SHOP)] == ["inbound"]


async def test_messages_are_listed_by_the_day_they_were_sent(shop: Shop, ana: Customer, clock: WorldClock) -> None:
    await settled(shop, (await shop.send("antes")).sid, "read")
    clock.advance(timedelta(days=2))
    await ana.write("hola otra vez")
    await settled(shop, (await shop.send("después")).sid, "read")
    await shop.door.behave(statuses=["queued"])
    await shop.send("aún no")
    between = clock.now() - timedelta(days=1)

    async def bodies(**bounds: datetime) -> list[str]:
        listed = await asyncio.to_thread(shop.client.messages.list, to=ANA, **bounds)
        return [message.body for message in listed]

    assert await bodies(date_sent_after=between) == ["después"]
    assert await bodies(date_sent_before=between) == ["antes"]
    assert await bodies(date_sent=clock.now()) == ["después"]
    assert await bodies() == ["aún no", "después", "antes"]


async def test_files_of_a_message_are_listed_and_deleted_once(shop: Shop) -> None:
    media = [{"content_type": "image/png", "data": "aGk="}] * 2
    told = await shop.door.call("POST", "write", {"customer": ANA, "to": SHOP, "media": media})
    message = shop.client.messages(told["sid"])
    listed = await asyncio.to_thread(message.media.list)
    assert [one.parent_sid for one in listed] == [told["sid"]] * 2
    assert await asyncio.to_thread(message.media(listed[0].sid).delete)
    assert [one.sid for one in await asyncio.to_thread(message.media.list)] == [listed[1].sid]
    with pytest.raises(TwilioRestException) as gone:
        await asyncio.to_thread(message.media(listed[0].sid).delete)
    assert (gone.value.status, gone.value.code) == (404, 20404)
    await shop.door.fault("media", http_status=503)
    with pytest.raises(TwilioRestException) as down:
        await asyncio.to_thread(message.media(listed[1].sid).delete)
    assert down.value.status == 503

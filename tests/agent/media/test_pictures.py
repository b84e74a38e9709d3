"""Pictures of products on their way: asked for, sent by the vendor's tool, fetched by the provider, on the phone."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from litestar import Litestar, Request, Response, get
from litestar.params import FromPath

from backend.database import new_id
from backend.dispatcher import Dispatcher
from evals.world.models.files import file_saying
from evals.world.serving import running
from tests.agent.media.conftest import VENDOR, Chat
from tests.backend.channels.conftest import eventually
from tests.factories import Business, make_business

HOST = "https://photos.example.com"
PHONE = "+5215500000123"
WORDS = "¿Te gusta?"


@dataclass
class Photos:
    """A host of pictures on the open web of the simulated provider."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    def app(self) -> Litestar:
        @get("/{name:str}")
        async def photo(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
            self.asked.append(f"{name}?{request.url.query}")
            found = name != "lost.jpg"
            return Response(picture(name), status_code=200 if found else 404, media_type="image/jpeg")

        return Litestar([photo], openapi_config=None, logging_config=None)


def picture(name: str) -> bytes:
    return file_saying(f"picture {name}", "image/jpeg")


@pytest.fixture
async def photos(chat: Chat) -> AsyncIterator[Photos]:
    host = Photos()
    async with running(host.app()) as url:
        await chat.post.door.reach_web({HOST: url})
        yield host


async def product(business: Business, name: str, **changes: Any) -> str:
    variant = {"sku": f"P-{new_id().hex}", "price": 89900, "stock": 2, "options": {}}
    images = [f"{HOST}/{name.lower()}.jpg?v=2"]
    made = await business.ok("POST", "/v1/products", {"name": name, "images": images, "variants": [variant], **changes})
    return str(made["id"])


async def asks(chat: Chat, *products: str) -> dict[str, Any]:
    """A customer asks for a picture, the vendor sends those of `products`, and everything goes out."""
    show = {"tool_calls": [{"name": "show_pictures", "arguments": {"product_ids": list(products)}}], "model": VENDOR}
    await chat.models.script(show)
    await chat.vendor_says(WORDS)
    bundle = await chat.post.writes("¿me enseñas una foto?", PHONE)
    await chat.run(bundle)
    dispatcher = Dispatcher(chat.post.settings)
    await dispatcher.run_until_idle()
    await dispatcher.close()
    return dict(bundle)


async def test_a_picture_is_on_the_phone_before_the_words_and_only_this_shops_visible_ones(
    chat: Chat, photos: Photos
) -> None:
    other = await make_business(chat.post.business.client, chat.post.settings)
    foreign = await product(other, "Foreign")
    hidden = await product(chat.post.business, "Hidden", visible=False)
    andes = await product(chat.post.business, "Andes")
    bundle = await asks(chat, hidden, foreign, andes)
    first, second = await chat.post.phone(PHONE)
    assert (first["body"], second["body"]) == ("Andes", WORDS)
    sent = {"content_type": "image/jpeg", "data": base64.b64encode(picture("andes.jpg")).decode()}
    assert (first["media_urls"], first["media"]) == ([f"{HOST}/andes.jpg?v=2"], [sent])
    assert second["media"] == []
    assert photos.asked == ["andes.jpg?v=2"]
    [result] = [line["content"] for line in (await chat.read_by_the_vendor())[-1] if line["role"] == "tool"]
    assert "Andes" in result
    assert not any(word in result for word in ("Hidden", "Foreign", HOST))
    assert await chat.replies(bundle) == ["Andes", WORDS]


async def test_what_this_shop_does_not_show_is_never_fetched(chat: Chat, photos: Photos) -> None:
    other = await make_business(chat.post.business.client, chat.post.settings)
    gone = await product(chat.post.business, "Gone")
    await chat.post.business.ok("DELETE", f"/v1/products/{gone}")
    hidden = await product(chat.post.business, "Hidden", visible=False)
    await asks(chat, hidden, await product(other, "Foreign"), gone)
    [only] = await chat.post.phone(PHONE)
    assert (only["body"], only["media_urls"]) == (WORDS, [])
    assert photos.asked == []
    [result] = [line["content"] for line in (await chat.read_by_the_vendor())[-1] if line["role"] == "tool"]
    assert "no picture" in result


async def test_a_picture_that_its_host_lost_fails_alone_and_says_why(chat: Chat, photos: Photos) -> None:
    lost = await product(chat.post.business, "Lost")
    bundle = await asks(chat, lost)
    [only] = await chat.post.phone(PHONE)
    assert (only["body"], photos.asked) == (WORDS, ["lost.jpg?v=2"])
    path = f"/v1/conversations/{bundle['conversation']['id']}/messages"

    async def told() -> bool:
        items = (await chat.post.business.ok("GET", path))["items"]
        [picture] = [item for item in items if item["attachments"]]
        [delivery] = picture["deliveries"]
        return (delivery["status"], delivery["error_code"]) == ("failed", "63019")

    await eventually(told)

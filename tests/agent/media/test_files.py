"""Files of the business on their way: listed for the vendor, sent by its tool, fetched by the provider."""

import base64
from typing import Any

from backend.database import new_id
from backend.dispatcher import Dispatcher
from tests.agent.media.conftest import VENDOR, Chat
from tests.agent.media.test_pictures import PHONE, WORDS
from tests.backend.files.test_files import PDF, PNG, fills

CAPTION = "Catálogo de otoño"
OPEN = "https://shop.example.com"


async def upload(chat: Chat, name: str = "otoño 2026.pdf", content: bytes = PDF, **fields: Any) -> str:
    answer = await fills(chat.post.business, name, content, **{"caption": CAPTION, "sendable": "true", **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def asks(chat: Chat, name: str, **arguments: Any) -> dict[str, Any]:
    """A customer asks for a file, the vendor calls that tool, and everything goes out."""
    served = chat.post.settings.public_url
    await chat.post.door.reach_web({OPEN: served})
    await chat.models.script({"tool_calls": [{"name": name, "arguments": arguments}], "model": VENDOR})
    await chat.vendor_says(WORDS)
    bundle = await chat.post.writes("¿me mandas el catálogo?", PHONE)
    await chat.run(bundle, backend_url=served)
    dispatcher = Dispatcher(chat.post.settings.model_copy(update={"public_url": OPEN}))
    await dispatcher.run_until_idle()
    await dispatcher.close()
    return dict(bundle)


async def test_the_provider_fetches_exactly_the_bytes_that_were_uploaded(chat: Chat) -> None:
    file_id = await upload(chat)
    await upload(chat, "interno.pdf", PDF + b"x", sendable="false")
    bundle = await asks(chat, "send_file", file_ids=[file_id])
    assert bundle["tenant"]["files"] == [{"id": file_id, "name": "otoño 2026.pdf", "caption": CAPTION}]
    first, second = await chat.post.phone(PHONE)
    assert (first["body"], second["body"]) == (CAPTION, WORDS)
    assert first["media"] == [{"content_type": "application/pdf", "data": base64.b64encode(PDF).decode()}]
    assert first["media_urls"][0].startswith(f"{OPEN}/files/")
    page = (await chat.read_by_the_vendor())[0][0]["content"]
    assert file_id in page
    assert "interno.pdf" not in page
    stored = (await chat.post.business.ok("GET", f"/v1/conversations/{bundle['conversation']['id']}/messages"))["items"]
    [attached] = [item["attachments"] for item in stored if item["attachments"]]
    assert attached == [
        {"file_id": file_id, "content_type": "application/pdf", "name": "otoño 2026.pdf", "size": len(PDF)}
    ]


async def test_what_is_not_to_be_sent_or_cannot_be_carried_is_refused_in_words(chat: Chat) -> None:
    inside = await upload(chat, "interno.pdf", sendable="false")
    words = await upload(chat, "nota.txt", b"hola", sendable="true")
    await asks(chat, "send_file", file_ids=[inside])
    await asks(chat, "send_file", file_ids=[words])
    said = [line["content"] for call in await chat.read_by_the_vendor() for line in call if line["role"] == "tool"]
    assert any("There is no such file to send" in one for one in said)
    assert any("nota.txt is text/plain, which this chat cannot carry" in one for one in said)
    assert [item["media"] for item in await chat.post.phone(PHONE)] == [[], []]


async def test_an_uploaded_picture_of_a_product_is_shown_like_any_other(chat: Chat) -> None:
    picture = await upload(chat, "andes.png", PNG, sendable="false", purpose="picture")
    variant = {"sku": f"P-{new_id().hex}", "price": 89900, "stock": 2}
    body = {"name": "Andes", "images": [f"file:{picture}"], "variants": [variant]}
    product = await chat.post.business.ok("POST", "/v1/products", body)
    await asks(chat, "show_pictures", product_ids=[product["id"]])
    first, _ = await chat.post.phone(PHONE)
    assert first["media"] == [{"content_type": "image/png", "data": base64.b64encode(PNG).decode()}]
    refused = await chat.post.business.call("DELETE", f"/v1/files/{picture}")
    assert (refused.status_code, refused.json()["used_by"][0]["name"]) == (409, "Andes")
    lost = await chat.post.business.call("PATCH", f"/v1/products/{product['id']}", {"images": [f"file:{new_id()}"]})
    assert lost.status_code == 422
    await chat.post.business.ok("DELETE", f"/v1/files/{picture}", force=True)

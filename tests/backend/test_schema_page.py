"""The API's documentation, as somebody without a network reads it."""

import re

from tests.factories import Client


async def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(client: Client) -> None:
    page = await client.get("/schema")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert not re.search(r"<script|<link|src=|@import|https?://", page.text)
    document = (await client.get("/schema/openapi.json")).json()
    for path, operations in document["paths"].items():
        for verb in operations:
            assert f"<b>{verb.upper()}</b>{path}</summary>" in page.text
    links = set(re.findall(r'href="#([^"]+)"', page.text))
    assert links <= set(document["components"]["schemas"])
    assert "Authorization: Bearer" in page.text

"""Contacts as files: nothing in them is a formula, and every contact is there once."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts import exporting
from backend.contacts.listing import Wanted
from backend.database import Database
from backend.settings import Settings
from tests.factories import Business, Client, make_business


async def table(business: Business, **query: Any) -> list[dict[str, str]]:
    answer = await business.call("GET", "/v1/contacts/export.csv", **query)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert "contacts.csv" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


FORMULAS = ('=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "|cmd", "%0A", "=1,2\n=3", "＝1＋1")


async def test_what_a_spreadsheet_would_run_is_words(business: Business) -> None:
    for words in FORMULAS:
        await business.ok("POST", "/v1/contacts", {"name": words, "tags": [words.replace("\n", " ")]})
    rows = await table(business)
    assert [row["name"] for row in rows] == [f"'{words}" for words in FORMULAS]
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "|", "%", "＝")) for cell in row.values())


async def test_a_file_is_written_page_by_page_and_no_transaction_waits_for_a_slow_reader(
    business: Business, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 3)
    for number in range(7):
        await business.ok("POST", "/v1/contacts", {"name": f"c{number}"})
    for write, pages in ((exporting.as_csv, 1 + 3), (exporting.as_json, 3 + 1)):
        open_ones: list[int] = [0]

        @asynccontextmanager
        async def begin() -> AsyncIterator[AsyncSession]:
            open_ones[0] += 1  # noqa: B023
            async with database.tenant(business.tenant_id) as session:
                yield session
            open_ones[0] -= 1  # noqa: B023

        pieces = []
        async for piece in write(begin, Wanted(archived="any", sort="created_at")):
            assert open_ones == [0]
            pieces.append(piece)
        assert len(pieces) == pages
        assert all(f"c{number}" in "".join(pieces) for number in range(7))


async def test_fields_and_numbers_have_their_columns(business: Business) -> None:
    await business.ok("POST", "/v1/contact-fields", {"key": "size", "label": "Talla", "kind": "number"})
    contact = {"name": 'Ana "la Güera", Ruiz', "phone": "+5215512345678", "details": {"size": 38.5, "other": "x"}}
    made = await business.ok("POST", "/v1/contacts", contact)
    [row] = await table(business)
    assert (row["id"], row["name"], row["details.size"]) == (made["id"], contact["name"], "38.5")
    assert set(row["phones"].split()) == {"+5215512345678", "+525512345678"}
    assert (row["email"], row["bot_enabled"], row["archived_at"]) == ("", "true", "")
    assert "details.other" not in row
    [shown] = await business.ok("GET", "/v1/contacts/export.json")
    assert shown == made


async def test_more_than_one_page_is_whole_and_one_tenants(
    business: Business, client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    for number in range(5):
        await business.ok("POST", "/v1/contacts", {"name": f"c{number}", "tags": ["odd"] if number % 2 else []})
    assert [row["name"] for row in await table(business)] == [f"c{number}" for number in range(5)]
    assert [row["name"] for row in await table(business, tag="odd")] == ["c1", "c3"]
    assert len(await business.ok("GET", "/v1/contacts/export.json")) == 5
    stranger = await make_business(client, settings)
    assert await table(stranger) == []
    assert await stranger.ok("GET", "/v1/contacts/export.json") == []
    for bad in ({"tag": ""}, {"tag": "x" * 51}, {"archived": "perhaps"}):
        assert (await business.call("GET", "/v1/contacts/export.csv", **bad)).status_code == 422

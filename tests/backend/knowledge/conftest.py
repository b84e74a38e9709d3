"""Documents of a business, read as the dispatcher reads them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.database import Database
from backend.files.store import FileStore, open_store
from backend.knowledge.jobs import read_due
from backend.settings import Settings
from tests.factories import Business


class Shelf:
    """Puts files on a business's shelf, and has them read."""

    def __init__(self, business: Business, database: Database, store: FileStore) -> None:
        self._business = business
        self._database = database
        self._store = store

    async def file(self, name: str, content: bytes, **told: str) -> str:
        """The id of a file of these bytes."""
        headers = {"Authorization": f"Bearer {self._business.api_key}"}
        params = {"name": name, **told}
        answer = await self._business.client.post("/v1/files", content=content, params=params, headers=headers)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    async def document(self, **given: Any) -> dict[str, Any]:
        """A document that was read, well or not."""
        made = await self._business.ok("POST", "/v1/knowledge/documents", given)
        return await self.read(made["id"])

    async def read(self, document_id: str) -> dict[str, Any]:
        """The document once everything that is due was read."""
        await read_due(self._database, self._store)
        told: dict[str, Any] = await self._business.ok("GET", f"/v1/knowledge/documents/{document_id}")
        return told


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a folder for files of this test alone."""
    return settings.model_copy(update={"data_dir": tmp_path})


@pytest.fixture
async def shelf(business: Business, database: Database, settings: Settings) -> AsyncIterator[Shelf]:
    store = open_store(settings)
    yield Shelf(business, database, store)
    await store.close()

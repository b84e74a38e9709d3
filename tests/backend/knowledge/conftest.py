"""Documents of a business, read as the dispatcher reads them."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backend.database import Database
from backend.files.store import FileStore, open_store
from backend.files.uploading import upload
from backend.knowledge.jobs import read_due
from backend.settings import Settings
from tests.factories import Business


class Shelf:
    """Puts files on a business's shelf, and has them read."""

    def __init__(self, business: Business, database: Database, settings: Settings, store: FileStore) -> None:
        self._business = business
        self._database = database
        self._settings = settings
        self._store = store

    async def file(self, name: str, content: bytes, **told: Any) -> str:
        """The id of a file of these bytes."""

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        transaction = partial(self._database.tenant, self._business.tenant_id)
        tenant_id = self._business.tenant_id
        file = await upload(self._settings, self._store, transaction, tenant_id, name, chunks(), **told)
        return str(file.id)

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
    yield Shelf(business, database, settings, store)
    await store.close()

"""What the tests of imports share."""

from collections.abc import AsyncIterator

import pytest

from backend.database import Database
from backend.settings import Settings
from tests.backend.imports.importer import Importer
from tests.factories import Business


@pytest.fixture
async def importer(business: Business, database: Database, settings: Settings) -> AsyncIterator[Importer]:
    importer = Importer(business, database, settings)
    yield importer
    await importer.bell.close()

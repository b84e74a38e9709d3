"""One world for all tests of this folder: it survives what they do to it."""

from collections.abc import Iterator

import pytest

from tests.message_path.world import World, open_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world")) as world:
        yield world

"""Vectors follow the documents beside the feed, and are read shelf by shelf through one door."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis
from aiohttp import web
from aiohttp.test_utils import TestServer

from agent import metrics
from agent.search.asking import Document, Search, Shelf, Text
from agent.search.embedders.offline import HashedGrams
from agent.search.index import SearchIndex
from agent.search.vectors import cache
from agent.settings import Settings
from tests.agent.model_world import ModelWorld, model_world
from tests.agent.search.documents import Library, open_library
from tests.stores import Stores

MODEL = "text-embedding-3-small"
OPENAI = f"openai:{MODEL}?dimensions=256"
OPENAI_ID = f"openai:{MODEL}:256"
OFFLINE_ID = HashedGrams.id
SHOES = ("zapatillas azules", "botas de cuero", "paracetamol 500 mg")


@pytest.fixture
async def library(fresh_stores: Stores) -> AsyncIterator[Library]:
    async with open_library(fresh_stores.agent_database_url) as opened:
        yield opened


@pytest.fixture
async def world() -> AsyncIterator[ModelWorld]:
    async with model_world() as opened:
        yield opened


@pytest.fixture
def settings(world: ModelWorld, fresh_stores: Stores) -> Settings:
    return world.settings(embedder=OPENAI, embedder_seconds=30.0, REDIS_URL=fresh_stores.redis_url)


async def embedded(world: ModelWorld) -> list[str]:
    """Every text that was sent, in order."""
    return [text for request in await world.requests() for text in request["input"]]


async def test_only_new_and_changed_texts_are_embedded_and_what_is_deleted_leaves(
    library: Library, world: ModelWorld, settings: Settings
) -> None:
    await library.put(1, *SHOES)
    filling = await library.loop(settings)
    await filling.catch_up()
    assert sorted(await embedded(world)) == sorted(SHOES)
    await library.rewrite("botas de cuero", "sandalias de cuero")
    await library.run("UPDATE search_documents SET changed = nextval('search_changes')")
    await library.drop("paracetamol 500 mg")
    await filling.catch_up()
    assert (await embedded(world))[len(SHOES) :] == ["sandalias de cuero"]
    door = await library.door(settings)
    assert library.texts(await door.nearest(1, "cuero")) == ["sandalias de cuero", "zapatillas azules"]


async def test_a_better_embedder_is_built_while_the_old_one_answers_then_takes_over_and_the_old_one_goes(
    library: Library, world: ModelWorld, settings: Settings
) -> None:
    offline = settings.model_copy(update={"embedder": "offline"})
    await library.put(1, *SHOES)
    await (await library.loop(offline)).catch_up()
    door = await library.door(offline)
    assert "zapatillas azules" not in library.texts(await door.nearest(1, "sneakers", 1))

    filling = await library.loop(settings)
    assert await library.states() == {OFFLINE_ID: "serving", OPENAI_ID: "building"}
    await library.put(1, "gorra verde")
    await filling.step()
    assert library.texts(await door.nearest(1, "gorra verde", 1)) == ["gorra verde"]
    await filling.catch_up()
    assert await library.states() == {OPENAI_ID: "serving"}
    assert await library.run("SELECT to_regclass('search_vectors_1') AS gone") == [{"gone": None}]
    newly = await library.door(settings)
    for either in (newly, door):  # the old one learns of it from its table, which is gone
        assert library.texts(await either.nearest(1, "sneakers", 1)) == ["zapatillas azules"]
    assert (newly.knows_meaning, newly.least_similarity) == (True, 0.35)


async def test_an_embedder_that_is_down_loses_nothing_and_goes_on_where_it_was(
    library: Library, world: ModelWorld, settings: Settings
) -> None:
    await library.put(1, *SHOES)
    filling = await library.loop(settings)
    await world.script({"model": MODEL, "status": 401})
    await filling.catch_up()
    assert await library.run("SELECT done FROM search_embedders") == [{"done": 0}]
    await (await library.loop(settings)).catch_up()
    assert await library.run("SELECT count(*) FROM search_vectors_1") == [{"count": 3}]


async def test_a_shelf_that_grows_gets_an_index_of_its_own_and_loses_it_when_it_shrinks(
    library: Library, settings: Settings
) -> None:
    offline = settings.model_copy(update={"embedder": "offline"})
    door = await library.door(offline)
    await library.put(1, *(f"zapatilla modelo {number} talla {number % 9}" for number in range(30)))
    await library.put(2, "zapatilla modelo 7 talla 7.")
    filling = await library.loop(offline, large=40)
    await filling.catch_up()

    async def near() -> list[float]:
        return list((await door.nearest(1, "zapatilla modelo 7 talla 7", 5)).values())

    before = await near()
    await library.put(1, *(f"bota {chr(97 + number % 26)}{number}" for number in range(30)))
    await filling.catch_up()
    assert await indexes(library) == [("search_vectors_1_shelf_1", True)]
    assert await near() == pytest.approx(before)
    assert library.texts(await door.nearest(2, "zapatilla modelo 7", 5)) == ["zapatilla modelo 7 talla 7."]
    own = library.ids["bota d3"]
    alike = await door.similar(1, own, 4)
    assert len(alike) == 4
    assert own not in alike
    assert await door.similar(2, own, 4) == {} == await door.similar(1, str(uuid4()))

    # As a builder that was killed leaves it.
    await library.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'search_vectors_1_shelf_1'::regclass")
    assert await near() == pytest.approx(before)
    await (await library.loop(offline, large=40)).catch_up()
    assert await indexes(library) == [("search_vectors_1_shelf_1", True)]

    await library.drop(*(text for text in library.ids if text.startswith("bota")))
    await library.put(1, *(f"gorra {number}" for number in range(2)))
    await (await library.loop(offline, large=100)).catch_up()
    await library.put(2, *(f"gorra dos {number}" for number in range(100)))
    await (await library.loop(offline, large=100)).catch_up()
    assert await indexes(library) == [("search_vectors_1_shelf_2", True)]


async def indexes(library: Library) -> list[tuple[str, bool]]:
    rows = await library.run(
        """SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = 'search_vectors_1'::regclass AND NOT indisprimary"""
    )
    return [(row["relname"], row["indisvalid"]) for row in rows]


async def test_a_query_is_asked_once_a_week_and_redis_keeps_no_words(
    library: Library, world: ModelWorld, settings: Settings
) -> None:
    await library.put(1, *SHOES)
    await (await library.loop(settings)).catch_up()
    asked = len(await embedded(world))
    for query in ("Tenis  AZUL", "tenis azul", "tenis azul\n"):
        door = await library.door(settings)
        assert library.texts(await door.nearest(1, query, 1)) == ["zapatillas azules"]
    assert (await embedded(world))[asked:] == ["tenis azul"]
    assert settings.redis_url is not None
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        (key,) = client.keys("*query-vector*")
        assert (client.strlen(key), b"tenis" in key) == (2 * 256, False)
        assert cache.KEPT_SECONDS - 60 < client.ttl(key) <= 7 * 24 * 3600


async def test_an_embedder_is_asked_for_words_that_say_something_and_finds_what_has_none_of_them(
    library: Library, world: ModelWorld, settings: Settings
) -> None:
    tenant = str(uuid4())
    await library.run(
        "UPDATE search_shelves SET tenant_id = %s, name = (ARRAY['products', 'knowledge'])[number]", tenant
    )
    shelves: tuple[Shelf, Shelf] = ("products", "knowledge")
    documents = [Document(tenant, str(uuid4()), 1, Text("Zapatillas azules"), shelf=shelf) for shelf in shelves]
    index = SearchIndex(library.pool, await library.door(settings))
    async with library.pool.connection() as connection, connection.transaction():
        await index.write(connection, documents, 1)
    await (await library.loop(settings)).catch_up()

    async def asked(query: str, shelf: Shelf) -> tuple[list[str], list[str]]:
        """(what was found, what was embedded)"""
        before = len(await embedded(world))
        found = [hit.id for hit in (await index.find(Search(tenant, query, shelf=shelf))).hits]
        return found, sorted((await embedded(world))[before:])

    assert await asked("para", "products") == await asked("?! ¿cómo es para?", "products") == ([], [])
    assert await asked("sneakers", "products") == ([documents[0].id], ["sneakers"])
    assert await asked("blue sneakers", "knowledge") == ([documents[1].id], ["blue sneakers"])
    question = "¿cómo es para xwqzt vbrrn?"
    assert await asked(question, "knowledge") == ([], ["vbrrn", "xwqzt", question])


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:1/0", "nonsense"])
async def test_without_redis_each_query_is_asked(
    library: Library, world: ModelWorld, settings: Settings, url: str | None
) -> None:
    await library.put(1, *SHOES)
    bare = world.settings(embedder=OPENAI, embedder_seconds=30.0, REDIS_URL=url)
    await (await library.loop(bare)).catch_up()
    door = await library.door(bare)
    for _ in range(2):
        assert library.texts(await door.nearest(1, "tenis", 1)) == ["zapatillas azules"]
    assert (await embedded(world))[len(SHOES) :] == ["tenis", "tenis"]


@pytest.mark.parametrize("left", [b"\xff" * 512, b"\x00" * 512, b"short"])
async def test_what_is_no_vector_in_redis_is_asked_for_again(
    library: Library, world: ModelWorld, settings: Settings, left: bytes
) -> None:
    """Nothing is near it, and Postgres refuses numbers that are none: each search for the words failed for a week."""
    await library.put(1, *SHOES)
    await (await library.loop(settings)).catch_up()
    door = await library.door(settings)
    assert len(await door.nearest(1, "tenis", 1)) == 1
    assert settings.redis_url is not None
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        (key,) = client.keys("*query-vector*")
        client.set(key, left)
        assert library.texts(await door.nearest(1, "tenis", 1)) == ["zapatillas azules"]
        assert client.get(key) != left


@pytest.mark.parametrize("numbers", [[1e6, 1.0], [1e-12, 0.0], [0.0, 0.0]])
async def test_vectors_that_half_precision_cannot_hold_are_none(
    library: Library, world: ModelWorld, numbers: list[float]
) -> None:
    async def embed(request: web.Request) -> web.Response:
        texts = (await request.json())["input"]
        data = [
            {"object": "embedding", "index": at, "embedding": [0.6, 0.8] if "cuero" in text else numbers}
            for at, text in enumerate(texts)
        ]
        return web.json_response({"object": "list", "model": "odd", "data": data, "usage": {}})

    app = web.Application()
    app.router.add_post("/v1/embeddings", embed)
    async with TestServer(app) as server:
        odd = world.settings(embedder=f"compatible:odd@{server.make_url('/v1')}?dimensions=2", embedder_seconds=30.0)
        await library.put(1, *SHOES)
        await (await library.loop(odd)).catch_up()
        door = await library.door(odd)
        assert library.texts(await door.nearest(1, "cuero")) == ["botas de cuero"]
        assert await door.nearest(1, "tenis") == {}
        assert library.texts(await door.nearest(1, "cuero")) == ["botas de cuero"]


async def test_an_embedder_that_hangs_costs_one_search_its_patience_and_is_then_left_alone(
    library: Library, world: ModelWorld, settings: Settings
) -> None:
    await library.put(1, *SHOES)
    filling = await library.loop(settings)
    await filling.catch_up()
    hasty = settings.model_copy(update={"embedder_seconds": 0.5, "redis_url": None})
    door = await library.door(hasty)
    await world.script({"model": MODEL, "seconds": 600.0})
    before = outcomes()
    assert await door.nearest(1, "tenis", 1) == {} == await door.nearest(1, "tenis", 1)
    after = outcomes()
    assert [after[name] - before[name] for name in after] == [0, 1, 1]
    assert len(await door.similar(1, library.ids["botas de cuero"])) == 2


def outcomes() -> dict[str, float]:
    names = ("asked", "failed", "left_alone")
    return {name: metrics.QUERY_VECTORS.labels(name)._value.get() for name in names}

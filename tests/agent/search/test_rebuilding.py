"""Another format of the index is built beside the old one, and nobody who searches sees it."""

import asyncio
from dataclasses import replace
from itertools import product
from uuid import UUID, uuid4

import pytest

from agent.search import postings, rebuilding
from agent.search.asking import Document, Facts, Filters, Search, Text
from agent.search.feed import Connection, start_over
from agent.search.generations import FORMAT
from agent.settings import Settings
from agent.stores import Stores, open_stores
from tests.agent.processes import until
from tests.stores import Stores as Servers


async def test_a_rebuild_goes_on_where_it_was_stopped_and_misses_nothing_that_changed_meanwhile(
    agent_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "BATCH", 3)
    tenant, ids = str(uuid4()), sorted(str(uuid4()) for _ in range(8))

    async def write(*documents: Document) -> None:
        async with agent_stores.pool.connection() as connection, connection.transaction():
            await agent_stores.index.write(connection, documents, 1)

    async def find(words: str) -> set[str]:
        return {hit.id for hit in (await agent_stores.index.find(Search(tenant, words))).hits}

    async def step() -> bool:
        """In a connection of its own, as after a restart."""
        async with agent_stores.pool.connection() as connection:
            return await rebuilding.step(connection)

    await write(*(Document(tenant, each, 1, Text("Taza de loza")) for each in ids))
    while await step():
        pass
    async with agent_stores.pool.connection() as connection:
        await connection.execute("UPDATE search_generations SET format = 'of yesterday'")
    assert await step(), "a generation is begun"
    for _ in range(2):
        await step()
    await write(
        Document(tenant, ids[0], 2, Text("Jarra de vidrio")),
        Document(tenant, ids[7], 2, Text("Jarra de cobre")),
        Document(tenant, ids[1], 2, None),
        Document(tenant, str(uuid4()), 1, Text("Jarra de barro")),
    )
    steps = 0
    while await step():
        assert len(await find("jarra")) == 3
        assert await find("taza") == set(ids[2:7])
        steps += 1
    assert steps >= 3
    assert len(await find("jarra")) == 3
    assert await find("taza") == set(ids[2:7])
    async with agent_stores.pool.connection() as connection:
        rows = await connection.execute(
            """SELECT DISTINCT row.generation, generation.state, generation.format FROM search_postings AS row
            LEFT JOIN search_generations AS generation ON generation.number = row.generation"""
        )
        left = await rows.fetchall()
    assert [(row["state"], row["format"]) for row in left] == [("live", FORMAT)]


async def test_a_small_shop_has_few_rows_of_pieces_however_often_it_was_rebuilt(agent_stores: Stores) -> None:
    tenant = str(uuid4())
    words = ["".join(parts) for parts in product(["kad", "lom", "mir", "nub", "tef", "rig", "sol"], repeat=3)][:300]

    async def write(*documents: Document) -> None:
        async with agent_stores.pool.connection() as connection, connection.transaction():
            await agent_stores.index.write(connection, documents, 1)

    async def counted() -> dict[str, int]:
        async with agent_stores.pool.connection() as connection:
            rows = await connection.execute(
                """SELECT count(*) AS rows, max(shelf.words) AS words FROM search_shelves AS shelf
                JOIN search_generations AS generation ON generation.state = 'live' JOIN search_postings AS row
                ON row.generation = generation.number AND row.shelf = shelf.number AND row.key = '%%'
                WHERE tenant_id = %s""",
                (tenant,),
            )
            return dict(await rows.fetchone() or {})

    await write(*(Document(tenant, str(uuid4()), 1, Text(word)) for word in words))
    assert await counted() == {"rows": 64, "words": 300}
    for late in ("jarra", "vidrio"):
        async with agent_stores.pool.connection() as connection:
            await rebuilding.build_anew(connection)
            await rebuilding.step(connection)
            await write(Document(tenant, str(uuid4()), 1, Text(late)))
            while await rebuilding.step(connection):
                pass
        misspelt = await agent_stores.index.find(Search(tenant, f"{late[:2]}x{late[3:]}"))
        assert [hit.id for hit in misspelt.hits]
    assert await counted() == {"rows": 64, "words": 302}


async def test_what_rows_of_an_older_format_do_not_say_is_asked_of_the_words(
    agent_stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a shelf's first words had rows of their own, all pieces lay by their bucket."""
    tenant = str(uuid4())
    words = ["".join(parts) for parts in product(["kad", "lom", "mir", "nub", "tef", "rig"], repeat=3)]
    with monkeypatch.context() as older:
        older.setattr(postings, "_chunks_of", lambda words, buckets: words // 8192 * 256 + buckets)
        async with agent_stores.pool.connection() as connection:
            while await rebuilding.step(connection):
                pass
            async with connection.transaction():
                await agent_stores.index.write(
                    connection, [Document(tenant, str(uuid4()), 1, Text(one)) for one in words], 1
                )
            await connection.execute("UPDATE search_generations SET format = 'of yesterday' WHERE state = 'live'")
    for word in words[:40]:
        await agent_stores.index.find(Search(tenant, word[:4] + word[5:]))
    for word in words:
        assert (await agent_stores.index.find(Search(tenant, word))).total, word
    async with agent_stores.pool.connection() as connection:
        while await rebuilding.step(connection):
            pass
    for word in words[:40]:
        assert (await agent_stores.index.find(Search(tenant, word[:4] + word[5:]))).total, word


async def test_the_newest_are_those_that_were_made_last_whatever_was_changed_and_built_since(
    agent_stores: Stores,
) -> None:
    older, newer = (str(UUID(int=time << 80 | 7 << 76 | 2 << 62)) for time in (1_800_000_000_000, 1_800_000_009_000))
    reduced = Document(str(uuid4()), older, 9, Text("Taza de loza"), Facts(price_min=5, price_max=5))
    first = [
        replace(reduced, revision=1, facts=Facts()),
        Document(reduced.tenant_id, newer, 2, Text("Jarra de vidrio")),
    ]

    async def newest(tenant: str) -> list[str]:
        return [hit.id for hit in (await agent_stores.index.find(Search(tenant))).hits]

    async with agent_stores.pool.connection() as connection:
        for documents in (first, [reduced]):
            async with connection.transaction():
                await agent_stores.index.write(connection, documents, 1)
            assert await newest(reduced.tenant_id) == [newer, older]
        await rebuilding.build_anew(connection)
        while await rebuilding.step(connection):
            pass
        assert await newest(reduced.tenant_id) == [newer, older]
        refilled = str(uuid4())
        async with connection.transaction():
            for document in (first[1], reduced):  # in the order of their last changes, as a feed tells them
                await agent_stores.index.write(connection, [replace(document, tenant_id=refilled)], 1)
        assert await newest(refilled) == [newer, older]


async def test_what_is_to_be_built_anew_does_not_answer_though_it_was_about_to(agent_stores: Stores) -> None:
    tenant, pool = str(uuid4()), agent_stores.pool

    async def write(*names: str) -> None:
        async with pool.connection() as connection, connection.transaction():
            await agent_stores.index.write(
                connection, [Document(tenant, str(uuid4()), 1, Text(name)) for name in names], 1
            )

    async def generations() -> dict[str, int]:
        async with pool.connection() as connection:
            rows = await connection.execute("SELECT state, number FROM search_generations")
            return {row["state"]: row["number"] for row in await rows.fetchall()}

    async def waits() -> bool:
        async with pool.connection() as connection:
            rows = await connection.execute(
                "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            return await rows.fetchone() is not None

    await write("Taza", "Jarra")
    async with pool.connection() as builder:
        while await rebuilding.step(builder):
            pass
        live = (await generations())["live"]
        await rebuilding.build_anew(builder)
        while await _unbuilt(builder):
            await rebuilding.step(builder)
        async with pool.connection() as other, other.transaction():
            await start_over(other)
            about_to_answer = asyncio.create_task(rebuilding.step(builder))
            await until(waits)
        await about_to_answer
        assert (await generations())["live"] == live
        await write("Vaso", "Taza verde")
        while await rebuilding.step(builder):
            pass
    assert (await generations())["live"] > live
    for name, fitting in (("taza", 2), ("jarra", 1), ("vaso", 1)):
        assert (await agent_stores.index.find(Search(tenant, name))).total == fitting


async def _unbuilt(connection: Connection) -> bool:
    """Whether the generation that is built lacks a document still."""
    rows = await connection.execute(
        """SELECT FROM search_documents AS document JOIN search_generations ON state = 'building'
        WHERE (shelf, id) > (built_shelf, built_id) LIMIT 1"""
    )
    return await rows.fetchone() is not None


async def test_a_rebuild_leaves_the_values_that_are_there_from_0_on(agent_stores: Stores) -> None:
    tenant, ids = str(uuid4()), [str(uuid4()) for _ in range(2)]

    async def write(*lots: str) -> None:
        async with agent_stores.pool.connection() as connection, connection.transaction():
            documents = [
                Document(tenant, each, 1, Text("Vacuna"), Facts(attributes={"lote": (lot,)}))
                for each, lot in zip(ids, lots, strict=True)
            ]
            await agent_stores.index.write(connection, documents, 1)

    async def numbers() -> dict[str, int]:
        async with agent_stores.pool.connection() as connection:
            rows = await connection.execute(
                """SELECT shown, search_values.number FROM search_values JOIN search_shelves AS shelf
                ON shelf.number = search_values.shelf WHERE tenant_id = %s AND field = '=:lote'""",
                (tenant,),
            )
            return {row["shown"]: row["number"] for row in await rows.fetchall()}

    for night in range(5):
        await write(f"L-{night}", "X")
    assert len(await numbers()) == 6
    async with agent_stores.pool.connection() as connection:
        await rebuilding.build_anew(connection)
        await rebuilding.step(connection)
        await write("L-9", "X")
        while await rebuilding.step(connection):
            pass
    assert set((await numbers()).values()) <= {0, 1, 2}
    assert {"L-9", "X"} <= set(await numbers())
    found = await agent_stores.index.find(
        Search(tenant, filters=Filters(attributes={"lote": ("l-9",)}), facets=("lote",))
    )
    assert ([hit.id for hit in found.hits], found.facets) == ([ids[0]], {"lote": (("L-9", 1),)})


async def test_tables_of_an_older_release_are_brought_up_to_date_and_answer_as_before(fresh_stores: Servers) -> None:
    settings = Settings.model_validate({"service_token": "none", "AGENT_DATABASE_URL": fresh_stores.agent_database_url})
    question = Search(str(uuid4()), filters=Filters(brands=("runna",)), facets=("brand",))
    document = Document(question.tenant_id, str(uuid4()), 1, Text("Bota"), Facts(brand="Runna"))
    async with open_stores(settings) as stores, stores.pool.connection() as connection:
        while await rebuilding.step(connection):
            pass
        async with connection.transaction():
            await stores.index.write(connection, [document], 1)
        before = await stores.index.find(question)
        assert before.total == 1
        for statement in (
            "ALTER TABLE search_shelves DROP COLUMN synonyms",
            "ALTER TABLE search_values DROP COLUMN generation",
            "ALTER TABLE search_values ADD PRIMARY KEY (shelf, field, folded)",
            "CREATE UNIQUE INDEX search_values_number ON search_values (number, shelf, field)",
            "UPDATE made_schemas SET digest = 'of an older release' WHERE name = 'agent'",
        ):
            await connection.execute(statement)
    async with open_stores(settings) as stores, stores.pool.connection() as connection:
        assert await stores.index.find(question) == before
        async with connection.transaction():
            other = Document(document.tenant_id, str(uuid4()), 1, Text("Bota"), Facts(brand="Cumbre"))
            await stores.index.write(connection, [other], 1)
        assert await stores.index.find(question) == before

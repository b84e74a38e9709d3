"""Whatever is written, changed and taken out in whatever order, also while another generation is built: what is left is
what would be there if the last of each had been written alone."""

import random
from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

import pytest

from agent.search import rebuilding, writing
from agent.search.asking import Document, Facts, Text
from agent.search.postings import FIELD, PIECE, PRICE, decode, decode_column
from agent.search.versions import ShelfNow, shelves_now
from agent.stores import Stores

WORDS = [
    *("bota", "botas", "azul", "s/azúcar", "sem", "d'agua", "wi-fi", "ñandú", "colchões", "500ml", "1,5", "l", "kg"),
    *(
        "the",
        "with",
        "para",
        "shoe",
        "ABC-12",
        "日本語テスト",
        "😀",
        "ß",
        "Ⅷ",
        *(f"palabra{number}" for number in range(300)),
    ),
]
ROUNDS, PRODUCTS = 30, 60


class Seller:
    """Makes products up, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def words(self, most: int) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, most)))

    def some(self, *values: str) -> tuple[str, ...]:
        return tuple(self.random.sample(values, self.random.randrange(len(values))))

    def text(self) -> Text:
        brand = self.random.choice([None, "Runna"])
        return Text(
            self.words(5), self.some("Calzado > Botas", "38"), self.words(20), brand, self.some("A-1", "B2", "")
        )

    def id(self) -> str:
        """Made at any time."""
        time = self.random.randrange(2**42)
        return str(UUID(int=time << 80 | 7 << 76 | 2 << 62 | self.random.getrandbits(62)))

    def facts(self) -> Facts:
        price = self.random.choice([None, 5, 10])
        stocked = self.random.random() < 0.5
        return Facts(
            "product", price, price, stocked, None, self.some("A > B", "C"), {"talla": self.some("a", "b", "c")}
        )


async def kept(stores: Stores, tenant: str) -> dict[str, Any]:
    """All that the live generation has of a tenant, with ids and words in place of numbers."""
    async with stores.pool.connection() as connection:

        async def rows(statement: str, *given: Any) -> list[dict[str, Any]]:
            return await (await connection.execute(statement, given)).fetchall()

        which = UUID(tenant), "products"
        shelf: ShelfNow = (await shelves_now(connection, [which]))[which]
        documents = await rows("SELECT number, id, title_stems FROM search_documents WHERE shelf = %s", shelf.number)
        live = "WHERE generation = %s AND shelf = %s"
        values = await rows(f"SELECT * FROM search_values {live}", shelf.generation, shelf.number)
        words = await rows(f"SELECT * FROM search_words {live}", shelf.generation, shelf.number)
        postings = await rows(f"SELECT * FROM search_postings {live}", shelf.generation, shelf.number)
    by_key: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
    for row in postings:
        assert row["entries"], "no row without entries"
        by_key[row["key"]].append((0 if row["key"] == PIECE else row["chunk"], row["entries"]))
    ids = {row["number"]: row["id"] for row in documents}
    known = {row["number"]: row["stem"] for row in words}
    shown = {(row["field"], row["number"]): row["folded"] for row in values}

    def entries(key: str) -> list[tuple[Any, ...]]:
        found = decode_column(key, by_key[key]) if key == PRICE else decode(key, by_key[key])
        told = found.values.tolist()
        if key[0] == FIELD:
            told = [shown[key, number] for number in told]
        names = known if key == PIECE else ids
        return sorted((names[number], one) for number, one in zip(found.numbers.tolist(), told, strict=True))

    return {
        "alive": shelf.alive,
        "titles": {row["id"]: row["title_stems"] for row in documents},
        "words": {row["stem"]: (row["sound"], row["documents"], row["named"]) for row in words},
        "postings": {key: entries(key) for key in by_key},
    }


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_left_is_what_was_written_last(
    agent_stores: Stores, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(rebuilding, "BATCH", 7)
    seller, tenant, alone = Seller(seed), str(uuid4()), str(uuid4())
    ids = [seller.id() for _ in range(PRODUCTS)]
    last: dict[str, Document] = {}
    async with agent_stores.pool.connection() as connection:
        for number in range(ROUNDS):
            if number % 10 == 5:
                await rebuilding.build_anew(connection)
            await rebuilding.step(connection)
            for each in seller.random.sample(ids, 8):
                text, facts = seller.random.choice([None, seller.text(), seller.text()]), seller.facts()
                if each in last and seller.random.random() < 0.4:
                    text = last[each].text
                last[each] = Document(tenant, each, number, text, facts)
            async with connection.transaction():
                await writing.write(connection, list(last.values()), 1)
        if seed:
            while await rebuilding.step(connection):
                pass
        there = [Document(alone, one.id, 1, one.text, one.facts) for one in last.values() if one.text]
        async with connection.transaction():
            await writing.write(connection, there, 1)
    assert len(there) > PRODUCTS / 4
    assert await kept(agent_stores, tenant) == await kept(agent_stores, alone)

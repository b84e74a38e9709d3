"""What the search's bench rests on."""

import random
from uuid import uuid4

import pytest

from agent.search import writing
from agent.search.asking import Document, Search, Text
from agent.search.index import SearchIndex
from agent.stores import Stores
from evals.searching.bm25 import Bm25
from evals.searching.catalogs import shop
from evals.searching.graded import interval, ndcg, recall, success
from evals.searching.machine import pauses, told
from evals.searching.noise import KINDS, noisy
from evals.searching.shelf import MemoryShelf
from tests.agent.conftest import agent_settings, agent_stores

__all__ = ["agent_settings", "agent_stores"]


def test_measures_of_a_ranking_are_the_textbooks() -> None:
    grades = {1: 3, 2: 1, 3: 0}
    assert ndcg([1, 2, 3], grades) == 1.0
    assert ndcg([3, 1], grades) == pytest.approx(7 / 1.584963 / (7 + 1 / 1.584963))
    assert (recall([1, 9], grades), success([3, 1], grades), success([2], grades)) == (0.5, 0.0, 1.0)
    low, high = interval([0.6, 0.6], [0.5, 0.5])
    assert low == pytest.approx(1.2) == high


def test_the_reference_prefers_rare_words_and_short_titles() -> None:
    texts = [Text("red shoe"), Text("red shoe with a very long and tedious name"), Text("red hat"), Text("red sock")]
    assert Bm25(texts).find("red shoe") == [0, 1, 2, 3]


def test_a_pause_of_the_machine_is_told_in_milliseconds_and_as_a_share_of_the_time() -> None:
    found = pauses([0.0, 0.001, 0.021, 0.022, 0.032])
    assert found == pytest.approx([0.020, 0.010])
    assert "2 times for 3 to 20 ms in 1 s, 1.5% of the time" in told(found, 2, 1.0)
    assert "less than 3 ms" in told([], 2, 1.0)


async def test_the_index_answers_as_the_shelf_in_memory_does(agent_stores: Stores) -> None:
    """So what is tuned without a database holds with one."""
    ours, tenant = shop("es", products=150), str(uuid4())
    memory = MemoryShelf(ours.products)
    documents = [Document(tenant, str(uuid4()), 1, text) for text in ours.products]
    async with agent_stores.pool.connection() as connection, connection.transaction():
        await writing.write(connection, documents, 1)
    index = SearchIndex(agent_stores.pool)
    draw = random.Random(1)
    for kinds in [*((kind,) for kind in KINDS), *[("key slip", "glued")] * 5]:
        query = draw.choice(ours.products).title
        for kind in kinds:
            query = noisy(kind, query, ours.words, draw)
        found = await index.find(Search(tenant, query, limit=5))
        scores = [scored.score for scored in memory.find(query, 5)]
        assert [hit.score for hit in found.hits] == pytest.approx(scores), query

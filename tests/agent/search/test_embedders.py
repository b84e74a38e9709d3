"""Embedders speak to their providers, and many texts get through whatever a few of them do."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from agent.search.embedders.batches import Batches
from agent.search.embedders.choice import embedder_named
from agent.search.embedders.names import EmbedderName, UnknownEmbedder
from tests.agent.model_world import ModelWorld, model_world

MODEL = "text-embedding-3-small"
OPENAI = f"openai:{MODEL}"


@pytest.fixture
async def world() -> AsyncIterator[ModelWorld]:
    async with model_world() as opened:
        yield opened


@pytest.fixture
async def asking(world: ModelWorld) -> AsyncIterator[Batches]:
    embedder = embedder_named(OPENAI, world.settings())
    yield Batches(embedder, pause_seconds=0.0)
    await embedder.aclose()


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        (OPENAI, f"{OPENAI}:512"),
        (f"{OPENAI}?dimensions=64", f"{OPENAI}:64"),
        ("openai:text-embedding-ada-002", "openai:text-embedding-ada-002:1536"),
        ("google_genai:gemini-embedding-001", "google_genai:gemini-embedding-001:768"),
        ("compatible:bge/m3@http://gpu:8080/v1?dimensions=1024", "compatible:bge/m3:1024"),
    ],
)
def test_a_name_says_provider_model_and_dimension(name: str, id_: str) -> None:
    assert EmbedderName.parse(name).id == id_


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("word2vec", "is none of"),
        ("openai:", "is none of"),
        ("openai:new-model", "dimensions="),
        (f"{OPENAI}?dimensions=0", "from 1 to"),
        (f"{OPENAI}?dimensions=99999", "from 1 to"),
        (f"{OPENAI}?dims=3", "dimensions=<number>"),
        ("openai:text-embedding-ada-002?dimensions=12", "has 1536 dimensions"),
        ("compatible:m3?dimensions=8", "@http"),
        ("compatible:m3@file:///etc?dimensions=8", "@http"),
        ("google_genai:gemini-embedding-001@http://x", "@http"),
    ],
)
def test_a_name_that_cannot_be_says_what_would_be_right(name: str, advice: str) -> None:
    with pytest.raises(UnknownEmbedder, match=advice):
        EmbedderName.parse(name)


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:coroutine 'ClientResponse.json' was never awaited:RuntimeWarning")
@pytest.mark.parametrize("provider", ["openai", "google_genai", "compatible"])
async def test_synonyms_lie_near_whoever_embeds_them(world: ModelWorld, provider: str) -> None:
    name = {
        "openai": f"{OPENAI}?dimensions=256",
        "google_genai": "google_genai:gemini-embedding-001?dimensions=256",
        "compatible": f"compatible:m3@{world.url}/v1?dimensions=384",
    }[provider]
    embedder = embedder_named(name, world.settings())
    done = await Batches(embedder).embed(["zapatillas azules", "algo pra dor de cabeça", "paracetamol 500", ""])
    assert (done.skipped, done.down) == ({""}, None)
    query = await (await embedder.service()).aembed_query("blue sneakers")
    texts = list(done.vectors)
    assert texts[int(np.argmax([np.dot(query, done.vectors[text]) for text in texts]))] == "zapatillas azules"
    assert {len(query), *map(len, done.vectors.values())} == {embedder.dimension}
    await embedder.aclose()


async def test_texts_go_in_batches_each_text_once(world: ModelWorld, asking: Batches) -> None:
    texts = [f"producto {number}" for number in range(600)]
    done = await asking.embed([*texts, *texts])
    assert set(done.vectors) == set(texts)
    assert sorted(len(request["input"]) for request in await world.requests()) == [88, 256, 256]


async def test_limits_and_outages_are_tried_again(world: ModelWorld, asking: Batches) -> None:
    await world.script(
        {"model": MODEL, "status": 429, "retry_after": 0},
        {"model": MODEL, "status": 503},
        {"model": MODEL, "fault": "drop"},
    )
    done = await asking.embed(["uno", "dos"])
    assert (set(done.vectors), done.down) == ({"uno", "dos"}, None)
    assert len(await world.requests()) == 4


@pytest.mark.parametrize(
    ("reply", "kind", "wait", "requests"),
    [
        ({"status": 401}, "denied", None, 1),
        ({"status": 429, "retry_after": 3600}, "rate_limited", 3600.0, 1),
    ],
)
async def test_what_no_retry_mends_is_left_to_the_caller_at_once(
    world: ModelWorld, asking: Batches, reply: dict[str, object], kind: str, wait: float | None, requests: int
) -> None:
    await world.script({"model": MODEL, **reply})
    done = await asking.embed(["uno", "dos"])
    assert done.down is not None
    assert (done.down.kind, done.down.wait_seconds, done.vectors, done.skipped) == (kind, wait, {}, set())
    assert len(await world.requests()) == requests


async def test_one_refused_text_does_not_sink_its_batch(world: ModelWorld, asking: Batches) -> None:
    """Asked for: all four, a text that is known to be good, the first half, again that text, `a`, `b`, the rest."""
    await world.script(*({"model": MODEL, "status": status} for status in (400, 200, 400, 200, 200, 400)))
    done = await asking.embed(["a", "b", "c", "d"])
    assert (set(done.vectors), done.skipped, done.down) == ({"a", "c", "d"}, {"b"}, None)


async def test_a_text_of_too_many_tokens_is_shortened_until_it_passes(asking: Batches) -> None:
    done = await asking.embed(["corto", "🦙" * 50_000])
    assert (len(done.vectors), done.skipped) == (2, set())


async def test_a_provider_that_refuses_everything_is_down_and_no_text_is_given_up(
    world: ModelWorld, asking: Batches
) -> None:
    await world.script(*({"model": MODEL, "status": 400} for _ in range(2)))
    done = await asking.embed(["uno", "dos"])
    assert done.down is not None
    assert (done.down.kind, done.skipped) == ("rejected", set())

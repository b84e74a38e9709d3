"""Texts as vectors of 384 numbers: offline from hashed character grams, or by OpenAI when configured.

The offline one knows spelling, not meaning: good on typos, blind to synonyms. Every stored vector names its embedder.
"""

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from langchain_core.embeddings import Embeddings

from agent.search.words import sound, stems
from agent.settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIMENSIONS = 384
SHORTEST, LONGEST = 2, 4


class Embedder(Protocol):
    """What the index asks of an embedder."""

    @property
    def id(self) -> str:
        """Stored with each vector; another id means that the index is built anew."""
        ...

    @property
    def knows_meaning(self) -> bool:
        """Whether it brings together words that are spelt differently."""
        ...

    @property
    def least_similarity(self) -> float:
        """Below this cosine a product is not found by its vector alone."""
        ...

    @property
    def service(self) -> Embeddings:
        """LangChain's interface of it."""
        ...


class HashedGrams(Embeddings):
    """Character 2- to 4-grams of each word as it sounds, hashed with a sign, L2 normalised."""

    id = "offline-grams-1"
    knows_meaning = False
    least_similarity = 0.55

    @property
    def service(self) -> Embeddings:
        return self

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        total = np.zeros(DIMENSIONS, dtype=np.float32)
        for word in stems(text):
            total += _word_vector(sound(word))
        norm = float(np.linalg.norm(total))
        if norm == 0.0:
            total[0] = norm = 1.0
        vector: list[float] = (total / norm).tolist()
        return vector


@lru_cache(maxsize=16_384)
def _word_vector(word: str) -> "NDArray[np.float32]":
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    padded = f"<{word}>"
    for size in range(SHORTEST, LONGEST + 1):
        for start in range(len(padded) - size + 1):
            digest = zlib.crc32(padded[start : start + size].encode())
            vector[digest % DIMENSIONS] += 1.0 if digest & 0x80000000 else -1.0
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector


class OpenAIEmbedder:
    """An OpenAI embedding model, shortened to our dimensions by the API itself."""

    knows_meaning = True
    least_similarity = 0.35

    def __init__(self, settings: Settings, model: str) -> None:
        import httpx
        from langchain_openai import OpenAIEmbeddings

        if settings.openai_api_key is None:
            raise ValueError(f"TENDERO_EMBEDDER=openai:{model} needs OPENAI_API_KEY")
        self.id = f"openai:{model}:{DIMENSIONS}"
        self.service: Embeddings = OpenAIEmbeddings(
            model=model,
            dimensions=DIMENSIONS,
            openai_api_key=settings.openai_api_key,
            openai_api_base=settings.openai_base_url,
            http_client=httpx.Client(timeout=20.0),
            http_async_client=httpx.AsyncClient(timeout=20.0),
            check_embedding_ctx_length=False,
        )


def embedder_of(settings: Settings) -> Embedder:
    """The configured one; ValueError says what is missing."""
    provider, _, model = settings.embedder.partition(":")
    if provider == "offline":
        return HashedGrams()
    if provider == "openai" and model:
        return OpenAIEmbedder(settings, model)
    raise ValueError(f"TENDERO_EMBEDDER={settings.embedder!r} is neither `offline` nor `openai:<model>`")

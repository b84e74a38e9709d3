"""The embedder without a provider: hashed character grams. Good on typos, blind to synonyms."""

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from agent.search.embedders.base import Limits
from agent.search.embedders.names import OFFLINE
from agent.search.words import FORMAT, sound, stems

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIMENSION = 384
SHORTEST, LONGEST = 2, 4


class HashedGrams(Embeddings):
    """Character 2- to 4-grams of each word as it sounds, hashed with a sign, L2 normalised."""

    name = OFFLINE
    id = f"offline:grams-{FORMAT}:{DIMENSION}"
    """Stems and sounds are part of it: other rules of words are another embedder."""
    dimension = DIMENSION
    knows_meaning = False
    least_similarity = 0.55
    remote = False
    limits = Limits(texts=512, characters=1_000_000, longest=8_000)

    async def service(self) -> Embeddings:
        return self

    async def aclose(self) -> None:
        """It has nothing to close."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)  # a thread would cost more than the sum

    def embed_query(self, text: str) -> list[float]:
        total = np.zeros(DIMENSION, dtype=np.float32)
        for word in stems(text):
            total += _word_vector(sound(word))
        norm = float(np.linalg.norm(total))
        if norm == 0.0:
            total[0] = norm = 1.0
        vector: list[float] = (total / norm).tolist()
        return vector


@lru_cache(maxsize=16_384)
def _word_vector(word: str) -> "NDArray[np.float32]":
    vector = np.zeros(DIMENSION, dtype=np.float32)
    padded = f"<{word}>"
    for size in range(SHORTEST, LONGEST + 1):
        for start in range(len(padded) - size + 1):
            digest = zlib.crc32(padded[start : start + size].encode())
            vector[digest % DIMENSION] += 1.0 if digest & 0x80000000 else -1.0
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector

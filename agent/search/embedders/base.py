"""What the index asks of an embedder."""

from dataclasses import dataclass
from typing import Protocol

from langchain_core.embeddings import Embeddings


@dataclass(frozen=True)
class Limits:
    """What one request may hold: texts, characters of all of them together, and characters of one."""

    texts: int
    characters: int
    longest: int


class Embedder(Protocol):
    """One model with one dimension. Vectors of two embedders are never compared."""

    @property
    def id(self) -> str:
        """`provider:model:dimension`; each has a table of vectors of its own."""
        ...

    @property
    def name(self) -> str:
        """As it is configured, enough to make it again."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def knows_meaning(self) -> bool:
        """Whether it brings together words that are spelt differently."""
        ...

    @property
    def least_similarity(self) -> float:
        """Below this cosine a document is not found by its vector alone."""
        ...

    @property
    def remote(self) -> bool:
        """Whether a question costs a call, money and patience."""
        ...

    @property
    def limits(self) -> Limits: ...

    async def service(self) -> Embeddings:
        """LangChain's interface of it. Its package is imported when it is first asked for."""
        ...

    async def aclose(self) -> None:
        """Closes its connections."""
        ...

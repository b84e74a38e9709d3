"""Gemini's embeddings: ai.google.dev/gemini-api/docs/embeddings."""

import asyncio
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from agent.search.embedders.base import Limits
from agent.search.embedders.names import EmbedderName, UnknownEmbedder
from agent.settings import Settings

if TYPE_CHECKING:
    from langchain_google_genai import GoogleGenerativeAIEmbeddings


class GeminiEmbedder:
    """Documents and queries are told apart by their task, which the package does."""

    knows_meaning = True
    remote = True
    limits = Limits(texts=100, characters=30_000, longest=6_000)
    """The API takes 100 texts, and reads the first 2,048 tokens of each."""

    def __init__(self, name: str, settings: Settings) -> None:
        """Raises UnknownEmbedder if its key is missing."""
        self.name, self._named = name, EmbedderName.parse(name)
        if settings.google_api_key is None:
            raise UnknownEmbedder(f"TENDERO_EMBEDDER={name} needs GOOGLE_API_KEY")
        self._key, self._base_url = settings.google_api_key, settings.google_base_url
        self.id, self.dimension = self._named.id, self._named.dimension
        self.least_similarity = self._named.least_similarity
        self._service: GoogleGenerativeAIEmbeddings | None = None
        self._building = asyncio.Lock()

    async def service(self) -> Embeddings:
        """The package's client."""
        async with self._building:
            if self._service is None:
                self._service = await asyncio.to_thread(self._build)
        return self._service

    async def aclose(self) -> None:
        """Closes its client."""
        if self._service is not None:
            await self._service.client.aio.aclose()
            self._service.client.close()
            self._service = None

    def _build(self) -> "GoogleGenerativeAIEmbeddings":
        from langchain_google_genai import GoogleGenerativeAIEmbeddings

        return GoogleGenerativeAIEmbeddings(
            model=self._named.model,
            google_api_key=self._key,
            base_url=self._base_url,
            output_dimensionality=self.dimension if self._named.shortens else None,
        )

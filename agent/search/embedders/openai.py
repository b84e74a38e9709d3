"""OpenAI's embeddings, and those of servers that speak like it: platform.openai.com/docs/api-reference/embeddings."""

import asyncio
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from agent.search.embedders.base import Limits
from agent.search.embedders.names import EmbedderName, UnknownEmbedder
from agent.settings import Settings

if TYPE_CHECKING:
    from langchain_openai import OpenAIEmbeddings

SECONDS = 30.0


class OpenAIEmbedder:
    """It tries once; `Batches` and the door try again, and count it."""

    knows_meaning = True
    remote = True
    limits = Limits(texts=256, characters=200_000, longest=8_000)
    """The API takes 2,048 texts, 300,000 tokens in all and 8,192 of one. A request that fails costs less than that."""

    def __init__(self, name: str, settings: Settings) -> None:
        """Raises UnknownEmbedder if its key is missing."""
        self.name, self._named = name, EmbedderName.parse(name)
        if self._named.provider == "compatible":
            self._key, self._base_url = settings.compatible_api_key, self._named.base_url
        elif settings.openai_api_key is None:
            raise UnknownEmbedder(f"TENDERO_EMBEDDER={name} needs OPENAI_API_KEY")
        else:
            self._key, self._base_url = settings.openai_api_key, settings.openai_base_url
        self.id, self.dimension = self._named.id, self._named.dimension
        self.least_similarity = self._named.least_similarity
        self._service: OpenAIEmbeddings | None = None
        self._building = asyncio.Lock()

    async def service(self) -> Embeddings:
        """The package's client, with its own retries off."""
        async with self._building:
            if self._service is None:
                self._service = await asyncio.to_thread(self._build)
        return self._service

    async def aclose(self) -> None:
        """Closes both of its clients."""
        if (service := self._service) is not None:
            assert service.http_client is not None
            assert service.http_async_client is not None
            service.http_client.close()
            await service.http_async_client.aclose()
            self._service = None

    def _build(self) -> "OpenAIEmbeddings":
        import httpx
        from langchain_openai import OpenAIEmbeddings

        return OpenAIEmbeddings(
            model=self._named.model,
            dimensions=self.dimension if self._named.shortens else None,
            openai_api_key=self._key or SecretStr("none"),
            openai_api_base=self._base_url,
            max_retries=0,
            http_client=httpx.Client(timeout=SECONDS),
            http_async_client=httpx.AsyncClient(timeout=SECONDS),
            check_embedding_ctx_length=False,  # it would fetch a tokenizer, and send numbers that no other server reads
        )

"""The embedder of a name."""

from agent.search.embedders.base import Embedder
from agent.search.embedders.gemini import GeminiEmbedder
from agent.search.embedders.names import OFFLINE, EmbedderName
from agent.search.embedders.offline import HashedGrams
from agent.search.embedders.openai import OpenAIEmbedder
from agent.settings import Settings


def embedder_named(name: str, settings: Settings) -> Embedder:
    """Raises UnknownEmbedder, which says what is missing. Nothing heavy is imported yet."""
    if name == OFFLINE:
        return HashedGrams()
    if EmbedderName.parse(name).provider == "google_genai":
        return GeminiEmbedder(name, settings)
    return OpenAIEmbedder(name, settings)

"""Names of embedders, as the operator writes them.

`offline`, `openai:text-embedding-3-small`, `google_genai:gemini-embedding-001`, or `compatible:<model>@<base url>` for
any OpenAI-compatible address; `?dimensions=512` behind it shortens the vectors, where the model can.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

PROVIDERS = ("openai", "google_genai", "compatible")
MOST_DIMENSIONS = 3_900
"""More would not fit a page of Postgres with the rest of their row; pgvector indexes 4,000 half-precision numbers."""
OFFLINE = "offline"
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,119}")


class UnknownEmbedder(ValueError):
    """The text says what would be right."""


@dataclass(frozen=True)
class _Model:
    dimension: int
    """Where the name says none: a third of the full one or so, which costs OpenAI's and Gemini's 1-2 % of their
    figures (platform.openai.com/docs/guides/embeddings, ai.google.dev/gemini-api/docs/embeddings)."""
    shortens: bool
    least_similarity: float


_MODELS = {
    "text-embedding-3-small": _Model(512, True, 0.35),
    "text-embedding-3-large": _Model(1024, True, 0.35),
    "text-embedding-ada-002": _Model(1536, False, 0.78),
    "gemini-embedding": _Model(768, True, 0.62),
}
_LEAST_SIMILARITY = 0.5
"""Of a model that we do not know."""


@dataclass(frozen=True)
class EmbedderName:
    provider: str
    model: str
    dimension: int
    shortens: bool
    """Whether the dimension is asked for in each request."""
    least_similarity: float
    base_url: str | None = None

    @property
    def id(self) -> str:
        return f"{self.provider}:{self.model}:{self.dimension}"

    @classmethod
    def parse(cls, text: str) -> "EmbedderName":
        """Raises UnknownEmbedder."""
        named, _, query = text.partition("?")
        provider, _, rest = named.partition(":")
        model, _, base_url = rest.partition("@")
        if provider not in PROVIDERS or not _MODEL.fullmatch(model):
            wanted = "`offline`, `openai:<model>`, `google_genai:<model>` or `compatible:<model>@<base url>`"
            raise UnknownEmbedder(f"TENDERO_EMBEDDER={text!r} is none of {wanted}")
        if (provider == "compatible") != bool(base_url) or (base_url and not _address(base_url)):
            raise UnknownEmbedder(f"TENDERO_EMBEDDER={text!r}: `compatible:` takes `@http(s)://...`, the others do not")
        known = next((one for start, one in _MODELS.items() if model.startswith(start)), None)
        given = _dimensions(text, query)
        if known is None and given is None:
            raise UnknownEmbedder(f"TENDERO_EMBEDDER={text!r} needs `?dimensions=`: how long are its vectors?")
        if known is not None and not known.shortens and given not in (None, known.dimension):
            raise UnknownEmbedder(f"TENDERO_EMBEDDER={text!r}: {model} has {known.dimension} dimensions")
        return cls(
            provider,
            model,
            given or (known.dimension if known else 0),
            known.shortens if known else provider != "compatible",
            known.least_similarity if known else _LEAST_SIMILARITY,
            base_url or None,
        )


def _dimensions(text: str, query: str) -> int | None:
    if not query:
        return None
    given = parse_qs(query, keep_blank_values=True)
    value = given.get("dimensions", [""])[-1]
    if set(given) != {"dimensions"} or not (value.isascii() and value.isdigit() and len(value) < 6):
        raise UnknownEmbedder(f"TENDERO_EMBEDDER={text!r}: behind `?` stands `dimensions=<number>` alone")
    if not 1 <= int(value) <= MOST_DIMENSIONS:
        raise UnknownEmbedder(f"TENDERO_EMBEDDER={text!r}: dimensions go from 1 to {MOST_DIMENSIONS}")
    return int(value)


def _address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)

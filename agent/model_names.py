"""Names of chat models, as the operator and the businesses write them.

`openai:gpt-5-mini`, `google_genai:gemini-2.5-flash`, `anthropic:claude-haiku-4-5`, `compatible:<model>@<base url>` for
any OpenAI-compatible address, or `offline`; `?effort=low` behind a model that reasons says how hard it thinks. A chain
is several of them with commas, the first is asked first.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PROVIDERS = ("offline", "openai", "google_genai", "anthropic", "compatible")
EFFORTS = ("minimal", "low", "medium", "high")
RESPONSES_API = re.compile(r"gpt-([5-9]|\d\d)(?!.*chat)")
"""GPT-5 and later reason, and do so best through the Responses API."""
_REASONS = re.compile(rf"{RESPONSES_API.pattern}|o\d")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_MODEL = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._:/@-]{0,119}")


class UnknownModel(ValueError):
    """The name is not one of ours, or its key is missing."""


@dataclass(frozen=True)
class ModelName:
    """A parsed name."""

    provider: str
    model: str
    base_url: str | None = None
    effort: str | None = None

    @classmethod
    def parse(cls, name: str) -> "ModelName":
        """Raises UnknownModel."""
        provider, _, rest = name.partition(":")
        if name == "offline":
            return cls("offline", "offline")
        if provider not in PROVIDERS or provider == "offline" or not rest:
            raise UnknownModel(f"{name!r} is not provider:model; providers are {', '.join(PROVIDERS)}")
        model, _, asked = rest.partition("?")
        base_url = None
        if provider == "compatible":
            model, _, base_url = model.rpartition("@")
            if not model or not _is_address(base_url):
                raise UnknownModel(f"{name!r} names no address: compatible:<model>@<base url>")
        if _MODEL.fullmatch(model) is None:
            raise UnknownModel(f"{name!r} names no model")
        return cls(provider, model, base_url, _effort(name, provider, model, asked))

    @property
    def reasons(self) -> bool:
        """Whether OpenAI takes it through the Responses API."""
        return self.provider == "openai" and RESPONSES_API.match(self.model) is not None


def names_in(chain: object) -> list[str]:
    """The names of a chain as it was written; nothing of what is no text."""
    return [name.strip() for name in chain.split(",") if name.strip()] if isinstance(chain, str) else []


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return _ADDRESS.fullmatch(url) is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _effort(name: str, provider: str, model: str, asked: str) -> str | None:
    if not asked:
        return None
    key, _, effort = asked.partition("=")
    if key != "effort" or effort not in EFFORTS:
        raise UnknownModel(f"{name!r}: after the model comes ?effort= with {', '.join(EFFORTS)}, or nothing")
    if provider == "openai" and _REASONS.match(model) is None:
        raise UnknownModel(f"{name!r}: this model does not reason and takes no effort")
    return effort

"""The models that a business names for its brains, checked as they are written. `agent/model_names.py` reads them."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator

BRAINS = ("vendor", "summary", "assist", "observer", "refiner", "media")
PROVIDERS = ("offline", "openai", "google_genai", "anthropic", "compatible")
EFFORTS = ("minimal", "low", "medium", "high")
MOST_MODELS = 5
LONGEST_NAME = 400
_MODEL = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._:/@-]{0,119}")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_REASONS = re.compile(r"gpt-([5-9]|\d\d)(?!.*chat)|o\d")


def check_chain(chain: str) -> str:
    """The chain as it is stored, without spaces. Raises ValueError with what is allowed."""
    names = [name.strip() for name in chain.split(",")]
    if len(names) > MOST_MODELS:
        raise ValueError(f"a chain has {MOST_MODELS} models at most")
    for name in names:
        _check(name)
    return ",".join(names)


def check_chains(chains: dict[str, str]) -> dict[str, str]:
    """By brain. Raises ValueError with what is allowed."""
    if set(chains) - set(BRAINS):
        raise ValueError(f"models are named for these brains: {', '.join(BRAINS)}")
    return {brain: check_chain(chain) for brain, chain in chains.items()}


def known_chains(stored: Any) -> dict[str, str]:
    """Of what is stored, what `check_chains` would take."""
    known: dict[str, str] = {}
    for brain, chain in stored.items() if isinstance(stored, dict) else ():
        try:
            known |= check_chains({brain: chain}) if isinstance(chain, str) else {}
        except ValueError:
            continue
    return known


Chains = Annotated[dict[str, str], AfterValidator(check_chains)]


def _check(name: str) -> None:
    if name == "offline":
        return
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name of a model has {LONGEST_NAME} characters at most")
    provider, _, rest = name.partition(":")
    model, _, asked = rest.partition("?")
    if provider not in PROVIDERS or provider == "offline":
        raise ValueError(
            f"a model is written provider:model, such as openai:gpt-5-mini; providers are {', '.join(PROVIDERS)}"
        )
    if provider == "compatible":
        model, _, address = model.rpartition("@")
        if not model or not _is_address(address):
            raise ValueError("a compatible model names its address: compatible:<model>@https://host/v1")
    if _MODEL.fullmatch(model) is None:
        raise ValueError(f"{provider}: wants the name of a model behind the colon, such as openai:gpt-5-mini")
    if asked and asked not in {f"effort={effort}" for effort in EFFORTS}:
        raise ValueError(f"behind a model comes nothing, or ?effort= and one of {', '.join(EFFORTS)}")
    if asked and provider == "openai" and _REASONS.match(model) is None:
        raise ValueError("this model does not reason and takes no effort; GPT-5 and later do")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return _ADDRESS.fullmatch(url) is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False

"""Which chain a brain asks: what the business chose for it, then what the platform has.

A business names a chain for each brain that it cares about; its first models are followed by the platform's, so that
an outage of the chosen ones is survived. The choice comes with every bundle and holds from the next one on.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from agent.model_names import ModelName, UnknownModel, names_in
from agent.settings import Settings

BRAINS = ("vendor", "summary", "assist", "observer", "refiner", "media")


def chains_of(chosen: Mapping[str, Any], settings: Settings) -> dict[str, list[str]]:
    """Each brain's chain; `chosen` is the business's setting `models`. A brain for which neither the business nor the
    platform named any asks the vendor's."""
    known = known_addresses(settings)
    own = {brain: [name for name in names_in(chosen.get(brain)) if may_be_named(name, known)] for brain in BRAINS}
    platform = settings.brain_chains
    chains = {}
    for brain in BRAINS:
        named = [*own[brain], *platform.get(brain, [])] or own["vendor"]
        chains[brain] = list(dict.fromkeys([*named, *settings.model_chain]))
    told = {*own["media"], *platform.get("media", [])}
    chains["media"] = [name for name in chains["media"] if name in told or not name.startswith("compatible:")]
    return chains


def known_addresses(settings: Settings) -> frozenset[str]:
    """Base addresses of compatible servers that the operator named."""
    chains: Iterable[list[str]] = (settings.model_chain, *settings.brain_chains.values())
    urls = [parsed.base_url for chain in chains for name in chain if (parsed := _parsed(name)) and parsed.base_url]
    return frozenset(_address(url) for url in (*urls, *settings.compatible_urls))


def may_be_named(name: str, known: frozenset[str]) -> bool:
    """Whether a business may have it asked: a call carries the platform's key, and goes out from inside."""
    parsed = _parsed(name)
    return parsed is not None and (parsed.base_url is None or _address(parsed.base_url) in known)


def _parsed(name: str) -> ModelName | None:
    try:
        return ModelName.parse(name)
    except UnknownModel:
        return None


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}".lower()

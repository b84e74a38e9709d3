"""Which play a model's request belongs to: the business of each play names its models with a mark behind the name.

    openai:gpt-5-mini?effort=low    ->  openai:gpt-5-mini@2-3fa9c1d2?effort=low     trial 2 of one scenario

A business may name its models by a setting of the product, so nothing of the product knows of tapes. The proxy takes
the mark out again before a provider sees it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agent.model_names import ModelName, names_in
from evals.running.scenario import Scenario

UNMARKED = "unmarked"
"""The door of requests that no play's business asks: the chain of the platform, which has no model."""
_MARK = re.compile(rb"@(\d+)-([0-9a-f]{8})(?![0-9a-z])")
_BASE_URLS = {
    "openai": ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "google_genai": ("TENDERO_GOOGLE_BASE_URL", "https://generativelanguage.googleapis.com"),
    "anthropic": ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
}
"""By provider: the product's setting of its address, and where it is without one."""


class Play(NamedTuple):
    """One scenario, played once."""

    scenario: str
    trial: int

    @property
    def mark(self) -> str:
        return f"@{self.trial}-{_digest(self.scenario)}"

    def __str__(self) -> str:
        return self.scenario if self.trial == 1 else f"{self.scenario}#{self.trial}"


@dataclass
class Casting:
    """Which models the businesses of a suite name, and where the proxy sends their requests on."""

    chain: str
    """As in `--model`."""
    proxy: str
    """Its base address."""
    known: Mapping[str, str | None] = field(default_factory=dict)
    """Addresses of providers by name that are not the usual ones."""
    upstreams: dict[str, str] = field(default_factory=dict)
    """By door, the first part of a path at the proxy: the base address behind it."""

    def __post_init__(self) -> None:
        for provider, (_, usual) in _BASE_URLS.items():
            self.upstreams[provider] = (self.known.get(provider) or usual).rstrip("/")
        self._marked(self.chain, "")

    def environment(self) -> dict[str, str]:
        """Settings of the installation: every provider is the proxy, and only businesses name models. A model of
        theirs that fails is followed by nobody, as in a run without a tape."""
        doors = [f"{self.proxy}/{door}" for door in self.upstreams if door not in _BASE_URLS]
        return {
            "TENDERO_MODEL": f"compatible:none@{self.proxy}/{UNMARKED}",
            "TENDERO_COMPATIBLE_URLS": json.dumps(doors),
            **{variable: f"{self.proxy}/{provider}" for provider, (variable, _) in _BASE_URLS.items()},
        }

    def cast(self, scenario: Scenario, trial: int) -> Scenario:
        """The scenario whose business names the models of this play; chains that it names itself stay its own."""
        mark = Play(scenario.id, trial).mark
        named: dict[str, Any] = {"vendor": self.chain, **scenario.given.settings.get("models", {})}
        models = {brain: self._marked(str(chain), mark) for brain, chain in named.items()}
        given = scenario.given.model_copy(update={"settings": {**scenario.given.settings, "models": models}})
        return scenario.model_copy(update={"given": given})

    def _marked(self, chain: str, mark: str) -> str:
        return ",".join(self._name(name, mark) for name in names_in(chain))

    def _name(self, name: str, mark: str) -> str:
        parsed = ModelName.parse(name)
        if parsed.provider == "offline":
            return name
        effort = f"?effort={parsed.effort}" if parsed.effort else ""
        address = f"@{self.proxy}/{self._door(parsed.base_url)}" if parsed.base_url else ""
        return f"{parsed.provider}:{parsed.model}{mark}{address}{effort}"

    def _door(self, base_url: str) -> str:
        url = base_url.rstrip("/")
        door = f"compatible-{_digest(url)}"
        self.upstreams[door] = url
        return door


class Marks:
    """Reads marks; those of other scenarios are none."""

    def __init__(self, scenarios: Iterable[str]) -> None:
        self._by_digest = {_digest(scenario): scenario for scenario in scenarios}

    def read(self, path: str, body: bytes) -> tuple[Play | None, str, bytes]:
        """Whose request it is, and its path and body without the mark."""
        for found in _MARK.finditer(path.encode() + b"\n" + body):
            if (scenario := self._by_digest.get(found[2].decode())) is not None:
                return Play(scenario, int(found[1])), path.replace(found[0].decode(), ""), body.replace(found[0], b"")
        return None, path, body


def _digest(scenario: str) -> str:
    return hashlib.sha256(scenario.encode()).hexdigest()[:8]

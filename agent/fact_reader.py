"""What contacts say about themselves, read by the observer's model where a business wants that, beside the rules."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog
from langchain_core.messages import HumanMessage, SystemMessage

from agent.bundle import Budget
from agent.desk import Thinking
from agent.model_choice import chains_of
from agent.models import Models
from agent.prompt_library import PromptLibrary
from agent.settings import Settings
from agent.usage import Usage
from graphs.facts_said import grounding
from graphs.ports import ModelSilent

log = structlog.get_logger()

FEATURE = "reflect"
_MESSAGE_CHARACTERS = 2000


class Asking(Protocol):
    """The business that wants it read."""

    @property
    def name(self) -> str: ...
    @property
    def models(self) -> Mapping[str, Any]: ...


class FactReader:
    """Asks the brain `observer`; one for the whole process."""

    def __init__(self, models: Models, prompts: PromptLibrary, settings: Settings) -> None:
        self._models = models
        self._prompts = prompts
        self._settings = settings

    async def read(
        self,
        tenant: Asking,
        messages: Sequence[Mapping[str, Any]],
        allowed: Mapping[str, Any],
        budget: Budget,
        by_rules: Sequence[Mapping[str, Any]],
    ) -> tuple[list[dict[str, Any]], list[Usage]]:
        """Facts by rules and by the model, and what the model cost. What the rules found stands; a model that is silent
        or answers anything but the form adds nothing."""
        rules = [dict(one) for one in by_rules]
        said = [one for one in messages if one.get("author") == "contact" and str(one.get("body") or "").strip()]
        if not said:
            return rules, []
        fields = allowed.get("fields", [])
        thinking = Thinking(
            self._models,
            chains_of(tenant.models, self._settings)["observer"],
            self._prompts,
            self._settings.model_patience_seconds,
            budget,
        )
        page = self._prompts.render(
            "observer/facts",
            business_name=tenant.name,
            today=str(allowed["today"]),
            fields="\n".join(_field(one) for one in [*_OWN, *fields]),
        )
        lines = "\n".join(json.dumps(str(one["body"])[:_MESSAGE_CHARACTERS], ensure_ascii=False) for one in said)
        try:
            answer = await thinking.answer([SystemMessage(page), HumanMessage(lines)], [], FEATURE)
        except ModelSilent as error:
            log.info("facts.unread", error=type(error).__name__)
            return rules, thinking.usage
        known = {one["key"] for one in rules}
        found = grounding.read(answer.text, said, fields)
        return [*rules, *(one.model_dump(mode="json") for one in found if one.key not in known)], thinking.usage


_OWN = ({"key": "name", "label": "Name", "kind": "text"}, {"key": "email", "label": "E-mail", "kind": "text"})


def _field(field: Mapping[str, Any]) -> str:
    told = {name: field[name] for name in ("key", "label", "kind", "choices") if field.get(name)}
    return f"- {json.dumps(told, ensure_ascii=False)}"

"""A persona, played by a real model: `--customer-model`. It costs money, does not repeat, and has no place in CI."""

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from agent.model_names import names_in
from agent.models import Models
from evals.running.casting import settings_of_models
from evals.running.player import Heard, PlayStopped
from evals.running.scenario import Scenario, Step
from graphs.ports import ModelSilent

PATIENCE_SECONDS = 60.0
PAYS, DONE = "[pays]", "[done]"
PAGE = """You play a customer who writes to a business on WhatsApp; whoever answers you is being tested. Stay in your
role, never help the business, and never say that you are a model.

Your name: {name}. You write in: {language}.
Who you are: {wants}
What you are after, in this order: {goals}
How you are: {temper}

Answer with your next message only, as people type on a phone; several lines are several messages. Write {pays} alone
to open the payment link and pay. Write {done} alone when you have what you came for, or have given up."""


class ModelledCustomer:
    """Asks the chain of models, as `--model` names them, for each next message."""

    def __init__(self, scenario: Scenario, chain: str) -> None:
        persona = scenario.persona
        if persona is None:
            raise ValueError("only a persona can be played by a model")
        self._patience = persona.patience
        self._chain = names_in(chain)
        self._models = Models(settings_of_models())
        goals: list[dict[str, Any]] = [goal.model_dump(mode="json", exclude_defaults=True) for goal in persona.goals]
        self._page = PAGE.format(
            name=scenario.customer.name,
            language=scenario.language,
            wants=scenario.customer.wants.strip() or "nothing special",
            goals=json.dumps(goals, ensure_ascii=False),
            temper=", ".join(persona.temper).replace("_", " ") or "calm",
            pays=PAYS,
            done=DONE,
        )

    async def next(self, heard: Sequence[Heard]) -> Step | None:
        """The model's next message. Raises `PlayStopped` if no model answers, or out of patience."""
        if len(heard) >= self._patience:
            raise PlayStopped(f"the customer has written {len(heard)} times and is not done")
        try:
            said, _ = await self._models.ask(
                self._chain, self._chat(heard), [], feature="customer", patience_seconds=PATIENCE_SECONDS
            )
        except ModelSilent:
            raise PlayStopped("the customer's model does not answer") from None
        lines = [line.strip() for line in str(said.text).splitlines() if line.strip()]
        if PAYS in lines:
            return Step(pays=True)
        words = [line for line in lines if line != DONE]
        return Step(says=words) if words else None

    def _chat(self, heard: Sequence[Heard]) -> list[BaseMessage]:
        """The chat from the customer's side: what they wrote is the model's, the business's is the other's."""
        messages: list[BaseMessage] = [SystemMessage(self._page)]
        if not heard:
            messages.append(HumanMessage("(You open the chat.)"))
        for item in heard:
            mine = "\n".join(item.step.says or []) or (PAYS if item.step.pays else "")
            messages += [AIMessage(mine)] if mine else []
            messages.append(HumanMessage(item.text or "(No answer comes.)"))
        return messages

"""A customer, the offline model and a fake counter, turn by turn, as the graph would have them talk."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.offline_model import OfflineModel
from agent.prompt_library import PromptLibrary
from graphs.ports import Business, Customer, ProposalCard, TurnContext
from graphs.vendor import this_turn
from tests.agent.offline.counters import Counter, Refused, counter

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday; 09:00 in Mexico City, 12:00 in São Paulo."""
PROMPTS = PromptLibrary()


@dataclass
class Heard:
    """A reply and the tools called for it."""

    text: str
    calls: list[tuple[str, dict[str, Any]]]

    @property
    def tools(self) -> list[str]:
        return [name for name, _ in self.calls]


@dataclass
class Conversation:
    """One customer's thread with one business (`shop` or `salon`)."""

    business: str
    name: str | None = None
    now: datetime = NOW
    messages: list[BaseMessage] = field(default_factory=list)
    counter: Counter = field(init=False)

    def __post_init__(self) -> None:
        self.counter = counter(self.business, self.now)

    def say(self, *texts: str) -> Heard:
        """One turn: what the customer writes, and what comes back."""
        answerable = {key: card for key, card in self.counter.proposals.items() if card["open"]}
        self.messages += [HumanMessage(text) for text in texts]
        calls: list[tuple[str, dict[str, Any]]] = []
        page = SystemMessage(self.page(answerable))
        model = OfflineModel().bind_tools([{"name": name} for name in self.counter.tools])
        for _ in range(9):
            answer = model.invoke([page, *self.messages])
            self.messages.append(answer)
            if not answer.tool_calls:
                return Heard(str(answer.text), calls)
            for call in answer.tool_calls:
                calls.append((call["name"], call["args"]))
                self.messages.append(self.result(call))
        raise AssertionError(f"no reply after {calls}")

    def result(self, call: Any) -> ToolMessage:
        try:
            content, status = json.dumps(self.counter.use(call["name"], call["args"]), ensure_ascii=False), "success"
        except Refused as refusal:
            content, status = str(refusal), "error"
        return ToolMessage(content, tool_call_id=call["id"], name=call["name"], status=status)

    def page(self, proposals: dict[str, dict[str, Any]]) -> str:
        """The system message as `graphs.vendor` writes it."""
        business = self.counter.business
        tenant = {"id": "t-1", **{key: business[key] for key in Business.model_fields if key != "id"}}
        contact = {"id": "c-1", "name": self.counter.saved.get("name", self.name)}
        cards = [
            ProposalCard(id=key, kind="any", covers=card["covers"], details=card["details"], answerable=True)
            for key, card in proposals.items()
        ]
        prompt = PROMPTS.vendor_prompt(
            {"now": self.now.isoformat(), "tenant": tenant, "contact": contact, "open": self.counter.cards()}
        )
        context = TurnContext(
            turn_id="turn",
            now=self.now,
            business=Business.model_validate(tenant),
            customer=Customer.model_validate(contact),
            prompt=prompt,
            proposals=cards,
        )
        return f"{prompt}\n\n{this_turn('', context)}"

    def let_expire(self) -> None:
        """Every open proposal runs out."""
        for card in self.counter.proposals.values():
            card["open"] = False

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.counter.now = self.now


def reply(conversation: Conversation) -> str:
    """The last reply of a thread."""
    return next(str(m.text) for m in reversed(conversation.messages) if isinstance(m, AIMessage) and m.text)

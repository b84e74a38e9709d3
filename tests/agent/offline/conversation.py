"""A customer, the offline model behind the real graph, and a fake counter, turn by turn."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langgraph.checkpoint.memory import InMemorySaver

from agent.offline_model import OfflineModel
from agent.prompt_library import PromptLibrary
from agent.tools.toolbox import describe
from graphs.conversation import conversation_graph
from graphs.evidence import Evidence
from graphs.ports import (
    Accepted,
    Business,
    Customer,
    InboundMessage,
    Newer,
    ProposalCard,
    Reply,
    ToolDescription,
    ToolOutcome,
    TurnContext,
)
from graphs.state import TurnInput
from tests.agent.offline.counters import Refused, Salon, Shop, counter
from tests.agent.offline.evidence import minted

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday; 09:00 in Mexico City, 12:00 in São Paulo."""
PROMPTS = PromptLibrary()
SUMMARY_CHARACTERS = 1500


@dataclass
class Heard:
    """A reply, the tools called for it, and the drafts the observer stopped."""

    text: str
    outcome: str
    calls: list[tuple[str, dict[str, Any]]]
    stopped: list[dict[str, Any]]

    @property
    def tools(self) -> list[str]:
        return [name for name, _ in self.calls]


@dataclass
class Conversation:
    """One customer's thread with one business (`shop` or `salon`)."""

    business: str
    name: str | None = None
    now: datetime = NOW
    newer: list[str] = field(default_factory=list)
    """What the customer writes while the agent thinks, once."""
    counter: Shop | Salon = field(init=False)
    evidence: list[Evidence] = field(default_factory=list)
    changed_days: list[dict[str, Any]] = field(default_factory=list)
    """Days with other hours than the business's week."""

    def __post_init__(self) -> None:
        self.counter = counter(self.business, self.now)
        self.thread = conversation_graph(lambda _: self, checkpointer=InMemorySaver())
        self.missed: list[dict[str, Any]] = []
        self.turns = 0
        self.sent: list[Reply] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def say(self, *texts: str, caption: str | None = None, **media: str) -> Heard:
        """One turn: what the customer writes, and what comes back. A `caption` comes with a picture."""
        self.turns += 1
        self.calls = []
        inbound = [self.inbound(number, text) for number, text in enumerate(texts)]
        if caption is not None:
            inbound = [self.inbound(0, caption, "image", [{"content_type": "image/jpeg"}])]
        inbound += [self.inbound(90, "", kind, [{"name": name}]) for kind, name in media.items()]
        start = TurnInput(inbound=[one.model_dump(mode="json") for one in inbound], missed=self.missed)
        await self.thread.ainvoke(start, {"configurable": {"thread_id": "t"}}, context=self.context())
        self.missed = []
        reply = self.sent[-1]
        self.evidence += reply.evidence
        return Heard(reply.text, reply.outcome, self.calls, reply.rejected)

    def notice(self, text: str) -> None:
        """The business sends a fixed template, without the agent."""
        self.missed.append({"author": "system", "body": text, "at": self.now.isoformat()})

    def remind(self, text: str) -> None:
        """A reminder of what is booked."""
        assert isinstance(self.counter, Salon)
        self.counter.remind()
        self.notice(text)

    def let_expire(self) -> None:
        """Every open proposal runs out."""
        for card in self.counter.proposals.values():
            card["open"] = False

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.counter.now = self.now

    def inbound(
        self, number: int, text: str, kind: str = "text", attachments: list[dict[str, Any]] | None = None
    ) -> InboundMessage:
        key = f"m-{self.turns}-{number}"
        return InboundMessage(id=key, kind=kind, body=text, attachments=attachments or [], sent_at=self.now)

    def context(self) -> TurnContext:
        business, cards = self.counter.business, self.counter.cards()
        tenant = {"id": "t-1", **{key: business[key] for key in Business.model_fields if key in business}}
        tenant["changed_days"] = self.changed_days
        tenant["files"] = business.get("files", [])
        contact = {"id": "c-1", "name": self.counter.saved.get("name", self.name)}
        contact |= {"memory": self.counter.memory}
        wire = {"now": self.now.isoformat(), "tenant": tenant, "contact": contact, "open": cards}
        return TurnContext(
            turn_id=f"turn-{self.turns}",
            now=self.now,
            business=Business.model_validate(tenant),
            customer=Customer.model_validate(contact),
            prompt=PROMPTS.vendor_prompt(wire),
            tools=describe(self.counter.tools),
            evidence=self.evidence,
            open_cards=cards,
            proposals=[
                ProposalCard(id=key, kind="any", covers=card["covers"], details=card["details"], answerable=True)
                for key, card in self.counter.proposals.items()
                if card["open"]
            ],
        )

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        bound = OfflineModel().bind_tools([{"name": tool.name} for tool in tools])
        answer = await bound.ainvoke(list(messages))
        again = await bound.ainvoke(list(messages))
        assert (again.content, again.tool_calls) == (answer.content, answer.tool_calls)
        return answer

    async def use(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
        self.calls.append((name, arguments))
        try:
            result = self.counter.use(name, arguments)
        except Refused as refusal:
            return ToolOutcome(content=str(refusal), failed=True)
        found = minted(name, result, arguments, self.counter.business["currency"])
        return ToolOutcome(content=json.dumps(result, ensure_ascii=False), evidence=found)

    async def deliver(self, reply: Reply) -> Accepted | Newer:
        if self.newer:
            texts, self.newer = self.newer, []
            return Newer(messages=[self.inbound(10 + number, text) for number, text in enumerate(texts)])
        self.sent.append(reply)
        return Accepted()

    async def summarise(self, messages: Sequence[BaseMessage], previous: str) -> str:
        page = PROMPTS.render(
            "vendor/summary",
            business_name=self.counter.business["name"],
            limit=SUMMARY_CHARACTERS,
            previous=previous or "(none)",
        )
        lines = "\n".join(f"{'we' if isinstance(one, AIMessage) else 'customer'}: {one.text}" for one in messages)
        answer = await OfflineModel().ainvoke([SystemMessage(page), HumanMessage(lines)])
        return str(answer.text)

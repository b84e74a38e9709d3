"""The stage of a tenant's replay: past turns and scenarios, thought through for real, with nothing sent or written.

A run is a preview whose playbook is exchanged and whose moment is that of the turn. What its tools are asked is
answered from the turn's record where the same was asked then; everything else goes to the backend, which does the run's
earlier writes again, then this, and rolls all of it back (`dry_run.py`).
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, ToolMessage
from pydantic import BaseModel, Field

from agent.assisting import Graph
from agent.backend_client import BackendClient
from agent.bundle import Budget, TurnBundle
from agent.checkpoints import FencedSaver
from agent.database import Pool
from agent.desk import CURRENT, Thinking
from agent.dry_run import DryRun
from agent.end_state import Left
from agent.model_choice import chains_of
from agent.models import BudgetSpent, Models
from agent.preview import REACHES_A_PROVIDER, PreviewDesk, SandboxedTools
from agent.prompt_library import PromptLibrary
from agent.replay import Case, CaseTurn, Expect, Played
from agent.search.asking import SearchDoor
from agent.settings import Settings
from agent.tools.toolbox import TurnTools, describe
from agent.turn import turn_context, turn_input
from graphs.evidence import Evidence
from graphs.lines import turn_of
from graphs.ports import ModelSilent, ToolDescription, ToolOutcome
from graphs.reflection import note

CUT = "…"
"""In what the thread has shortened since; such a result is read anew."""
OFFLINE = "offline"


class ModelsAway(Exception):
    """No model answered: what would be compared is the outage."""


class Recorded(BaseModel):
    """What a past turn did and read."""

    turn_id: str
    journal: list[dict[str, Any]] = Field(default_factory=list)
    """[{"tool", "arguments", "result", "evidence"}]: its writes."""
    evidence: list[Evidence] = Field(default_factory=list)
    """What its tools brought."""


class Material(BaseModel):
    """What a case is played with, as the backend gives it."""

    title: str = ""
    bundle: dict[str, Any] = Field(repr=False)
    turns: list[CaseTurn]
    expect: Expect = Expect()
    recorded: Recorded | None = None

    def case(self, key: str, kind: Any) -> Case:
        return Case(key=key, kind=kind, title=self.title, turns=self.turns, expect=self.expect)


class Record:
    """What the tools of a past turn were asked and answered, from its thread and its journal."""

    def __init__(self, recorded: Recorded | None, thread: Sequence[AnyMessage] = ()) -> None:
        self._recorded = recorded
        self._said = {} if recorded is None else _calls(thread, recorded.turn_id)

    def outcome(self, name: str, arguments: dict[str, Any], wrote: bool) -> ToolOutcome | None:
        """What the model read then of the very same call."""
        said = self._said.get(_key(name, arguments))
        if said is None or self._recorded is None:
            return None
        brought = [item for item in self._recorded.evidence if item.source == name]
        return ToolOutcome(content=said.text, evidence=brought, failed=said.status == "error", wrote=wrote)

    def written(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        """The recorded answer to the very same write."""
        for entry in self._recorded.journal if self._recorded else ():
            if entry["tool"] == tool and _given(entry["arguments"]) == _given(arguments):
                return {"result": entry["result"], "evidence": entry["evidence"]}
        return None


class RecordedTools(SandboxedTools):
    """The backend's tools in a run; writes that the turn made are answered as they were then."""

    def __init__(self, backend: BackendClient, token: str, record: Record, run: DryRun) -> None:
        super().__init__(backend, token)
        self._record = record
        self._run = run

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        known = self._record.written(tool, envelope["arguments"])
        if known is not None:
            return known
        if tool in REACHES_A_PROVIDER:
            return await super().call(tool, envelope)
        return await self._run.call(tool, envelope)


class RehearsalDesk(PreviewDesk):
    """A preview's desk that looks into the record first, and tells an outage from a bad answer."""

    feature = "replay"

    def __init__(
        self, bundle: TurnBundle, thinking: Thinking, tools: TurnTools, ledger: BackendClient, record: Record
    ) -> None:
        super().__init__(bundle, thinking, tools, ledger)
        self._record = record
        self._effects = {tool.name: tool.effect for tool in [*describe(bundle.tools), *bundle.tenant_tools]}
        self.models_away = False

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        try:
            return await super().think(messages, tools)
        except ModelSilent:
            self.models_away = True
            raise

    async def use(self, name: str, arguments: dict[str, Any], call_id: str) -> ToolOutcome:
        known = self._record.outcome(name, arguments, self._effects.get(name, "read") != "read")
        return known if known is not None else await super().use(name, arguments, call_id)


class Rehearsal:
    """Plays the runs of one case; a `agent.replay.Stage`."""

    def __init__(self, house: "House", material: Material, record: Record, budget: Budget) -> None:
        """`budget` is what one run may spend."""
        self._house = house
        self._material = material
        self._record = record
        self._budget = budget

    async def play(self, case: Case, playbook: dict[str, Any]) -> Played:
        """One run, turn after turn. Raises BudgetSpent, ModelsAway, and the backend's errors."""
        played = Played(answers=[], outcomes=[])
        wire = {**self._material.bundle, "playbook": playbook}
        said: list[dict[str, Any]] = list(wire.get("missed") or [])
        run = DryRun(self._house.backend, str(wire["token"]))
        for turn in case.turns:
            if self._material.recorded is None:
                run.said(played.answers[-1] if played.answers else "", turn.messages)
            if played.answers:
                wire |= {name: cards for name, cards in (await run.standing()).items() if name != "state"}
            desk = await self._turn({**wire, "messages": turn.messages, "missed": said}, run, played.cost_micros)
            played.cost_micros += sum(call.cost_micros for call in desk.usage)
            played.offline = played.offline or any(call.provider == OFFLINE for call in desk.usage)
            reply = desk.delivered[-1] if desk.delivered else None
            answer, outcome = (reply.text.strip(), reply.outcome) if reply else ("", "silent")
            played.answers.append(answer)
            played.outcomes.append(outcome)
            if reply is not None:
                played.tools += [str(call["name"]) for call in reply.tool_calls if not call.get("failed")]
                played.faults += [kind for draft in reply.rejected for kind in draft.get("kinds") or ["policy"]]
                played.unanswered = played.unanswered or await _open_question(turn.asked, answer, outcome)
                known = [item.model_dump(mode="json") for item in reply.evidence]
                wire["evidence"] = [*(wire.get("evidence") or []), *known]
            lines = [("contact", turn.asked), ("agent", answer)]
            said = [*said, *({"author": author, "body": body, "at": _sent(turn)} for author, body in lines if body)]
        if case.expect.state is not None:
            played.left = Left.model_validate((await run.standing())["state"])
            played.left.handed_off = played.left.handed_off or "handed_off" in played.outcomes
        return played

    async def _turn(self, wire: dict[str, Any], run: DryRun, spent: int) -> RehearsalDesk:
        house = self._house
        bundle = TurnBundle.read(wire)
        left = self._budget.remaining_micros
        budget = Budget(remaining_micros=None if left is None else max(0, left - spent))
        chains = chains_of(bundle.tenant.models, house.settings)
        patience = house.settings.model_patience_seconds
        thinking = Thinking(house.models, chains["vendor"], house.prompts, patience, budget, chains)
        tools = TurnTools(
            RecordedTools(house.backend, bundle.token, self._record, run),
            house.shelves,
            tenant_id=bundle.tenant.id,
            currency=bundle.tenant.currency,
            offered=bundle.tools,
            seconds=house.settings.tool_seconds,
            outside=bundle.tenant_tools,
        )
        if bundle.messages:
            tools.message_id = bundle.messages[-1].id
        desk = RehearsalDesk(bundle, thinking, tools, house.backend, self._record)
        context = turn_context(bundle, house.prompts).model_copy(update={"turn_id": f"replay-{uuid4()}"})
        CURRENT.set(desk)
        await house.graph.ainvoke(turn_input(bundle), context=context)
        if desk.budget_spent:
            raise BudgetSpent
        if desk.models_away:
            raise ModelsAway
        return desk


class House:
    """What every rehearsal of the process shares."""

    def __init__(
        self,
        graph: Graph,
        backend: BackendClient,
        models: Models,
        prompts: PromptLibrary,
        shelves: SearchDoor,
        pool: Pool,
        settings: Settings,
    ) -> None:
        self.graph = graph
        self.backend = backend
        self.models = models
        self.prompts = prompts
        self.shelves = shelves
        self.settings = settings
        self._saver = FencedSaver(pool)

    async def rehearsal(self, material: Material, plays: int) -> Rehearsal:
        """The stage of one case, `plays` runs of which share what is left of the month's budget."""
        left = Budget.model_validate(material.bundle.get("budget") or {}).remaining_micros
        share = Budget(remaining_micros=None if left is None else left // max(1, plays))
        record = Record(material.recorded, await self._thread(material))
        return Rehearsal(self, material, record, share)

    async def _thread(self, material: Material) -> Sequence[AnyMessage]:
        """What the conversation's thread still has, with the results of its tools."""
        if material.recorded is None:
            return ()
        thread = str(material.bundle["conversation"]["id"])
        found = await self._saver.aget_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": ""}})
        return found.checkpoint["channel_values"].get("messages", []) if found else []


def _calls(thread: Sequence[AnyMessage], turn_id: str) -> dict[str, ToolMessage]:
    """Call -> result, of one turn; the last where it was made twice."""
    results = {message.tool_call_id: message for message in thread if isinstance(message, ToolMessage)}
    found: dict[str, ToolMessage] = {}
    current: str | None = None
    for message in thread:
        current = turn_of(message) or current
        if current != turn_id or not isinstance(message, AIMessage):
            continue
        for call in message.tool_calls:
            result = results.get(call["id"] or "")
            if result is not None and CUT not in result.text:
                found[_key(call["name"], call["args"])] = result
    return found


def _key(name: str, arguments: dict[str, Any]) -> str:
    return f"{name} {json.dumps(_given(arguments), sort_keys=True, ensure_ascii=False, default=str)}"


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _sent(turn: CaseTurn) -> str:
    return str(turn.messages[-1].get("sent_at", "")) if turn.messages else ""


async def _open_question(asked: str, answer: str, outcome: str) -> bool:
    """As the observer would have noted it after the reply."""
    said = [{"author": "contact", "body": asked}, {"author": "agent", "body": answer}]
    noted = await note({"outcome": outcome, "messages": said, "tool_calls": [], "rejected": []})
    return any(one["kind"] == "unanswered" for one in noted["observations"])

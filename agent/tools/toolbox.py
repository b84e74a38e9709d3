"""All tools, and how a call of the model becomes an outcome: checked, run, worded, never an exception but LeaseLost."""

import asyncio
import json
from collections import Counter as Multiset
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Protocol

import structlog
from pydantic import ValidationError

from agent import metrics
from agent.backend_client import Refused
from agent.logs import where
from agent.search.asking import Found, Search, SearchDoor
from agent.tools import attendance, bookings, catalog, conversation, files, knowledge, orders, waiting
from agent.tools.base import Question, Tool
from agent.tools.outside import accepted, tool_outside
from graphs.evidence import Evidence
from graphs.ports import LeaseLost, ToolDescription, ToolOutcome

log = structlog.get_logger()

TOOLS: dict[str, Tool] = {
    each.name: each
    for each in (
        catalog.search_products,
        catalog.get_product,
        catalog.compare_products,
        catalog.check_stock,
        catalog.similar_products,
        catalog.show_pictures,
        knowledge.search_knowledge,
        files.send_file,
        orders.create_quote,
        orders.place_order,
        orders.send_payment_link,
        orders.order_status,
        bookings.list_services,
        bookings.find_and_hold_slot,
        bookings.confirm_booking,
        bookings.reschedule_booking,
        bookings.cancel_booking,
        bookings.my_bookings,
        attendance.confirm_attendance,
        waiting.join_waiting_list,
        waiting.leave_waiting_list,
        conversation.schedule_follow_up,
        conversation.save_contact_detail,
        conversation.ask_to_remember,
        conversation.remember_contact,
        conversation.forget_contact_details,
        conversation.hand_off,
    )
}

UNREACHABLE = {
    "read": "The shop's system does not answer right now. Say so honestly, and state nothing you have not read.",
    "write": "The shop's system does not answer: it is not known whether this was done. Do not say that it was; "
    "offer to look again or a person.",
}


class ToolDoor(Protocol):
    """How one turn reaches the backend's tools."""

    async def call(self, tool: str, envelope: dict[str, Any]) -> dict[str, Any]:
        """{"result", "evidence"}; raises the backend client's errors."""
        ...


def describe(names: Iterable[str]) -> list[ToolDescription]:
    """What the model is offered; names the agent does not know are left out."""
    return [_description(TOOLS[name]) for name in names if name in TOOLS]


@cache
def _description(tool: Tool) -> ToolDescription:
    schema = tool.arguments.model_json_schema()
    return ToolDescription(name=tool.name, description=tool.description, parameters=schema, effect=tool.effect)


class TurnTools:
    """The tools of one turn: counts equal calls, names the customer's latest message, knows the tenant."""

    def __init__(
        self,
        door: ToolDoor,
        shelves: SearchDoor,
        *,
        tenant_id: str,
        currency: str,
        offered: Iterable[str],
        seconds: float,
        outside: Sequence[ToolDescription] = (),
    ) -> None:
        self._door = door
        self._shelves = shelves
        self._tenant_id = tenant_id
        self.currency = currency
        self._offered = {name: TOOLS[name] for name in offered if name in TOOLS} | {
            told.name: tool_outside(told) for told in accepted(outside)
        }
        self._seconds = seconds
        self._asked: Multiset[str] = Multiset()
        self.message_id: str | None = None
        """The customer's latest message; irreversible tools check that it came after the proposal."""
        self.turn_id: str | None = None

    async def use(self, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Runs one tool. Whatever goes wrong is worded for the model; only LeaseLost gets out."""
        tool = self._offered.get(name)
        if tool is None:
            return _failed(f"There is no tool {name!r}. Use: {', '.join(sorted(self._offered))}.")
        try:
            checked = tool.arguments.model_validate(arguments)
        except ValidationError as error:
            return _failed("The arguments do not fit. " + _faults(error))
        try:
            with metrics.TOOL_SECONDS.labels(name if name in TOOLS else "outside").time():
                async with asyncio.timeout(self._seconds):
                    answer = await tool.run(self, checked)
        except Refused as refusal:
            return _failed(refusal.detail)
        except LeaseLost:
            raise
        except Exception as error:
            log.warning("tool.failed", tool=name, error=type(error).__name__, where=where(error))
            return _failed(UNREACHABLE["read" if tool.effect == "read" else "write"])
        return ToolOutcome(
            content=json.dumps(answer["result"], ensure_ascii=False, separators=(",", ":")),
            evidence=[
                Evidence.model_validate(item | {"turn_id": self.turn_id}) for item in answer.get("evidence") or []
            ],
            failed=answer.get("failed", False),
            wrote=tool.effect != "read",
        )

    async def ask(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Calls the backend's tool in its envelope.

        Only answered calls count as an occurrence: one that was refused, or whose outcome is unclear, asks under the
        same journal key when it is repeated, in this attempt or in the next.
        """
        key = f"{tool}:{json.dumps(arguments, sort_keys=True, ensure_ascii=False)}"
        occurrence = self._asked[key]
        self._asked[key] += 1
        envelope: dict[str, Any] = {"arguments": arguments, "occurrence": occurrence}
        if self.message_id is not None:
            envelope["message_id"] = self.message_id
        try:
            return await self._door.call(tool, envelope)
        except BaseException:
            self._asked[key] -= 1
            raise

    async def search(self, question: Question) -> Found:
        """What fits of the tenant's own shelf."""
        asked = {name: getattr(question, name) for name in Question.__dataclass_fields__}
        return await self._shelves.find(Search(tenant_id=self._tenant_id, **asked))


def _failed(content: str) -> ToolOutcome:
    return ToolOutcome(content=content, failed=True)


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'arguments'}: {fault['msg']}" for fault in faults
    )

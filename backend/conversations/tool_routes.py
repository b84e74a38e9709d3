"""Tools about the conversation itself: follow up later, remember a detail, hand over to a person."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.bookings.dates import Ambiguous, Moment, resolve, spoken
from backend.contacts.details import MODEL, TOOL
from backend.contacts.service import save_detail
from backend.conversations.ending import open_handoff
from backend.conversations.handoffs import open_handoff_of
from backend.conversations.journal import Effect, ToolAnswer, ToolCall, done, write_once
from backend.conversations.models import FollowUp
from backend.database import new_id
from backend.errors import Unprocessable
from backend.fields import Line, Prose
from backend.scopes import TurnScope
from backend.tenants.service import load_tenant

_MORNING_MINUTE = 10 * 60
DetailKey = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00]+$")]


class FollowUpArguments(BaseModel):
    """`when` in the customer's own words, or an ISO local time."""

    model_config = ConfigDict(extra="forbid")

    when: Line
    topic: Line


class DetailArguments(BaseModel):
    """`name` is the contact's name; any other key is a detail about them, or one of the business's custom fields.

    A `confidence` below 1 says that it was not told but concluded: such a value gives way to any that was told.
    """

    model_config = ConfigDict(extra="forbid")

    key: DetailKey
    value: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]+$")]
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class HandOffArguments(BaseModel):
    """Why a person is needed, and what they must know."""

    model_config = ConfigDict(extra="forbid")

    reason: Line
    summary: Prose = ""


class ConversationToolController(Controller):
    """For the agent, with the token of a claimed bundle."""

    path = "/internal/tools"
    tags = ("tools",)

    @post("/schedule_follow_up", status_code=200)
    async def schedule_follow_up(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[FollowUpArguments]]
    ) -> ToolAnswer:
        """Write to the contact at a later time, unless they write first."""
        return await write_once(
            turn, "schedule_follow_up", data, lambda session: _schedule(session, turn, data.arguments)
        )

    @post("/save_contact_detail", status_code=200)
    async def save_contact_detail(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[DetailArguments]]
    ) -> ToolAnswer:
        """Remember something about the contact."""
        return await write_once(turn, "save_contact_detail", data, lambda session: _save(session, turn, data.arguments))

    @post("/hand_off", status_code=200)
    async def hand_off(
        self, turn: NamedDependency[TurnScope], data: JSONBody[ToolCall[HandOffArguments]]
    ) -> ToolAnswer:
        """Open a case for a person; with this turn's reply the person is in charge."""
        return await write_once(turn, "hand_off", data, lambda session: _hand_off(session, turn, data.arguments))


async def _schedule(session: AsyncSession, turn: TurnScope, arguments: FollowUpArguments) -> Effect:
    tenant = await load_tenant(session)
    zone = ZoneInfo(tenant.timezone)
    now = clock.now().astimezone(zone)
    found = resolve(arguments.when, now, tenant.locale, tenant.hours)
    if isinstance(found, Ambiguous):
        options = [spoken(_local_start(option), tenant.locale) for option in found.options[:4]]
        raise Unprocessable(
            f"The time is not clear ({found.reason}). Ask the customer which they mean: {' / '.join(options)}.",
            type="unclear-time",
            options=options,
        )
    if found is None:
        raise Unprocessable("No time was said; ask the customer for the day and the hour.", type="unclear-time")
    due_at = max(_local_start(found).replace(tzinfo=zone), now)
    follow_up = FollowUp(
        id=new_id(),
        tenant_id=turn.tenant_id,
        conversation_id=turn.conversation_id,
        due_at=due_at.astimezone(UTC),
        topic=arguments.topic,
    )
    session.add(follow_up)
    await session.flush()
    start = due_at.isoformat()
    result = {"follow_up_id": str(follow_up.id), "due_at": start, "spoken": spoken(due_at, tenant.locale)}
    return Effect(result, [done(turn, "follow_up_scheduled", "schedule_follow_up", start=start)])


def _local_start(moment: Moment) -> datetime:
    """When to write: the hour that was said, else the start of the part of day, else the morning."""
    if moment.start is not None:
        return moment.start
    day = datetime.combine(moment.day or moment.earliest.date(), time())
    return max(moment.earliest, day + timedelta(minutes=moment.window[0] or _MORNING_MINUTE))


async def _save(session: AsyncSession, turn: TurnScope, arguments: DetailArguments) -> Effect:
    key, value = arguments.key.strip().lower(), arguments.value.strip()
    source = TOOL if arguments.confidence == 1 else MODEL
    if not await save_detail(session, turn.contact_id, key, value, source, arguments.confidence):
        reason = "Something surer stands there already, or you were not sure: then a person of the business decides."
        return Effect({"saved": False, "reason": reason})
    return Effect({"saved": True}, [done(turn, "detail_saved", "save_contact_detail")])


async def _hand_off(session: AsyncSession, turn: TurnScope, arguments: HandOffArguments) -> Effect:
    summary = f"{arguments.reason}\n{arguments.summary}".strip()
    handoff_id: UUID | None = await open_handoff(session, turn.conversation_id, turn.turn_id, "requested", summary)
    if handoff_id is None:
        handoff_id = await open_handoff_of(session, turn, summary)
    return Effect({"handoff_id": str(handoff_id)}, [done(turn, "handed_off", "hand_off")])

"""What concerns the conversation itself: following up, remembering, handing over to a person."""

from typing import Any

from pydantic import Field

from agent.tools.base import Arguments, Counter, NoArguments, tool


class ScheduleFollowUp(Arguments):
    when: str = Field(max_length=200, description="The customer's own words about day and hour. Never compute a date.")
    topic: str = Field(max_length=200, description="What it is about, in a few words in the customer's language.")


class SaveContactDetail(Arguments):
    key: str = Field(
        max_length=50, description="`name`, the key of a field on the customer's card, or a short word such as size."
    )
    value: str = Field(max_length=500, description="As the customer said it; for a field, what its kind takes.")
    confidence: float = Field(
        default=1.0, ge=0, le=1, description="Leave out for what they said; below 1 for what you conclude from it."
    )


class RememberContact(Arguments):
    proposal_id: str | None = Field(
        default=None, description="Of the question they said yes to; leave out if they said it unasked."
    )


class HandOff(Arguments):
    reason: str = Field(max_length=200, description="Why a person is needed, in a few words.")
    summary: str = Field(max_length=2000, description="What a colleague must know to continue without asking again.")


@tool("write")
async def schedule_follow_up(counter: Counter, arguments: ScheduleFollowUp) -> dict[str, Any]:
    """Writes. Sends the customer a short reminder at that time, unless they write before."""
    return await counter.ask("schedule_follow_up", arguments.model_dump())


@tool("write")
async def save_contact_detail(counter: Counter, arguments: SaveContactDetail) -> dict[str, Any]:
    """Writes. Keeps a detail about the customer that the business will need again."""
    return await counter.ask("save_contact_detail", arguments.model_dump(exclude_defaults=True))


@tool("write")
async def ask_to_remember(counter: Counter, arguments: NoArguments) -> dict[str, Any]:
    """Writes. Lets you ask, in this very message and once only, whether the business may keep what they tell for the
    next time. Makes a proposal."""
    return await counter.ask("ask_to_remember", {})


@tool("irreversible")
async def remember_contact(counter: Counter, arguments: RememberContact) -> dict[str, Any]:
    """Writes. Notes that the customer agreed that details are kept: after their yes to your question in a later
    message, or when they ask for it in so many words."""
    return await counter.ask("remember_contact", arguments.model_dump(exclude_none=True))


@tool("write")
async def forget_contact_details(counter: Counter, arguments: NoArguments) -> dict[str, Any]:
    """Writes. Forgets, at once, the details learnt about the customer, and keeps none from then on. For "forget me",
    "olvida mis datos", "esqueça meus dados". Orders and bookings stay."""
    return await counter.ask("forget_contact_details", {})


@tool("write")
async def hand_off(counter: Counter, arguments: HandOff) -> dict[str, Any]:
    """Writes. Gives the conversation to a person of the business, who answers from here on."""
    return await counter.ask("hand_off", arguments.model_dump())

"""What is paid: an order and where it stands, and the deposit of a booking."""

import re
from collections.abc import Mapping
from typing import Any

from agent.offline.briefing import Proposal
from agent.offline.ordering import quote, quoted_lines
from agent.offline.slots import address
from agent.offline.talk import Talk
from agent.offline.text import fold

ADDRESS_TURNS = 4
"""Turns back in which an address was told for the order that is agreed to."""
STREET = re.compile(
    r"\b(?:calle|avenida|av|calz|calzada|colonia|blvd|boulevard|rua|alameda|travessa|street|st|avenue|ave|road|rd)\b.*\d"
)


def accept(talk: Talk, proposal: Proposal) -> str:
    """The customer said yes: place the order and send the link."""
    told = (
        address(turn.text, talk.phrases) for turn in talk.thread.turns[: -ADDRESS_TURNS - 1 : -1] if _where(turn.text)
    )
    delivery = address(talk.text, talk.phrases) or next(told, None)
    placed = talk.use("place_order", proposal_id=proposal.id, delivery=delivery)
    if placed.failed:
        return talk.say("ask_yes_no") if "Nothing was done" in placed.complaint else renew(talk)
    done = placed.result
    lines = [talk.say("placed", code=done["code"], total=talk.price(done["total"], done.get("currency")))]
    link = talk.use("send_payment_link", order_code=done["code"], proposal_id=proposal.id)
    if link.failed:
        return "\n".join([*lines, talk.say("link_later"), talk.say("ask_person")])
    return "\n".join([*lines, talk.say("link", url=link.result["url"]), talk.say("after_link")])


def tells_address(talk: Talk) -> bool:
    """Whether the words are where to send what was quoted."""
    return _where(talk.text) and "?" not in talk.text and address(talk.text, talk.phrases) is not None


def deliver_to(talk: Talk) -> str:
    """An address came before the yes: it is kept for the order, and the question stands."""
    return f"{talk.say('address_noted')} {talk.say('ask_order')}"


def _where(text: str) -> bool:
    return STREET.search(fold(text)) is not None


def renew(talk: Talk) -> str:
    """The proposal is no longer good: quote the same again, and ask again."""
    lines = quoted_lines(talk)
    if not lines:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    return quote(talk, lines, "quote_renewed")


def status(talk: Talk) -> str:
    """Where the latest order stands."""
    found = talk.use("order_status")
    if found.failed or not found.result.get("code"):
        return talk.say("no_order")
    return _state(talk, found.result)


def pay(talk: Talk) -> str:
    """The payment link of an order that is not paid yet."""
    found = talk.use("order_status")
    if found.failed or not found.result.get("code"):
        return talk.say("no_order")
    card = found.result
    if card.get("status") != "pending_payment":
        return _state(talk, card)
    link = talk.use("send_payment_link", order_code=card["code"])
    if link.failed:
        return f"{talk.say('link_later')} {talk.say('ask_person')}"
    total = talk.price(card["total"], card.get("currency"))
    return talk.say("link_again", code=card["code"], total=total, url=link.result["url"])


def total(talk: Talk) -> str:
    """What the quote that waits for an answer comes to."""
    details = talk.pending.details if talk.pending else {}
    if "total" not in details:
        return renew(talk)
    return (
        f"*{talk.say('total')}: {talk.price(int(details['total']), details.get('currency'))}*\n{talk.say('ask_order')}"
    )


def deposit(talk: Talk) -> str:
    """Where the deposits of the upcoming bookings stand, with the link of those that are due."""
    cards = [card for card in talk.use("my_bookings").result.get("bookings") or [] if card.get("deposit")]
    return "\n".join(_deposit(talk, card) for card in cards) or talk.say("no_deposit")


def deposit_link(talk: Talk, card: Mapping[str, Any]) -> list[str]:
    """The lines about a booking's deposit that is due: its link, and until when; none if none is due."""
    if card.get("deposit", {}).get("status") != "due":
        return []
    link = talk.use("send_payment_link", booking_code=card["code"])
    if link.failed:
        return [talk.say("link_later"), talk.say("ask_person")]
    found = link.result
    lines = [talk.say("deposit_link", url=found["url"], **_amount(talk, card))]
    if found.get("pay_until"):
        lines.append(talk.say("deposit_until", spoken=talk.moment(found, "pay_until")))
    return [*lines, talk.say("after_link")]


def deposit_when_cancelled(talk: Talk, card: Mapping[str, Any]) -> list[str]:
    """What becomes of a paid deposit with the cancellation."""
    outcome = card.get("deposit", {}).get("when_cancelled")
    return [talk.say(f"deposit_{outcome}", amount=_amount(talk, card)["amount"])] if outcome else []


def _deposit(talk: Talk, card: Mapping[str, Any]) -> str:
    due = "\n".join(deposit_link(talk, card))
    return due or talk.say(f"deposit_{card['deposit']['status']}", **_amount(talk, card))


def _amount(talk: Talk, card: Mapping[str, Any]) -> dict[str, str]:
    told = card["deposit"]
    return {"code": str(card["code"]), "amount": talk.price(told["amount"], told["currency"])}


def cancelling(talk: Talk) -> str:
    """An order cannot be cancelled with the tools there are."""
    return f"{talk.say('cancel_order')} {talk.say('ask_person')}"


def _state(talk: Talk, card: dict[str, Any]) -> str:
    wording = talk.say(f"order_{card['status']}") if f"order_{card['status']}" in talk.voice else card["status"]
    return talk.say("order", code=card["code"], total=talk.price(card["total"], card.get("currency")), status=wording)

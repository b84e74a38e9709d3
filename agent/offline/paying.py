"""After the quote: the order, its payment and where it stands."""

import re
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


def cancelling(talk: Talk) -> str:
    """An order cannot be cancelled with the tools there are."""
    return f"{talk.say('cancel_order')} {talk.say('ask_person')}"


def _state(talk: Talk, card: dict[str, Any]) -> str:
    wording = talk.say(f"order_{card['status']}") if f"order_{card['status']}" in talk.voice else card["status"]
    return talk.say("order", code=card["code"], total=talk.price(card["total"], card.get("currency")), status=wording)

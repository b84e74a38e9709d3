"""Bookings that exist: confirming what is held, listing, moving, cancelling."""

import re
from typing import Any, NamedTuple

from agent.offline.booking import Card, book, held_reply, named, refused
from agent.offline.briefing import Proposal
from agent.offline.intents import classify
from agent.offline.moments import choose
from agent.offline.paying import deposit_link, deposit_when_cancelled
from agent.offline.reading import Step
from agent.offline.talk import Talk
from agent.offline.text import fold

CODE = re.compile(r"\b(?=[a-z]*\d)(?=\d*[a-z])[2-9bcdfghjkmnpqrstvwxyz]{6}\b")
"""What looks like a booking's code, in folded text."""


def accept(talk: Talk, proposal: Proposal) -> str:
    """The customer said yes to a slot, a move or a cancellation."""
    tool = next(tool for tool in ("confirm_booking", "reschedule_booking", "cancel_booking") if tool in proposal.covers)
    if tool == "cancel_booking":
        return _cancel_for_good(talk, proposal)
    done = talk.use(tool, proposal_id=proposal.id)
    if done.failed:
        return talk.say("ask_yes_no") if "Nothing was done" in done.complaint else renew(talk)
    card = done.result
    key = "booked" if tool == "confirm_booking" else "moved"
    fields = {"spoken": talk.moment(card), "with_staff": talk.with_staff(card), "code": card["code"]}
    said = talk.say(key, **fields, **({"service": card["service"]} if key == "booked" else {}))
    return "\n".join([said, *(deposit_link(talk, card) if key == "booked" else [])])


def renew(talk: Talk) -> str:
    """The hold is no longer good: look for the same again."""
    last = _last_hold(talk)
    if last is None:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    start = str(last.result.get("start") or last.arguments["when"])
    again = talk.use("find_and_hold_slot", **{**last.arguments, "when": start})
    key = "renewed" if again.result.get("status") == "held" else "slot_lost"
    return f"{talk.say(key)}\n{held_reply(talk, again, why=False)}"


def mine(talk: Talk) -> str:
    """The customer's upcoming bookings."""
    cards = _bookings(talk)
    if not cards:
        return f"{talk.say('no_bookings')} {talk.say('help_both' if talk.sells else 'help_appointments')}"
    return "\n".join([talk.say("your_bookings"), *(_booking_line(talk, card) for card in cards)])


def reschedule(talk: Talk) -> str:
    """Move a booking: which one, to when, and ask."""
    found = _which_booking(talk)
    return found if isinstance(found, str) else book(talk, move=found)


def cancel(talk: Talk) -> str:
    """Prepare a cancellation, or that of all there are, and ask."""
    cards = _bookings(talk)
    if len(cards) > 1 and re.search(rf"\b(?:{talk.phrases.all_of_them})\b", fold(talk.text)):
        prepared = [_prepared(talk, card) for card in cards]
    else:
        found = _which_booking(talk)
        if isinstance(found, str):
            return found
        prepared = [_prepared(talk, found)]
    told = [one.told for one in prepared if one.told]
    if any(one.to_be_asked for one in prepared):
        told.append(talk.say("ask_cancel"))
    return "\n".join(told) or f"{talk.say('problem')} {talk.say('ask_person')}"


class _Prepared(NamedTuple):
    """What is said of one cancellation, '' if it failed, and whether it awaits a yes."""

    told: str
    to_be_asked: bool


def _prepared(talk: Talk, booking: Card) -> _Prepared:
    prepared = talk.use("cancel_booking", booking_code=booking["code"])
    if prepared.failed:
        return _Prepared("", False)
    if prepared.result.get("status") == "refused":
        return _Prepared(refused(talk, prepared.result), False)
    card = {**booking, **prepared.result}
    told = talk.say(
        "cancelling",
        service=card["service"], with_staff=talk.with_staff(card), spoken=talk.moment(card), code=card["code"],
    )  # fmt: skip
    return _Prepared("\n".join([told, *deposit_when_cancelled(talk, card)]), True)


def meant_before(talk: Talk) -> str:
    """`cancel` or `reschedule`: what the customer wanted when we asked which booking."""
    earlier = classify(talk.last.said, talk.phrases)
    return "cancel" if "cancel" in earlier else "reschedule"


def _last_hold(talk: Talk) -> Step | None:
    held = [step for turn in talk.thread.past for step in turn.results("find_and_hold_slot")]
    return held[-1] if held else None


def _bookings(talk: Talk) -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = talk.use("my_bookings").result.get("bookings") or []
    return cards


def _booking_line(talk: Talk, card: Card) -> str:
    return talk.say(
        "booking_line",
        spoken=talk.moment(card), service=card["service"], with_staff=talk.with_staff(card), code=card["code"],
    )  # fmt: skip


def _which_booking(talk: Talk) -> Card | str:
    """The booking that is meant, or the question which."""
    cards = _bookings(talk)
    if not cards:
        return mine(talk)
    heard = fold(talk.text)
    by_code = [card for card in cards if fold(str(card["code"])) in heard]
    if not by_code and CODE.search(heard):
        return f"{talk.say('code_unknown')}\n{_ask_which(talk, cards)}"
    if len(cards) == 1:
        return cards[0]
    by_service = [card for card in cards if any(s["name"] == card["service"] for s in named(talk, talk.text))]
    for found in (by_code, by_service):
        if len(found) == 1:
            return found[0]
    if talk.asked == "ask_booking" and (chosen := choose(talk, talk.text, cards)):
        return chosen
    return _ask_which(talk, cards)


def _ask_which(talk: Talk, cards: list[dict[str, Any]]) -> str:
    return "\n".join(
        [talk.say("your_bookings"), *(_booking_line(talk, card) for card in cards), "", talk.say("ask_booking")]
    )


def _cancel_for_good(talk: Talk, proposal: Proposal) -> str:
    """All that was asked about together: a newer question withdraws older ones."""
    asked = [one for one in talk.briefing.proposals if one.answerable and "cancel_booking" in one.covers]
    told = []
    for one in asked or [proposal]:
        prepared = [step.arguments.get("booking_code") for step in talk.history("cancel_booking")]
        code = one.details.get("code") or (prepared[-1] if prepared else None)
        done = talk.use("cancel_booking", booking_code=str(code), proposal_id=one.id)
        if done.failed:
            told.append(talk.say("ask_yes_no") if "Nothing was done" in done.complaint else talk.say("problem"))
        else:
            told.append(talk.say("cancelled", code=done.result.get("code", code)))
            told += deposit_when_cancelled(talk, {"code": code, **done.result})
    return "\n".join(dict.fromkeys(told))

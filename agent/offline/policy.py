"""What to do next with a turn: which play it is, and what its first reply adds.

Order of the rules: a stopped draft, things that are no text, a person asked for, an answer to what we proposed, an open
question of ours, then what the words are about, products before small talk.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from agent.offline import (
    attending,
    booking,
    changing,
    choosing,
    diary,
    ordering,
    paying,
    remembering,
    shopping,
    talking,
    waiting,
)
from agent.offline.briefing import Proposal
from agent.offline.intents import agrees, refuses
from agent.offline.moments import wish
from agent.offline.products import shown_names
from agent.offline.reading import read
from agent.offline.slots import content_words, quantity, when
from agent.offline.talk import CONSENT, Talk, Wanted

Play = Callable[[Talk], str]
TOLD_TO_SAY = re.compile(r'Say instead: "([^"\n]+)"')
QUOTED = re.compile(r"[\"“«']([^\"”»'\n]{1,80})[\"”»']")
OFFER_A_PERSON = "offer a person"
ORDER_QUESTIONS = ("ask_order",)
SLOT_QUESTIONS = ("ask_book", "ask_move")
ASIDES = (
    talking.unclear,
    talking.greet,
    talking.unknown_fact,
    talking.fine,
    shopping.browse,
    choosing.price,
)
"""Plays that have nothing to add to a fact that was asked for."""
WHOLE = (
    talking.hand_off,
    talking.complain,
    talking.others,
    talking.unreadable,
    remembering.forget,
    remembering.agreed,
    remembering.detail,
    attending.confirm,
)
"""Plays beside which no fact is told."""
REMINDED = (talking.unreadable, talking.languages, talking.bot)
"""Plays after which what still waits for an answer is asked again."""
WISHES = (
    *("ask_want", "ask_which", "ask_variant", "ask_fewer", "ask_take"),
    *("ask_slot", "ask_service", "ask_when", "ask_booking", "ask_new_when"),
)
"""Questions about what the customer would like; a no drops the matter."""
DECLINABLE = ("ask_person", "ask_wait", *WISHES, *ORDER_QUESTIONS, *SLOT_QUESTIONS)


@dataclass(frozen=True)
class Move:
    """Words for the customer, or a tool to call."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] | None = None


def decide(messages: Sequence[BaseMessage], tools: Sequence[str]) -> Move:
    """The next move. Without tools at hand it says what it can."""
    talk = Talk(read(messages), frozenset(tools))
    try:
        text = respond(talk)
    except Wanted as wanted:
        return Move(tool=wanted.tool, arguments=wanted.arguments)
    return Move(careful(talk, text) if talk.thread.draft else text)


def respond(talk: Talk) -> str:
    """The whole reply: the greeting of a first reply, a name that was told, facts asked for, and the main thing."""
    parts = [talking.hello(talk)] if talk.first else []
    if talk.text and talk.turn.media:
        parts.append(talking.unseen(talk))
    if met := talking.save_name(talk):
        parts.append(met)
    play = choose(talk)
    told = talking.facts(talk) if play not in WHOLE and not _answers(talk) else []
    reminder = _reminder(talk)
    if told and play in ASIDES:
        return "\n\n".join([*parts, *told, *reminder])
    reply = play(talk)
    if play is talking.hours:
        told = [*told, reply]
        return "\n\n".join([*parts, *told, *reminder])
    if play in REMINDED:
        return "\n\n".join([*parts, reply, *reminder])
    if play is talking.unclear and (met or reminder):
        reply = " ".join([talk.say("unclear"), *reminder]) if reminder else talking.offer(talk)
    return "\n\n".join([*parts, *told, reply])


def _reminder(talk: Talk) -> list[str]:
    """After an aside, what still waits for an answer."""
    proposal = talk.pending
    if proposal is None or not any(talk.question(turn) in CONSENT for turn in talk.thread.past[-2:]):
        return []
    return [talk.say(question) for question, tool in CONSENT.items() if tool in proposal.covers]


def choose(talk: Talk) -> Play:
    """The main thing a turn is about."""
    intents = talk.intents
    if not talk.text:
        return talking.unreadable if talk.turn.media else talking.offer if talk.name else talking.greet
    if "complaint" in intents and "pay_link" not in intents:
        return talking.complain
    if "human" in intents:
        return talking.hand_off
    if "others" in intents:
        return talking.others
    if (kept := remembering.play(talk)) is not None:
        return kept
    if attending.comes(talk):
        return attending.confirm
    if (answer := _answer(talk)) is not None:
        return answer
    for rule in (choosing.general, choosing.appointments, choosing.sales, choosing.small_talk):
        if (play := rule(talk)) is not None:
            return play
    return choosing.last_resort(talk)


def careful(talk: Talk, text: str) -> str:
    """After a stopped draft: what the business wants said instead, or the reply without the lines that held what was
    not supported."""
    if text.strip() != talk.thread.draft.strip():
        return text
    greeting = talking.hello(talk) if talk.first else ""
    if told := TOLD_TO_SAY.search(talk.thread.faults):
        return f"{greeting}\n\n{told[1]}".strip()
    body = text.removeprefix(greeting).strip()
    faulty = [quote for quote in QUOTED.findall(talk.thread.faults) if quote in body]
    kept = [line for line in body.splitlines() if not any(quote in line for quote in faulty)]
    rest = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    if OFFER_A_PERSON in talk.thread.faults or not faulty or len(rest) <= len(body) // 3:
        rest = f"{talk.say('careful')} {talk.say('ask_person')}"
    return f"{greeting}\n\n{rest}".strip()


def _answers(talk: Talk) -> bool:
    """Whether the turn is an answer to a proposal; then facts are not what it is about."""
    return talk.pending is not None and bool(talk.intents & {"yes", "no"})


def _answer(talk: Talk) -> Play | None:
    """A yes or a no to what we asked last."""
    proposal = talk.pending
    if agrees(talk.turn.said, talk.intents, talk.phrases, talk.asked):
        if proposal is not None and (talk.asked in (*CONSENT, "ask_yes_no") or talk.offered_by_notice(proposal)):
            if "place_order" in proposal.covers and _another_count(talk, proposal):
                return changing.amend
            return booking.book if _changes_the_time(talk, proposal) else _accept(proposal)
        bare = not content_words(talk.text, talk.phrases)
        if talk.asked == "ask_person" and bare:
            return talking.hand_off
        if talk.asked == "ask_wait":
            return waiting.join
        if talk.asked == "ask_want" and bare and shown_names(talk):
            return ordering.order
        if talk.asked in ORDER_QUESTIONS and proposal is None:
            return paying.renew
        if talk.asked in SLOT_QUESTIONS and proposal is None:
            return diary.renew
        if talk.asked == "ask_else" and bare and "thanks" not in talk.intents:
            return talking.offer
        if talk.asked in ("ask_slot", "ask_clock") or (talk.asked in ("ask_service", "ask_when") and bare):
            return booking.book
        if proposal is not None and not talk.asked and _reminder(talk):
            return lambda talk: _reminder(talk)[0]
    if proposal is not None and "place_order" in proposal.covers and paying.tells_address(talk):
        return paying.deliver_to
    if proposal is not None and "pay_link" in talk.intents and "place_order" in proposal.covers:
        return _accept(proposal)
    expecting = proposal is not None or talk.asked in DECLINABLE
    if expecting and refuses(talk.turn.said, talk.intents, talk.phrases) and not _new_wish(talk):
        return waiting.offer if waiting.suits_nothing(talk) else talking.declined
    return None


def _accept(proposal: Proposal) -> Play:
    play = paying.accept if "place_order" in proposal.covers else diary.accept
    return lambda talk: play(talk, proposal)


def _changes_the_time(talk: Talk, proposal: Proposal) -> bool:
    """Whether a yes comes with another time than the one held."""
    if "place_order" in proposal.covers or (words := when(talk.text, talk.phrases)) is None:
        return False
    searches = [step for turn in talk.thread.past for step in turn.results("find_and_hold_slot")]
    held = [booking.starts(step) for step in searches if step.result.get("start")]
    return bool(held) and not wish(talk, words).fits(held[-1])


def _another_count(talk: Talk, proposal: Proposal) -> bool:
    """Whether a yes comes with a number that the quote does not have: `ok, but three`."""
    count = quantity(talk.text, talk.phrases)
    lines = proposal.details.get("lines") or []
    return count is not None and count not in (len(lines), *(line.get("quantity") for line in lines))


def _new_wish(talk: Talk) -> bool:
    """Whether a no brings something to do instead."""
    if quantity(talk.text, talk.phrases) is not None or when(talk.text, talk.phrases) is not None:
        return True
    if talk.intents & {"price", "stock", "cancel", "reschedule", "wait", "unwait"}:
        return True
    if talk.intents & {"order", "search"} and content_words(talk.text, talk.phrases):
        return True
    return changing.changes(talk) if talk.sells else booking.other_person(talk)

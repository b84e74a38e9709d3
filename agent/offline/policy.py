"""What to do next with a turn: which play it is, and what its first reply adds.

Order of the rules: a stopped draft, things that are no text, a person asked for, an answer to what we proposed, an open
question of ours, then what the words are about, products before small talk.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from agent.offline import booking, changing, diary, ordering, shopping, talking
from agent.offline.briefing import Proposal
from agent.offline.intents import agrees, refuses, topics
from agent.offline.moments import wish
from agent.offline.products import best_match, in_view, known, names_of, pick, shown_names, wanted_terms
from agent.offline.reading import read
from agent.offline.slots import Item, content_words, limit, nonsense, quantity, when
from agent.offline.talk import CONSENT, Talk, Wanted
from agent.offline.text import coverage, fold, unaccented

Play = Callable[[Talk], str]
QUOTED = re.compile(r"[\"“«']([^\"”»'\n]{1,80})[\"”»']")
ORDER_QUESTIONS = ("ask_order",)
SLOT_QUESTIONS = ("ask_book", "ask_move")
MOVING = re.compile(r"\b(?:cambi|mud|mover|muev|pas[ae]|troc|change|move|shift|switch)\w*")
DECLINABLE = ("ask_person", "ask_want", "ask_slot", "ask_which", *ORDER_QUESTIONS, *SLOT_QUESTIONS)


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
    if met := talking.save_name(talk):
        parts.append(met)
    play = choose(talk)
    told = talking.facts(talk) if play not in (talking.hand_off, talking.unreadable) and not _answers(talk) else []
    reminder = _reminder(talk)
    if told and play in (talking.unclear, talking.greet, shopping.browse, talking.unknown_fact, talking.fine, _price):
        return "\n\n".join([*parts, *told, *reminder])
    reply = play(talk)
    if play is talking.hours:
        told = [*told, reply]
        return "\n\n".join([*parts, *told, *reminder])
    if play is talking.unclear and met:
        reply = talking.offer(talk)
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
    if "human" in intents:
        return talking.hand_off
    if (answer := _answer(talk)) is not None:
        return answer
    for rule in (_general, _appointments, _sales, _small_talk):
        if (play := rule(talk)) is not None:
            return play
    return _last_resort(talk)


def careful(talk: Talk, text: str) -> str:
    """After a stopped draft: the reply without the lines that held what was not supported."""
    if text.strip() != talk.thread.draft.strip():
        return text
    faulty = [quote for quote in QUOTED.findall(talk.thread.faults) if quote in text]
    kept = [line for line in text.splitlines() if not any(quote in line for quote in faulty)]
    rest = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    if faulty and len(rest) > len(text) // 3:
        return rest
    return f"{talk.say('careful')} {talk.say('ask_person')}"


def _answers(talk: Talk) -> bool:
    """Whether the turn is an answer to a proposal; then facts are not what it is about."""
    return talk.pending is not None and bool(talk.intents & {"yes", "no"})


def _answer(talk: Talk) -> Play | None:
    """A yes or a no to what we asked last."""
    proposal = talk.pending
    if agrees(talk.turn.said, talk.intents, talk.phrases, talk.asked):
        if proposal is not None and talk.asked in (*CONSENT, "ask_yes_no"):
            if "place_order" in proposal.covers and _another_count(talk, proposal):
                return changing.amend
            return booking.book if _changes_the_time(talk, proposal) else _accept(proposal)
        if talk.asked == "ask_person":
            return talking.hand_off
        if talk.asked == "ask_want" and shown_names(talk):
            return ordering.order
        if talk.asked in ORDER_QUESTIONS and proposal is None:
            return ordering.renew
        if talk.asked in SLOT_QUESTIONS and proposal is None:
            return diary.renew
        if talk.asked == "ask_else":
            return talking.offer
        if talk.asked in ("ask_slot", "ask_clock"):
            return booking.book
        if proposal is not None and not talk.asked and _reminder(talk):
            return lambda talk: _reminder(talk)[0]
    if proposal is not None and "pay_link" in talk.intents and "place_order" in proposal.covers:
        return _accept(proposal)
    waiting = proposal is not None or talk.asked in DECLINABLE
    if waiting and refuses(talk.turn.said, talk.intents, talk.phrases) and not _new_wish(talk):
        return talking.declined
    return None


def _accept(proposal: Proposal) -> Play:
    play = ordering.accept if "place_order" in proposal.covers else diary.accept
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
    if talk.intents & {"order", "search", "price", "stock", "cancel", "reschedule"}:
        return True
    return changing.changes(talk) if talk.sells else booking.other_person(talk)


def _general(talk: Talk) -> Play | None:
    intents = talk.intents
    if "follow_up" in intents or talk.asked == "ask_remind_when":
        return talking.follow_up if talk.can("schedule_follow_up") else None
    if "bot" in intents:
        return talking.bot
    if "languages" in intents:
        return talking.languages
    return None


def _appointments(talk: Talk) -> Play | None:
    if not talk.books:
        return None
    intents, asked = talk.intents, talk.asked
    if asked == "ask_booking":
        return diary.cancel if diary.meant_before(talk) == "cancel" else diary.reschedule
    if ("reschedule" in intents or _moves(talk)) and not _settling(talk):
        return diary.reschedule
    if "cancel" in intents and not _asks_for_a_rule(talk) and not (talk.sells and "order_status" in intents):
        return diary.cancel
    if "my_bookings" in intents:
        return diary.mine
    if asked == "ask_new_when" and not _last_hold_had_code(talk):
        return diary.reschedule
    if booking.about_time(talk) or (_settling(talk) and booking.other_person(talk)):
        return booking.book
    if asked == "ask_service" and booking.named(talk, talk.text):
        return booking.book
    if "hours" in intents and "book" not in intents:
        return talking.hours
    if topics(talk.text) and "book" not in intents and when(talk.text, talk.phrases) is None:
        return talking.unclear if talking.facts(talk) else talking.unknown_fact
    if "services" in intents and not talk.sells:
        return booking.menu
    named = booking.named(talk, talk.text) if content_words(talk.text, talk.phrases) else []
    if "price" in intents and (named or booking.settling(talk)):
        return booking.menu
    if "book" in intents or named:
        return booking.book
    if when(talk.text, talk.phrases) is not None and not talk.sells:
        return booking.book
    return booking.menu if "services" in intents or ("price" in intents and not talk.sells) else None


def _sales(talk: Talk) -> Play | None:
    if not talk.sells:
        return None
    intents, asked = talk.intents, talk.asked
    if intents & {"paid", "order_status"}:
        return ordering.status
    if "cancel" in intents and not _asks_for_a_rule(talk):
        return talking.declined if talk.pending else ordering.cancelling
    if "pay_link" in intents:
        return ordering.pay
    if asked == "ask_line":
        return changing.amend
    quoted = asked == "ask_order" or (talk.pending is not None and "place_order" in talk.pending.covers)
    if limit(talk.text, talk.phrases) is not None and "order" not in intents:
        return shopping.browse
    settling = asked in ("ask_variant", "ask_fewer") and not intents & {"price", "thanks", "bye", "compare"}
    if settling and not topics(talk.text) and ordering.settles(talk):
        return ordering.order
    if quoted and (intents & {"add", "remove", "replace"} or changing.changes(talk)):
        return changing.amend
    if "hours" in intents:
        return talking.hours
    words = content_words(talk.text, talk.phrases)
    if "compare" in intents:
        return shopping.compare
    if asked == "ask_want" and not intents & {"price", "stock", "search", "question"} and _settles_variant(talk):
        return ordering.order
    if asked in ("ask_which", "ask_take") and (
        _points_at_shown(talk) or (ordering.continues(talk) and ordering.settles(talk))
    ):
        return ordering.order if not intents & {"price", "stock", "question"} else _price
    asks = intents & {"price", "stock"} and "question" in intents
    if "order" in intents and not asks and (not topics(talk.text) or _names_a_product(talk)):
        return ordering.order
    if "discount" in intents:
        return talking.discount
    if "total" in intents:
        quoted_now = talk.pending is not None and "place_order" in talk.pending.covers
        return ordering.total if quoted_now else ordering.status
    if re.search(rf"\b(?:{talk.phrases.cheap})", unaccented(talk.text)) and not words and shown_names(talk):
        return shopping.browse
    if intents & {"price", "stock"} and not (topics(talk.text) and talking.facts(talk)):
        return _price
    if topics(talk.text) and "search" not in intents:
        return talking.unclear if talking.facts(talk) else talking.unknown_fact
    if intents & {"search", "more"} and words and not nonsense(words):
        return shopping.browse
    return None


def _small_talk(talk: Talk) -> Play | None:
    intents = talk.intents
    words = content_words(talk.text, talk.phrases)
    if words and not nonsense(words) and not intents & {"thanks", "bye", "hours"} and (talk.sells or len(words) > 2):
        return None
    for name, play in (
        ("hours", talking.hours),
        ("discount", talking.discount),
        ("thanks", talking.thanks),
        ("bye", talking.bye),
        ("no", talking.declined),
        ("greet", talking.greet),
        ("yes", talking.fine),
    ):
        if name in intents:
            return play
    return None


def _last_resort(talk: Talk) -> Play:
    """Words without a known intent: a fact's key, a product, or a question back."""
    words = content_words(talk.text, talk.phrases)
    if topics(talk.text):
        return talking.unclear if talking.facts(talk) else talking.unknown_fact
    if words and all(word.isdigit() for word in words) and not (talk.sells and _points_at_shown(talk)):
        return talking.unclear
    if words and (fact := talking.fact_by_words(talk, words)):
        return lambda _: fact
    if "search" in talk.intents and not words and talk.sells:
        return talking.greet
    if talk.sells and words and not nonsense(words) and len(words) <= 8:
        return _price if _points_at_shown(talk) else _wish
    return talking.greet if "greet" in talk.intents else talking.unclear


def _price(talk: Talk) -> str:
    """A question about one product, else a search for what it names."""
    return shopping.look(talk) or shopping.browse(talk)


def _wish(talk: Talk) -> str:
    """Bare words: a product down to its size and color is ordered, anything else is looked for."""
    found = pick(talk, Item(talk.text, None, None))
    several = found.card is not None and len(found.card["variants"]) > 1
    return ordering.order(talk) if found.variant is not None and several else shopping.browse(talk)


def _points_at_shown(talk: Talk) -> bool:
    """Whether the words name one of the products in view, by place or by name."""
    from_list = ordering.place(talk) is not None
    return from_list or len(best_match(in_view(talk), wanted_terms(talk, talk.text))) == 1


def _names_a_product(talk: Talk) -> bool:
    """Whether an order comes with a product, beside the question it also asks."""
    if quantity(talk.text, talk.phrases) is not None or _points_at_shown(talk):
        return True
    return len(best_match(list(known(talk).values()), wanted_terms(talk, talk.text))) == 1


def _settles_variant(talk: Talk) -> bool:
    """Whether the words are options of the one product in view: `talla 27, negro`."""
    cards = in_view(talk)
    terms = wanted_terms(talk, talk.text)
    return len(cards) == 1 and coverage(terms, names_of(cards[0])) == 1


def _settling(talk: Talk) -> bool:
    """Whether a slot is being settled, so that "change it to five" is about that slot."""
    return talk.asked in ("ask_slot", "ask_book", "ask_move", "ask_clock", "ask_when", "ask_new_when")


def _moves(talk: Talk) -> bool:
    """`change the haircut to Tuesday`: a verb of moving and a time, from somebody who has a booking; right after they
    booked, a time alone."""
    if when(talk.text, talk.phrases) is None:
        return False
    if talk.last.results("confirm_booking", "reschedule_booking"):
        return "book" not in talk.intents and not booking.named(talk, talk.text)
    booked = any(noun == "booking" for noun, _ in talk.briefing.cards)
    return booked and MOVING.search(fold(talk.text)) is not None


def _asks_for_a_rule(talk: Talk) -> bool:
    return "cancellation" in topics(talk.text) and bool(talking.facts(talk))


def _last_hold_had_code(talk: Talk) -> bool:
    searches = talk.last.results("find_and_hold_slot")
    return bool(searches) and "booking_code" in searches[-1].arguments

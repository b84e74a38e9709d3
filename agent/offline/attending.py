"""Answers to a reminder of a booking: they come. Who does not come cancels or moves, as at any other time."""

import re
from collections.abc import Mapping
from typing import Final

from agent.offline.intents import CHANGES, agrees
from agent.offline.language import Language
from agent.offline.talk import Talk
from agent.offline.text import fold

COMING: Final[Mapping[Language, re.Pattern[str]]] = {
    "es": re.compile(
        r"\b(?:(?:ahi|alli|alla|aca) (?:estare|estaremos|estoy|voy|vamos|nos vemos)|(?:ahi|alla) te veo|nos vemos|"
        r"cuent[ae]n? conmigo|confirm(?:o|ada|ado|amos)|(?:si )?(?:voy|vamos|ire|iremos|asisto|asistire|asistiremos))\b"
    ),
    "pt": re.compile(
        r"\b(?:(?:estarei|estaremos|vou estar|estou) (?:la|ai)|la estarei|pode contar comigo|confirm(?:o|ada|ado|amos)|"
        r"(?:sim )?(?:vou|vamos|irei|iremos|compareco|comparecerei)|ate (?:la|amanha|logo))\b"
    ),
    "en": re.compile(
        r"\b(?:(?:i|we) (?:will|ll|shall) (?:be there|come|attend|make it)|see you|count (?:me|us) in|"
        r"(?:i am|i m|we are|we re) coming|confirm(?:ed)?)\b"
    ),
}


def awaited(talk: Talk) -> bool:
    """Whether the last word of ours is a notice, and a booking was reminded of and not answered for."""
    return talk.turn.notified and any(card.get("attendance") == "asked" for _, card in talk.briefing.cards)


def comes(talk: Talk) -> bool:
    """Whether the words say yes to the reminder, and nothing else."""
    if not awaited(talk) or not talk.can("confirm_attendance"):
        return False
    if talk.intents & {"no", "question", *CHANGES}:
        return False
    return (
        agrees(talk.turn.said, talk.intents, talk.phrases) or COMING[talk.language].search(fold(talk.text)) is not None
    )


def confirm(talk: Talk) -> str:
    """Note it, and say when and where."""
    done = talk.use("confirm_attendance")
    if done.failed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    card = done.result
    return talk.say(
        "coming",
        spoken=talk.moment(card), service=card["service"], with_staff=talk.with_staff(card), code=card["code"],
    )  # fmt: skip

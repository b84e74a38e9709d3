"""A turn as the plays see it: the customer's words, the thread, the tools, and a voice in the customer's language.

A play is straight code that asks for tools as if they answered at once. A result that this turn already has is handed
back; otherwise `Wanted` is raised, the model asks for the call, and the play runs again with one result more.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from agent.offline import phrases_en, phrases_es, phrases_pt, voice_en, voice_es, voice_pt
from agent.offline.briefing import Briefing, Proposal
from agent.offline.glossary import term
from agent.offline.intents import classify, topics
from agent.offline.language import Language, detect, of_locale
from agent.offline.money import moment, money
from agent.offline.reading import Step, Thread, Turn
from agent.offline.slots import name
from agent.offline.tables import Phrases
from agent.offline.text import Term

PHRASES: Final[Mapping[Language, Phrases]] = {
    "es": phrases_es.PHRASES,
    "pt": phrases_pt.PHRASES,
    "en": phrases_en.PHRASES,
}
VOICES: Final[Mapping[Language, dict[str, str]]] = {"es": voice_es.VOICE, "pt": voice_pt.VOICE, "en": voice_en.VOICE}
QUESTIONS = tuple(key for key in voice_es.VOICE if key.startswith("ask_"))


CONSENT = {
    "ask_order": "place_order",
    "ask_book": "confirm_booking",
    "ask_move": "reschedule_booking",
    "ask_cancel": "cancel_booking",
}
"""The questions that wait for a yes, and the tool it allows."""


TOLD_LANGUAGE = re.compile(r"Answer in (Spanish|Portuguese|English)")
ANSWER_IN: Final[Mapping[str, Language]] = {"Spanish": "es", "Portuguese": "pt", "English": "en"}


class Wanted(Exception):
    """The play needs the result of this call."""

    def __init__(self, tool: str, arguments: dict[str, Any]) -> None:
        super().__init__(tool)
        self.tool = tool
        self.arguments = arguments


class Talk:
    """One turn of a thread."""

    def __init__(self, thread: Thread, offered: frozenset[str]) -> None:
        self.thread = thread
        self.offered = offered
        self.turn: Turn = thread.current
        self.briefing: Briefing = thread.briefing
        heard = [line for turn in thread.turns for line in turn.said]
        told = TOLD_LANGUAGE.search(thread.faults)
        known = self.briefing.customer_locale or self.briefing.locale
        self.language: Language = ANSWER_IN[told[1]] if told else detect(heard, known)
        self.phrases = PHRASES[self.language]
        self.voice = VOICES[self.language]
        self.intents = classify(self.turn.said, self.phrases)
        self.name, self.text = name(self.turn.text, self.phrases)

    @property
    def matter(self) -> str:
        """The words without those lines of a burst that only ask for a fact."""
        return "\n".join(line for line in self.text.splitlines() if not topics(line)) or self.text

    @property
    def sells(self) -> bool:
        return "search_products" in self.offered

    @property
    def books(self) -> bool:
        return "find_and_hold_slot" in self.offered

    @property
    def first(self) -> bool:
        """Whether nothing was said to this customer before."""
        return not self.thread.past and not self.briefing.summary

    @property
    def last(self) -> Turn:
        """The turn before this one; an empty one at the beginning."""
        return self.thread.past[-1] if self.thread.past else Turn()

    @property
    def asked(self) -> str:
        """Which question the last reply ended with, in any language; '' if none."""
        return self.question(self.last)

    @property
    def pending(self) -> Proposal | None:
        """The proposal that the customer may answer now: the one our last question was about, else the latest."""
        open_ones = [
            proposal
            for proposal in self.briefing.proposals
            if proposal.answerable and "remember_contact" not in proposal.covers
        ]
        if open_ones and self.offered_by_notice(open_ones[-1]):
            return open_ones[-1]
        about = [proposal for proposal in open_ones if CONSENT.get(self.asked, "") in proposal.covers]
        return next(reversed(about or open_ones), None)

    @staticmethod
    def offered_by_notice(proposal: Proposal) -> bool:
        """Whether a notice of the waiting list asked, and no reply of ours."""
        return "waiting_list" in proposal.details

    def question(self, turn: Turn) -> str:
        """The question that a turn's reply ended with."""
        found = [
            (turn.reply.rfind(voice[key]), key)
            for voice in VOICES.values()
            for key in QUESTIONS
            if voice[key] in turn.reply
        ]
        return max(found)[1] if found else ""

    def can(self, tool: str) -> bool:
        return tool in self.offered

    def use(self, tool: str, **arguments: Any) -> Step:
        """The result of a tool in this turn. A tool that is not offered fails."""
        given = {key: value for key, value in arguments.items() if value is not None}
        for step in self.turn.steps:
            if step.tool == tool and step.arguments == given:
                return step
        if tool not in self.offered:
            return Step(tool, given, failed=True, complaint="not offered")
        raise Wanted(tool, given)

    def history(self, *tools: str) -> list[Step]:
        """Successful steps of these tools in the thread, oldest first, this turn's included."""
        return [step for turn in self.thread.turns for step in turn.results(*tools)]

    def say(self, key: str, **fields: Any) -> str:
        return self.voice[key].format(**fields) if fields else self.voice[key]

    def terms(self, words: list[str]) -> list[Term]:
        """Words with what this business may call them."""
        return [term(word, of_locale(self.briefing.locale)) for word in words]

    def price(self, amount: int, currency: str | None = None) -> str:
        return money(amount, currency or self.briefing.currency, self.briefing.locale)

    def moment(self, card: Mapping[str, Any], key: str = "start") -> str:
        """When a slot or booking is: the backend's words in the business's language, else in the customer's."""
        if card.get("spoken") and self.language == of_locale(self.briefing.locale):
            return str(card["spoken"])
        at = card.get(key) or card.get("day") or ""
        return moment(str(at), self.language, self.voice) or str(card.get("spoken", ""))

    def with_staff(self, card: Mapping[str, Any]) -> str:
        return " " + self.say("with", staff=card["staff"]) if card.get("staff") else ""

"""How a customer pursues one goal: what they bring up, and what they do about each answer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from evals.personas.ears import Heard
from evals.personas.persona import Booking, Buy, Goal, Move, Persona

TRIES = 2
"""How often they put the same thing another way before they leave it."""
MOST_OFFERS = 6
"""Who is asked more often whether they want it, and always says so, has had enough."""


@dataclass(frozen=True)
class Act:
    """`say`: words by their name in `words.yaml`, filled with `slots`; `pay`: opens the link; `leave`: has enough."""

    kind: Literal["say", "pay", "leave"]
    words: str = ""
    slots: dict[str, Any] = field(default_factory=dict)


LEAVE = Act("leave", "give_up")


class Errand(ABC):
    """One goal under way."""

    def __init__(self) -> None:
        self._tries = 0

    @abstractmethod
    def open(self) -> Act:
        """How it is brought up."""

    @abstractmethod
    def react(self, heard: Heard) -> Act | None:
        """What to do about an answer; None when there is no more to do."""

    def _again(self, act: Act) -> Act:
        self._tries += 1
        return act if self._tries <= TRIES else LEAVE


class Buying(Errand):
    """Asks, chooses, agrees to the offer, pays by the link."""

    def __init__(self, goal: Buy, persona: Persona) -> None:
        super().__init__()
        self._goal = goal
        self._wavers = "changes_mind" in persona.temper
        self._begs = "begs_discount" in persona.temper
        self._claims = "claims_paid" in persona.temper
        self._offered = self._linked = self._paid = False
        self._offers = 0

    def open(self) -> Act:
        return self._want("buy", self._goal.quantity + self._wavers)

    def react(self, heard: Heard) -> Act | None:
        if self._paid:
            return None
        self._linked = self._linked or heard.link
        if self._linked:
            return self._settle()
        if heard.gone or (heard.not_had and not self._offered):
            return LEAVE
        if heard.asks_yes:
            return self._answer_offer()
        if heard.asks_which:
            return self._again(self._want("one_of", self._goal.quantity))
        return self._again(self._want("again", self._goal.quantity))

    def _settle(self) -> Act | None:
        if self._claims:
            self._claims = False
            return Act("say", "paid")
        if not self._goal.pays:
            return None
        self._paid = True
        return Act("pay")

    def _answer_offer(self) -> Act:
        self._offered, self._tries = True, 0
        self._offers += 1
        if self._wavers:
            self._wavers = False
            return Act("say", "fewer", {"count": self._goal.quantity})
        if self._begs:
            self._begs = False
            return Act("say", "discount")
        return Act("say", "agree") if self._offers <= MOST_OFFERS else LEAVE

    def _want(self, words: str, count: int) -> Act:
        return Act("say", words, {"what": f"{count} {self._goal.product} {self._goal.options}".strip()})


class Appointing(Errand):
    """Names service, day and hour, takes an offered hour if that suits, agrees to what is held."""

    def __init__(self, goal: Booking, persona: Persona) -> None:
        super().__init__()
        self._goal = goal
        self._wavers = "changes_mind" in persona.temper
        self._takes_other = self._agreed = False

    def open(self) -> Act:
        first = self._goal.starts + timedelta(hours=1) if self._wavers else self._goal.starts
        return Act("say", "book", self._slots(first))

    def react(self, heard: Heard) -> Act | None:
        if self._agreed and (heard.booked or not heard.asks_yes):
            return None
        if self._wavers:
            self._wavers = False
            return Act("say", "at", self._slots(self._goal.starts))
        if heard.asks_yes:
            return self._answer_offer(heard)
        if heard.asks_when:
            return self._again(Act("say", "at", self._slots(self._goal.starts)))
        if heard.hours and heard.asks_which:
            return self._choose()
        if heard.asks_service or heard.asks_which:
            return self._again(Act("say", "one_of", self._slots(self._goal.starts)))
        return self._again(Act("say", "book", self._slots(self._goal.starts)))

    def _answer_offer(self, heard: Heard) -> Act:
        suits = f"{self._goal.starts:%H:%M}" in heard.hours
        if suits or self._takes_other or self._goal.flexible or not heard.hours:
            self._agreed = True
            return Act("say", "agree")
        return self._again(Act("say", "at", self._slots(self._goal.starts)))

    def _choose(self) -> Act:
        if not self._goal.flexible:
            return LEAVE
        self._takes_other = True
        return self._again(Act("say", "first"))

    def _slots(self, starts: datetime) -> dict[str, Any]:
        return {"what": self._goal.service, "when": starts, "staff": self._goal.staff}


class Changing(Errand):
    """Has an appointment moved, or cancelled, and agrees when asked."""

    def __init__(self, moves: Move | None) -> None:
        super().__init__()
        self._slots = {"when": moves.starts} if moves else {}
        self._words = "move" if moves else "cancel"
        self._agreed = False

    def open(self) -> Act:
        return Act("say", self._words, self._slots)

    def react(self, heard: Heard) -> Act | None:
        if (heard.moved or heard.cancelled or self._agreed) and not heard.asks_yes:
            return None
        if heard.asks_yes:
            self._agreed = True
            return self._again(Act("say", "agree"))
        if heard.asks_when and self._slots:
            return self._again(Act("say", "at", self._slots))
        return self._again(self.open())


class Asking(Errand):
    """Asks one thing, again if it was not understood; whoever asks `for_person` until one is promised."""

    def __init__(self, words: str, *, for_person: bool = False) -> None:
        super().__init__()
        self._words = words
        self._for_person = for_person

    def open(self) -> Act:
        return Act("say", self._words)

    def react(self, heard: Heard) -> Act | None:
        missed = not heard.person if self._for_person else heard.lost
        return self._again(self.open()) if missed and self._tries < TRIES else None


def errand(goal: Goal, persona: Persona) -> Errand:
    """How this customer pursues it."""
    if goal.buys:
        return Buying(goal.buys, persona)
    if goal.books:
        return Appointing(goal.books, persona)
    if goal.moves or goal.cancels:
        return Changing(goal.moves)
    return Asking(f"asks.{goal.asks}") if goal.asks else Asking("person", for_person=True)

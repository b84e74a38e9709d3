"""A persona, played by rules: hears an answer, and does what its goals and its temper make of it."""

import random
from collections.abc import Sequence

from evals.personas.ears import listen
from evals.personas.errands import Act, Errand, errand
from evals.personas.manner import Manner
from evals.personas.persona import Persona
from evals.running.parts import Language
from evals.running.player import Heard, PlayStopped
from evals.running.scenario import Step


class Actor:
    """Plays until every goal is reached or given up. The same dice and the same answers are the same words."""

    def __init__(self, persona: Persona, language: Language, dice: random.Random) -> None:
        self._patience = persona.patience
        self._manner = Manner(language, persona.temper, dice)
        self._errands = [errand(goal, persona) for goal in persona.goals]
        self._under_way: Errand | None = None
        self._before: list[Step] = []
        if "voice_notes" in persona.temper:
            self._before.append(Step(sends="voice note"))
        if "injects" in persona.temper:
            self._before.append(Step(says=self._manner.put("inject", {})))

    async def next(self, heard: Sequence[Heard]) -> Step | None:
        """The next step; None when there is nothing more to do. Raises `PlayStopped` out of patience."""
        if len(heard) >= self._patience:
            raise PlayStopped(f"the customer has written {len(heard)} times and is not done")
        if self._before:
            return self._before.pop(0)
        act = self._under_way.react(listen(heard[-1].text)) if self._under_way else None
        if act is not None and act.kind != "leave":
            return self._step(act)
        if self._errands:
            self._under_way = self._errands.pop(0)
            return self._step(self._under_way.open())
        self._under_way = None
        return self._step(act) if act is not None else None

    def _step(self, act: Act) -> Step:
        if act.kind == "pay":
            return Step(pays=True)
        return Step(says=self._manner.put(act.words, act.slots))

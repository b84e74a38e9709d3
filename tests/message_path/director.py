"""A language model that does what the test wrote into its plan, and can be made to hang once a tool has answered."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.message_path.model import NOTE, TOKEN, Json, text_of, tool_call

ANSWER = "Con gusto."
DONE = "## Already done in this turn"
_PROPOSAL = re.compile(r'^- (\{"proposal_id".*\})$', re.M)
_NOTED = re.compile(r"^- \w+ \{.*\} -> (\{.*\})$", re.M)


@dataclass(frozen=True)
class Prompt:
    """What a plan may take its arguments from."""

    system: str
    results: list[Json]
    """Of all tools in the window, and of those that an earlier attempt at their turn had used, oldest first."""

    def proposal(self, tool: str) -> str:
        """The open proposal that covers a tool."""
        cards = [json.loads(card) for card in _PROPOSAL.findall(self.system)]
        return str(next(card["proposal_id"] for card in reversed(cards) if tool in card["covers"]))

    def code(self) -> str:
        """Of the order or booking that a tool told last."""
        return str(next(result["code"] for result in reversed(self.results) if "code" in result))


Plan = Callable[[Prompt], Json]


@dataclass
class Director:
    """A customer's newest message names a token; `plans` says which tool that means, called once in each run of a turn,
    with the same arguments in each."""

    plans: dict[str, tuple[str, Plan]] = field(default_factory=dict)
    speaking: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, nobody who has used a tool gets an answer. Set by whoever runs its loop."""
    told: set[str] = field(default_factory=set)
    """Tokens whose turn was told what an earlier attempt had done."""
    heard: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By token, the different results that its tool gave."""
    _made: dict[str, Json] = field(default_factory=dict)
    _noted: dict[str, list[Json]] = field(default_factory=dict)
    """By token, the results that its turn was told: a tool that is refused when repeated tells them nowhere else."""

    async def answer(self, messages: list[Json]) -> Json:
        lines = [text_of(message) for message in messages if message["role"] == "user"]
        token = TOKEN.findall([line for line in lines if not line.startswith(NOTE)][-1])[-1]
        system = text_of(messages[0])
        if DONE in system:
            self.told.add(token)
            self._noted[token] = [json.loads(result) for result in _NOTED.findall(system.partition(DONE)[2])]
        if token not in self.plans:
            return {"role": "assistant", "content": ANSWER}
        own = [message for message in messages if message.get("tool_call_id") == f"call_{token}"]
        if not own:
            return {"role": "assistant", "content": None, "tool_calls": [self._call(token, system, messages)]}
        self.heard[token].add(_canonical(text_of(own[-1])))
        await self.speaking.wait()
        return {"role": "assistant", "content": ANSWER}

    def _call(self, token: str, system: str, messages: list[Json]) -> Json:
        tool, plan = self.plans[token]
        if token not in self._made:
            self._made[token] = plan(Prompt(system, self._results(messages)))
        return tool_call(tool, self._made[token], f"call_{token}")

    def _results(self, messages: list[Json]) -> list[Json]:
        found: list[Json] = []
        for message in messages:
            text = text_of(message)
            if message["role"] == "user":
                found += [result for token in TOKEN.findall(text) for result in self._noted.get(token, ())]
            elif message["role"] == "tool" and text.startswith("{"):
                found.append(json.loads(text))
        return found


def _canonical(text: str) -> str:
    """What is JSON, with its keys in order."""
    return json.dumps(json.loads(text), sort_keys=True) if text.startswith("{") else text

"""A model's review of a draft that ledger and gates let through: whether it is due, what is asked, what is believed.

The model's answer is read strictly and trusted little. It may say that the draft passes, or quote the words that must
not leave with one of a few reasons; the instruction to the vendor is made of our sentence and the draft's own words, so
that nothing a reviewer writes (or was talked into writing) reaches the vendor or the customer. An answer of any other
form counts as none, and what then happens is the business's setting.
"""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from graphs import memory
from graphs.claims.text import fold
from graphs.evidence import Evidence, Verdict
from graphs.policy import Policy
from graphs.ports import Desk, ModelSilent, TurnContext
from graphs.risk import risks
from graphs.state import ConversationState

REASONS = {
    "unsupported": "says something that no tool result or fact supports. Leave it out, or read what supports it",
    "contradicts": "contradicts what was said or read before. Correct it",
    "not_answered": "does not answer what the customer asked. Answer that first",
    "promise": "promises what the business did not say it does. Leave the promise out",
    "policy": "goes against the business's policies. Keep to them",
    "private": "tells what this customer must not know. Leave it out",
    "unsafe": "could harm somebody. Leave it out, and offer a person of the team",
    "tone": "is not how this business speaks to its customers. Say it politely",
}
"""What a reviewer may find, and what the vendor is told of it."""
MOST_FAULTS = 5
LONGEST_QUOTE = 200
LONGEST_ANSWER = 4_000
_FENCE = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.S)


@dataclass(frozen=True)
class Question:
    """What a reviewer is shown."""

    draft: str
    customer: Sequence[str]
    """Their latest messages, oldest first."""
    evidence: Sequence[str]
    """What the draft may rest on, a line each."""
    rules: Sequence[str]
    """The business's own words: facts and playbook."""
    risks: Sequence[str]
    seconds: float
    """How long the customer waits for it at most."""


@runtime_checkable
class Reviewer(Protocol):
    """A desk that can have a draft reviewed."""

    async def review(self, question: Question) -> str:
        """The reviewer's words. Raises `ModelSilent` when no model of the observer's chain answered in time."""
        ...


@dataclass(frozen=True)
class Opinion:
    """What a review came to."""

    outcome: Literal["passed", "stopped", "silent", "unreadable"]
    faults: list[str] = field(default_factory=list)
    """Instructions to the vendor."""
    reasons: list[str] = field(default_factory=list)


def due(policy: Policy, found: Sequence[str]) -> bool:
    """Whether a model is asked about a draft."""
    return policy.review == "always" or (policy.review == "on_risk" and bool(found))


async def second_look(
    verdict: Verdict, state: ConversationState, context: TurnContext, evidence: Sequence[Evidence], desk: Desk
) -> Verdict:
    """The verdict on a draft that passed, with a model's opinion in it where one is due. Never raises for what a
    reviewer does or leaves undone."""
    policy = context.policy
    if policy.review == "off" or not isinstance(desk, Reviewer):
        return verdict
    words = memory.customer_words(state, context)
    found = risks(verdict.claims, words, state["tool_calls"], wrote=state["wrote"], stopped=bool(state["rejected"]))
    if not due(policy, found):
        return verdict
    question = Question(
        draft=state["draft"],
        customer=[one.text for one in words],
        evidence=[_line(item) for item in evidence if item.live(context.now)],
        rules=[*(fact.get("text", "") for fact in context.business.facts), *context.playbook],
        risks=found,
        seconds=policy.review_seconds,
    )
    started = time.perf_counter()
    try:
        opinion = read(await desk.review(question), question.draft)
    except ModelSilent:
        opinion = Opinion("silent")
    return settled(verdict, opinion, policy, found, round((time.perf_counter() - started) * 1000))


def read(answer: str, draft: str) -> Opinion:
    """`{"verdict": "pass", "faults": []}`, or "stop" with `{"quote": words of the draft, "reason": one of REASONS}`,
    and nothing around it but a code fence."""
    try:
        told = _told(answer)
        faults = [_fault(one, draft) for one in told["faults"]]
    except (ValueError, RecursionError):
        return Opinion("unreadable")
    if (told["verdict"] == "pass") == bool(faults):
        return Opinion("unreadable")
    reasons = list(dict.fromkeys(reason for _, reason in faults))
    return Opinion("stopped" if faults else "passed", [instruction for instruction, _ in faults], reasons)


def settled(verdict: Verdict, opinion: Opinion, policy: Policy, found: Sequence[str], milliseconds: int) -> Verdict:
    """The verdict with the review in it."""
    told: dict[str, Any] = {"asked": policy.review, "outcome": opinion.outcome, "ms": milliseconds}
    told |= {"risks": list(found)} if found else {}
    told |= {"reasons": opinion.reasons} if opinion.reasons else {}
    if opinion.outcome == "stopped":
        return verdict.model_copy(update={"faults": opinion.faults, "by": ["review"], "review": told})
    unanswered = opinion.outcome != "passed"
    if unanswered and policy.review_unanswered == "person":
        missing = "Nobody reviewed the draft, and this business wants none to leave without."
        return verdict.model_copy(update={"faults": [missing], "by": ["review"], "review": told, "held": True})
    return verdict.model_copy(update={"review": told})


def _line(item: Evidence) -> str:
    return f"{item.kind} {item.subject.name}: {json.dumps(item.value, ensure_ascii=False, default=str)}"


def _told(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    text = answer.strip()
    fenced = _FENCE.match(text)
    told = json.loads(fenced[1] if fenced else text)
    if not isinstance(told, dict) or told.keys() != {"verdict", "faults"} or told["verdict"] not in ("pass", "stop"):
        raise ValueError("another form")
    if not isinstance(told["faults"], list) or len(told["faults"]) > MOST_FAULTS:
        raise ValueError("another form")
    return told


def _fault(told: Any, draft: str) -> tuple[str, str]:
    """(instruction, reason); ValueError unless it quotes the draft and gives a known reason."""
    if not isinstance(told, dict) or told.keys() != {"quote", "reason"}:
        raise ValueError("another form")
    quote, reason = told["quote"], told["reason"]
    if not isinstance(reason, str) or reason not in REASONS:
        raise ValueError("no known reason")
    if not isinstance(quote, str) or not 0 < len(quote.strip()) <= LONGEST_QUOTE:
        raise ValueError("no quote")
    words = " ".join(quote.split())
    if fold(words) not in fold(" ".join(draft.split())):
        raise ValueError("not the draft's words")
    return f'"{words}" {REASONS[reason]}.', reason

"""From a draft to its claims, and from each claim to what supports it.

Everything a reply could get wrong is read out of it in one fixed order, each reader blanking out what it has read:
addresses and phones, names (masked, so that "Jabón 3 en 1" holds no figure), sentences quoted from the business,
codes, percentages, money, durations, dates, times, stock, counts, whatever figure is left, and at last what is said
to be done. A figure in no known role must be explained too: the default is no.
"""

from collections.abc import Sequence

from graphs.claims import (
    codes,
    counts,
    done,
    gifts,
    leftovers,
    lengths,
    money,
    quotes,
    rates,
    schedule,
    stock,
    strangers,
)
from graphs.claims.findings import Finding
from graphs.claims.ground import Ground
from graphs.claims.names import Mention, Subjects
from graphs.claims.text import Draft, Words
from graphs.evidence import Evidence
from graphs.ports import TurnContext

__all__ = ["Finding", "Words", "examine"]


def examine(
    text: str, evidence: Sequence[Evidence], customer: Sequence[Words], context: TurnContext, handing_over: bool = False
) -> list[Finding]:
    """Every claim of a draft with its support, or with the fault that stops it."""
    ground, draft = Ground(evidence, customer, context), Draft(text)
    findings = list(codes.judge(draft, ground))
    subjects = Subjects(draft, ground.names.find(draft), _asked_about(customer, ground))
    findings += quotes.judge(draft, subjects, ground)
    quotes.forget_described(draft, subjects, ground)
    findings += codes.judge_codes(draft, ground)
    findings += rates.judge(draft, ground)
    findings += money.judge(draft, subjects, ground)
    findings += gifts.judge(draft, ground)
    early = lengths.as_durations(draft, subjects, ground)
    findings += schedule.judge(draft, subjects, ground)
    findings += lengths.judge(draft, subjects, ground, early)
    findings += stock.judge(draft, subjects, ground)
    findings += counts.judge(draft, subjects, ground)
    findings += strangers.judge(draft, subjects, ground)
    findings += leftovers.judge(draft, subjects, ground)
    findings += done.judge(draft, ground, handing_over)
    return findings


def _asked_about(customer: Sequence[Words], ground: Ground) -> list[Mention]:
    """What the customer's newest message that names anything is about."""
    for words in reversed(customer[-3:]):
        found = ground.names.find(Draft(words.text), mask=False)
        if any(one.refs for one in found):
            return found
    return []

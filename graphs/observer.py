"""The observer: reads every draft before it leaves, and says what is wrong with it in words the vendor can follow.

The ledger (`claims/`) holds what a draft states against evidence, the gates (`gates/`) hold it against policy; neither
needs a model. A draft with a fault never leaves. Where the business or the risk asks for it, a model looks at what
passed (`review.py`).
"""

import re
from collections.abc import Sequence

from graphs import gates
from graphs.claims import Words, examine
from graphs.evidence import Claim, Evidence, Verdict
from graphs.gates.speech import language_of
from graphs.ports import TurnContext

__all__ = ["judge", "language_of"]

LONGEST = 4_096
"""Characters a reply may have, WhatsApp's own limit; a channel splits earlier."""
MOST_LINES = 120
MOST_FIGURES = 120
"""Beyond these no customer reads on, and reading every claim would hold up other turns."""
_FIGURES = re.compile(r"\d+")


def judge(
    draft: str,
    evidence: Sequence[Evidence],
    customer_words: Sequence[Words],
    context: TurnContext,
    *,
    handing_over: bool = False,
) -> Verdict:
    """The verdict on a draft. `evidence` is that of earlier turns and of this one (what has expired does not count),
    `customer_words` what the customer said with its times, oldest first. `handing_over` is for the safe reply, which
    opens a case for a person by itself."""
    case = gates.Case(draft, evidence, customer_words, context)
    found = list(gates.stopped(gates.FIRST, case))
    claims: list[Claim] = []
    if len(draft) > LONGEST or draft.count("\n") > MOST_LINES or len(_FIGURES.findall(draft)) > MOST_FIGURES:
        too_long = f"The draft is too long ({len(draft)} characters). Write at most a few short paragraphs."
        found.append(("form", too_long))
        return _verdict(claims, found)
    for claim, fault in examine(draft, evidence, customer_words, context, handing_over):
        claims.append(claim)
        if fault:
            found.append(("ledger", fault))
    case.claims = claims
    if draft.strip():
        found += gates.stopped(gates.DECLARED, case)
    return _verdict(claims, found)


def _verdict(claims: list[Claim], found: Sequence[tuple[str, str]]) -> Verdict:
    return Verdict(
        claims=claims,
        faults=list(dict.fromkeys(fault for _, fault in found)),
        by=list(dict.fromkeys(name for name, _ in found)),
    )

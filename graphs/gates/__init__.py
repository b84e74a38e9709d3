"""Gates: rules of policy that a draft must pass beside the claim ledger. Each is a function of the `Case` and gives an
instruction to the vendor for every fault.

`FIRST` need nothing but the draft and hold for everybody; `DECLARED` are tuned by the business (`graphs/policy.py`) and
read the ledger's claims. A gate's name is what a verdict tells it stopped a draft by.
"""

from collections.abc import Callable, Iterator, Sequence

from graphs.gates import confidences, discounts, floors, form, leaks, opening, people, topics
from graphs.gates.case import Case

__all__ = ["DECLARED", "FIRST", "Case", "stopped"]

Gate = Callable[[Case], Iterator[str]]

FIRST: Sequence[tuple[str, Gate]] = (
    ("form", form.empty),
    ("leak", leaks.workings),
    ("form", form.code),
    ("form", form.placeholder),
    ("leak", leaks.prompt),
    ("leak", leaks.keys),
    ("leak", confidences.betrayed),
    ("language", form.language),
)
DECLARED: Sequence[tuple[str, Gate]] = (
    ("internal_words", topics.internal),
    ("forbidden_topics", topics.forbidden),
    ("price_floors", floors.judge),
    ("discount_ceiling", discounts.judge),
    ("opening_hours", opening.judge),
    ("other_people", people.judge),
)


def stopped(gates: Sequence[tuple[str, Gate]], case: Case) -> Iterator[tuple[str, str]]:
    """(name of the gate, instruction), in order."""
    for name, gate in gates:
        for fault in gate(case):
            yield name, fault

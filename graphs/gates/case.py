"""What a gate reads: a draft, what it may rest on, and the rules of the business."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from graphs.claims.ground import Ground
from graphs.claims.text import Draft, Words
from graphs.evidence import Claim, Evidence
from graphs.policy import Policy
from graphs.ports import TurnContext


@dataclass
class Case:
    """One draft before the gates. What takes time is made on first use."""

    text: str
    evidence: Sequence[Evidence]
    customer_words: Sequence[Words]
    context: TurnContext
    claims: Sequence[Claim] = field(default=())
    """Once the ledger has read them."""

    @property
    def policy(self) -> Policy:
        return self.context.policy

    @cached_property
    def draft(self) -> Draft:
        """The words, folded and cut; gates take nothing out of it."""
        return Draft(self.text)

    @cached_property
    def ground(self) -> Ground:
        return Ground(self.evidence, self.customer_words, self.context)

    @cached_property
    def now(self) -> datetime:
        """Now, on the business's clock."""
        return self.context.now.astimezone(ZoneInfo(self.context.business.timezone))

"""What an extractor hands back."""

from typing import NamedTuple

from graphs.claims.text import Draft
from graphs.evidence import Claim, Evidence


class Finding(NamedTuple):
    """A claim and, if nothing supports it, the instruction to the vendor."""

    claim: Claim
    fault: str | None = None


class Place(NamedTuple):
    """Where in a draft a claim stands."""

    draft: Draft
    start: int
    end: int

    @property
    def quote(self) -> str:
        return self.draft.quote(self.start, self.end)


def backed(place: Place, kind: str, value: dict[str, object], by: Evidence | str, item: str | None = None) -> Finding:
    """A supported claim; `by` is the evidence, or "customer", "fact" or "playbook"."""
    support, evidence_id = ("evidence", by.id) if isinstance(by, Evidence) else (by, item)
    return Finding(Claim(kind=kind, quote=place.quote, value=dict(value), support=support, evidence_id=evidence_id))


def unbacked(place: Place, kind: str, value: dict[str, object], fault: str) -> Finding:
    """A claim that must not leave."""
    return Finding(Claim(kind=kind, quote=place.quote, value=dict(value)), fault)

"""What differs between two playbooks, part by part, as `diff -u` writes it."""

from difflib import unified_diff

from backend.playbooks.schemas import SectionDiff
from backend.playbooks.sections import SECTIONS, Section, Sections

_MOST_COMPARISONS = 250_000
"""Pairs of lines to compare. The time of a diff grows with them: these take a tenth of a second."""


def differing(before: Sections, after: Sections, names: tuple[str, str]) -> list[SectionDiff]:
    """The parts that differ; `names` head each diff."""
    return [
        SectionDiff(section=section, unified=_unified(section, old, new, names))
        for section in SECTIONS
        if (old := before.lines_of(section)) != (new := after.lines_of(section))
    ]


def _unified(section: Section, old: list[str], new: list[str], names: tuple[str, str]) -> str:
    before, after = (f"{name}/{section}" for name in names)
    first = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    start = min(len(old), len(new)) if first is None else first
    if (len(old) - start) * (len(new) - start) <= _MOST_COMPARISONS:
        return "\n".join(unified_diff(old, new, before, after, lineterm=""))
    replaced = [f"@@ -{start + 1},{len(old) - start} +{start + 1},{len(new) - start} @@"]
    replaced += [f"-{line}" for line in old[start:]] + [f"+{line}" for line in new[start:]]
    return "\n".join([f"--- {before}", f"+++ {after}", *replaced])

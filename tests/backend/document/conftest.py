"""hypothesis-jsonschema 0.23.1, on which schemathesis draws objects, walks Hypothesis' `many` as it was before 6.160.

It calls `more()` until that says no; what `many` offers now is an iterator in a with-block.
"""

from collections.abc import Iterator
from typing import Any

from hypothesis.internal.conjecture.utils import many


def _more(elements: Any) -> bool:
    if not hasattr(elements, "walk"):
        elements.__enter__()
        elements.walk = iter(elements)
    walk: Iterator[None] = elements.walk
    for _ in walk:
        return True
    elements.__exit__(None)
    return False


if not hasattr(many, "more"):
    setattr(many, "more", _more)  # noqa: B010

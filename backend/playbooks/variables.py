"""Variables in a tenant's words: which there are, and the refusal of any other before it is published."""

import re
from collections.abc import Iterable

from backend.errors import Unprocessable

VARIABLES = ("business_name", "customer_name", "now", "today")
"""Filled in by the agent for each turn: the business's name; the customer's name, quoted and cut to 40 letters; date
and time, and date alone, in the business's time zone and language."""
_KNOWN = re.compile(rf"\{{\{{ *(?:{'|'.join(VARIABLES)}) *\}}\}}")
_OPENED = re.compile(r"\{\{([^{}\n]{0,40})\}\}")


def stray_variables(text: str) -> list[str] | None:
    """Names in double braces that are none of `VARIABLES`; empty if braces are left over without any; None if the text
    is fine."""
    rest = _KNOWN.sub("", text)
    if "{{" not in rest:
        return None
    return sorted({name.strip() for name in _OPENED.findall(rest) if name.strip()})


def check_variables(texts: Iterable[str]) -> None:
    """Raises `Unprocessable` (type `unknown-variable`) for double braces that are none of `VARIABLES`."""
    strays = [stray for text in texts if (stray := stray_variables(text)) is not None]
    if not strays:
        return
    names = sorted({name for stray in strays for name in stray})
    told = ", ".join(f"{{{{{name}}}}}" for name in names) or "A {{ that no }} closes"
    raise Unprocessable(
        f"{told}: not a variable. Instructions know {', '.join(f'{{{{{name}}}}}' for name in VARIABLES)}; "
        "write other braces as single ones.",
        type="unknown-variable",
        variables=names,
        known=list(VARIABLES),
    )

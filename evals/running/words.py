"""Whether something was said, whatever the accents, capitals and marks it was said with."""

import re
import unicodedata

from evals.running.money import amounts
from evals.running.scenario import AnyOf, Price, Words


def said(wanted: Words, text: str) -> bool:
    """Whether the words occur. Words are whole words; a `*` stands for the rest of one ("agotad*")."""
    if isinstance(wanted, Price):
        return wanted.price in amounts(text)
    if isinstance(wanted, AnyOf):
        return any(said(each, text) for each in wanted.any_of)
    return _pattern(wanted).search(fold(text)) is not None


def shown(wanted: Words) -> str:
    """For a report."""
    if isinstance(wanted, Price):
        return f"the price {wanted.price}"
    if isinstance(wanted, AnyOf):
        return " or ".join(f"“{each}”" for each in wanted.any_of)
    return f"“{wanted}”"


def fold(text: str) -> str:
    """Lower case without accents, WhatsApp's marks and double spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(" " if letter in "*_~`" else letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", letters)


def _pattern(wanted: str) -> re.Pattern[str]:
    parts = [fold(part) for part in wanted.split("*")]
    body = r"\w*".join(re.escape(part.strip() if part.strip() else "") for part in parts)
    start = r"\b" if parts[0][:1].isalnum() else ""
    end = r"\b" if parts[-1][-1:].isalnum() else ""
    return re.compile(f"{start}{body}{end}")

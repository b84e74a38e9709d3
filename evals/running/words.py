"""Whether something was said, whatever the accents, capitals and marks it was said with."""

import re
import unicodedata

from evals.running.money import amounts
from evals.running.scenario import AnyOf, Hour, Price, Words


def said(wanted: Words, text: str) -> bool:
    """Whether the words occur. Words are whole words; a `*` stands for the rest of one ("agotad*")."""
    if isinstance(wanted, Price):
        return wanted.price in amounts(text)
    if isinstance(wanted, Hour):
        return _hour(wanted.time).search(fold(text)) is not None
    if isinstance(wanted, AnyOf):
        return any(said(each, text) for each in wanted.any_of)
    return _pattern(wanted).search(fold(text)) is not None


def shown(wanted: Words) -> str:
    """For a report."""
    if isinstance(wanted, Price):
        return f"the price {wanted.price}"
    if isinstance(wanted, Hour):
        return f"the time {wanted.time}"
    if isinstance(wanted, AnyOf):
        return " or ".join(f"“{each}”" for each in wanted.any_of)
    return f"“{wanted}”"


def fold(text: str) -> str:
    """Lower case without accents, WhatsApp's marks and double spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(" " if letter in "*_~`" else letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", letters)


def _hour(time: str) -> re.Pattern[str]:
    """The 24-hour forms, and the 12-hour ones with their half of the day."""
    hour, minute = (int(part) for part in time.split(":"))
    half = r"(?:p\. ?m|pm|de la (?:tarde|noche)|da (?:tarde|noite)|in the (?:afternoon|evening))"
    if hour < 12:
        half = r"(?:a\. ?m|am|de la manana|da manha|in the morning)"
    forms = [rf"0?{hour}[:.h]{minute:02}", rf"{hour % 12 or 12}[:.]{minute:02} ?{half}"]
    if minute == 0:
        forms += [rf"0?{hour} ?h(?:s|rs|oras)?", rf"{hour % 12 or 12} ?{half}"]
    if time == "12:00":
        forms += ["mediodia", "meio[- ]dia", "noon"]
    return re.compile(rf"(?<![\d:.])(?:{'|'.join(forms)})(?![\d:])")


def _pattern(wanted: str) -> re.Pattern[str]:
    parts = [fold(part) for part in wanted.split("*")]
    body = r"\w*".join(re.escape(part.strip() if part.strip() else "") for part in parts)
    start = r"\b" if parts[0][:1].isalnum() else ""
    end = r"\b" if parts[-1][-1:].isalnum() else ""
    return re.compile(f"{start}{body}{end}")

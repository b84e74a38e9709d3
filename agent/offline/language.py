"""Which of the three languages a customer writes, by the same measure as the observer, who would stop another one."""

from collections.abc import Sequence
from typing import Literal

from graphs.language import language_spoken

Language = Literal["es", "pt", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "pt", "en")


def detect(texts: Sequence[str], locale: str) -> Language:
    """The language of the latest texts, oldest first; without a clear sign that of the locale."""
    return of_locale(language_spoken(texts) or locale)


def of_locale(locale: str) -> Language:
    """`pt-BR` is pt; a language without tables is answered in English."""
    return next((language for language in LANGUAGES if language == locale[:2].lower()), "en")

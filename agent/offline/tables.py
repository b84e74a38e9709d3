"""The shape of a language's phrase table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Clock:
    """How a language names days and hours; folded words."""

    days: Mapping[str, int]
    """Name to weekday, Monday 0."""
    relative: str
    months: str
    parts: str
    more: str
    """Words that belong to a time, but are none alone."""
    before_hour: str
    """Words that make a bare number an hour: "a las 5"."""
    joins: str
    """Words that may stand between those above."""
    afternoon: str
    morning: str


@dataclass(frozen=True, eq=False)
class Phrases:
    """What customers write in one language. Patterns are regular expressions on folded text, except where said."""

    short: Mapping[str, str]
    """Chat spellings to words."""
    intents: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, int]
    ordinals: Mapping[str, int]
    """-1 is the last."""
    all_of_them: str
    that_one: str
    split: str
    """Between the items of an order."""
    either: str
    """Between the things to compare."""
    limit: str
    """On lower-case text without accents; the group is an amount in major units."""
    cheap: str
    name: str
    """On the text as written; the group is a name."""
    not_a_name: str
    about: str
    """On lower-case text; the group is what to be reminded of."""
    address: str
    stopwords: str
    clock: Clock

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        return {
            name: re.compile("|".join(part if part.startswith("^") else rf"\b(?:{part})" for part in parts))
            for name, parts in self.intents.items()
        }

    @cached_property
    def stop(self) -> frozenset[str]:
        return frozenset(self.stopwords.split())

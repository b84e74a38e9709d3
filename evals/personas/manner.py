"""How a customer writes what they mean: words of their language, then their temper. Chance is in the dice given."""

import random
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from evals.personas.persona import Trait
from evals.running.parts import Language

WORDS = Path(__file__).with_name("words.yaml")
LANGUAGES: tuple[Language, ...] = ("es", "pt", "en")
_OPENINGS = frozenset({"buy", "book"})
_PLAIN = re.compile(r"[^\W\d_]{6,}")


class Manner:
    """The hand of one customer."""

    def __init__(self, language: Language, temper: list[Trait], dice: random.Random) -> None:
        self._language = language
        self._temper = frozenset(temper)
        self._dice = dice
        self._greeted = self._borrowed = self._slipped = False

    def put(self, words: str, slots: dict[str, Any]) -> list[str]:
        """The messages in which it is said, one after the other."""
        language = self._language
        if words == "agree" and not self._borrowed and self._has("mixes_languages", 0.5):
            self._borrowed = True
            language = self._dice.choice([other for other in LANGUAGES if other != language])
        filled = self._filled(language, slots)
        text = self._one(language, words).format(**filled)
        messages = [self._mistyped(text, filled)]
        if not self._greeted:
            self._greeted = True
            messages = self._greeting(messages)
        if words in _OPENINGS and self._has("impatient", 0.7):
            messages.append(self._one(self._language, "hurry"))
        return messages

    def _greeting(self, messages: list[str]) -> list[str]:
        language = self._language
        if self._has("mixes_languages", 0.7):
            language = self._dice.choice([other for other in LANGUAGES if other != language])
        hello = self._one(language, "hello")
        if "bursts" in self._temper:
            return [hello, *messages]
        return [f"{hello}, {messages[0]}", *messages[1:]] if self._dice.random() < 0.5 else messages

    def _filled(self, language: Language, slots: dict[str, Any]) -> dict[str, Any]:
        filled = dict(slots)
        words = _words()[language]
        if isinstance(when := slots.get("when"), datetime):
            day = words["days"][when.weekday()]
            filled["when"] = str(words["when"]).format(day=day, hour=f"{when:%H:%M}")
        if staff := slots.get("staff"):
            filled["when"] = f"{filled['when']} {str(words['with']).format(staff=staff)}"
        return filled

    def _one(self, language: Language, words: str) -> str:
        found: Any = _words()[language]
        for part in words.split("."):
            found = found[part]
        return found if isinstance(found, str) else str(self._dice.choice(found))

    def _mistyped(self, text: str, slots: dict[str, Any]) -> str:
        """One longer word with two letters swapped; never what they are after, which stands in their notes, and not in
        two messages running: whoever was not understood takes more care."""
        careful, self._slipped = self._slipped, False
        told = " ".join(map(str, slots.values()))
        plain = [match for match in _PLAIN.finditer(text) if match[0] not in told]
        if careful or not plain or not self._has("typos", 0.7):
            return text
        self._slipped = True
        word = self._dice.choice(plain)
        at = word.start() + self._dice.randrange(2, len(word[0]) - 2)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def _has(self, trait: Trait, chance: float) -> bool:
        return trait in self._temper and self._dice.random() < chance


@lru_cache
def _words() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(WORDS.read_text("utf-8")))

"""A document as the index keeps it: what its words and columns are made from, and taken out by again."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from agent.search.asking import Facts, Text
from agent.search.columns import read, written
from agent.search.postings import CODE, HERE, PRICE
from agent.search.words import Analysed, analyse

EMBEDDED_CHARACTERS = 300
LONGEST_BODY = 8000
STRONGEST = 255
_SCANNER = json.JSONDecoder()


@dataclass(frozen=True)
class Entry:
    """A document as it is kept: what its words and columns are made from."""

    source: str
    facts: str
    given: Text | None = None
    """What `source` says, if it is at hand."""

    @classmethod
    def of(cls, text: Text, facts: Facts) -> Self:
        """As it will be kept."""
        if len(text.body) > LONGEST_BODY:
            text = replace(text, body=text.body[:LONGEST_BODY])
        return cls(source_of(text), written(facts), text)

    @cached_property
    def text(self) -> Text:
        if self.given:
            return self.given
        title, labels, body, brand, codes, translations = json.loads(self.source)
        return Text(title, tuple(labels), body, brand, tuple(codes), tuple((name, told) for name, told in translations))

    @cached_property
    def analysed(self) -> Analysed:
        return analyse(self.text)

    @property
    def impacts(self) -> dict[str, int]:
        """Stems and codes with what they say of it, 1 to 255; weights are below 1."""
        found = {stem: round(weight * STRONGEST) or 1 for stem, weight in self.analysed.weights.items()}
        codes = [code for code in self.analysed.codes if code]
        found.update((CODE + code, STRONGEST) for code in codes)
        if not all(any(map(str.isdigit, code)) for code in codes):
            found[CODE] = STRONGEST
        return found


def source_of(text: Text) -> str:
    """The text as it is kept; `Entry.text` reads it again."""
    kept = [text.title, text.labels, text.body, text.brand, text.codes, text.translations]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def title_of(head: str) -> str:
    """Of the beginning of a source; empty if it does not end there."""
    try:
        title, _ = _SCANNER.raw_decode(head, 1)
    except ValueError:
        return ""
    return str(title)


def embedded(text: Text) -> str:
    """What an embedder reads of it."""
    return " ".join([*filter(None, (text.title, text.brand, *text.labels)), text.body[:EMBEDDED_CHARACTERS]])


def columns_of(facts: str | None) -> dict[str, tuple[Any, ...]]:
    """What is filtered and counted by, by the key of its row."""
    if facts is None:
        return {}
    stock, price, fields = read(facts)
    columns: dict[str, tuple[Any, ...]] = {HERE: (int(stock),), **fields}
    if price:
        columns[PRICE] = (price,)
    return columns

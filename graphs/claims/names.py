"""Who and what a draft talks about: names known from evidence, found in the draft and masked before figures are read.

A figure belongs to the subject named nearest: in its own clause, then its sentence, its line, the lines above (a
heading over bullets), the next words, and at last in what the customer asked. "El Balón Pro y la Bomba cuestan $499 y
$99" pairs in order.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from graphs.claims.text import Draft, Span, fold

_TOKEN = re.compile(r"[a-z0-9]+")
_GAP = re.compile(r"[ \-/().,\"'+&#|]{0,3}")
_STOP = frozenset(
    [
        "de",
        "del",
        "la",
        "el",
        "los",
        "las",
        "un",
        "una",
        "para",
        "por",
        "con",
        "sin",
        "y",
        "e",
        "en",
        "o",
        "a",
        "da",
        "do",
        "das",
        "dos",
        "com",
        "sem",
        "em",
        "no",
        "na",
        "um",
        "uma",
        "the",
        "of",
        "for",
        "with",
        "and",
        "in",
        "to",
        "your",
        "tu",
        "su",
        "seu",
        "sua",
        "mi",
        "se",
        "te",
        "me",
        "lo",
        "le",
        "que",
        "es",
        "ao",
    ]
)
_JOIN = re.compile(
    r"[\s,;/+&\"'()\-]*(?:(?:y|e|o|u|ou|and|or|el|la|los|las|a|os|as|the|un|una|um|uma|tambien|tambem|de|con|"
    r"com|do|da|s|es)\b[\s,;/+&\"'()\-]*)*"
)
_WHOLE = ("product:", "service:")
_LABEL = re.compile(r"\s?(?::|-\s|=|(?:is|costs?|cuesta|vale|sale|custa|sai|fica)\b[^.!?\n]{0,20}(?:\$|€|\d))")
"""What follows a word that stands for a whole name: "Básico: $350", "Repotting is $35"."""
_THE_ONE = re.compile(r"\b(?:el|la|lo|los|las|o|a|os|as) (?:de|do|da|del)(?: la| el| los| las)?\s\Z")
"""What stands before a word that means a thing named already: "la de adultos"."""
_FOR = re.compile(r"\W*(?:(?:y|e|and|o|ou|or) )?(?:por|for|a)(?: (?:solo|apenas|only|just))?\s*")
"""The opening of a sentence whose thing follows its price: "por $389, la luz"."""
_ARTICLE = re.compile(
    r"(?:\d\s?(?:x|×)?|[•\-:,(]|\b(?:el|la|los|las|un|una|o|os|as|um|uma|the|a|an|your|tu|su|de|da|do|per))\s*\Z"
)
_CONTRAST = re.compile(
    r"\b(?:diferencia|diferente|comparad\w|compared|comparando|unlike|versus|vs|parecid\w|similar|en vez|em "
    r"vez|instead)\b"
)


def stem(token: str) -> str:
    """A word without its plural, good enough to find names: balones -> balon, racoes -> racao."""
    if len(token) > 5 and token.endswith("es"):
        return f"{token[:-3]}ao" if token.endswith("oes") else token[:-2]
    return token[:-1] if len(token) > 3 and token.endswith("s") and not token[-2].isdigit() else token


@lru_cache(maxsize=8192)
def name_tokens(name: str) -> tuple[str, ...]:
    """The folded, stemmed words of a name."""
    return tuple(stem(token) for token in _TOKEN.findall(fold(name)))


class Mention(NamedTuple):
    """A name in a draft. `refs` are the subjects it may mean ("variant:…"); none for a name that owns no figures."""

    start: int
    end: int
    refs: frozenset[str]
    exact: bool


@dataclass
class Names:
    """All names known in a turn. `nouns_last`: the noun of a name is not its first word, as in English."""

    nouns_last: bool = False
    _by_first: dict[str, list[tuple[tuple[str, ...], set[str]]]] = field(default_factory=dict)
    _by_tokens: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    _by_token: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)

    def add(self, name: str, *refs: str) -> None:
        """Make a name known; the same name may belong to several subjects."""
        tokens = name_tokens(name)
        if not any(token.isalpha() for token in tokens) or (len(tokens) == 1 and len(tokens[0]) < 2):
            return
        known = self._by_tokens.get(tokens)
        if known is None:
            known = self._by_tokens[tokens] = set()
            same_start = self._by_first.setdefault(tokens[0], [])
            same_start.append((tokens, known))
            same_start.sort(key=lambda entry: -len(entry[0]))
            for token in tokens:
                if token not in _STOP:
                    self._by_token.setdefault(token, set()).add(tokens)
        known.update(refs)

    def knows(self, name: str) -> bool:
        """Whether a folded word is part of any known name."""
        return stem(name) in self._by_token

    def find(self, draft: Draft, mask: bool = True) -> list[Mention]:
        """Mentions in order. Whole names first, the longest; then parts of names that stand out (two words of a name,
        or one in capitals that few subjects share). Whole names are taken out of the draft."""
        tokens = [(stem(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(draft.text)]
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            hit = self._whole(draft, tokens, at)
            if hit is None or not hit[1].refs:  # a category ("candados") may be the noun of a product's name
                hit = self._part(draft, tokens, at) or hit
            if hit is None:
                at += 1
                continue
            length, mention = hit
            found.append(mention)
            if mask and mention.exact:
                draft.take(mention.start, mention.end)
            at += length
        return found

    def _whole(self, draft: Draft, tokens: Sequence[tuple[str, int, int]], at: int) -> tuple[int, Mention] | None:
        for name, refs in self._by_first.get(tokens[at][0], ()):
            last = at + len(name) - 1
            if last < len(tokens) and all(
                tokens[at + step][0] == name[step] and _joined(draft, tokens[at + step - 1], tokens[at + step])
                for step in range(1, len(name))
            ):
                return len(name), Mention(tokens[at][1], tokens[last][2], frozenset(refs), True)
        return None

    def _part(self, draft: Draft, tokens: Sequence[tuple[str, int, int]], at: int) -> tuple[int, Mention] | None:
        names = self._by_token.get(tokens[at][0])
        if not names or tokens[at][0].isdigit():
            return None
        start, content, length = at, 1, 1
        while at + length < len(tokens) and _joined(draft, tokens[at + length - 1], tokens[at + length]):
            token = tokens[at + length][0]
            if token in _STOP:
                length += 1
                continue
            fewer = names & self._by_token.get(token, set())
            if not fewer:
                break
            names, content, length = fewer, content + 1, length + 1
        while tokens[start + length - 1][0] in _STOP:
            length -= 1
        if content == 1 and not (
            (
                len(tokens[start][0]) > 1
                and (
                    self._stands_out(draft, tokens[start][1])
                    or _LABEL.match(draft.folded, tokens[start][2])
                    or _THE_ONE.search(draft.folded[max(0, tokens[start][1] - 12) : tokens[start][1]])
                )
                and len(names) * 2 <= len(self._by_tokens)
            )
            or self._heads(draft, tokens[start], names)
        ):
            return None
        refs = frozenset(ref for name in names for ref in self._by_tokens[name])
        return (length, Mention(tokens[start][1], tokens[start + length - 1][2], refs, False)) if refs else None

    def _heads(self, draft: Draft, at: tuple[str, int, int], names: set[tuple[str, ...]]) -> bool:
        """ "La bomba", "the pump": things are called by the noun of their name without a capital, which is its first
        word or, in English, one behind it. A noun of three letters needs its article ("the can", "2 figs", "luz,")."""
        token = at[0]
        if len(token) < 3 or (len(token) == 3 and not _ARTICLE.search(draft.folded[max(0, at[1] - 12) : at[1]])):
            return False
        for name in names:
            words = [word for word in name if word.isalpha() and word not in _STOP]
            nouns = words[1:] or words if self.nouns_last else words[:1]
            if token in nouns and any(ref.startswith(_WHOLE) for ref in self._by_tokens[name]):
                return True
        return False

    @staticmethod
    def _stands_out(draft: Draft, at: int) -> bool:
        if not draft.raw[at].isupper():
            return False
        before = draft.raw[max(0, at - 4) : at].rstrip(" ")
        return bool(before) and before[-1] not in ".!?¿¡\n"


def _joined(draft: Draft, left: tuple[str, int, int], right: tuple[str, int, int]) -> bool:
    gap = draft.folded[left[2] : right[1]]
    return bool(_GAP.fullmatch(gap)) and not ("," in gap and right[0].isdigit())


@dataclass
class Subjects:
    """The mentions of a draft and of the customer's newest words, and the question whose figure it is."""

    draft: Draft
    mentions: list[Mention]
    asked: list[Mention]

    def nearest(self, at: Span, peers: Sequence[Span] = ()) -> list[Mention] | None:
        """The mentions a figure belongs to; several if they are named in one breath, None if the draft names nothing.
        `peers` are the figures listed together with it, itself included."""
        if len(peers) > 1:
            chain = self._before(Span(self.draft.sentence(at.start).start, peers[0].start))
            if len(chain) == len(peers):
                return [chain[peers.index(at)]]
        draft = self.draft
        clause, sentence, line = draft.clause(at.start), draft.sentence(at.start), draft.line(at.start)
        if _FOR.fullmatch(draft.folded[sentence.start : at.start]) and (
            found := self._after(Span(at.end, sentence.end))
        ):
            return found
        for found in (
            self._before(Span(clause.start, at.start)),
            self._after(Span(at.end, clause.end)),
            self._before(Span(sentence.start, at.start)),
            self._before(Span(line.start, at.start)),
            self._after(Span(at.end, sentence.end)),
            self._before(Span(0, at.start)),
            self._after(Span(at.end, len(draft.folded))),
        ):
            if found:
                return found
        return None

    def contrasted(self, at: Span) -> list[Mention]:
        """Everything named in a sentence that compares, where the nearest name may be the other one."""
        sentence = self.draft.sentence(at.start)
        if not _CONTRAST.search(self.draft.of(sentence)):
            return []
        return [one for one in self.mentions if sentence.start <= one.start < sentence.end]

    def within(self, span: Span) -> list[Mention]:
        """What is named in a stretch of the draft."""
        return [one for one in self.mentions if span.start <= one.start < span.end]

    def _before(self, span: Span) -> list[Mention]:
        inside = [one for one in self.mentions if span.start <= one.start and one.end <= span.end]
        return self._chain(inside[::-1])[::-1]

    def _after(self, span: Span) -> list[Mention]:
        return self._chain([one for one in self.mentions if span.start <= one.start and one.end <= span.end])

    def _chain(self, ordered: Sequence[Mention]) -> list[Mention]:
        chain = list(ordered[:1])
        for one in ordered[1:]:
            left, right = sorted((chain[-1], one))
            if (
                not _JOIN.fullmatch(self.draft.folded[left.end : right.start])
                or "\n" in self.draft.folded[left.end : right.start]
            ):
                break
            chain.append(one)
        return chain


def refs_of(mentions: Iterable[Mention]) -> set[str]:
    """All subjects the mentions may mean."""
    return {ref for mention in mentions for ref in mention.refs}

"""Words and phrases of a business found in a draft, whatever their accents, capitals, gender, number or tense.

A draft's word is looked up, not searched for: forms of nouns are listed once a policy, verbs are known by root and
ending. Both are rules of thumb for Spanish, Portuguese and English; a word of up to three letters has its plural only.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from graphs.claims.text import Span, fold

_TOKEN = re.compile(r"[a-z0-9]+")
_SMALL_WORDS = "a al as da das de del do dos e el em en in la las lo los na no o of on os the to un una um uma y and"
_SMALL = frozenset(_SMALL_WORDS.split())
"""May stand between the words of a phrase: "campaña de las elecciones"."""
_MOST_BETWEEN = 2
_BREAK = re.compile(r"[.!?;:\n]")
_INFINITIVE = re.compile(r"[a-z]{3,}(?:ar|er|ir)")
_CLITIC = re.compile(r"([a-z]+(?:r|ndo))(?:me|te|se|los?|las?|les?|nos)")
_ENDINGS = (
    "ar er ir o a as es e amos emos imos an en am em ais eis is ou eu iu ei aste este iste io aron ieron aram eram "
    "iram aba abas aban abamos ava avas avam avamos ia ias ian iam iamos are ara aras aran arao aremos ere era "
    "eras eran erao eremos ire ira iras iran irao iremos arei erei irei aria arias arian ariam eria erias erian "
    "iria irian ando iendo endo indo ado ada ados adas ido ida idos idas ase iera ieran asse esse isse"
)
_VERB_ENDINGS = frozenset(_ENDINGS.split())
_LONGEST_ENDING = max(map(len, _VERB_ENDINGS))
_REMEMBERED = 20_000


class Hit(NamedTuple):
    """A phrase found: whose it is, and where it stands in the folded draft."""

    owner: int
    span: Span


class Phrases:
    """All phrases of a business, `owners[n]` being the phrases of owner n."""

    def __init__(self, owners: Sequence[Sequence[str]]) -> None:
        self._ids: dict[str, int] = {}
        self._forms: dict[str, set[int]] = {}
        self._roots: dict[str, set[int]] = {}
        self._by_first: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        self._seen: dict[str, frozenset[int]] = {}
        for owner, phrases in enumerate(owners):
            for phrase in phrases:
                tokens = _TOKEN.findall(fold(phrase))
                weighty = [token for token in tokens if token not in _SMALL] or tokens
                if weighty:
                    first, *rest = (self._word(token) for token in weighty)
                    self._by_first.setdefault(first, []).append((owner, tuple(rest)))

    def find(self, folded: str) -> Iterator[Hit]:
        """Every place of a phrase, in order."""
        if not self._by_first:
            return
        tokens = list(_TOKEN.finditer(folded))
        for at, token in enumerate(tokens):
            for word in self._hits(token[0]):
                for owner, rest in self._by_first.get(word, ()):
                    last = self._follow(folded, tokens, at, rest)
                    if last is not None:
                        yield Hit(owner, Span(token.start(), tokens[last].end()))

    def _follow(self, folded: str, tokens: list[re.Match[str]], at: int, rest: tuple[int, ...]) -> int | None:
        """Where a phrase that begins at a token ends; None if the words behind it are others."""
        for word in rest:
            for step in range(1, _MOST_BETWEEN + 2):
                there = at + step
                if there >= len(tokens) or _BREAK.search(folded, tokens[at].end(), tokens[there].start()):
                    return None
                if word in self._hits(tokens[there][0]):
                    break
                if tokens[there][0] not in _SMALL:
                    return None
            else:
                return None
            at = there
        return at

    def _word(self, token: str) -> int:
        known = self._ids.get(token)
        if known is not None:
            return known
        known = self._ids[token] = len(self._ids)
        for form in _forms(token):
            self._forms.setdefault(form, set()).add(known)
        if _INFINITIVE.fullmatch(token):
            for root in _roots(token[:-2]):
                self._roots.setdefault(root, set()).add(known)
        return known

    def _hits(self, token: str) -> frozenset[int]:
        """The declared words that a draft's word is a form of."""
        found = self._seen.get(token)
        if found is None:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            found = self._seen[token] = frozenset(self._look_up(token))
        return found

    def _look_up(self, token: str) -> set[int]:
        found = set(self._forms.get(token, ()))
        if self._roots:
            without = _CLITIC.fullmatch(token)
            for whole in (token, without[1]) if without else (token,):
                for length in range(1, min(_LONGEST_ENDING, len(whole) - 2) + 1):
                    if whole[-length:] in _VERB_ENDINGS:
                        found |= self._roots.get(whole[:-length], set())
        return found


@lru_cache(maxsize=256)
def phrases_of(owners: tuple[tuple[str, ...], ...]) -> Phrases:
    """Made once for all turns of a business that has these phrases."""
    return Phrases(owners)


def _forms(word: str) -> set[str]:
    """A noun or adjective in both numbers and genders, an English verb in its tenses."""
    if len(word) <= 3 or not word.isalpha():
        return {word, f"{word[:-1]}ces" if word.endswith("z") else f"{word}s"}
    forms = {word}
    for base in _singulars(word):
        forms |= {base, *_plurals(base), *_english(base)}
        root = base[:-1]
        if base[-1] in "oa" and not base.endswith("ao") and len(root) >= 5:
            forms |= {f"{root}o", f"{root}a", f"{root}os", f"{root}as"}
        elif base.endswith("or") and len(base) >= 6:
            forms |= {f"{base}a", f"{base}as"}
    return forms


def _singulars(word: str) -> set[str]:
    if word.endswith(("oes", "aes", "aos")):
        return {f"{word[:-3]}ao"}
    found = {word}
    if word.endswith("ies"):
        found.add(f"{word[:-3]}y")
    if word.endswith("ces"):
        found.add(f"{word[:-3]}z")
    if word.endswith("ns") and len(word) > 4:
        found.add(f"{word[:-2]}m")
    if word.endswith("es") and len(word) > 5:
        found.add(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        found.add(word[:-1])
    return {one for one in found if len(one) > 2}


def _plurals(base: str) -> set[str]:
    found = {f"{base}s"}
    if base.endswith("ao"):
        found |= {f"{base[:-2]}oes", f"{base[:-2]}aes"}
    elif base.endswith("y"):
        found |= {f"{base[:-1]}ies"}
    elif base.endswith("z"):
        found |= {f"{base[:-1]}ces", f"{base}es"}
    elif base.endswith("m"):
        found |= {f"{base[:-1]}ns"}
    elif base.endswith("l"):
        found |= {f"{base[:-1]}is", f"{base}es"}
    if base[-1] not in "aeiou":
        found.add(f"{base}es")
    return found


def _english(base: str) -> set[str]:
    if base.endswith("e"):
        return {f"{base}d", f"{base[:-1]}ing"}
    if base[-1] in "aiou":
        return set()
    return {f"{base}ed", f"{base}ing", f"{base}{base[-1]}ed", f"{base}{base[-1]}ing"}


def _roots(root: str) -> set[str]:
    """A verb's root as its tenses spell it: apost-/apuest-, sac-/saqu-, pag-/pagu-."""
    found = {root}
    vowels = [match.start() for match in re.finditer("[eou]", root)]
    if vowels:
        at = vowels[-1]
        for other in {"o": ("ue", "u"), "e": ("ie", "i"), "u": ("ue",)}[root[at]]:
            found.add(root[:at] + other + root[at + 1 :])
    for end, other in (("c", "qu"), ("g", "gu"), ("z", "c"), ("c", "z"), ("g", "j")):
        found |= {one[: -len(end)] + other for one in tuple(found) if one.endswith(end)}
    return found

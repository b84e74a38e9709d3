"""The words of a query that say something: folded and stemmed, chat left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from agent.search.corrections import taken_back
from agent.search.denials import denied
from agent.search.dictated import Written, taken_down
from agent.search.lexicon import CHAT, SAME, STOP_WORDS, THINGS, TOLD, WISHES
from agent.search.words import VOWELS, fold, singular, sound, stem, written

MOST_QUERY_CHARACTERS = 2_000
MOST_QUERY_WORDS = 24
LONGEST_SPLIT_OFF = 5
"""Letters of a word that says nothing, and may be the beginning or the end of one: `de tergente`."""
LONGEST_DROPPED = 3
WITHOUT = "sin"
"""As `words.written` has it in all languages."""
BELONGING = frozenset("de del da do das dos para pra of for".split())  # noqa: SIM905
CHAT_LENGTHS = {
    first: sorted({len(phrase) for phrase in phrases}, reverse=True)
    for first, phrases in groupby(sorted(CHAT), key=itemgetter(0))
}
"""Of phrases by their first word."""
SAYS_NOTHING = STOP_WORDS | {phrase[0] for phrase in CHAT if len(phrase) == 1 and len(phrase[0]) <= LONGEST_DROPPED}
DOTTED = re.compile(r"\b([^\W\d_]{4,})\.(?!\w)")
WHOLE = re.compile(r"[aeioudlmnrsyz]$")
"""How words end that nobody cut: the dot behind the last one may end the sentence."""
TELLING = re.compile(rf"\b(?:{'|'.join(' '.join(phrase) for phrase in TOLD)})\b")
WISHED = WISHES | {phrase[0] for phrase in CHAT if len(phrase) == 1 and len(phrase[0]) > LONGEST_DROPPED}
SHORTEST_HEARD = 4
"""Sounds of a word that is chat however it is spelt: `hoja` is no `hoje`, `sal` no `sale`."""
WISHED_BY_EAR = frozenset(spoken for word in WISHED if len(spoken := sound(stem(word))) >= SHORTEST_HEARD)

SPELT_WELL = THINGS | {phrase for group in SAME for phrase in group}
"""Words of the lexicon, which are no chat by ear: `aceite` is not `aceita`."""


@dataclass(frozen=True)
class Word:
    """A word of a query, folded and stemmed."""

    stem: str
    written: str = ""
    parts: tuple[str, ...] = ()
    """`500ml`: `500`, `ml`."""
    chat: bool = False
    """It sounds like chat, or is a wish that most things could meet: it counts only if the shop knows it."""
    around: tuple[str, str] = ("", "")
    """What stood before and behind it and says nothing, or was part of it: `de tergente`."""

    of: str = ""
    """The stem of what it tells more about, with a preposition between them: of `dolor de cabeza`, the dolor."""
    taken_back: bool = False
    """Something else was said instead: `la blanca, no, la negra`."""
    without: bool = False
    """It is said to be left out: `sin cable`."""
    unwanted: bool = False
    """The thing shall not be this: `que no sea naranja`; nothing is found for having it."""
    cut: bool = False
    """It is the beginning of one, with a dot behind it: `colch. king`."""
    told: bool = False
    """It stands where one tells what is wrong, in words that name nothing: `algo para que no se me caiga`."""

    @property
    def with_what_is_around(self) -> tuple[str, ...]:
        """What it may be with what stood beside it."""
        before, after = self.around
        wholes = ((before, self.written, ""), ("", self.written, after), (before, self.written, after))
        return tuple(dict.fromkeys("".join(whole) for whole in wholes if any((whole[0], whole[2]))))


def asked(query: str) -> list[Word]:
    """Distinct words of a query that say something, in order, chat left out, as long as something is left."""
    said_so, denial = denied(fold(query[:MOST_QUERY_CHARACTERS]))
    found, back = _read(said_so)
    told = TELLING.search(" ".join(token for token, _ in found)) is not None
    plain = [place for place, (token, _) in enumerate(found) if token not in SAYS_NOTHING]
    said = [place for place in _without_chat(found) if found[place][0] not in STOP_WORDS] or plain
    left_out = [_may_be_part(token) for token, _ in found]
    for place in said:
        left_out[place] = ""
    dotted = _dotted(said_so)
    distinct: dict[str, Word] = {}
    for place in said:
        token, parts = found[place]
        chat = not re.sub("[./]", "", token).isalnum() or _wished(token)
        around = left_out[place - 1] if place else "", left_out[place + 1] if place + 1 < len(found) else ""
        without = place > 0 and found[place - 1][0] == WITHOUT
        cut = token in dotted and (place != said[-1] or WHOLE.search(token) is None)
        of = _of(found, place)
        word = Word(stem(token), token, parts, chat, around, of, token in back, without, cut=cut, told=told)
        distinct.setdefault(stem(token), word)
    if any(not word.chat for word in distinct.values()):
        for token, parts in taken_down(written(denial)):
            if token not in STOP_WORDS and (token,) not in CHAT:
                distinct.setdefault(stem(token), Word(stem(token), token, parts, unwanted=True))
    words = list(distinct.values())
    if len(words) > MOST_QUERY_WORDS:
        words = [word for word in words if not word.chat]
    return words[:MOST_QUERY_WORDS]


def _read(folded: str) -> tuple[list[Written], set[str]]:
    """The words of a query, and those of them that were taken back."""
    back, stands = taken_back(folded)
    if back:
        before, instead = taken_down(written(back)), taken_down(written(stands))
        if any(token not in STOP_WORDS and (token,) not in CHAT for token, _ in instead):
            return before + instead, {token for token, _ in before} - {token for token, _ in instead}
    return taken_down(written(folded)), set()


def _dotted(folded: str) -> set[str]:
    """Words with a dot behind them that are no words as they are."""
    if "." not in folded:
        return set()
    return {token for token in DOTTED.findall(folded) if SPELT_WELL.isdisjoint((token, singular(token)))}


def _of(found: Sequence[Written], place: int) -> str:
    before = place - 1
    while before >= 0 and found[before][0] in STOP_WORDS:
        before -= 1
    between = (token for token, _ in found[before + 1 : place])
    return stem(found[before][0]) if before >= 0 and not BELONGING.isdisjoint(between) else ""


def _wished(token: str) -> bool:
    if token in WISHED:
        return True
    return token not in SPELT_WELL and VOWELS.search(token) is not None and sound(stem(token)) in WISHED_BY_EAR


def _may_be_part(token: str) -> str:
    return token if token.isalpha() and len(token) <= LONGEST_SPLIT_OFF else ""


def _without_chat(found: Sequence[Written]) -> list[int]:
    """Places of what is no chat; a longer word alone is, if it is the last: `zapatillas gracias`."""
    kept: list[int] = []
    place, last = 0, len(found) - 1
    while place < len(found):
        for length in CHAT_LENGTHS.get(found[place][0], ()):
            said = tuple(token for token, _ in found[place : place + length])
            if said in CHAT and (length > 1 or place == last or len(said[0]) <= LONGEST_DROPPED):
                place += length
                break
        else:
            kept.append(place)
            place += 1
    return kept

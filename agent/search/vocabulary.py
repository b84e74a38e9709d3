"""What the words of a query may mean in one shop: as written, as they sound, what they look like, what means the same.

A word is looked up by its sound first. Only one that the shop does not know is guessed at: by words an edit or two
away, as several words written in one, as half a word that was written in two, or as kin of another (`kin.py`).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from agent.search.kin import does, plainer
from agent.search.lexicon import CHAT, COLOURS, SAME, STOP_WORDS, UNITS, WISHES
from agent.search.words import PREPOSITIONS, VOWELS, other_gender, sound, stem, written

MOST_QUERY_CHARACTERS = 2_000
MOST_QUERY_WORDS = 24
MOST_MEANINGS = 5
SHORTEST_GUESSED = 3
SHORTEST_PART, LONGEST_GLUED = 3, 40
SURELY_A_WORD = 4
"""Letters of both halves of what is taken for two words, wherever they stand; shorter ones must be there together."""
SHORTEST_OF_SEVERAL, LEAST_PARTS_TOGETHER, MOST_PARTS = 2, 7, 4
LONGEST_SPLIT_OFF = 5
"""Letters of a word that says nothing, and may be the beginning or the end of one: `de tergente`."""
SHORTEST_SOUND, SHORTEST_GUESS, SHORTEST_BEGINNING = 3, 2, 4
NAMES_OFTEN = 0.3
"""Share of its documents that a word names, to be a name."""
GUESSES_COVER = 2.0
"""A guess that is half alike covers a quarter."""
BY_SOUND, BY_GENDER, BY_BEGINNING, BY_LOOKS = 0.95, 0.9, 0.75, 0.92
BY_KIN, KIN_COVERS = 0.8, 0.8
ONE_BEHIND = re.compile(r"[aeo][^aeiou]$")
"""A letter behind the vowel that stems are without: `donaq`."""
BETWEEN = frozenset(word for word in PREPOSITIONS if len(word) > 1)
SURELY_MEANT = 0.7
"""A guess as like as this is rather meant than two short words in one."""
BY_LEXICON, BY_TENANT = 0.7, 0.9
NUMBER_COUNTS, UNIT_COUNTS, CHAT_COUNTS = 1.0, 0.5, 0.3
LONGEST_DROPPED = 3
LONGEST_CHAT = max(len(phrase) for phrase in CHAT)
WISHED = WISHES | {phrase[0] for phrase in CHAT if len(phrase) == 1 and len(phrase[0]) > LONGEST_DROPPED}
SHORTEST_HEARD = 4
"""Sounds of a word that is chat however it is spelt: `hoja` is no `hoje`, `sal` no `sale`."""
WISHED_BY_EAR = frozenset(spoken for word in WISHED if len(spoken := sound(stem(word))) >= SHORTEST_HEARD)


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

    @property
    def with_what_is_around(self) -> tuple[str, ...]:
        """What it may be with what stood beside it."""
        before, after = self.around
        wholes = ((before, self.written, ""), ("", self.written, after), (before, self.written, after))
        return tuple(dict.fromkeys("".join(whole) for whole in wholes if any((whole[0], whole[2]))))


@dataclass(frozen=True)
class Known:
    """A word of the shop."""

    stem: str
    sound: str
    documents: int
    """In how many of the shelf's documents it occurs."""
    named: int = 0
    """In how many of them it says what the thing is."""


@dataclass(frozen=True)
class Meaning:
    """What a query word may stand for: one word of the shop, or several that must all be there."""

    stems: tuple[str, ...]
    likeness: float
    """1 for the word itself, less for one that only looks or sounds like it, or means about the same."""
    documents: int
    sure: float = 1.0
    """How much of the query word it covers: all of it, unless it is a guess."""
    named: bool = False
    """It says what things are, rather than how they are."""


@dataclass(frozen=True)
class Term:
    """A word of the query, with what it may mean here; no meaning: the shop does not know the word."""

    stem: str
    meanings: tuple[Meaning, ...] = ()
    counts: float = 1.0
    written: str = ""
    says_how: bool = False
    """A colour or a measure: nothing is found for having it alone, where the query names a thing."""

    @property
    def shown(self) -> str:
        """As the customer wrote it, folded."""
        return self.written or self.stem


@dataclass(frozen=True)
class Synonyms:
    """Phrases of stems -> phrases that mean the same, with how alike they are."""

    same: Mapping[tuple[str, ...], tuple[tuple[tuple[str, ...], float], ...]]

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.same), default=0)


def asked(query: str) -> list[Word]:
    """Distinct words of a query that say something, in order, chat left out, as long as something is left."""
    found = written(query[:MOST_QUERY_CHARACTERS])
    plain = [place for place, (token, _) in enumerate(found) if token not in STOP_WORDS]
    said = [place for place in _without_chat(found) if found[place][0] not in STOP_WORDS] or plain
    left_out = [_may_be_part(token) for token, _ in found]
    for place in said:
        left_out[place] = ""
    distinct: dict[str, Word] = {}
    for place in said:
        token, parts = found[place]
        chat = not re.sub("[./]", "", token).isalnum() or _wished(token)
        around = left_out[place - 1] if place else "", left_out[place + 1] if place + 1 < len(found) else ""
        distinct.setdefault(stem(token), Word(stem(token), token, parts, chat, around))
    words = list(distinct.values())
    if len(words) > MOST_QUERY_WORDS:
        words = [word for word in words if not word.chat]
    return words[:MOST_QUERY_WORDS]


def _wished(token: str) -> bool:
    return token in WISHED or (VOWELS.search(token) is not None and sound(stem(token)) in WISHED_BY_EAR)


def _may_be_part(token: str) -> str:
    return token if token.isalpha() and len(token) <= LONGEST_SPLIT_OFF else ""


def _without_chat(found: Sequence[tuple[str, tuple[str, ...]]]) -> list[int]:
    """Places of what is no chat."""
    kept: list[int] = []
    place = 0
    while place < len(found):
        for length in range(LONGEST_CHAT, 0, -1):
            said = tuple(token for token, _ in found[place : place + length])
            if said in CHAT and (length > 1 or len(said[0]) <= LONGEST_DROPPED):
                place += length
                break
        else:
            kept.append(place)
            place += 1
    return kept


def first_look(words: Sequence[Word], synonyms: Synonyms) -> set[str]:
    """Sounds of the words to fetch: as written, and of what means the same; most shops have most of them."""
    wanted = {sound(part) for word in words for part in (word.stem, *word.parts)}
    wanted |= {sound(other) for word in words if (other := other_gender(word.stem))}
    for _, _, meant, _ in _same(words, synonyms):
        wanted |= {sound(part) for part in meant}
    return wanted


def second_look(words: Sequence[Word], known: Iterable[Known]) -> tuple[set[str], list[str]]:
    """(further sounds to fetch: halves of what may be two words in one, what may be one word in two, and kin; sounds
    of words to guess at). Nothing if all words are known."""
    there: dict[str, list[Known]] = defaultdict(list)
    for each in known:
        there[each.sound].append(each)
    strange = {word.stem for word in words if not _exact(word.stem, there)}
    sounds = {
        sound(joined)
        for (first, second), joined in zip(pairwise(words), _joined(words), strict=True)
        if first.stem in strange or second.stem in strange
    }
    unknown = [word for word in words if sound(word.stem) not in there]
    guessed = [word for word in unknown if not word.parts and not word.chat and len(word.stem) >= SHORTEST_GUESSED]
    for word in [*guessed, *(word for word in unknown if word.parts)]:
        sounds |= {sound(stem(half)) for pair in _halves(word.written) for half in pair}
        sounds |= {sound(stem(whole)) for whole in word.with_what_is_around}
        sounds |= {sound(other) for other in plainer(word.stem)}
    return sounds - there.keys(), [sound(said) for word in guessed if word.stem.isalpha() for said in _spellings(word)]


def _spellings(word: Word) -> set[str]:
    """`cala` may be the beginning of a longer word as it stands, and not without its vowel."""
    return {word.stem, word.written} if len(word.stem) < SHORTEST_BEGINNING <= len(word.written) else {word.stem}


def third_look(words: Sequence[Word], known: Iterable[Known]) -> set[str]:
    """Sounds of all that may be parts of words which nothing else explains: `cartulinanegrapliego`."""
    by_sound = _sorted_by_sound(known)
    return {
        sound(stem(word.written[first:last]))
        for word in words
        if _may_be_several(word) and not any(term.meanings for term in _terms(word, by_sound))
        for first in range(len(word.written))
        for last in range(first + SHORTEST_OF_SEVERAL, len(word.written) + 1)
    } - by_sound.keys()


def _may_be_several(word: Word) -> bool:
    return not word.chat and word.written.isalpha() and LEAST_PARTS_TOGETHER <= len(word.written) <= LONGEST_GLUED


def _sorted_by_sound(known: Iterable[Known]) -> dict[str, list[Known]]:
    by_sound: dict[str, list[Known]] = defaultdict(list)
    for each in dict.fromkeys(known):
        by_sound[each.sound].append(each)
    return by_sound


def meanings(words: Sequence[Word], known: Iterable[Known], synonyms: Synonyms) -> list[Term]:
    """One term a word, in order; a term without meanings is a word that the shop does not know.

    `known` is all that both looks brought, alike words included.
    """
    by_sound = _sorted_by_sound(known)
    terms: list[Term] = []
    for word in words:
        terms += _terms(word, by_sound)
    terms = _written_apart(words, terms, by_sound)
    return _with_synonyms(words, terms, by_sound, synonyms)


def _terms(word: Word, by_sound: Mapping[str, Sequence[Known]]) -> list[Term]:
    counts = NUMBER_COUNTS if word.stem.isdigit() else CHAT_COUNTS if word.chat and word.stem.isalpha() else 1.0
    if exact := _exact(word.stem, by_sound):
        return [Term(word.stem, exact, counts, word.written, _says_how(word))]
    if word.chat:
        return []
    for whole in () if word.parts else word.with_what_is_around:
        if exact := _exact(stem(whole), by_sound):
            return [Term(stem(whole), exact, written=whole)]
    pair = _two_in_one(word.written, by_sound)
    if word.parts and not pair:
        return [
            Term(stem(part), _exact(stem(part), by_sound), NUMBER_COUNTS if part.isdigit() else UNIT_COUNTS, part, True)
            for part in word.parts
        ]
    if pair and all(_surely(half, by_sound) for half in pair):
        return [Term(stem(half), _exact(stem(half), by_sound), written=half) for half in pair]
    likely = _kin(word, by_sound) or guessed(word, (each for several in by_sound.values() for each in several))
    if not any(meaning.likeness >= SURELY_MEANT for meaning in likely):
        together = _together(pair or _several_in_one(word, by_sound), by_sound)
        likely = tuple(sorted((*together, *likely), key=lambda each: -each.likeness))
    return [Term(word.stem, likely, counts, word.written)]


def _surely(half: str, by_sound: Mapping[str, Sequence[Known]]) -> bool:
    return len(half) >= SURELY_A_WORD and _exact(stem(half), by_sound)[0].likeness == 1.0


def _says_how(word: Word) -> bool:
    return word.written in COLOURS or word.written.isdigit() or (len(word.parts) > 1 and word.parts[-1] in UNITS)


def _kin(word: Word, by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    """`cuadernito` is a cuaderno, and what is against caspa is asked for as caspa."""
    for other in plainer(word.stem):
        if exact := _exact(other, by_sound):
            return tuple(replace(each, likeness=BY_KIN, sure=KIN_COVERS) for each in exact)
    return ()


def _together(parts: Sequence[str], by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    """Of documents that have all of these words."""
    best = [exact[0] for part in parts if (exact := _exact(stem(part), by_sound))]
    if not best:
        return ()
    stems = tuple(dict.fromkeys(each.stems[0] for each in best))
    return (Meaning(stems, BY_SOUND, min(each.documents for each in best), named=any(each.named for each in best)),)


def _several_in_one(word: Word, by_sound: Mapping[str, Sequence[Known]]) -> tuple[str, ...]:
    """`cartulinanegrapliego`: as few words as can be, of which the shortest is as long as can be."""
    said = word.written
    if not _may_be_several(word):
        return ()
    best: dict[int, tuple[int, int, tuple[str, ...]]] = {0: (0, 0, ())}
    for last in range(SHORTEST_OF_SEVERAL, len(said) + 1):
        for first in range(last - SHORTEST_OF_SEVERAL + 1):
            if first not in best or best[first][0] == -MOST_PARTS:
                continue
            part = said[first:last]
            exact = _exact(stem(part), by_sound)
            there = exact and (len(part) >= SHORTEST_PART or exact[0].stems == (part,))
            between = first > 0 and last < len(said) and part in BETWEEN
            if not there and not between and part not in UNITS:
                continue
            fewer, shortest, parts = best[first]
            way = fewer - 1, min(shortest, len(part)) if parts else len(part), (*parts, part)
            best[last] = max(best.get(last, way), way)
    return best[len(said)][2] if len(said) in best else ()


def _exact(word: str, by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    found = [
        _meaning(each, 1.0, 1.0 if each.stem == word else BY_SOUND)
        for each in by_sound.get(sound(word), ())
        if each.stem == word or len(each.sound) >= SHORTEST_SOUND
    ]
    if other := other_gender(word):
        found += [_meaning(each, 1.0, BY_GENDER) for each in by_sound.get(sound(other), ()) if each.stem == other]
    return tuple(sorted(found, key=lambda each: (-each.likeness, -each.documents)))[:MOST_MEANINGS]


def _meaning(known: Known, sure: float, likeness: float) -> Meaning:
    return Meaning((known.stem,), likeness, known.documents, sure, known.named >= NAMES_OFTEN * known.documents)


def guessed(word: Word, known: Iterable[Known]) -> tuple[Meaning, ...]:
    """Words within an edit or two; a word that only begins like the asked one counts less."""
    if len(word.stem) < SHORTEST_GUESSED or not word.stem.isalpha():
        return ()
    if word.written.isascii() and not VOWELS.search(word.written):
        return ()
    spoken = sound(word.stem)
    found: list[Meaning] = []
    said = sound(word.written)
    one_behind = spoken[:-2] if word.written == word.stem and ONE_BEHIND.search(spoken) else ""
    for each in known:
        likeness = _likeness(spoken[:-1] if each.sound == one_behind else spoken, each.sound)
        if not likeness and each.stem[0] == word.stem[0]:
            likeness = _likeness(word.stem, each.stem)
        if not likeness and len(said) >= SHORTEST_BEGINNING and each.sound.startswith(said):
            likeness = BY_BEGINNING
        if likeness:
            seen = likeness * (0.5 + 0.5 * OSA.normalized_similarity(word.stem, each.stem))
            found.append(_meaning(each, seen**GUESSES_COVER, seen))
    found.sort(key=lambda each: (-each.likeness, -each.documents, each.stems))
    best = found[0].likeness if found else 0.0
    return tuple(each for each in found[:MOST_MEANINGS] if each.likeness >= best - 0.15)


def _likeness(asked: str, near: str) -> float:
    shortest, longest = sorted((len(asked), len(near)))
    if shortest < SHORTEST_GUESS:
        return 0.0
    same_start = asked[0] == near[0]
    allowed = 1 if shortest < (5 if same_start else 8) else 2 if shortest < 9 or not same_start else 3
    edits = OSA.distance(asked, near, score_cutoff=allowed)
    if edits <= allowed and near.isalpha():
        return BY_LOOKS * (1 - edits / (longest + 1))
    if does(asked, near):
        return BY_KIN
    return 0.0


def _two_in_one(word: str, by_sound: Mapping[str, Sequence[Known]]) -> tuple[str, str] | None:
    """`zapatillasazules` -> zapatillas, azules: both halves known, the rarer of them as common as can be."""
    best: tuple[int, tuple[str, str]] | None = None
    for first, second in _halves(word):
        both = _exact(stem(first), by_sound), _exact(stem(second), by_sound)
        if all(both):
            rarer = min(each[0].documents for each in both)
            if best is None or rarer > best[0]:
                best = rarer, (first, second)
    return best[1] if best else None


def _halves(word: str) -> list[tuple[str, str]]:
    if len(word) > LONGEST_GLUED:
        return []
    least = SHORTEST_PART if word.isalpha() else SHORTEST_PART - 1
    places = range(SHORTEST_PART, len(word) - least + 1)
    return [(word[:place], word[place:]) for place in places if not word[place - 1 : place + 1].isdigit()]


def _joined(words: Sequence[Word]) -> list[str]:
    return [stem(first.written + second.written) for first, second in pairwise(words)]


def _written_apart(words: Sequence[Word], terms: list[Term], by_sound: Mapping[str, Sequence[Known]]) -> list[Term]:
    """`zapa tillas` -> zapatill, where the shop does not know one of the halves."""
    for (first, second), joined in zip(pairwise(words), _joined(words), strict=True):
        places = {term.stem: place for place, term in enumerate(terms)}
        if first.stem not in places or second.stem not in places:
            continue
        one, two = places[first.stem], places[second.stem]
        whole = _exact(joined, by_sound)
        if whole and two == one + 1 and not (_sure(terms[one]) and _sure(terms[two])):
            terms = [*terms[:one], Term(joined, whole, written=first.written + second.written), *terms[two + 1 :]]
    return terms


def _sure(term: Term) -> bool:
    return any(meaning.likeness >= BY_SOUND for meaning in term.meanings)


def _with_synonyms(
    words: Sequence[Word], terms: list[Term], by_sound: Mapping[str, Sequence[Known]], synonyms: Synonyms
) -> list[Term]:
    added: dict[str, list[Meaning]] = defaultdict(list)
    for start, length, meant, likeness in _same(words, synonyms):
        known = [_exact(part, by_sound) for part in meant]
        if known and all(known):
            meaning = Meaning(
                tuple(each[0].stems[0] for each in known),
                likeness,
                min(each[0].documents for each in known),
                named=any(each[0].named for each in known),
            )
            for word in words[start : start + length]:
                added[word.stem].append(meaning)
    return [
        replace(term, meanings=(*term.meanings, *added[term.stem])) if term.stem in added else term for term in terms
    ]


def _same(words: Sequence[Word], synonyms: Synonyms) -> list[tuple[int, int, tuple[str, ...], float]]:
    """(first word, how many, what means the same, how alike) for each phrase of the query that has synonyms."""
    found = []
    said = tuple(word.stem for word in words)
    for start in range(len(said)):
        for length in range(1, min(synonyms.longest, len(said) - start) + 1):
            for meant, likeness in synonyms.same.get(said[start : start + length], ()):
                found.append((start, length, meant, likeness))
    return found


def phrase(text: str) -> tuple[str, ...]:
    """A synonym as the index knows it."""
    return tuple(stem(token) for token, _ in written(text) if token not in STOP_WORDS)


@lru_cache(maxsize=1)
def built_in() -> Synonyms:
    """The lexicon's groups: every phrase of one stands for every other."""
    same: dict[tuple[str, ...], dict[tuple[str, ...], float]] = defaultdict(dict)
    for group in SAME:
        phrases = list(dict.fromkeys(found for each in group if (found := phrase(each))))
        for one in phrases:
            same[one] |= {other: BY_LEXICON for other in phrases if other != one}
    return Synonyms({one: tuple(others.items()) for one, others in same.items()})

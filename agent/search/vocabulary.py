"""What the words of a query may mean in one shop: as written, as they sound, what they look like, what means the same.

A word is looked up by its sound first. Only one that the shop does not know is guessed at: by words an edit or two
away, as several words written in one, as half a word that was written in two, or as kin of another (`kin.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agent.search.guessing import (
    BY_SOUND,
    SHORTEST_BEGINNING,
    SHORTEST_GUESSED,
    SHORTEST_OF_SEVERAL,
    Known,
    Meaning,
    guessed,
    halves,
    heard,
    kin,
    may_be_several,
    several_in_one,
    surely,
    together,
    two_in_one,
)
from agent.search.kin import plainer
from agent.search.lexicon import COLOURS, UNITS
from agent.search.queries import Word
from agent.search.thesaurus import BY_LEXICON, Phrase, Synonyms
from agent.search.words import SHORT, other_gender, singular, sound, stem

SURELY_MEANT = 0.7
"""A guess as like as this is rather meant than two short words in one."""
UNNAMED_COVERS = 0.6
"""Of a word, by a synonym of the lexicon that names nothing here: `media` for calcetín, where a brush is medio."""
PART_IS, PART_COVERS = 0.5, 0.3
"""Of what is behind the preposition in a phrase of the lexicon, alone."""
NUMBER_COUNTS, UNIT_COUNTS, CHAT_COUNTS = 1.0, 0.5, 0.3
COLOUR_STEMS = frozenset(map(stem, COLOURS))
MOST_LETTERS_APART = 80
"""Of a query's words that may be several: the parts of a word are as many as half its letters squared."""


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


def first_look(words: Sequence[Word], synonyms: Synonyms) -> set[str]:
    """Sounds of the words to fetch: as written, and of what means the same; most shops have most of them."""
    wanted = {sound(part) for word in words for part in (word.stem, *word.parts)}
    wanted |= {sound(other) for word in words if (other := other_gender(word.stem))}
    for _, _, meant, _ in _same(words, synonyms):
        wanted |= {sound(part) for part in meant}
    return wanted


def second_look(words: Sequence[Word], known: Iterable[Known], synonyms: Synonyms) -> tuple[set[str], list[str]]:
    """(further sounds to fetch: halves of what may be two words in one, what may be one word in two, kin, and what
    means the same as a word that is misspelt; sounds of words to guess at). Nothing if all words are known."""
    there: dict[str, list[Known]] = defaultdict(list)
    for each in known:
        there[each.sound].append(each)
    strange = {word.stem for word in words if not heard(word.stem, there)}
    sounds = {
        sound(joined)
        for (first, second), joined in zip(pairwise(words), _joined(words), strict=True)
        if first.stem in strange or second.stem in strange
    }
    unknown = [word for word in words if sound(word.stem) not in there]
    guessed = [word for word in unknown if not word.parts and not word.chat and len(word.stem) >= SHORTEST_GUESSED]
    for word in [*guessed, *(word for word in unknown if word.parts)]:
        sounds |= {sound(stem(half)) for pair in halves(word.written) for half in pair}
        sounds |= {sound(stem(whole)) for whole in word.with_what_is_around}
        sounds |= {sound(other) for other in plainer(word.stem, word.written)}
    for word in guessed:
        sounds |= {sound(part) for meant, _ in synonyms.misspelt(word.stem) for part in meant}
    return sounds - there.keys(), [sound(said) for word in guessed if word.stem.isalpha() for said in _spellings(word)]


def _spellings(word: Word) -> set[str]:
    """`cala` may be the beginning of a longer word as it stands, and not without its vowel; `jaxra` a `jarra`, which
    has kept its ending."""
    found = {word.stem}
    if len(word.stem) < SHORTEST_BEGINNING <= len(word.written):
        found.add(word.written)
    if len(sound(whole := singular(word.written))) <= SHORT + 1:
        found.add(whole)
    return found


def alone(words: Sequence[Word], known: Iterable[Known], synonyms: Synonyms) -> dict[Word, list[Term]]:
    """What each word means by itself; `known` is all that the looks brought, alike words included. A word that has
    synonyms is spelt well, and no slip of the pen for another: `caderno` is no cadeira."""
    by_sound = _sorted_by_sound(known)
    apart = _to_take_apart(words, by_sound)
    return {word: _terms(word, by_sound, synonyms, apart=word in apart) for word in words}


def third_look(each: Mapping[Word, Sequence[Term]], known: Iterable[Known]) -> set[str]:
    """Sounds of all that may be parts of words which nothing else explains: `cartulinanegrapliego`."""
    unknown = {word for word, terms in each.items() if not any(term.meanings for term in terms)}
    if not unknown:
        return set()
    by_sound = _sorted_by_sound(known)
    return {
        sound(stem(word.written[first:last]))
        for word in unknown & _to_take_apart(each, by_sound)
        for first in range(len(word.written))
        for last in range(first + SHORTEST_OF_SEVERAL, len(word.written) + 1)
    } - by_sound.keys()


def _to_take_apart(words: Iterable[Word], by_sound: Mapping[str, Sequence[Known]]) -> set[Word]:
    """Those that the shop does not know and that are long enough, in order and as far as their letters go."""
    found, letters = set[Word](), 0
    for word in words:
        if may_be_several(word) and not heard(word.stem, by_sound):
            letters += len(word.written)
            if letters > MOST_LETTERS_APART:
                break
            found.add(word)
    return found


def _sorted_by_sound(known: Iterable[Known]) -> dict[str, list[Known]]:
    by_sound: dict[str, list[Known]] = defaultdict(list)
    for each in dict.fromkeys(known):
        by_sound[each.sound].append(each)
    return by_sound


def meanings(each: Mapping[Word, Sequence[Term]], known: Iterable[Known], synonyms: Synonyms) -> list[Term]:
    """One term a word, in order; a term without meanings is a word that the shop does not know."""
    by_sound = _sorted_by_sound(known)
    words, terms = list(each), [term for terms in each.values() for term in terms]
    terms = _written_apart(words, terms, by_sound)
    return _with_synonyms(words, terms, by_sound, synonyms)


def _terms(word: Word, by_sound: Mapping[str, Sequence[Known]], synonyms: Synonyms, *, apart: bool) -> list[Term]:
    counts = NUMBER_COUNTS if word.stem.isdigit() else CHAT_COUNTS if word.chat and word.stem.isalpha() else 1.0
    if exact := heard(word.stem, by_sound):
        return [Term(word.stem, exact, counts, word.written, _says_how(word))]
    if word.chat:
        return []
    for whole in () if word.parts else word.with_what_is_around:
        if exact := heard(stem(whole), by_sound):
            return [Term(stem(whole), exact, written=whole)]
    pair = two_in_one(word.written, by_sound)
    if word.parts and not pair:
        return [
            Term(stem(part), heard(stem(part), by_sound), NUMBER_COUNTS if part.isdigit() else UNIT_COUNTS, part, True)
            for part in word.parts
        ]
    if pair and all(surely(half, by_sound) for half in pair):
        return [Term(stem(half), heard(stem(half), by_sound), written=half) for half in pair]
    likely = kin(word, by_sound)
    if not likely:
        every = (each for several in by_sound.values() for each in several)
        likely = guessed(word, every, spelt_well=(word.stem,) in synonyms.same)
    if not any(meaning.likeness >= SURELY_MEANT for meaning in likely):
        at_once = together(pair or (several_in_one(word, by_sound) if apart else ()), by_sound)
        likely = tuple(sorted((*at_once, *likely), key=lambda each: -each.likeness))
    return [Term(word.stem, likely, counts, word.written)]


def _says_how(word: Word) -> bool:
    return _is_colour(word) or word.written.isdigit() or (len(word.parts) > 1 and word.parts[-1] in UNITS)


def _is_colour(word: Word) -> bool:
    return word.stem in COLOUR_STEMS


def _joined(words: Sequence[Word]) -> list[str]:
    return [stem(first.written + second.written) for first, second in pairwise(words)]


def _written_apart(words: Sequence[Word], terms: list[Term], by_sound: Mapping[str, Sequence[Known]]) -> list[Term]:
    """`zapa tillas` -> zapatill, where the shop does not know one of the halves."""
    for (first, second), joined in zip(pairwise(words), _joined(words), strict=True):
        places = {term.stem: place for place, term in enumerate(terms)}
        if first.stem not in places or second.stem not in places:
            continue
        one, two = places[first.stem], places[second.stem]
        whole = heard(joined, by_sound)
        if whole and two == one + 1 and not (_sure(terms[one]) and _sure(terms[two])):
            terms = [*terms[:one], Term(joined, whole, written=first.written + second.written), *terms[two + 1 :]]
    return terms


def _sure(term: Term) -> bool:
    return any(meaning.likeness >= BY_SOUND for meaning in term.meanings)


def _with_synonyms(
    words: Sequence[Word], terms: list[Term], by_sound: Mapping[str, Sequence[Known]], synonyms: Synonyms
) -> list[Term]:
    added: dict[str, list[Meaning]] = defaultdict(list)
    same = _same(words, synonyms)
    for start, length, meant, likeness in [*same, *_misspelt(words, by_sound, synonyms)]:
        known, phrase = [_meant(part, by_sound) for part in meant], words[start : start + length]
        if known and all(known):
            named = any(each[0].named for each in known)
            sure = named or max(len(known), length) > 1 or likeness > BY_LEXICON or any(map(_is_colour, phrase))
            meaning = Meaning(
                tuple(each[0].stems[0] for each in known),
                likeness,
                min(each[0].documents for each in known),
                1.0 if sure else UNNAMED_COVERS,
                named,
            )
            for word in phrase:
                added[word.stem].append(meaning)
    terms = _as_part_of_a_phrase(words, terms, {found[:2] for found in same if found[1] > 1})
    return [
        replace(term, meanings=(*term.meanings, *added[term.stem])) if term.stem in added else term for term in terms
    ]


def _as_part_of_a_phrase(
    words: Sequence[Word], terms: Sequence[Term], phrases: Iterable[tuple[int, int]]
) -> list[Term]:
    """What the lexicon has as one thing is asked for whole: a lamp for the head is no cure for a `dolor de cabeza`.
    `phrases` are (first word, how many)."""
    meant = {term.stem: term.meanings for term in terms}
    parts: dict[str, tuple[Meaning, ...]] = {}
    for start, length in sorted(phrases):
        stems = [word.stem for word in words[start : start + length]]
        for word in words[start : start + length]:
            if word.of in stems and meant.get(word.stem):
                partly = (
                    replace(each, likeness=each.likeness * PART_IS, sure=each.sure * PART_COVERS, named=False)
                    for each in meant[word.stem]
                )
                parts[word.stem] = (*_whole([meant.get(stem, ())[:1] for stem in stems]), *partly)
    return [replace(term, meanings=parts[term.stem]) if term.stem in parts else term for term in terms]


def _whole(each: Sequence[tuple[Meaning, ...]]) -> tuple[Meaning, ...]:
    """Of documents that have what is likeliest meant by each of several words."""
    if not all(each):
        return ()
    likeliest = [meanings[0] for meanings in each]
    return (
        Meaning(
            tuple(dict.fromkeys(stem for meaning in likeliest for stem in meaning.stems)),
            min(meaning.likeness for meaning in likeliest),
            min(meaning.documents for meaning in likeliest),
            min(meaning.sure for meaning in likeliest),
        ),
    )


def _meant(part: str, by_sound: Mapping[str, Sequence[Known]]) -> tuple[Meaning, ...]:
    """A synonym is written well: a word that only sounds like it is another: `escoba` and `escova`."""
    return tuple(each for each in heard(part, by_sound) if each.stems == (part,))


def _same(words: Sequence[Word], synonyms: Synonyms) -> list[tuple[int, int, Phrase, float]]:
    """(first word, how many, what means the same, how alike) for each phrase of the query that has synonyms."""
    found = []
    said = tuple(word.stem for word in words)
    for start in range(len(said)):
        for length in range(1, min(synonyms.longest, len(said) - start) + 1):
            for meant, likeness in synonyms.same.get(said[start : start + length], ()):
                found.append((start, length, meant, likeness))
    return found


def _misspelt(
    words: Sequence[Word], by_sound: Mapping[str, Sequence[Known]], synonyms: Synonyms
) -> Iterator[tuple[int, int, Phrase, float]]:
    """The same for words that the shop does not know."""
    for place, word in enumerate(words):
        if not word.chat and not heard(word.stem, by_sound):
            yield from ((place, 1, *same) for same in synonyms.misspelt(word.stem))

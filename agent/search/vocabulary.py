"""What the words of a query may mean in one shop: as written, as they sound, what they look like, what means the same.

A word is looked up by its sound first. Only one that the shop does not know is guessed at: by words an edit or two
away, as several words written in one, as half a word that was written in two, or as kin of another (`kin.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from agent.search.glued import (
    MOST_GUESSED,
    SHORTEST_OF_SEVERAL,
    SHORTEST_WITH_A_SLIP,
    by_chance,
    halves,
    may_be_several,
    rests,
    several_in_one,
    surely,
    together,
    two_in_one,
    with_rest,
    without_preposition,
)
from agent.search.guessing import (
    SHORTEST_BEGINNING,
    SHORTEST_GUESSED,
    Known,
    Meaning,
    guessed,
    heard,
    is_heard,
    kin,
)
from agent.search.kin import plainer
from agent.search.lexicon import UNITS
from agent.search.phrases import (
    THING_STEMS,
    Term,
    after_corrections,
    after_denials,
    after_verbs,
    is_colour,
    is_one_word,
    is_sure,
    is_verb,
    same_as,
    same_as_kin,
    spelt_well,
    with_synonyms,
    without_other_things,
)
from agent.search.queries import WITHOUT, Word
from agent.search.thesaurus import Synonyms
from agent.search.words import SHORT, other_gender, singular, sound, stem

SURELY_MEANT = 0.7
"""A guess as like as this is rather meant than two short words in one."""
NUMBER_COUNTS, UNIT_COUNTS, CHAT_COUNTS = 1.0, 0.5, 0.3
WITHOUT_COUNTS = 0.3
"""Of the `sin` in `sin cable`: what is without something else is no answer."""
TOLD_COUNTS = 0.4
"""Of a word that the shop does not know and that is no name of a thing: a verb, or one in a tale of what is wrong."""
AGES = frozenset(map(stem, ("ano", "mes")))
"""Of whom it is for: a measure."""
MOST_RESTS = 6
"""Of a query that are guessed at beside a word that is known."""
MOST_LETTERS_APART = 80
"""Of a query's words that may be several: the parts of a word are as many as half its letters squared."""


def first_look(words: Sequence[Word], synonyms: Synonyms) -> set[str]:
    """Sounds of the words to fetch: as written, and of what means the same; most shops have most of them."""
    wanted = {sound(part) for word in words for part in (word.stem, *word.parts)}
    wanted |= {sound(other) for word in words if (other := other_gender(word.stem))}
    for _, _, meant, _ in same_as(words, synonyms):
        wanted |= {sound(part) for part in meant}
    return wanted


def second_look(words: Sequence[Word], known: Iterable[Known], synonyms: Synonyms) -> tuple[set[str], list[str]]:
    """(further sounds to fetch: halves of what may be two words in one, what may be one word in two, kin, and what
    means the same as a word that is misspelt; sounds of words to guess at). Nothing if all words are known."""
    there: dict[str, list[Known]] = defaultdict(list)
    for each in known:
        there[each.sound].append(each)
    strange = {word.stem for word in words if not is_heard(word.stem, there)}
    unknown = [word for word in words if sound(word.stem) not in there]
    if not strange and not unknown:
        return set(), []
    beside = (pair for pair in pairwise(words) if pair[0].stem in strange or pair[1].stem in strange)
    sounds = {sound(_joined(*pair)) for pair in beside}
    guessed = [word for word in unknown if not word.parts and not word.chat and len(word.stem) >= SHORTEST_GUESSED]
    for word in [*guessed, *(word for word in unknown if word.parts)]:
        sounds |= {sound(stem(half)) for pair in halves(word.written) for half in pair}
        sounds |= {sound(stem(whole)) for whole in (*word.with_what_is_around, *without_preposition(word.written))}
        sounds |= {sound(other) for other in plainer(word.stem, word.written)}
    for word in guessed:
        sounds |= {sound(part) for meant, _ in same_as_kin(word, synonyms) for part in meant}
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


def fourth_look(each: Mapping[Word, Sequence[Term]], known: Iterable[Known]) -> list[str]:
    """Sounds of words to guess at: what is written as one with a word of the shop, `mouseinalamgrico`, where nothing
    else explains it."""
    return [sound(said) for _, _, rest in _half_known(each, known) for said in _spellings(Word(stem(rest), rest))]


def with_rests(
    each: Mapping[Word, list[Term]], known: Sequence[Known], near: Iterable[Known]
) -> dict[Word, list[Term]]:
    """The same terms with what those words may mean; `near` is what the fourth look brought."""
    by_sound = _sorted_by_sound(known)
    near = {word.stem: word for word in near}.values()
    meant: dict[Word, list[Meaning]] = defaultdict(list)
    for word, half, rest in _half_known(each, known):
        meant[word] += with_rest(half, rest, by_sound, near)
    with_them = {
        word: [replace(term, meanings=(*term.meanings, *_likeliest(found))) for term in each[word]]
        for word, found in meant.items()
    }
    return {**each, **with_them}


def _likeliest(found: Iterable[Meaning]) -> list[Meaning]:
    """Each once."""
    best = {meaning.stems: meaning for meaning in sorted(found, key=lambda each: each.likeness)}
    return sorted(best.values(), key=lambda each: (-each.likeness, -each.documents, each.stems))[:MOST_GUESSED]


def _half_known(each: Mapping[Word, Sequence[Term]], known: Iterable[Known]) -> list[tuple[Word, str, str]]:
    """(word, what the shop has of it, the rest) for words that nothing else explains."""
    unknown = {
        word
        for word, terms in each.items()
        if len(word.written) >= SHORTEST_WITH_A_SLIP
        and not any(len(meaning.stems) == 1 for term in terms for meaning in term.meanings)
    }
    if not unknown:
        return []
    by_sound = _sorted_by_sound(known)
    apart = unknown & _to_take_apart(each, by_sound)
    found = [
        (word, half, rest)
        for word in each
        if word in apart and by_chance(word, by_sound)
        for half, rest in rests(word, by_sound)
    ]
    return found[:MOST_RESTS]


def _to_take_apart(words: Iterable[Word], by_sound: Mapping[str, Sequence[Known]]) -> set[Word]:
    """Those that the shop does not know and that are long enough, in order and as far as their letters go."""
    found, letters = set[Word](), 0
    for word in words:
        if may_be_several(word) and not is_one_word(word) and not is_heard(word.stem, by_sound):
            letters += len(word.written)
            if letters > MOST_LETTERS_APART:
                break
            found.add(word)
    return found


def _sorted_by_sound(known: Iterable[Known]) -> dict[str, list[Known]]:
    by_sound: dict[str, list[Known]] = defaultdict(list)
    for each in {word.stem: word for word in known}.values():
        by_sound[each.sound].append(each)
    return by_sound


def meanings(each: Mapping[Word, Sequence[Term]], known: Iterable[Known], synonyms: Synonyms) -> list[Term]:
    """One term a word, in order; a term without meanings is a word that the shop does not know."""
    by_sound = _sorted_by_sound(known)
    words, terms = list(each), [term for terms in each.values() for term in terms]
    terms = _written_apart(words, terms, by_sound)
    terms = [term for term in with_synonyms(words, terms, by_sound, synonyms) if term.meanings or not term.chat]
    terms = after_verbs(words, without_other_things(words, terms, synonyms))
    return after_denials(words, after_corrections(words, terms))


def _terms(word: Word, by_sound: Mapping[str, Sequence[Known]], synonyms: Synonyms, *, apart: bool) -> list[Term]:
    counts = _counts(word)
    exact = heard(word.stem, by_sound)
    if word.chat or word.stem in THING_STEMS:
        exact = tuple(each for each in exact if each.stems[0] in (word.stem, other_gender(word.stem)))
    if exact or word.chat:
        return [Term(word.stem, exact, counts, word.written, _says_how(word), word.chat)]
    for whole in () if word.parts else (*word.with_what_is_around, *without_preposition(word.written)):
        if exact := heard(stem(whole), by_sound):
            return [Term(stem(whole), exact, written=whole)]
    pair = None if is_one_word(word) else two_in_one(word.written, by_sound)
    if word.parts and not pair:
        return [
            Term(stem(part), heard(stem(part), by_sound), NUMBER_COUNTS if part.isdigit() else UNIT_COUNTS, part, True)
            for part in word.parts
        ]
    if pair and all(surely(half, by_sound) for half in pair):
        return [Term(stem(half), heard(stem(half), by_sound), written=half) for half in pair]
    likely = kin(word, by_sound)
    well = spelt_well(word.stem, synonyms)
    if not likely:
        every = (each for several in by_sound.values() for each in several)
        likely = guessed(word, every, spelt_well=well)
    if not any(meaning.likeness >= SURELY_MEANT for meaning in likely):
        at_once = together(pair or (several_in_one(word, by_sound) if apart else ()), by_sound)
        likely = tuple(sorted((*at_once, *likely), key=lambda each: -each.likeness))
    names_nothing = not well and (word.told or is_verb(word))
    if names_nothing and not any(meaning.likeness >= SURELY_MEANT for meaning in likely):
        counts = TOLD_COUNTS
    return [Term(word.stem, likely, counts, word.written)]


def _counts(word: Word) -> float:
    if word.stem in AGES:
        return UNIT_COUNTS
    if word.stem == WITHOUT:
        return WITHOUT_COUNTS
    return NUMBER_COUNTS if word.stem.isdigit() else CHAT_COUNTS if word.chat and word.stem.isalpha() else 1.0


def _says_how(word: Word) -> bool:
    measured = word.written.isdigit() or (len(word.parts) > 1 and word.parts[-1] in UNITS)
    return measured or is_colour(word) or word.stem in AGES


def _joined(first: Word, second: Word) -> str:
    return stem(first.written + second.written)


def _written_apart(words: Sequence[Word], terms: list[Term], by_sound: Mapping[str, Sequence[Known]]) -> list[Term]:
    """`zapa tillas` -> zapatill, where the shop does not know one of the halves."""
    for first, second in pairwise(words):
        places = {term.stem: place for place, term in enumerate(terms)}
        if first.stem not in places or second.stem not in places:
            continue
        one, two = places[first.stem], places[second.stem]
        if two != one + 1 or (is_sure(terms[one]) and is_sure(terms[two])):
            continue
        if whole := heard(joined := _joined(first, second), by_sound):
            terms = [*terms[:one], Term(joined, whole, written=first.written + second.written), *terms[two + 1 :]]
    return terms

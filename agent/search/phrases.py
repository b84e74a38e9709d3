"""What the words of a query mean together: phrases that mean the same, and what other words make of one."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.search.guessing import BY_GENDER, BY_KIN, BY_SOUND, Known, Meaning, as_written, is_heard
from agent.search.kin import plainer
from agent.search.lexicon import COLOURS, SAME, THINGS
from agent.search.queries import WITHOUT, Word
from agent.search.thesaurus import BY_LEXICON, Phrase, Synonyms
from agent.search.words import stem

UNNAMED_COVERS = 0.6
"""Of a word, by a synonym of the lexicon that names nothing here: `media` for calcetín, where a brush is medio."""
PART_IS, PART_COVERS = 0.5, 0.3
"""Of what is behind the preposition in a phrase of the lexicon, alone."""
TAKEN_BACK_COUNTS = 0.4
"""Of a word that the customer took back: the thing may be said only once, `la polera blanca, no, la negra`."""
QUANTITIES = frozenset(
    stem(word)
    for word in (
        "docena",
        "duzia",
        "caja",
        "caixa",
        "paquete",
        "pacote",
        "bolsa",
        "saco",
        "botella",
        "garrafa",
        "rollo",
    )
)
"""How much of a thing is wanted: no other thing."""
INFINITIVE, PRONOUN = re.compile(r"[a-z]{3,}[aei]r"), re.compile(r"(.+r)(?:me|te|se|l[oa]s?)")
COLOUR_STEMS = frozenset(map(stem, COLOURS))
THING_STEMS = frozenset(map(stem, THINGS))
NAMES = THING_STEMS | {stem(phrase) for group in SAME for phrase in group}
"""Stems of words that the lexicon has for things."""


@dataclass(frozen=True)
class Term:
    """A word of the query, with what it may mean here; no meaning: the shop does not know the word."""

    stem: str
    meanings: tuple[Meaning, ...] = ()
    counts: float = 1.0
    written: str = ""
    says_how: bool = False
    """A colour or a measure: nothing is found for having it alone, where the query names a thing."""
    chat: bool = False
    """It is nothing if nothing here is meant by it."""
    without: bool = False
    """What has it as it was said, and is not without it, is the opposite of what was asked for."""

    @property
    def shown(self) -> str:
        """As the customer wrote it, folded."""
        return self.written or self.stem

    @property
    def unwanted(self) -> bool:
        """Nothing is found for having it."""
        return not self.counts


def stems_of(terms: Iterable[Term]) -> set[str]:
    """All that they may stand for."""
    found = {stem for term in terms for meaning in term.meanings for stem in meaning.stems}
    return found | {WITHOUT} if any(term.without for term in terms) else found


def asked_for(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Those that something may be found for."""
    return tuple(term for term in terms if not term.unwanted)


def after_denials(words: Sequence[Word], terms: Sequence[Term]) -> list[Term]:
    """What shall not be there stands for itself alone."""
    without = {word.stem: word.unwanted for word in words if word.without or word.unwanted}
    if not without:
        return list(terms)
    kept = []
    for term in terms:
        if term.stem in without:
            term = replace(term, without=True)
            if without[term.stem]:
                term = replace(term, counts=0.0, meanings=tuple(each for each in term.meanings if as_said(each)))
        if term.counts or term.meanings:
            kept.append(term)
    return kept


def as_said(meaning: Meaning) -> bool:
    """Whether it is the word that was said, rather than one that means about the same."""
    return meaning.likeness >= BY_GENDER


def after_corrections(words: Sequence[Word], terms: Sequence[Term]) -> list[Term]:
    """What was taken back counts little, if the shop knows what was said instead."""
    back = {word.stem for word in words if word.taken_back}
    if not back or not any(is_sure(term) for term in terms if term.stem not in back):
        return list(terms)
    return [replace(term, counts=term.counts * TAKEN_BACK_COUNTS) if term.stem in back else term for term in terms]


def without_other_things(words: Sequence[Word], terms: Sequence[Term], synonyms: Synonyms) -> list[Term]:
    """What belongs to a thing that the shop does not have names nothing: trainers are no `raqueta de tenis`."""
    there = {term.stem for term in terms if term.meanings}
    of = {word.stem for word in words if word.of not in ("", *there, *QUANTITIES) and spelt_well(word.of, synonyms)}
    return [
        replace(term, meanings=tuple(replace(each, named=False) for each in term.meanings)) if term.stem in of else term
        for term in terms
    ]


def after_verbs(words: Sequence[Word], terms: Sequence[Term]) -> list[Term]:
    """Where the first word says what shall be done, the others say with what, and name nothing: no shoes for `pegar un
    zapato`."""
    if not words or not terms or not is_verb(words[0]) or terms[0].stem != words[0].stem or not terms[0].meanings:
        return list(terms)
    if any(each.stems == (terms[0].stem,) for each in terms[0].meanings):
        return list(terms)
    first, *others = terms
    return [first, *(replace(term, meanings=tuple(map(_not_named, term.meanings))) for term in others)]


def _not_named(meaning: Meaning) -> Meaning:
    return replace(meaning, likeness=meaning.likeness * PART_IS, named=False)


def is_verb(word: Word) -> bool:
    """Whether it may say what shall be done, and is no name of a thing."""
    infinitive = word.written
    if word.chat and (with_pronoun := PRONOUN.fullmatch(infinitive)):
        infinitive = with_pronoun[1]
    return INFINITIVE.fullmatch(infinitive) is not None and word.stem not in NAMES


def spelt_well(stem: str, synonyms: Synonyms) -> bool:
    """Whether the lexicon has it."""
    return (stem,) in synonyms.same or stem in THING_STEMS


def is_one_word(word: Word) -> bool:
    """Whether the lexicon has it, or what it is a small one of: `pastelito` is no paste of Elito's."""
    return word.stem in THING_STEMS or any(other in NAMES for other in plainer(word.stem, word.written))


def is_sure(term: Term) -> bool:
    return any(meaning.likeness >= BY_SOUND for meaning in term.meanings)


def is_colour(word: Word) -> bool:
    return word.stem in COLOUR_STEMS


def with_synonyms(
    words: Sequence[Word], terms: list[Term], by_sound: Mapping[str, Sequence[Known]], synonyms: Synonyms
) -> list[Term]:
    """What means the same is added. Words of a phrase that means something here are spelt well, and where one of them
    is a verb, the others say little alone: what takes nail polish off is none."""
    added: dict[str, list[Meaning]] = defaultdict(list)
    same = same_as(words, synonyms)
    whole: dict[str, float] = {}
    for start, length, meant, likeness in [*same, *_misspelt(words, by_sound, synonyms)]:
        # A synonym is written well: `escoba` is no `escova`.
        known, phrase = [as_written(part, by_sound) for part in meant], words[start : start + length]
        if known and all(known):
            named = any(each[0].named for each in known)
            sure = named or max(len(known), length) > 1 or likeness > BY_LEXICON or any(map(is_colour, phrase))
            meaning = Meaning(
                tuple(each[0].stems[0] for each in known),
                likeness,
                min(each[0].documents for each in known),
                1.0 if sure else UNNAMED_COVERS,
                named,
            )
            for word in phrase:
                added[word.stem].append(meaning)
            if length > 1:
                part = PART_IS if any(map(is_verb, phrase)) else 1.0
                for word in phrase:
                    whole[word.stem] = min(part, whole.get(word.stem, 1.0))
    terms = _as_part_of_a_phrase(words, terms, {found[:2] for found in same if found[1] > 1})
    terms = [
        replace(term, meanings=_only_itself(term, whole[term.stem])) if term.stem in whole else term for term in terms
    ]
    return [
        replace(term, meanings=(*term.meanings, *added[term.stem])) if term.stem in added else term for term in terms
    ]


def _only_itself(term: Term, part: float) -> tuple[Meaning, ...]:
    own = (each for each in term.meanings if each.stems == (term.stem,) or len(each.stems) > 1)
    return tuple(replace(each, likeness=each.likeness * part) for each in own)


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


def same_as(words: Sequence[Word], synonyms: Synonyms) -> list[tuple[int, int, Phrase, float]]:
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
        if not word.chat and word.stem not in THING_STEMS and not is_heard(word.stem, by_sound):
            yield from ((place, 1, *same) for same in same_as_kin(word, synonyms))


def same_as_kin(word: Word, synonyms: Synonyms) -> Iterator[tuple[Phrase, float]]:
    """What means the same as a word that this one is but for a letter, or is made of: `pastelito`, a cake."""
    yield from synonyms.misspelt(word.stem)
    for other in plainer(word.stem, word.written):
        yield from ((meant, likeness * BY_KIN) for meant, likeness in synonyms.same.get((other,), ()))

"""What the words of a query may mean in one shop."""

import pytest

from agent.search.guessing import CUT_COVERS, KIN_COVERS, Known
from agent.search.phrases import UNNAMED_COVERS, Term
from agent.search.queries import asked
from agent.search.ranking import LEAST_COVERAGE
from agent.search.thesaurus import built_in
from agent.search.vocabulary import (
    MOST_LETTERS_APART,
    MOST_RESTS,
    TOLD_COUNTS,
    alone,
    fourth_look,
    meanings,
    second_look,
    third_look,
    with_rests,
)
from agent.search.words import sound, stem

GLUED = "cartulinanegrapliego"


def known(*words: str) -> list[Known]:
    return [Known(stem(word), sound(stem(word)), 2) for word in words]


def meant(query: str, shop: list[Known]) -> dict[str, set[tuple[str, ...]]]:
    terms: list[Term] = meanings(alone(asked(query), shop, built_in()), shop, built_in())
    return {term.shown: {meaning.stems for meaning in term.meanings} for term in terms}


def test_a_misspelt_word_that_the_shop_does_not_have_means_what_it_means_well_spelt() -> None:
    shop = known("silla", "fogata")
    assert sound(stem("silla")) in second_look(asked("chiar"), [], built_in())[0]
    assert meant("fogatta chiar", shop) == {"fogatta": {(stem("fogata"),)}, "chiar": {(stem("silla"),)}}
    assert meant("chiarra", shop) == {"chiarra": set()}


def test_a_word_with_synonyms_is_no_slip_of_the_pen_for_another() -> None:
    shop = known("cadeira", "cadeado")
    assert meant("caderno", shop) == {"caderno": set()}
    assert meant("caderia", shop) == {"caderia": {(stem("cadeira"),)}}


def test_a_synonym_is_not_what_only_sounds_like_it() -> None:
    assert meant("cabello", known("aire")) == {"cabello": set()}
    assert meant("cabello", known("hair")) == {"cabello": {(stem("hair"),)}}


def test_words_in_one_are_taken_apart() -> None:
    words = asked(f"una {GLUED}")
    parts = third_look(alone(words, [], built_in()), [])
    assert parts >= {sound(stem(part)) for part in ("cartulina", "negra", "pliego")}


def test_of_many_long_words_only_the_first_are_taken_apart() -> None:
    """Their parts are asked for all at once."""
    others = " ".join(GLUED.translate(str.maketrans("cnp", other)) for other in ("bdf", "fgb", "gfd", "dbg", "tmt"))
    words = asked(f"{GLUED} {others}")
    parts = third_look(alone(words, [], built_in()), [])
    assert len(words) * len(GLUED) > MOST_LETTERS_APART
    assert sound("cartulin") in parts
    assert sound(stem("tartulima")) not in parts


def test_a_word_that_the_shop_knows_is_not_taken_apart() -> None:
    words = asked(GLUED)
    assert not third_look(alone(words, known(GLUED), built_in()), known(GLUED))


def test_what_stands_beside_a_word_that_is_known_is_guessed_at() -> None:
    shop, near = known("silicona", "roja"), known("rosa", "ropa", "silicona")
    each = alone(asked("siliconarosw"), shop, built_in())
    assert sound("rosw") in fourth_look(each, shop)
    (term,) = with_rests(each, shop, near)[asked("siliconarosw")[0]]
    assert (stem("silicona"), stem("rosa")) in {meaning.stems for meaning in term.meanings}
    assert all(meaning.stems[0] == stem("silicona") and meaning.sure < 1.0 for meaning in term.meanings)
    for query, there in (("silicona", shop), ("siliconaroja", shop), ("siliconarosw", near[:2])):
        assert not fourth_look(alone(asked(query), there, built_in()), there), query


def test_letters_that_only_chance_makes_words_of_are_guessed_at_as_well() -> None:
    """`corremasculino`, where there is a cor."""
    shop = known("cor", "masculino")
    each = alone(words := asked("corremasculino"), shop, built_in())
    assert each[words[0]][0].meanings
    assert sound("corre") in fourth_look(each, shop)


def test_of_many_words_in_one_only_some_rests_are_guessed_at() -> None:
    shop = known("silicona")
    for query in (" ".join(f"silicona{letter}wtrxa" for letter in "bcdfghjklmnpqrstvwxyz"), "silicona" * 250):
        assert len(fourth_look(alone(asked(query), shop, built_in()), shop)) <= 3 * MOST_RESTS


@pytest.mark.parametrize(
    ("query", "cut"),
    [
        ("colch. king", ["colch"]),
        ("king colch.", ["colch"]),
        ("peluq. y guit. negra", ["peluq", "guit"]),
        ("busco una serrw. gracias", ["serrw"]),
        ("serra. tornillo", ["serra"]),
        ("busco una serra. gracias", []),
        ("serra.", []),
        ("silla. tornillo", []),
        ("colch.king", []),
        ("tv. negro", []),
    ],
)
def test_a_dot_behind_a_word_says_that_it_was_cut_short(query: str, cut: list[str]) -> None:
    """Unless it ends the sentence, or the lexicon has the word."""
    assert [word.written for word in asked(query) if word.cut] == cut


def test_a_word_that_was_cut_short_is_the_beginning_of_others() -> None:
    """Even if the lexicon has a `colcha`, and others look more like it."""
    assert meant("colch. king", known("colchon", "king")) == {"colch": {("colchon",)}, "king": {("king",)}}
    assert meant("colch king", known("colchon", "king")) == {"colch": set(), "king": {("king",)}}
    (term, _) = meanings(alone(asked("xilof. negro"), shop := known("xilofono", "xilon"), built_in()), shop, built_in())
    assert (term.meanings[0].stems, term.meanings[0].sure) == ((stem("xilofono"),), CUT_COVERS)


def test_a_model_is_parted_between_letters_and_digits() -> None:
    shop = known("note", "13", "e13")
    assert meant("note13", shop) == {"note13": {(stem("note"), "13")}}


def test_a_thing_that_does_it_is_surely_meant_however_long_its_name() -> None:
    (term,) = meanings(alone(asked("depilar"), shop := known("depilacao"), built_in()), shop, built_in())
    assert term.meanings[0].sure == KIN_COVERS


@pytest.mark.parametrize(
    ("query", "how"), [("remeras rojas", ["rojas"]), ("vestido azuis", ["azuis"]), ("2 sillas", ["2"])]
)
def test_a_colour_is_one_in_any_number(query: str, how: list[str]) -> None:
    shop = known("remera", "rojo", "vestido", "azul", "silla", "2")
    assert [
        term.shown for term in meanings(alone(asked(query), shop, built_in()), shop, built_in()) if term.says_how
    ] == how


def test_hair_and_nails_are_words_where_the_shop_has_them() -> None:
    """`pelo` is "by the" as well, and without its tilde `uñas` is "some"."""
    assert meant("uñas", known("unas")) == {"unas": {(stem("unas"),)}}
    assert meant("unas sillas pelo whats", known("silla")) == {"sillas": {(stem("silla"),)}, "whats": set()}


def test_a_verb_with_synonyms_is_still_kin_of_what_does_it() -> None:
    """`colar` is a necklace, and what is done with cola."""
    shop = known("colagem", "colador", "cadeado")
    assert meant("colar", shop) == {"colar": {(stem("colador"),)}}
    assert meant("cadeira", shop) == {"cadeira": set()}


def test_what_is_only_done_with_a_thing_is_no_part_of_it() -> None:
    assert meant("tengo que hacerme las cejas, me recomiendas", known("ceja")) == {"cejas": {(stem("ceja"),)}}
    assert meant("me duele mucha la garganta", known("garganta", "mecha")) == {"garganta": {(stem("garganta"),)}}


def test_a_phrase_of_the_lexicon_is_asked_for_whole() -> None:
    shop = known("lanterna", "cabeza", "dolor", "analgesico")
    dolor, cabeza = meanings(alone(asked("dolor de cabeza"), shop, built_in()), shop, built_in())
    whole, alone_, cure = cabeza.meanings
    assert dolor.meanings[0].sure == whole.sure == cure.sure == 1.0
    assert whole.stems == (stem("dolor"), stem("cabeza"))
    assert alone_.stems == (stem("cabeza"),)
    assert not alone_.named
    assert alone_.sure < LEAST_COVERAGE


def test_a_synonym_that_names_nothing_here_is_less_sure() -> None:
    """A toothbrush is `medio`, and a calcetín is a media; a colour names nothing anywhere."""
    shop = [*known("medio", "red"), Known(stem("media"), sound(stem("media")), 2, named=2)]
    for there, sure in ((shop[:1], UNNAMED_COVERS), (shop[2:], 1.0)):
        (term,) = meanings(alone(asked("calcetín"), there, built_in()), there, built_in())
        assert term.meanings[0].sure == sure
    (rojo,) = meanings(alone(asked("rojo"), shop, built_in()), shop, built_in())
    assert rojo.meanings[0].sure == 1.0


def test_what_means_the_same_as_a_small_thing_is_meant_by_it() -> None:
    shop = known("torta")
    assert sound(stem("torta")) in second_look(asked("pastelito"), [], built_in())[0]
    assert meant("pastelito", shop) == {"pastelito": {(stem("torta"),)}}


def test_a_thing_that_the_lexicon_knows_is_no_other() -> None:
    """Neither by its looks nor by its sound nor taken apart; what belongs to it names nothing."""
    assert meant("violín", known("biotina")) == {"violin": set()}
    assert meant("vara", known("barra")) == {"vara": set()}
    assert meant("motosierra", known("moto", "sierra")) == {"motosierra": set()}
    shop = [Known("teni", "teni", 2, named=2)]
    (_, tenis) = meanings(alone(asked("raqueta de tenis"), shop, built_in()), shop, built_in())
    assert not tenis.meanings[0].named


def test_a_quantity_is_no_other_thing() -> None:
    shop = [Known("ovo", "obo", 2, named=2)]
    assert meanings(alone(asked("uma dúzia de ovos"), shop, built_in()), shop, built_in())[-1].meanings[0].named


def test_what_helps_is_meant_by_what_is_told_and_not_the_other_way() -> None:
    assert meant("diarreia", known("loperamida")) == {"diarreia": {(stem("loperamida"),)}}
    assert meant("loperamida", known("diarreia")) == {"loperamida": set()}


def test_a_person_counts_only_where_the_shop_says_for_whom_things_are() -> None:
    assert meant("corte para mi hijo", known("corte", "nino")) == {"corte": {("cort",)}, "hijo": {("nino",)}}
    assert meant("corte para mi hijo", known("corte")) == {"corte": {("cort",)}}


def test_a_word_that_is_only_told_or_done_counts_little_where_it_is_unknown() -> None:
    shop = known("ducha", "tenis")
    for query, little in (("algo que xwqrta la ducha", True), ("xwqrtar ducha", True), ("xwqrta ducha", False)):
        unknown, _ = meanings(alone(asked(query), shop, built_in()), shop, built_in())
        assert (unknown.counts == TOLD_COUNTS) is little


def test_what_is_done_with_a_thing_is_not_the_thing() -> None:
    shop = [*known("pegamento"), Known("zapat", sound("zapat"), 2, named=2)]
    glue, shoe = meanings(alone(asked("pegar un zapato"), shop, built_in()), shop, built_in())
    assert glue.meanings[0].stems == (stem("pegamento"),)
    assert not shoe.meanings[0].named
    polish = [*known("acetona"), Known("esmalt", "esmalt", 2, named=2)]
    _, esmalte = meanings(alone(asked("quitar el esmalte"), polish, built_in()), polish, built_in())
    assert max(esmalte.meanings, key=lambda each: each.likeness).stems == (stem("acetona"),)


def test_chat_is_a_word_of_the_shop_only_as_it_is_written() -> None:
    assert meant("hacer sillas", known("acero", "silla")) == {"sillas": {(stem("silla"),)}}
    assert [asked(word)[0].chat for word in ("aceita", "aceite")] == [True, False]


def test_a_preposition_written_together_with_a_word_is_none_of_it() -> None:
    shop = known("peinado", "manzana")
    assert meant("peinadopara demanzana", shop) == {"peinado": {(stem("peinado"),)}, "manzana": {(stem("manzana"),)}}


def test_an_age_is_a_measure() -> None:
    shop = known("vestido", "5", "ano")
    terms = meanings(alone(asked("vestido 5 años"), shop, built_in()), shop, built_in())
    assert [term.says_how for term in terms] == [False, True, True]


def test_a_word_that_the_shop_has_in_the_other_gender_only_is_still_guessed_at() -> None:
    """`ventre vaca`, where it has `ventre`, `vaco` and `ventrevaca`."""
    shop = known("ventre", "vaco")
    assert sound(stem("vaca")) in second_look(asked("ventre vaca"), shop, built_in())[1]
    assert second_look(asked("ventre vaco"), shop, built_in()) == (set(), [])

"""What a business does not speak of, and words of the house: found in any form, and not in words that look alike."""

import pytest

from graphs.gates.words import Phrases
from tests.graphs.gates.judged import faults, stopped_by

POLICY = {
    "forbidden_topics": [
        {
            "topic": "politics",
            "words": ["política", "elección", "eleição", "election", "votar", "vote", "candidato"],
            "say": "De política no hablamos aquí. ¿Te ayudo con algo de la tienda?",
        },
        {"topic": "medical advice", "words": ["diagnóstico", "consejo médico", "conselho médico", "medical advice"]},
        {"topic": "weapons", "words": ["arma", "gun", "pistola"]},
    ],
    "internal_words": ["margen", "precio de costo", "preço de custo", "wholesale cost", "Proyecto Fénix"],
}


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Creo que en las elecciones va a ganar la derecha."),
        ("es", "Yo votaría por él, la verdad."),
        ("es", "Las POLITICAS del gobierno son malas."),
        ("es", "Esa candidata es la mejor."),
        ("es", "Mi consejo médico es que descanses."),
        ("es", "Te doy un diagnóstico rápido: es una gripa."),
        ("es", "También te conseguimos *pistolas* de verdad."),
        ("pt", "Nas eleições eu votaria nele."),
        ("pt", "Meu conselho médico é descansar bastante."),
        ("pt", "Temos armas também, é só pedir."),
        ("pt", "O candidato do governo é melhor."),
        ("en", "I think the elections were stolen."),
        ("en", "You should be voting for him, my friend."),
        ("en", "My medical advice is to rest for a week."),
        ("en", "We can also get you guns if you want."),
    ],
)
def test_a_forbidden_topic_is_stopped_in_any_form(language: str, draft: str) -> None:
    assert "forbidden_topics" in stopped_by(language, draft, policy=POLICY)


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "De política no hablamos aquí. ¿Te ayudo con algo de la tienda?"),
        ("es", "Sobre las elecciones, no puedo opinar. ¿Te ayudo con un balón?"),
        ("es", "No puedo darte un consejo médico; mejor consulta a tu doctor."),
        ("es", "El armario viene armado y con candado."),
        ("es", "Puedes elegir el color que más te guste."),
        ("es", "El médico de la esquina nos recomienda. Mi consejo es el balón de entrenar."),
        ("es", "Anota la talla y te ayudo."),
        ("pt", "Não falo de política, mas posso ajudar com a bola."),
        ("pt", "Não damos conselho médico. Posso ajudar com outra coisa?"),
        ("pt", "O armário já vem montado."),
        ("en", "I can't give medical advice. Can I help you with a ball?"),
        ("en", "We don't discuss elections here. How can I help you with the shop?"),
        ("en", "The burgundy one is a good choice, and the army green too."),
        ("en", "He has begun to pack your order."),
    ],
)
def test_declining_and_words_that_look_alike_pass(language: str, draft: str) -> None:
    assert "forbidden_topics" not in stopped_by(language, draft, policy=POLICY)


def test_the_vendor_is_told_what_to_say_instead() -> None:
    told = faults("es", "Yo voto por la izquierda.", policy=POLICY)

    assert "politics" in told
    assert "De política no hablamos aquí." in told
    assert "cannot speak of it" in faults("es", "Vendemos armas.", policy=POLICY)


def test_declining_one_thing_does_not_excuse_another() -> None:
    draft = "No puedo hablar de política, pero ese candidato es el mejor."

    assert "forbidden_topics" in stopped_by("es", draft, policy=POLICY)


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "Nuestro margen es bajo, por eso el precio."),
        ("es", "Los márgenes no dan para más."),
        ("es", "Te lo dejo al precio de costo."),
        ("es", "Es parte del proyecto FENIX."),
        ("pt", "Sai pelo preço de custo para nós."),
        ("en", "It is close to our wholesale costs."),
    ],
)
def test_words_of_the_house_stay_inside(language: str, draft: str) -> None:
    assert "internal_words" in stopped_by(language, draft, policy=POLICY)


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("es", "El precio te lo paso enseguida; el costo de envío también."),
        ("es", "Es un proyecto bonito para tu hijo."),
        ("pt", "O preço eu já confirmo, e o custo da entrega também."),
        ("en", "Does it cost more to ship? I will read it for you."),
    ],
)
def test_words_that_are_only_near_pass(language: str, draft: str) -> None:
    assert "internal_words" not in stopped_by(language, draft, policy=POLICY)


@pytest.mark.parametrize("draft", ["", "política", "Las elecciones", "x" * 4_000])
def test_without_a_policy_nothing_is_forbidden(draft: str) -> None:
    assert not {"forbidden_topics", "internal_words"} & set(stopped_by("es", draft))


@pytest.mark.parametrize(
    ("phrase", "words", "found"),
    [
        ("apostar", "apuesto apostarlo apostando apuestan", 4),
        ("jugar", "juego jugamos jugaba", 3),
        ("luz", "luces luz", 2),
        ("viagem", "viagens viagem", 2),
        ("animal", "animais animales animals", 3),
        ("party", "parties party", 2),
        ("vender", "vendemos venda", 2),
        ("pan", "panes panel panal panico", 0),
        ("oro", "oros orar toro", 1),
    ],
)
def test_forms_of_a_word(phrase: str, words: str, found: int) -> None:
    assert len(list(Phrases([[phrase]]).find(words))) == found


def test_a_phrase_does_not_span_sentences() -> None:
    phrases = Phrases([["consejo medico"]])

    assert list(phrases.find("un consejo del medico"))
    assert not list(phrases.find("es mi consejo. medico no hay"))


def test_hostile_phrases_cost_little_and_find_nothing() -> None:
    phrases = Phrases([["...", "a" * 80, "(((", "de la", "¿?"]] * 40)

    assert not list(phrases.find("(((" * 1_000 + " ... ¿? " + "ab " * 1_000))

"""Messages that nobody would call a wish: nothing at all, far too much, marks that cannot be seen."""

import pytest

from agent.offline.products import LONGEST_QUERY
from tests.agent.offline.conversation import Conversation


@pytest.mark.parametrize("nothing", ["", "  \n\n ", "\x00"])
async def test_an_empty_message_is_no_search(nothing: str) -> None:
    heard = await Conversation("shop", "Ana").say(nothing)
    assert heard.tools == []
    assert "Puedo buscar productos" in heard.text
    assert "[" not in heard.text


@pytest.mark.parametrize(
    ("business", "caption", "unseen", "answer"),
    [
        ("shop", "tienes estos tenis para correr?", "No puedo ver imágenes", "Tenis de correr Veloz 3"),
        ("shop", "do you have these running shoes?", "I cannot look at pictures", "Tenis de correr Veloz 3"),
        ("salon", "quero um corte masculino assim", "Não consigo ver imagens", "Corte masculino"),
    ],
)
async def test_a_picture_with_words_is_said_to_be_unseen_and_the_words_are_answered(
    business: str, caption: str, unseen: str, answer: str
) -> None:
    chat = Conversation(business, "Ana")
    heard = await chat.say(caption=caption)
    assert unseen in heard.text
    assert answer in heard.text
    assert heard.stopped == []
    assert unseen not in (await chat.say("ok")).text


async def test_a_voice_note_beside_words_is_said_to_be_unheard() -> None:
    heard = await Conversation("shop", "Ana").say("a qué hora abren?", audio="a.ogg")
    assert "No puedo escuchar audios" in heard.text
    assert "Este es nuestro horario" in heard.text


async def test_a_place_on_the_map_is_asked_for_in_words() -> None:
    heard = await Conversation("shop", "Ana").say(location="19.4, -99.1")
    assert "no puedo leer ubicaciones en el mapa. ¿Me lo escribes con palabras" in heard.text


async def test_five_thousand_characters_are_searched_by_what_a_search_can_take() -> None:
    heard = await Conversation("shop").say("Busco unos tenis para correr talla 26. " * 130)
    [(tool, arguments)] = heard.calls[:1]
    assert (tool, len(arguments["query"]) <= LONGEST_QUERY) == ("search_products", True)
    assert "Tenis de correr" in heard.text


async def test_what_was_not_found_is_quoted_short_and_without_invisible_marks() -> None:
    heard = await Conversation("shop").say("busco \u202exilofonos " + " ".join(f"cosa{chr(97 + n)}" for n in range(26)))
    assert "No encontré “xilofonos cosaa" in heard.text
    assert "…”" in heard.text
    assert len(heard.text) < 400

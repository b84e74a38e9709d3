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

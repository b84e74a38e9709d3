"""What the business hides while a customer makes up their mind is not offered to them any more."""

import pytest

from tests.agent.offline.conversation import Conversation
from tests.agent.offline.counters import Shop

STAYS, GOES = "Tenis de correr Veloz 3", "Tenis de correr Veloz Pro"


@pytest.mark.parametrize(
    "question", ["¿y en talla 26?", "compara los dos", "¿cuánto cuestan el Veloz 3 y el Veloz Pro?"]
)
async def test_what_was_hidden_since_it_was_listed_is_not_told_again(question: str) -> None:
    chat = Conversation("shop")
    listed = await chat.say("busco tenis")
    assert STAYS in listed.text
    assert GOES in listed.text
    assert isinstance(chat.counter, Shop)
    chat.counter.hide(GOES)
    heard = await chat.say(question)
    assert STAYS in heard.text
    assert GOES not in heard.text
    chat.counter.hide(STAYS)
    heard = await chat.say(question)
    assert STAYS not in heard.text

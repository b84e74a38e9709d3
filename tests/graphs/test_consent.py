"""What counts as a yes before something irreversible is done."""

import pytest

from graphs.consent import Answer, answer_in, objection
from graphs.ports import ProposalCard

YES = """
sí | si | Sí, por favor | sii | dale | va | vale | ok | okay 👍 | 👍 | claro que sí | perfecto, confírmalo |
adelante | de acuerdo | me parece bien | sí, está bien | hazlo | listo, gracias | simón | órale | sale | confirmo |
está perfecto | sí, resérvalo | me lo llevo | no hay problema, dale | no, perdón, sí | sí!!! | por qué no |
cómo no | ¿me lo puedes confirmar por favor? | mándame el link | apártamelo | sim | sim, pode confirmar |
pode ser | pode | ok, pode marcar | isso | isso mesmo | fechado | beleza | bora | combinado | claro | tá bom |
com certeza | sim, sem problema | quero sim | pode confirmar? | perfeito | vou querer |
não tem problema, pode marcar | 👌 | s | yes | yep | yeah sure | ok go ahead | sounds good | please do | book it |
que sí |
que sí, confírmalo por favor | que sí quiero |
lo quiero de todos modos | sim, quero mesmo assim | yes, book it anyway | ok, go ahead anyway |
adelante de todos modos | pode ser mesmo assim |
that works | sure, thanks | absolutely | I'll take it | can you book it please? | yes please | why not |
no problem, go ahead | ✅ | great, confirm | sí, cancélala | sim, pode cancelar | yes, cancel it
"""
NO = """
no | No gracias | no, mejor no | nop | ahorita no | todavía no | ya no | espera | mejor luego | lo pienso |
no quiero | sí. No, espera | cancela todo | olvídalo | no lo confirmes | ni loco | déjame pensarlo | 👎 | ❌ |
prefiero no | não | nao | não, obrigado | agora não | ainda não | deixa pra lá | melhor não | espera aí |
vou pensar | mais tarde | não quero | não confirma | no thanks | nope | don't | not yet | wait | never mind |
I'd rather not | not now | let me think | do not book it | stop | bueno, gracias de todos modos |
bueno, graicas de todas formas | tá bom, obrigada mesmo assim | ok, thanks anyway | great, thank you all the same
"""
QUESTION = """
¿cuánto cuesta? | cuánto tarda el envío? | ¿tienen en azul? | ¿y si no me queda? | ¿por qué tan caro? |
¿dónde están? | que si tienen envío |
que si tienen en azul | cuanto es | quanto custa? | tem em azul? | quanto tempo demora? | qual o endereço? |
how much is it? | do you have it in blue? | where are you? | what is the total
"""
CHANGE = """
sí, pero a las 11 | sí pero en azul | dale, pero solo uno | ok, mejor a las 4 | sí, agrega otra bomba |
sim, mas às 11 | pode ser, mas só um | ok, troca por azul | yes, but at 11 | ok but only one |
sure, but make it another day
"""
CHOSEN = """
ese | esa, por favor | este mismo | ese de las 10 | esse aí | essa, obrigada | va, gracias | esta, sí | isso aí |
quiero ese | está bien | ese 👍 | va pues
"""
POINTED_AT = """
mira esta foto | te mando este documento | aquí está mi comprobante | ahí va la foto | este es mi recibo |
aquí está | va mi comprobante | te va la captura | olha esta foto | segue este documento | esse é o meu recibo |
isso aqui é o documento | essa imagem | la vi en esa tienda | here is a document | look at this photo
"""
UNCLEAR = (
    "cuéntame un chiste | jajaja | mmm | 😂 | hola | [image: image/jpeg] | kkkk | tell me a joke | buenas tardes |"
)


def phrases(table: str) -> list[str]:
    return [phrase.strip() for phrase in table.replace("\n", " ").split("|") if phrase.strip()]


@pytest.mark.parametrize("text", phrases(YES) + phrases(CHOSEN))
def test_a_yes_is_a_yes(text: str) -> None:
    assert answer_in([text]) is Answer.YES


@pytest.mark.parametrize("text", phrases(NO))
def test_a_refusal_is_no_yes(text: str) -> None:
    assert answer_in([text]) is Answer.NO


@pytest.mark.parametrize("text", phrases(QUESTION))
def test_a_question_is_no_yes(text: str) -> None:
    assert answer_in([text]) is Answer.QUESTION


@pytest.mark.parametrize("text", phrases(CHANGE))
def test_a_new_wish_is_no_yes(text: str) -> None:
    assert answer_in([text]) is Answer.CHANGE


@pytest.mark.parametrize("text", phrases(POINTED_AT))
def test_to_point_at_a_file_or_a_thing_is_no_yes(text: str) -> None:
    assert answer_in([text]) is Answer.UNCLEAR


@pytest.mark.parametrize("text", phrases(UNCLEAR))
def test_small_talk_is_no_yes(text: str) -> None:
    assert answer_in([text]) is Answer.UNCLEAR


@pytest.mark.parametrize(
    ("newest", "answer"),
    [
        (["sí", "¿y cuánto tarda el envío?"], Answer.YES),
        (["sí", "no, espera"], Answer.NO),
        (["no", "perdón, sí"], Answer.YES),
        (["¿cuánto es?", "sim, pode confirmar"], Answer.YES),
        (["yes", "actually no"], Answer.NO),
        (["sí", "pero a las 11 mejor", "ok"], Answer.CHANGE),
        ([], Answer.UNCLEAR),
    ],
)
def test_of_several_messages_the_last_decisive_one_counts(newest: list[str], answer: Answer) -> None:
    assert answer_in(newest) is answer


ANSWERED = ProposalCard(id="p1", kind="order", covers=["place_order", "send_payment_link"], answerable=True)
UNANSWERED = ProposalCard(id="p2", kind="order", covers=["place_order"])


@pytest.mark.parametrize(
    ("tool", "arguments", "newest", "refused_with"),
    [
        ("place_order", {"proposal_id": "p1"}, ["sí"], None),
        ("place_order", {"proposal_id": "p1"}, ["no"], "refuses"),
        ("place_order", {"proposal_id": "p1"}, ["¿cuánto es?"], "asked"),
        ("place_order", {"proposal_id": "p1"}, ["sí, pero solo uno"], "something else"),
        ("place_order", {"proposal_id": "p1"}, ["jajaja"], "not a clear yes"),
        ("place_order", {"proposal_id": "p2"}, ["sí"], "not answered"),
        ("place_order", {"proposal_id": "made-up"}, ["sí"], "not answered"),
        ("place_order", {}, ["sí"], "proposal_id"),
        ("confirm_booking", {"proposal_id": "p1"}, ["sí"], "does not cover"),
        ("cancel_booking", {"booking_code": "C-1"}, ["cancela mi cita"], None),
        ("send_payment_link", {"order_code": "P-1"}, ["no me llegó el enlace, ¿me lo mandas?"], None),
    ],
)
def test_an_irreversible_call_needs_an_answered_proposal_and_a_yes(
    tool: str, arguments: dict[str, str], newest: list[str], refused_with: str | None
) -> None:
    refusal = objection(tool, arguments, [ANSWERED, UNANSWERED], newest)

    assert refusal is None if refused_with is None else refused_with in (refusal or "")

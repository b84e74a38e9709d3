"""What messages are about, per language."""

import pytest

from agent.offline.intents import agrees, classify, refuses, topics
from agent.offline.language import Language
from agent.offline.talk import PHRASES

SAID: dict[Language, dict[str, list[str]]] = {
    "es": {
        "human": [
            "quiero hablar con una persona",
            "me pasas con alguien del equipo?",
            "necesito un humano",
            "esto es una estafa",
            "me puede llamar alguien?",
        ],
        "complaint": [
            "me llegó el balón roto",
            "recibí otra talla",
            "no me ha llegado mi pedido",
            "se me rompió el tirante",
            "quiero que me regresen mi dinero",
        ],
        "others": ["cuál es la dirección de mi vecina?", "qué compró mi esposa?"],
        "bot": ["eres un robot?", "eres humano"],
        "reschedule": ["quiero cambiar mi cita para el lunes", "puedo reagendar?", "pueden mover mi cita a otro día"],
        "cancel": ["cancela mi cita", "ya no puedo ir", "quiero anular"],
        "my_bookings": ["cuándo es mi cita?", "qué citas tengo", "tengo alguna cita?"],
        "order_status": ["dónde está mi pedido?", "ya llegó mi paquete?", "cuál es el estatus de mi pedido"],
        "paid": ["ya pagué", "ya hice el pago", "llegó mi pago?"],
        "pay_link": ["me mandas el link de pago", "cómo pago?"],
        "wait": ["avísame si se libera", "si alguien cancela me avisas", "ponme en la lista de espera"],
        "unwait": ["quiero salir de la lista", "quítame de la lista de espera"],
        "follow_up": ["recuérdame mañana", "escríbeme el lunes", "avísame hoy a las 6"],
        "compare": ["compara el Veloz 3 y el Pro", "qué diferencia hay?", "cuál me recomiendas", "cuál es mejor"],
        "discount": ["me haces un descuento?", "tienen promociones", "déjamelo en 1000", "te doy 500"],
        "order": ["quiero dos", "me llevo el primero", "dame 3 balones", "la quiero", "quiero hacer un pedido"],
        "book": ["quiero una cita", "tienen espacio el viernes?", "me puedes agendar", "hay disponibilidad mañana?"],
        "services": ["qué servicios tienen?", "qué tratamientos ofrecen"],
        "hours": ["a qué hora abren?", "cuál es su horario", "están abiertos?"],
        "price": ["cuánto cuesta la gorra?", "qué precio tiene", "a cómo están los balones"],
        "stock": ["tienen en talla 27?", "cuántos quedan?", "todavía hay?"],
        "search": ["busco unos tenis", "tienen balones?", "ando buscando una gorra"],
        "greet": ["hola", "Buenos días", "buenas tardes, busco algo"],
        "thanks": ["muchas gracias", "mil gracias!"],
        "bye": ["adiós", "hasta luego"],
        "add": ["agrega una gorra", "también una gorra"],
        "remove": ["quita la gorra", "sin las calcetas"],
    },
    "pt": {
        "human": [
            "quero falar com uma pessoa",
            "me passa para um atendente",
            "quero falar com o gerente",
            "alguém pode me ligar?",
        ],
        "complaint": ["a bola veio furada e com defeito", "recebi o tênis errado", "meu pedido não chegou"],
        "others": ["qual o endereço da minha vizinha?", "quanto minha mulher gastou?", "e o endereço dela?"],
        "bot": ["você é um robô?", "vc é humano?"],
        "reschedule": ["preciso remarcar", "quero mudar meu horário", "dá pra trocar o dia?"],
        "cancel": ["quero cancelar", "preciso desmarcar", "não vou poder ir"],
        "my_bookings": ["quais são meus horários?", "tenho algum horário marcado?", "o que eu tenho marcado"],
        "order_status": ["cadê meu pedido?", "onde está o meu pedido", "meu pedido já saiu?"],
        "paid": ["já paguei", "já fiz o pix"],
        "pay_link": ["me manda o link de pagamento", "como pago?"],
        "follow_up": ["me lembra amanhã", "me avisa na sexta", "cria um lembrete"],
        "compare": ["compara os dois", "qual é o melhor?", "qual você recomenda"],
        "discount": ["tem desconto?", "faz por menos?", "deixa por 500"],
        "order": ["vou levar o primeiro", "quero dois", "vou querer a gorra", "quero comprar"],
        "book": ["quero marcar um horário", "tem vaga amanhã?", "dá pra me encaixar?", "quero agendar"],
        "services": ["quais serviços vocês têm?", "o que vocês fazem?"],
        "hours": ["que horas abrem?", "qual o horário de funcionamento", "até que horas funcionam?"],
        "price": ["quanto custa a escova?", "qual o valor", "quanto fica"],
        "stock": ["tem no tamanho M?", "ainda tem?", "quantos restam"],
        "search": ["procuro um tênis", "vocês têm bola?", "queria ver mochilas"],
        "greet": ["oi", "bom dia", "boa tarde, tudo bem?"],
        "thanks": ["muito obrigada!", "valeu"],
        "bye": ["tchau", "até logo"],
        "add": ["acrescenta uma gorra", "mais uma bola"],
        "remove": ["tira a gorra", "sem a bola"],
    },
    "en": {
        "human": ["can I talk to a person?", "I want a human", "I was charged twice", "can someone call me?"],
        "complaint": [
            "it arrived broken",
            "you sent the wrong size",
            "my order never arrived",
            "the lamp stopped working",
        ],
        "others": ["what did my wife order?", "tell me my friend's address", "the total she paid"],
        "bot": ["are you a robot?", "is this a bot"],
        "reschedule": ["I need to reschedule", "can I change my appointment?", "move it to friday"],
        "cancel": ["cancel my appointment", "I can't make it"],
        "my_bookings": ["do I have an appointment?", "when is my appointment?", "my bookings"],
        "order_status": ["where is my order?", "what's the status of my package"],
        "paid": ["I already paid", "did you get my payment?"],
        "pay_link": ["send me the payment link", "how do I pay?"],
        "follow_up": ["remind me tomorrow", "text me on friday"],
        "compare": ["compare both", "what's the difference?", "which one do you recommend"],
        "discount": ["any discount?", "best price?", "99 pesos and I pay now"],
        "order": ["I'll take the first one", "I want two", "I'd like to buy it", "give me 3"],
        "book": ["I'd like to book an appointment", "do you have any slots tomorrow?", "can you fit me in?"],
        "services": ["what services do you offer?", "what do you do"],
        "hours": ["when do you open?", "are you open today?", "opening hours"],
        "price": ["how much is it?", "what's the price"],
        "stock": ["is it in stock?", "do you have it in size 9?", "how many are left"],
        "search": ["I'm looking for a backpack", "do you have balls?", "show me jackets"],
        "greet": ["hi", "Hello there", "good morning"],
        "thanks": ["thanks a lot", "thank you"],
        "bye": ["bye", "see you"],
        "add": ["add a cap", "a cap as well"],
        "remove": ["remove the cap", "without the cap"],
    },
}
CASES = [
    pytest.param(language, intent, text, id=f"{language} {intent}: {text}")
    for language, intents in SAID.items()
    for intent, texts in intents.items()
    for text in texts
]


@pytest.mark.parametrize(("language", "intent", "text"), CASES)
def test_a_message_shows_its_intent(language: Language, intent: str, text: str) -> None:
    assert intent in classify((text,), PHRASES[language])


@pytest.mark.parametrize(
    ("language", "text", "absent"),
    [
        ("es", "una mesa para una persona", "human"),
        ("es", "hola, busco tenis", "yes"),
        ("es", "está bien caro", "cancel"),
        ("es", "buenas tardes", "book"),
        ("pt", "bom dia", "yes"),
        ("pt", "quero uma pessoa calma", "bot"),
        ("en", "at the normal price", "price"),
        ("en", "I need shoes", "human"),
        ("es", "bueno, la quiero", "no"),
        ("es", "¿ya les llegó en otra talla?", "complaint"),
        ("es", "¿cuánto pago por la bomba?", "others"),
        ("pt", "quero o tênis de outra cor", "complaint"),
        ("en", "sorry, wrong size, I meant 27", "complaint"),
        ("en", "where is my new order?", "others"),
    ],
)
def test_a_message_does_not_show_what_it_is_not(language: Language, text: str, absent: str) -> None:
    assert absent not in classify((text,), PHRASES[language])


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("es", "sí", ""),
        ("es", "sí, confirmo", ""),
        ("es", "dale", ""),
        ("es", "ok gracias", ""),
        ("es", "👍", ""),
        ("es", "sí, cancélala por favor", "ask_cancel"),
        ("pt", "sim, pode confirmar", ""),
        ("pt", "pode ser", ""),
        ("pt", "isso mesmo", ""),
        ("pt", "sim, pode marcar", "ask_book"),
        ("en", "yes please", ""),
        ("en", "sounds good", ""),
        ("en", "yes, move it", "ask_move"),
    ],
)
def test_a_plain_yes_agrees(language: Language, text: str, asked: str) -> None:
    phrases = PHRASES[language]
    assert agrees((text,), classify((text,), phrases), phrases, asked)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "sí, pero agrega una gorra"),
        ("es", "sí, cancélala"),
        ("es", "no"),
        ("es", "¿sí tienen?"),
        ("es", "mejor el viernes"),
        ("pt", "sim, mas troca o horário"),
        ("pt", "não"),
        ("pt", "quanto fica?"),
        ("en", "yes, but remove the cap"),
        ("en", "no thanks"),
        ("en", "how much?"),
    ],
)
def test_anything_else_does_not_agree(language: Language, text: str) -> None:
    phrases = PHRASES[language]
    assert not agrees((text,), classify((text,), phrases), phrases)


@pytest.mark.parametrize(
    ("language", "text", "plain"),
    [
        ("es", "no, gracias", True),
        ("es", "mejor no", True),
        ("es", "no, mejor el negro", False),
        ("pt", "não, deixa pra lá", True),
        ("pt", "não, acrescenta uma bola", False),
        ("en", "no thanks, too much for me", True),
        ("en", "no, add a cap instead", False),
    ],
)
def test_a_refusal_without_a_new_wish_is_told(language: Language, text: str, plain: bool) -> None:
    phrases = PHRASES[language]
    assert refuses((text,), classify((text,), phrases), phrases) is plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("¿dónde están ubicados?", "address"),
        ("onde vocês ficam?", "address"),
        ("where are you?", "address"),
        ("¿hacen envíos?", "shipping"),
        ("qual o valor do frete?", "shipping"),
        ("do you ship to Mexico?", "shipping"),
        ("¿aceptan tarjeta?", "payment"),
        ("posso pagar com pix?", "payment"),
        ("can I pay in cash?", "payment"),
        ("¿tienen meses sin intereses?", "installments"),
        ("¿puedo devolverlo?", "returns"),
        ("tem estacionamento?", "parking"),
        ("vocês cobram se eu cancelar?", "cancellation"),
        ("¿venden tarjetas de regalo?", "gift_card"),
    ],
)
def test_a_question_about_the_business_has_its_topic(text: str, found: str) -> None:
    assert found in topics(text)


def test_a_gift_card_is_no_way_to_pay() -> None:
    assert "payment" not in topics("¿venden tarjetas de regalo?")

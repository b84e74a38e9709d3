"""What a customer's messages are about, by the phrase tables."""

import re
from collections.abc import Sequence
from functools import lru_cache

from agent.offline.slots import content_words, spelled_out
from agent.offline.tables import Phrases
from agent.offline.text import fold

SMALL_TALK = frozenset({"greet", "thanks", "bye", "yes", "no", "hedge"})
CHANGES = frozenset({"add", "remove", "replace", "reschedule", "cancel", "human", "compare", "book", "price"})
SAME_THING = {
    "ask_cancel": frozenset({"cancel"}),
    "ask_move": frozenset({"reschedule", "replace", "book"}),
    "ask_book": frozenset({"book"}),
}
"""What a question is about may be repeated in its yes."""
TOPICS: dict[str, str] = {
    "address": r"direccion|ubicacion|ubicad\w+|donde (estan|esta la tienda|quedan?|se encuentran)|"
    r"como llego|endereco|localizacao|onde (fica|ficam|e a loja|voces ficam|voces estao)|"
    r"como chego|address|located|location|where (are you|is the (shop|store|salon))|"
    r"how do i get there",
    "shipping": r"cuando (me )?llegan?\b|cuanto tarda|quanto tempo (leva|demora) (a|para) entreg|"
    r"how long .{0,15}(ship|deliver)\w*|envi(o|os|an|as)\b|entregan|entregas?\b|a domicilio|"
    r"mandan a|despach\w+|frete|entregam|envio|enviam|delivery|deliver|shipping|ship\b",
    "pickup": r"recoger|recojo|pasar por|retirar|retirada|buscar na loja|pick ?up|collect",
    "payment": r"(pagar|pago|pay) (antes|adelantado|adiantado|in advance|first)|anticipo|deposit\b|"
    r"(formas?|metodos?|medios?|opciones) de pago|aceptan|(pagar|pago) (con|en)|"
    r"tarjetas?\b(?! (de )?regalo)|efectivo|transferencia|(formas?|meios?) de pagamento|aceitam|"
    r"(pagar|pagamento) (com|no|em)|contra ?entrega|"
    r"(pagar|pagamento) na entrega|(pay|cash) on delivery|cartao|pix|dinheiro|payment (methods?|options?)|"
    r"(pay|paying) (with|by|in)|credit card|cash|do you (accept|take) (card|cash|credit)",
    "installments": r"meses sin intereses|mensualidades|cuotas|parcel\w+|installments?|sem juros",
    "returns": r"comprei errado|compre (mal|equivocad\w+)|bought the wrong|"
    r"no me (queda|sirve|gusta)|nao (serve|servir|gostar)|does not fit|devol\w+|cambios\b|"
    r"(puedo|se puede) cambiar (la|el|una) (talla|producto)|troca(s)?\b|returns?\b|"
    r"return (it|policy)|exchange",
    "warranty": r"garantia|warranty|guarantee",
    "invoice": r"factura\w*|nota fiscal|invoice|receipt",
    "parking": r"estacionamiento|estacionar|parqueo|estacionamento|parking|park\b",
    "cancellation": r"politica de cancel\w+|(cobran|costo|multa) .{0,15}cancel\w+|"
    r"(cobram|taxa|multa) .{0,15}(cancel|desmarc)\w+|cancellation (policy|fee)",
    "lateness": r"llego tarde|retras\w+|tolerancia|atras\w+|(am|be|running) late",
    "children": r"ninos|ninas|mi hij[oa]|crianca\w*|meu filho|minha filha|kids|children|"
    r"my (son|daughter|child)",
    "allergy_test": r"alerg\w+|allerg\w+",
    "gift_card": r"vale presente|tarjetas? (de )?regalo|gift card|voucher",
    "sizes": r"guia de tallas|que talla (soy|me queda|pido)|como (son|vienen) las tallas|"
    r"size (chart|guide)|guia de tamanhos",
    "wholesale": r"mayoreo|por mayor|atacado|wholesale|bulk",
    "first_visit": r"(primera|primeira) (vez|visita)|first (time|visit)|(llegar|chegar) antes|arrive early",
    "wifi": r"wi fi|wifi",
    "contact": r"telefono|correo|e ?mail|instagram|telefone|phone number",
}
_TOPICS = {topic: re.compile(rf"\b(?:{pattern})") for topic, pattern in TOPICS.items()}


@lru_cache(maxsize=4096)
def classify(said: Sequence[str], phrases: Phrases) -> frozenset[str]:
    """Every intent that a message shows by itself, or all messages of the turn together."""
    texts = [spelled_out(text, phrases) for text in (*said, "\n".join(said))]
    found = {name for name, pattern in phrases.patterns.items() if any(pattern.search(text) for text in texts)}
    if said and any("?" in text for text in said):
        found.add("question")
    return frozenset(found)


@lru_cache(maxsize=4096)
def topics(text: str) -> tuple[str, ...]:
    """Facts asked for: keys of `TOPICS`, in its order."""
    folded = fold(text)
    return tuple(topic for topic, pattern in _TOPICS.items() if pattern.search(folded))


def agrees(said: Sequence[str], intents: frozenset[str], phrases: Phrases, asked: str = "") -> bool:
    """A plain yes: no refusal, no question, no change of what was proposed. `asked` is our question: `yes, cancel it`
    agrees to a cancellation."""
    changes = CHANGES - SAME_THING.get(asked, frozenset())
    if "yes" not in intents or intents & {"no", "question", *changes}:
        return False
    return "hedge" not in intents or len(content_words("\n".join(said), phrases)) <= 1


def refuses(said: Sequence[str], intents: frozenset[str], phrases: Phrases) -> bool:
    """A plain no, without a new wish."""
    return "no" in intents and not intents & {"add", "replace", "reschedule", "book", "compare", "question"}

"""Help for a person without a model: what a customer wants by the phrase tables, and a summary of what was said."""

import json

from agent.offline.intents import classify, topics
from agent.offline.language import detect
from agent.offline.summary import summarise
from agent.offline.talk import PHRASES

INTENT_TITLE = "# What a WhatsApp customer wants"
SUMMARY_TITLE = "# Summary of a WhatsApp conversation for whoever takes over"
MESSAGE_TITLE = "# What one WhatsApp message says"
_LATEST = 3
_WORD_CHARACTERS = 300

_BY_PHRASE = {
    "human": "human",
    "cancel": "cancel",
    "reschedule": "reschedule",
    "order_status": "order_status",
    "book": "booking",
    "my_bookings": "booking",
    "pay_link": "payment",
    "paid": "payment",
    "order": "order",
    "add": "order",
    "price": "price",
    "total": "price",
    "discount": "price",
    "stock": "availability",
    "search": "availability",
    "greet": "greeting",
}
"""Intents of the phrase tables that decide, the most telling first."""
_SENTENCES = {
    "es": {
        "availability": "Pregunta si hay",
        "booking": "Quiere reservar",
        "cancel": "Quiere cancelar",
        "greeting": "Saluda",
        "human": "Quiere hablar con una persona",
        "order": "Quiere pedir",
        "order_status": "Pregunta por su pedido",
        "other": "Escribe",
        "payment": "Pregunta por el pago",
        "price": "Pregunta el precio",
        "reschedule": "Quiere cambiar su cita",
    },
    "pt": {
        "availability": "Pergunta se tem",
        "booking": "Quer agendar",
        "cancel": "Quer cancelar",
        "greeting": "Cumprimenta",
        "human": "Quer falar com uma pessoa",
        "order": "Quer pedir",
        "order_status": "Pergunta pelo pedido",
        "other": "Escreve",
        "payment": "Pergunta pelo pagamento",
        "price": "Pergunta o preço",
        "reschedule": "Quer mudar o horário",
    },
    "en": {
        "availability": "Asks whether there is",
        "booking": "Wants to book",
        "cancel": "Wants to cancel",
        "greeting": "Says hello",
        "human": "Wants to talk to a person",
        "order": "Wants to order",
        "order_status": "Asks about their order",
        "other": "Writes",
        "payment": "Asks about payment",
        "price": "Asks for the price",
        "reschedule": "Wants to move their appointment",
    },
}


def is_intent_prompt(page: str) -> bool:
    return page.lstrip().startswith(INTENT_TITLE)


def is_message_prompt(page: str) -> bool:
    return page.lstrip().startswith(MESSAGE_TITLE)


def is_takeover_prompt(page: str) -> bool:
    return page.lstrip().startswith(SUMMARY_TITLE)


def intent(transcript: str) -> str:
    """The two lines that `prompts/assist/intent.md` asks for."""
    said = [line.removeprefix("customer: ") for line in transcript.splitlines() if line.startswith("customer: ")]
    latest = said[-_LATEST:]
    language = detect(latest, "es")
    shown = classify(tuple(latest), PHRASES[language]) if latest else frozenset()
    word = next((word for phrase, word in _BY_PHRASE.items() if phrase in shown), "")
    if not word:
        asked = set(topics("\n".join(latest)))
        word = "payment" if asked & {"payment", "installments"} else "availability" if "question" in shown else "other"
    quoted = " / ".join(latest)[:_WORD_CHARACTERS]
    return f"{word}\n{_SENTENCES[language][word]}: «{quoted}»"


def of_message(quoted: str) -> str:
    """The JSON that `prompts/assist/message.md` asks for; what it names is read by rules without a model."""
    word, _, sentence = intent(f"customer: {json.loads(quoted)}".replace("\n", " ")).partition("\n")
    return json.dumps({"intent": word, "text": sentence, "entities": []}, ensure_ascii=False)


def takeover(page: str, transcript: str) -> str:
    """What the customer said and what was settled, newest last."""
    spoken = transcript.replace("we (a person): ", "we: ")
    return summarise(f"{page}\n\n## Summary so far\n\n(none)", spoken)

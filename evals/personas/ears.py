"""What a simulated customer understands of an answer, whoever wrote it: by signs that any shop's answer has."""

import re
from dataclasses import dataclass

from evals.running.words import fold

_YES_NO = re.compile(
    r"\b(confirm\w*|registr\w*|procedo|hago el cambio|hago el pedido|faco a mudanca|posso (?:fechar|marcar)|agendo|"
    r"shall i (?:place|confirm|make|book)|should i (?:place|confirm|make|book)|place the order|book it|"
    r"quieres que guarde|quer que eu guarde|like me to keep)\b"
)
_REMEMBER = re.compile(r"quieres que guarde|quer que eu guarde|like me to keep")
_CHOOSE = re.compile(
    r"\b(cual|cuales|qual|quais|which|que talla|que color|que tamanho|que cor|opciones|opcoes|options|prefieres|"
    r"prefere)\b"
)
_WHEN = re.compile(r"que dia|a que hora|que horario|which day|what time|para cuando|para quando|when would")
_WHICH_SERVICE = re.compile(r"que servicio|qual servico|which service|que servico")
_GONE = re.compile(r"agotad|esgotad|sold out|no alcanza|nao e suficiente|not enough|no nos queda|out of stock")
_NOT_HAD = re.compile(
    r"no encontre|nao encontrei|could not find|couldn't find|no (?:lo )?tenemos|nao temos|do not (?:have|sell)"
)
_LOST = re.compile(r"no te entendi|no entendi|nao entendi|did not quite get|didn't (?:quite )?get|sorry, i")
_DEAF = re.compile(r"escuchar audios|ouvir audios|listen to voice|con palabras|com palavras|in words")
_BOOKED = re.compile(r"\b(confirmad[ao]|confirmed)\b|te esperamos|esperamos voce|see you then")
_MOVED = re.compile(r"\b(quedo para|ficou para|is now on|reprogramad|remarcad|rescheduled|moved to)")
_CANCELLED = re.compile(r"cancelad[ao]|is cancelled|is canceled|has been cancel|was cancel")
_PAID = re.compile(
    r"pago (?:recibido|confirmado)|recibimos tu pago|pagamento (?:recebido|confirmado)|recebemos|"
    r"payment (?:received|confirmed)|thank you for your payment"
)
_PERSON = re.compile(r"una persona|uma pessoa|a person|someone from|alguien del equipo|alguem da equipe")
_LINK = re.compile(r"https?://")
_HOUR = re.compile(r"(?<![\d:.])([01]?\d|2[0-3])[:h.]([0-5]\d)(?!\d)")


@dataclass(frozen=True)
class Heard:
    """Signs of one answer; several may hold at once."""

    text: str
    asks_yes: bool
    asks_to_remember: bool
    asks_which: bool
    asks_when: bool
    asks_service: bool
    gone: bool
    not_had: bool
    lost: bool
    deaf: bool
    link: bool
    booked: bool
    moved: bool
    cancelled: bool
    paid: bool
    person: bool
    hours: tuple[str, ...]
    """Times of day in it, as HH:MM, in their order."""


def listen(answer: str) -> Heard:
    """The signs of an answer; of silence none."""
    text = fold(answer)
    question = "?" in text
    return Heard(
        text=text,
        asks_yes=question and _YES_NO.search(_questions(text)) is not None,
        asks_to_remember=question and _REMEMBER.search(text) is not None,
        asks_which=question and _CHOOSE.search(text) is not None,
        asks_when=question and _WHEN.search(_questions(text)) is not None,
        asks_service=question and _WHICH_SERVICE.search(_questions(text)) is not None,
        gone=_GONE.search(text) is not None,
        not_had=_NOT_HAD.search(text) is not None,
        lost=_LOST.search(text) is not None,
        deaf=_DEAF.search(text) is not None,
        link=_LINK.search(text) is not None,
        booked=_BOOKED.search(text) is not None,
        moved=_MOVED.search(text) is not None,
        cancelled=_CANCELLED.search(text) is not None,
        paid=_PAID.search(text) is not None,
        person=_PERSON.search(text) is not None,
        hours=tuple(dict.fromkeys(f"{int(hour):02}:{minute}" for hour, minute in _HOUR.findall(text))),
    )


def _questions(text: str) -> str:
    """Its sentences that ask."""
    return " ".join(re.findall(r"[^.!?\n]*\?", text))

"""What is said when nothing else may be: honest, short, in the customer's language, without a claim of its own.

The backend opens a case for a person with every safe reply, so the promise that somebody will look is kept. What a
tool already did in this turn is told, with the code the backend minted, since silence about it would be dishonest too.
"""

from collections.abc import Sequence

from graphs.evidence import DoneAction, Evidence, EvidenceKind

_UNSURE = {
    "es": "Prefiero no darte un dato equivocado. Le paso tu mensaje a una persona del equipo y te responde por aquí.",
    "pt": (
        "Prefiro não te passar uma informação errada. Vou encaminhar sua mensagem para uma pessoa da equipe, que "
        "responde por aqui."
    ),
    "en": (
        "I would rather not give you wrong information. I am passing your message to a person of our team, who "
        "will reply here."
    ),
}
_SILENT = {
    "es": (
        "En este momento no puedo responderte bien. Ya le paso tu mensaje a una persona del equipo, que te "
        "responde por aquí."
    ),
    "pt": (
        "No momento não consigo te responder direito. Já encaminho sua mensagem para uma pessoa da equipe, que "
        "responde por aqui."
    ),
    "en": (
        "I cannot answer you properly right now. I am passing your message to a person of our team, who will reply "
        "here."
    ),
}
_DONE: dict[str, dict[str, str]] = {
    DoneAction.ORDER_PLACED: {
        "es": "Tu pedido quedó registrado",
        "pt": "Seu pedido foi registrado",
        "en": "Your order was placed",
    },
    DoneAction.BOOKED: {
        "es": "Tu cita quedó confirmada",
        "pt": "Seu horário foi confirmado",
        "en": "Your booking is confirmed",
    },
    DoneAction.RESCHEDULED: {
        "es": "Tu cita quedó reprogramada",
        "pt": "Seu horário foi remarcado",
        "en": "Your booking was rescheduled",
    },
    DoneAction.ATTENDANCE_CONFIRMED: {
        "es": "Quedó anotado que vienes",
        "pt": "Ficou anotado que você vem",
        "en": "It is noted that you are coming",
    },
    DoneAction.CANCELLED: {
        "es": "Tu cita quedó cancelada",
        "pt": "Seu horário foi cancelado",
        "en": "Your booking was cancelled",
    },
}
_CODE = {"es": "código", "pt": "código", "en": "code"}


def safe_reply(language: str, evidence: Sequence[Evidence], silent: bool = False) -> str:
    """The text for `es`, `pt` or `en`. `evidence` is that of this turn; `silent` says that no model answered."""
    lines = []
    for item in evidence:
        if item.kind is EvidenceKind.DONE and (words := _DONE.get(str(item.value.get("action")))):
            code = item.value.get("code")
            lines.append(words[language] + (f" ({_CODE[language]} {code})." if code else "."))
    lines += [str(item.value["url"]) for item in evidence if item.kind is EvidenceKind.LINK and item.value.get("url")]
    return "\n".join([*dict.fromkeys(lines), (_SILENT if silent else _UNSURE)[language]])

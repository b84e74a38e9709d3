"""Deeds told by a verb and its object: "cancelé tu cita", "acabei de enviar o link", "I've set a reminder".

The verb says that something was done, its object what. Read with accents, since "cancele" asks where "cancelé" reports;
each row is (what is claimed, pattern), as in `done_phrases.py`, and is looked for before those.
"""

import re

_ES_AR = (
    "cancel anul cambi reagend reprogram agend reserv apart program confirm anot registr levant cre gener mand envi "
)
_ES_AR += "guard actualiz reembols tramit cerr coloc realiz separ bloque complet finaliz orden pag mov"
_PT_AR = (
    "cancel anul mud alter remarc reagend reprogram agend reserv separ program confirm anot registr cri ger mand envi "
)
_PT_AR += "salv guard atualiz reembols estorn segur bloque marc fech finaliz coloc complet encomend pass"
_EN = {
    "cancel": "cancell?ed",
    "move": "moved|rescheduled|changed|switched",
    "book": "booked|scheduled|confirmed|put in|arranged",
    "hold": "held|reserved|set aside|put aside|saved|blocked",
    "order": "ordered|placed|submitted|created|made|completed",
    "list": "put|added|placed|entered",
    "send": "sent|emailed|texted|shared",
    "save": "saved|noted|updated|recorded|stored|added|written down",
    "forget": "deleted|erased|forgotten|removed|forgot",
    "refund": "refunded|returned|reimbursed",
    "remind": "set|set up|scheduled|created|added",
}


def _es(*stems: str) -> str:
    """The first person of the past of Spanish verbs by their stems, and the perfect."""
    one = "|".join(stems)
    irregular = "|moví" if "mov" in stems else ""
    return (
        rf"(?:(?:{one})é{irregular}|(?:he|hemos|ha sido|fue) (?:{one})(?:ado|ada|ido|ida)|"
        rf"(?:acabo|acabamos|acaban) de (?:{one})(?:ar|er)(?:te|le|lo|la|telo|tela)?)"
    )


def _pt(*stems: str) -> str:
    """The first person of the past of Portuguese verbs in -ar by their stems."""
    one = "|".join(stems)
    return rf"(?:(?:{one})(?:u)?ei|(?:acabei|acabamos) de (?:te )?(?:{one})ar)"


def _en(*verbs: str) -> str:
    """ "I", "I've", "we have just" and the past of English verbs."""
    past = "|".join(_EN[verb] for verb in verbs)
    return (
        rf"(?:\b(?:i|we)(?:'ve| have)?(?: (?:just|already|now|also|successfully|gone ahead and))* (?:{past})|"
        rf"\b(?:has|have|was|were|is|are)(?: (?:just|already|now|also|successfully))* (?:been )?(?:{past}))"
    )


_A = (
    r"(?:\s(?:ya|já|o|a|os|as|el|la|los|las|tu|su|tus|sus|seu|sua|seus|suas|your|the|an?|un|una|um|uma|ese|esa|este|"
    r"esta|esse|essa|that|this|it|te|le|lhe|you|nuevo|nueva|novo|nova|new|for you)){0,4}\s"
)
"""What stands between a verb and its object."""
_APPOINTMENT = (
    r"(?:citas?|turnos?|reserva(?:ción)?|agendamentos?|sesión|visita|consulta|booking|appointment|reservation)\b"
)
_PLACE = r"(?:horarios?|lugar|espacio|espaço|vaga|slots?|spot|time)\b"
_VISIT = rf"(?:{_APPOINTMENT}|{_PLACE})"
_ORDER = r"(?:pedidos?|orden|órdenes|compras?|orders?|encomendas?|purchase)\b"
_LINK = r"(?:(?:payment|pay) )?(?:links?|enlaces?|liga)\b"
_NOTE = (
    r"(?:recordatorios?|seguimiento|mensaje|aviso|alerta|lembretes?|mensagem|alarme|reminders?|follow-?ups?|message|"
    r"alert)\b"
)
_DETAIL = (
    r"(?:datos?|tallas?|direcci[oó]n|preferencias?|nombre|correo|tel[eé]fono|informaci[oó]n|info|notas?|alergia|dados?|"
    r"informaç(?:ão|ões)|endereço|nome|preferências?|tamanho|porte|detalhes?|detalles?|details?|address|name|"
    r"preferences?|size|note|(?:\w+ )?level|e-?mail)\b"
)
_MONEY = r"(?:dinero|pago|dinheiro|pagamento|valor|money|payment|\$|r\$|us\$)"
_MAKE_ES = _es("agend", "program", "confirm", "anot", "registr", "levant", "cre", "gener", "coloc", "realiz", "tramit")
_MAKE_PT = _pt("agend", "program", "confirm", "registr", "cri", "ger", "marc", "fech", "finaliz", "coloc", "complet")
_MAKE = rf"(?:{_MAKE_ES}|hice|hicimos|pedí|{_MAKE_PT}|fiz|fizemos)"
_HOLD = (
    rf"(?:{_es('apart', 'reserv', 'separ', 'bloque', 'guard')}|{_pt('reserv', 'separ', 'segur', 'bloque', 'guard')})"
)
_WAITING_LIST = r"(?:(?:lista|fila) de espera|wait(?:ing )?list)\b"
_LISTED = (
    rf"(?:{_es('anot', 'agreg', 'registr', 'apunt')}|{_pt('anot', 'adicion', 'registr')}|"
    "coloquei|puse|pusimos|incluí|inscribí|inscrevi|botei)"
)
_ON_IT = (
    r"(?:ya )?(?:estás|está|quedas|quedaste|quedó)|(?:você )?(?:já )?(?:está|ficou|entrou)|you(?:'re| are)(?: now)?"
)
_STANDS = r"(?:qued[oó]|quedaron|queda|está|están|tienes|ya tienes|fue|ficou|ficaram|está|estão|foi|tem|has)"
_PART = r"(?:ya |já )?(?:{})[oa]s?"


def _part(stems: str, noun: str) -> str:
    """ "quedó registrado tu pedido": the participle before its noun."""
    return rf"\b{_STANDS}\s{_PART.format(stems)}{_A}{noun}"


DEEDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (claim, re.compile(pattern, re.M))
    for claim, pattern in (
        ("waiting_listed", rf"(?:\b{_LISTED}|{_en('list')})[^.!?\n]{{0,40}}\b{_WAITING_LIST}"),
        (
            "waiting_listed",
            rf"\b(?:{_ON_IT})(?:\s\w+)? (?:en|na|no|on)(?: (?:la|nuestra|nossa|the|our))? {_WAITING_LIST}",
        ),
        ("follow_up", rf"\b{_MAKE}{_A}{_NOTE}|{_en('remind')}{_A}{_NOTE}"),
        ("follow_up", rf"\b(?:dejé|deixei){_A}{_NOTE}"),
        ("link_sent", rf"\b(?:{_es('mand', 'envi', 'gener')}|{_pt('mand', 'envi', 'ger')}){_A}{_LINK}"),
        ("link_sent", rf"{_en('send')}{_A}{_LINK}|\b{_LINK} (?:has|have|was)(?: just| already| now)* (?:been )?sent\b"),
        ("cancelled", rf"\b(?:{_es('cancel', 'anul')}|{_pt('cancel', 'anul')}){_A}(?:{_VISIT}|{_ORDER})"),
        ("cancelled", rf"{_en('cancel')}{_A}(?:{_VISIT}|{_ORDER})"),
        ("cancelled", _part("cancelad|anulad", rf"(?:{_VISIT}|{_ORDER})")),
        ("rescheduled", rf"\b(?:{_es('cambi', 'mov', 'reagend', 'reprogram')}){_A}{_VISIT}"),
        ("rescheduled", rf"\b(?:{_pt('mud', 'alter', 'remarc', 'reagend', 'reprogram')}){_A}{_VISIT}"),
        ("rescheduled", rf"{_en('move')}{_A}{_VISIT}"),
        ("rescheduled", _part("cambiad|movid|reagendad|reprogramad|remarcad|alterad", _VISIT)),
        (
            "order_placed",
            rf"\b{_MAKE}{_A}{_ORDER}|{_en('order')}{_A}{_ORDER}|\b(?:i|we)(?:'ve| have)?(?: just)? ordered\b",
        ),
        ("order_placed", _part("registrad|hech|list|confirmad|cread|generad|levantad|feit|criad|fechad|gerad", _ORDER)),
        ("order_placed", r"\b(?:your|the) order(?: is|'s) in\b(?! (?:progress|transit|process|review|prep))"),
        ("held", rf"\b{_HOLD}{_A}{_PLACE}|{_en('hold')}{_A}{_PLACE}"),
        ("held", _part("apartad|reservad|separad|bloquead|guardad", _PLACE)),
        ("reserved", r"\b(?:i'm|i am|we're|we are) (?:now |currently )?holding\b"),
        ("booked", rf"\b(?:{_MAKE}|{_HOLD}){_A}{_APPOINTMENT}|{_en('book', 'hold', 'order')}{_A}{_APPOINTMENT}"),
        ("booked", rf"\b{_MAKE}{_A}{_PLACE}|{_en('book')}{_A}{_PLACE}"),
        ("booked", _part("apartad|reservad|separad|agendad|confirmad|programad|marcad|registrad|list", _APPOINTMENT)),
        (
            "booked",
            r"\bqued[oó] (?:tu|su) cita\b|\b(?:ya )?quedaste (?:para|el|con|a las?)\b|\bficou (?:o )?seu horário\b",
        ),
        (
            "saved",
            rf"\b(?:{_MAKE_ES}|{_es('guard', 'actualiz')}|{_pt('salv', 'anot', 'guard', 'atualiz')}){_A}{_DETAIL}",
        ),
        ("saved", rf"{_en('save')}{_A}{_DETAIL}"),
        ("saved", _part("anotad|guardad|registrad|actualizad|salv|atualizad", _DETAIL)),
        (
            "forgotten",
            rf"\b(?:{_es('borr', 'elimin', 'olvid')}|{_pt('apag', 'delet', 'elimin')}|esqueci|exclu[ií]){_A}{_DETAIL}",
        ),
        ("forgotten", rf"{_en('forget')}{_A}{_DETAIL}"),
        ("forgotten", rf"\b{_DETAIL} (?:has|have|was|were)(?: just| already| now)* (?:been )?(?:{_EN['forget']})\b"),
        (
            "forgotten",
            rf"\b{_DETAIL} (?:fueron|han sido|quedaron|foram|ficaram)(?: ya| já)? "
            r"(?:borrad|eliminad|olvidad|apagad|deletad|excluíd)[oa]s\b",
        ),
        ("forgotten", _part("borrad|eliminad|olvidad|apagad|deletad|excluíd", _DETAIL)),
        ("refunded", rf"\b(?:{_es('reembols')}|{_pt('reembols', 'estorn')}|devolví|devolvi)\b{_A}{_MONEY}"),
        ("refunded", rf"{_en('refund')}{_A}{_MONEY}"),
        (
            "paid",
            r"\bpayment (?:has |had )?(?:already |just )?(?:come|came|gone|went) (?:through|in)\b|"
            r"\b(?:pago|pagamento|payment) (?:has |ya )?(?:cleared|landed|compensou|caiu|cayó)\b|"
            r"\b(?:aparece|figura|sale|consta|shows?(?: up)?|appears?|marked)\s(?:\w+\s){0,2}?"
            r"(?:pagad[oa]|pago|paga|paid)\b(?! (?:pendiente|pendente|en|em|con))",
        ),
    )
)

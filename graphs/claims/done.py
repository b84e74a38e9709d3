""" "Done" in a draft: booked, paid, cancelled, ordered, sent, handed over.

Only a write of this turn supports it, or a state read in this turn: an order, a booking or a payment that a tool has
just shown in that state. Questions, offers, conditions, negations and what is still to come are not claims.
"""

import re
from collections.abc import Callable, Iterator

from graphs.claims.deeds import DEEDS
from graphs.claims.done_phrases import PHRASES
from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import KNOWLEDGE, Ground
from graphs.claims.text import Draft, negated
from graphs.evidence import DoneAction as D
from graphs.evidence import Evidence
from graphs.evidence import EvidenceKind as K

_WAITING = re.compile(
    r"\b(?:cuando|quando|when|once|una vez|uma vez|assim que|asi que este|en cuanto|tan pronto|as soon as|"
    r"after|despues de|depois de|until|hasta que|ate que|if|al (?:confirmar|recibir|momento)|antes de|before|"
    r"before|"
    r"si(?= \w)|se (?:quiser\w*|preferir\w*|voce|for|estiver\w*|tudo|precisar|tiver|puder|nao|o pagamento|o "
    r"pedido)|(?<!seu )(?<!tu )(?<!su )(?<!el )(?<!o )caso(?= \w)|apenas (?:confirmes|recibamos)|para "
    r"(?:confirmar|que|concluir|finalizar|cancelar|reservar|"
    r"agendar)|to (?:confirm|cancel|book|place|complete)|falta|needs? to|tienes que|hay que|debes)\b"
)
_OFFERING = re.compile(
    r"\b(?:puedo|podria|podemos|podriamos|quieres|quiere|quisieras|deseas?|gustaria|gustas|quer|queres|"
    r"gostaria|posso|poderia|would you|do you want|shall|can i|could|i can|we can|may i|prefieres|prefere|voy "
    r"a poder|necesito|preciso|i need)\b"
)
_STILL_TO_COME = re.compile(
    r"\b(?:sera|seran|seria|serian|va a ser|van a ser|vai ser|will be|would be|to be|ser|sea|este|esteja|"
    r"estara|estarao|quedara|ficara|pueda|puede|pode|podra|podera|can be|must be|por|de|que)\s*$"
)
_IMPERATIVE = re.compile(r"\W*(?:reserve|agende|aparte|separe|confirme|programe|cambie|reagende)")
_COMING_BY = re.compile(r"\b(?:abr\w+|abiert\w+|abert\w+|open\w*|recog\w+|retir\w+|pick\w*|tienda|loja|store|shop)\b")
_OPTIONS = re.compile(r"\s(?:\w+\s){0,3}(?:opc\w+|options?|sugest\w+|sugerenc\w+|modelos?|ide\w+|alternativ\w+)\b")
""" "Separei três opções" sets nothing aside."""
_IF_YOU_LIKE = re.compile(
    r"\b(?:si (?:quieres|gustas|prefieres|deseas|te parece|lo prefieres)|se (?:quiser|preferir)|"
    r"if you(?:'d)? (?:like|want|prefer))\b"
)
_RULE_WORDS = 5
"""A shorter sentence of a fact may be a report as well."""
_OF_SOMEBODY = re.compile(
    r"\b(?:tus?|te|ti|sus?|le|seus?|suas?|voces?|you|your|ya|ja|already|fue|fueron|foi|foram|ha sido|han sido|has been|"
    r"have been|was|were|quedo|quedaron|ficou|ficaram|listo|lista|pronto|pronta|done|esta|estan)\b"
)
_TAG = re.compile(
    r",\s*(?:ok|okay|vale|cierto|verdad|no|si|sim|certo|tudo bem|ta|ta bom|blz|beleza|combinado|ne|right|"
    r"sounds good|all right|de acuerdo)\s*\?"
)

_DONE: dict[str, frozenset[str]] = {
    "paid": frozenset({D.PAID}),
    "cancelled": frozenset({D.CANCELLED}),
    "rescheduled": frozenset({D.RESCHEDULED}),
    "booked": frozenset({D.BOOKED, D.RESCHEDULED}),
    "attendance": frozenset({D.ATTENDANCE_CONFIRMED}),
    "order_placed": frozenset({D.ORDER_PLACED}),
    "confirmed": frozenset({D.BOOKED, D.RESCHEDULED, D.ORDER_PLACED, D.PAID}),
    "reserved": frozenset({D.SLOT_HELD, D.BOOKED, D.RESCHEDULED, D.ORDER_PLACED}),
    "held": frozenset({D.SLOT_HELD, D.BOOKED, D.RESCHEDULED}),
    "expected": frozenset({D.BOOKED, D.RESCHEDULED}),
    "link_sent": frozenset({D.PAYMENT_LINK_SENT}),
    "handed_off": frozenset({D.HANDED_OFF}),
    "follow_up": frozenset({D.FOLLOW_UP_SCHEDULED, D.HANDED_OFF, D.WAITING_LIST_JOINED}),
    "waiting_listed": frozenset({D.WAITING_LIST_JOINED}),
    "saved": frozenset({D.DETAIL_SAVED}),
    "forgotten": frozenset({D.DETAILS_FORGOTTEN}),
    "anything": frozenset(D),
    "settled": frozenset({D.BOOKED, D.RESCHEDULED, D.ORDER_PLACED, D.PAID}),
}
_DEEDS = frozenset(DEEDS)
_PAID = ("paid", "preparing", "shipped", "delivered")
_STATES: dict[str, Callable[[Evidence, str], bool]] = {
    "paid": lambda item, status: (
        (item.kind is K.PAYMENT and status == "paid") or (item.kind is K.ORDER and status in _PAID)
    ),
    "cancelled": lambda item, status: item.kind in (K.ORDER, K.BOOKING) and status in ("cancelled", "canceled"),
    "booked": lambda item, status: item.kind is K.BOOKING and status in ("confirmed", "in_progress", "completed"),
    "attendance": lambda item, status: item.kind is K.BOOKING and item.value.get("attendance") == "confirmed",
    "order_placed": lambda item, status: item.kind is K.ORDER and status not in ("", "cancelled", "draft"),
    "shipped": lambda item, status: item.kind is K.ORDER and status in ("shipped", "delivered"),
    "delivered": lambda item, status: item.kind is K.ORDER and status == "delivered",
    "refunded": lambda item, status: item.kind in (K.ORDER, K.PAYMENT) and status == "refunded",
}
_STATES["confirmed"] = lambda item, status: any(
    _STATES[one](item, status) for one in ("booked", "order_placed", "paid")
)
_STATES["held"] = _STATES["expected"] = _STATES["booked"]
_STATES["reserved"] = lambda item, status: _STATES["booked"](item, status) or _STATES["order_placed"](item, status)
_INSTEAD = {
    "paid": "read the payment state with order_status first",
    "booked": "book it with the tool after the customer's yes, or read it with my_bookings",
    "attendance": "note it with confirm_attendance after their yes to a reminder",
    "rescheduled": "move it with the tool after the customer's yes",
    "cancelled": "cancel it with the tool after the customer's yes, or read its state",
    "order_placed": "place it with the tool after the customer's yes, or read it with order_status",
    "handed_off": "call hand_off, or do not promise a person",
    "link_sent": "send it with the tool and write its url",
    "follow_up": "schedule it with the tool, or do not promise it",
    "waiting_listed": "put them on it with join_waiting_list first, or do not say so",
    "saved": "save it with the tool, or do not say so",
    "forgotten": "forget it with the tool first, or do not say so",
    "discounted": "you grant no discounts",
}


def judge(draft: Draft, ground: Ground, handing_over: bool) -> Iterator[Finding]:
    """Every statement that something was done. `handing_over`: this very reply opens a case for a person."""
    seen: list[tuple[int, int]] = []
    for claim, pattern in (*DEEDS, *PHRASES):
        for match in pattern.finditer(draft.lowered if (claim, pattern) in _DEEDS else draft.text):
            start = match.start() + len(match[0]) - len(match[0].lstrip(" \n!.¡¿?,✅🎉\x01"))
            core = (start, match.end())
            if any(core[0] < end and begin < core[1] for begin, end in seen) or not _states(
                draft, start, match.end(), claim
            ):
                continue
            if claim == "reserved" and _OPTIONS.match(draft.folded, match.end()):
                continue
            if claim == "expected" and not _names_a_visit(draft, start):
                continue
            if _is_a_rule(draft, start, ground):
                continue
            seen.append(core)
            place = Place(draft, *core)
            support = _support(claim, ground)
            if support is not None:
                yield backed(place, "done", {"action": claim}, support)
            elif handing_over and claim in ("handed_off", "follow_up"):
                yield backed(place, "done", {"action": claim}, "evidence")
            else:
                yield unbacked(
                    place,
                    "done",
                    {"action": claim},
                    (
                        f'The draft says "{place.quote}", but nothing in this turn did or showed that. Do not say '
                        f"it; {_INSTEAD.get(claim, 'do it with the tool first')}."
                    ),
                )


def _is_a_rule(draft: Draft, at: int, ground: Ground) -> bool:
    """Whether the sentence stands word for word in a fact of the business: "Repairs are paid at the counter" says how
    it is done here, not that it was. In a document only one that speaks of nobody's own does."""
    words = " ".join(draft.of(draft.sentence(at)).split()).strip(" .!")
    rules = ("fact",) if _OF_SOMEBODY.search(words) else ("fact", KNOWLEDGE)
    return len(words.split()) >= _RULE_WORDS and any(
        support in rules and words in " ".join(text.split()) for text, support, _ in ground.texts
    )


def _names_a_visit(draft: Draft, at: int) -> bool:
    """Whether "te esperamos" is said of an hour or a day that was booked, not of coming by while it is open."""
    sentence = draft.sentence(at)
    told = any(sentence.start <= one.start < sentence.end for one in (*draft.hours, *draft.days))
    return told and not _COMING_BY.search(draft.of(sentence))


def _states(draft: Draft, start: int, end: int, claim: str) -> bool:
    """Whether the words are a statement about something that has happened."""
    sentence, clause = draft.sentence(start), draft.clause(start)
    whole, words = draft.of(sentence), draft.folded[start:end]
    before_in_sentence = draft.folded[sentence.start : start]
    before_in_clause = draft.folded[clause.start : start]
    if claim == "handed_off" and _IF_YOU_LIKE.search(whole):
        return False
    if draft.asks(start) and not _stated_before_the_question(draft, sentence.start, sentence.end, end):
        return False
    if negated(words) or negated(" ".join(before_in_clause.split()[-4:])):
        return False
    waiting = _WAITING.search(before_in_sentence + words)
    if waiting and not (waiting[0] == "si" and draft.raw[sentence.start + waiting.start() :][:2].lower() == "sí"):
        return False
    offering = _OFFERING.search(before_in_clause + " " + words.rsplit(" ", 1)[0])
    if offering and not re.search(r"\b(?:que|that)\b", (before_in_clause + words)[offering.end() :]):
        return False
    if re.search(
        (
            r"\b(?:sera|seran|seria|va a ser|vai ser|will be|would be|estara|quedara|ficara|debe ser|puede ser|"
            r"pod(?:e|em|ia|iam) ser|can be|could be|must be|needs to be|para ser)\b"
        ),
        words,
    ) and claim not in ("handed_off", "follow_up"):
        return False
    if (
        _STILL_TO_COME.search(before_in_clause)
        and claim not in ("handed_off", "follow_up", "paid")
        and not re.search(r"\b(?:de|que|por)\s*$", before_in_clause)
    ):
        return False
    if re.search(
        r"\b(?:que|quieres que|para que|quer que)\s(?:te |le |lo |la |ya )*$", before_in_clause
    ) and _subjunctive(draft, start, end):
        return False
    if _IMPERATIVE.fullmatch(words.strip()) and draft.raw[end - 1] not in "éÉ":
        return False
    return "?" not in words and not (claim == "booked" and re.search(r"\bhorarios?\b[^.]*\bde atencion\b", whole))


def _stated_before_the_question(draft: Draft, start: int, end: int, claim_end: int) -> bool:
    """ "Já agendei seu horário, quer mais alguma coisa?" states, then asks."""
    rest = draft.folded[claim_end:end]
    if "¿" in draft.folded[max(0, start - 1) : start + 2]:
        return False
    if _TAG.search(rest):
        return True
    return bool(
        re.search(
            (
                r",\s*(?:\w+\s){0,2}(?:quer|quieres|quiere|deseas?|do you|would you|can i|posso|puedo|algo mas|"
                r"mais alg|anything|necesitas|precisa|gostaria|te gustaria|en que|em que|te ayudo|confirma)"
            ),
            rest,
        )
    )


def _subjunctive(draft: Draft, start: int, end: int) -> bool:
    """ "reserve" without its accent behind "que" is a wish, "reservé" is a report."""
    return not any(char in "éÉóÓ" for char in draft.raw[start:end])


def _support(claim: str, ground: Ground) -> Evidence | None:
    turn = ground.context.turn_id
    accepted = _DONE.get(claim, frozenset())
    fits = _STATES.get(claim)
    for item in ground.live:
        fresh = item.turn_id == turn
        if item.kind is K.DONE and fresh and item.value.get("action") in accepted:
            return item
        if (
            fits is not None
            and (fresh or claim == "expected")
            and item.kind in (K.ORDER, K.BOOKING, K.PAYMENT)
            and fits(item, str(item.value.get("status", "")).lower())
        ):
            return item
        if claim == "link_sent" and item.kind is K.LINK:
            return item
        if claim in ("reserved", "held") and item.kind is K.SLOT and item.value.get("state") == "held":
            return item
    return None

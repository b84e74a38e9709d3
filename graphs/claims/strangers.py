"""Names nobody knows: a product that no tool returned, a person who does not work here, a person for another's service.

A name is known if a tool, a fact, the playbook or the customer said it. Only names that carry weight are looked at:
things that are priced, offered or in bold, and people who are said to do something.
"""

import re
from collections.abc import Iterator
from functools import cache

from graphs.claims import dates
from graphs.claims.amounts import speaks_of_money
from graphs.claims.findings import Finding, Place, unbacked
from graphs.claims.ground import Ground, ref
from graphs.claims.names import Subjects, name_tokens, refs_of, stem
from graphs.claims.text import TAKEN, Draft, Span, fold, negated
from graphs.evidence import Evidence, EvidenceKind

_N = r"(?P<name>(?:(?:Dr|Dra|Sr|Sra|Don|Doña|Dona|Seu|Mr|Mrs|Ms)\.? )?[A-ZÀ-Þ][a-zà-ÿ]{2,})"
_THE = r"(?:el |la |o |a )?"
_WHO = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:[Ll][oa]s?|[Tt]e|[Ll]es?) (?:hacen?|atienden?|atenderá|atendería|recibiría|"
        rf"vería|corta|realiza|recibe|espera) {_THE}{_N}",
        rf"\b[Qq]uem (?:faz|atende|cuida|corta|realiza|vai)\b[^.!?\n]{{0,30}}? é {_THE}{_N}",
        rf"\b[Qq]uem (?:faz|atende|cuida|corta|realiza|vai)\b[^.!?\n]{{0,30}}? é {_THE}{_N}",
        rf"\b(?:[Qq]uien|[Ll]a persona que) (?:hace|da|atiende|corta|realiza|lleva)\b[^.!?\n]{{0,40}}? es {_THE}{_N}",
        rf"\b(?:person|one) who (?:does|gives|handles|runs|teaches)\b[^.!?\n]{{0,40}}? is {_N}",
        rf"\bé (?:com|feit[oa] (?:por|pel[oa])) {_THE}{_N}",
        rf"\b(?:a cargo de|atendid[oa] por|hech[oa] por|done by|handled by|run by|led by) {_THE}{_N}",
        rf"\b{_N} (?:does|handles|runs|leads|gives|hace|faz|atiende|atende|realiza|da|se encarga)\b",
        rf"\b{_N} (?:tiene|tem|has|está|esta|is|queda|fica) (?:(?:todavía|aún|ainda|still|also|un|uma?|an?|el|o|the) )*"
        rf"(?:lugar|espacio|espaço|hueco|vaga|horário|opening|slot|libre|livre|free|available|disponible|disponível)\b",
        rf"\b{_N} (?:would|will|can|could) (?:see|take|serve|look after|attend) (?:you|it)\b",
        rf"\b(?i:paso|pasé|comunico|transfiero|hablé|passei|avisei|passed|told|asked|be|are|is)(?: [a-zà-ÿ]+){{0,3}} "
        rf"(?:con|com|with|pro|pra|para|to|a) {_THE}{_N}",
    )
)
_WITH = re.compile(rf"\b(?:con|com|with)\s+{_THE}{_N}")
_AFTER_HOUR = re.compile(rf"\s*(?:[ap]\.?\s?m\.?)?\s*[—–·•|,-]\s*{_N}\s*(?=$|[.,;·•|!?\n])", re.M)
_TITLED = re.compile(r"[A-ZÀ-Þ][\wà-ÿ-]*(?: (?:(?:de|da|do|del|la|of) )?(?:[A-ZÀ-Þ][\wà-ÿ-]*|[A-Z]*\d\w*))+(?!['’])")
_ARTICLED = re.compile(r"\b(?:an?|the|una?|el|la|uma?|o) (?P<name>[A-ZÀ-Þ][a-zà-ÿ]{3,})\b(?!['’])")
_BEHIND = re.compile(r" (?P<name>[A-ZÀ-Þ][a-zà-ÿ]{2,})\b")
_OFFERS = re.compile(
    r"\b(?:tenemos|tengo|hay|manejamos|temos|tenho|have|carry|stock|recom\w+|sugier\w+|suger\w+|indic\w+|might "
    r"(?:like|love)|encantar|check out|vendemos|sell|ofrec\w+|oferec\w+|offer)\b"
)
_TIER = re.compile(r"\s(?:premium|deluxe|gold|vip|express|platinum|elite|ultra|profesional|profissional)\b")
_PLAIN_WORDS = (
    "total subtotal pedido orden order codigo code talla size tamanho tamano color cor colour precio preco price pago "
    "pagamento payment envio entrega shipping delivery link enlace liga cotizacion orcamento quote resumen resumo "
    "summary cita appointment booking reserva agendamento servicio servico service producto produto product hola oi "
    "ola hello hi hey claro sure perfecto perfeito perfect listo pronto done gracias obrigado obrigada thanks opcion "
    "opcao option cantidad quantidade quantity fecha data date hora time whatsapp pix visa mastercard nota recibo el "
    "la los las un una uno o os as um uma the a an your tu su seu sua nuestro nuestra nosso nossa our de del da do of "
    "por para con com with y e and en em in si sim yes no tambien tambem also te me se lo le son sao es is are hay "
    "tem queda quedan cuesta custa quem quien who alguien alguem nadie ninguem i ella el ellas ellos todo todos toda "
    "todas nada eso este esta esto ese esa alguno alguna ninguno ninguna cada otro otra he she it they this that "
    "everyone everything nothing somebody nobody ele ela eles elas isso isto esse essa tudo algo cual qual manana "
    "amanha hoy hoje today tomorrow ahora agora now aqui aca there here lugar espacio espaco vaga"
)
_PLAIN = frozenset(stem(word) for word in _PLAIN_WORDS.split())


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """People and things nobody knows, and people named for what they do not do; to be read after dates and hours."""
    yield from _people(draft, ground)
    yield from _wrong_person(draft, subjects, ground)
    yield from _things(draft, subjects, ground)


def _people(draft: Draft, ground: Ground) -> Iterator[Finding]:
    named = [match for pattern in _WHO for match in pattern.finditer(draft.raw)]
    for match in _WITH.finditer(draft.raw):
        sentence = draft.sentence(match.start())
        if any(sentence.start <= hour.start < sentence.end for hour in draft.hours):
            named.append(match)
    named += [found for hour in draft.hours if (found := _AFTER_HOUR.match(draft.raw, hour.end))]
    for match in named:
        start, end = match.span("name")
        if draft.text[start] != TAKEN and not _is_known(fold(match["name"]), ground):
            fault = f'Nobody called "{match["name"]}" is known here. Use the name the tool gave.'
            yield unbacked(Place(draft, start, end), "name", {"name": match["name"]}, fault)


def _wrong_person(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """ "El completo lo hace Lupita" where only Memo does it."""
    able: dict[str, tuple[Evidence, set[str]]] = {}
    for item in ground.of(EvidenceKind.SERVICE):
        if isinstance(staff := item.value.get("staff"), list) and staff:
            able[ref(item.subject)] = (item, {fold(str(person)) for person in staff})
    everyone = {person for _, people in able.values() for person in people}
    for person in everyone:
        for match in re.finditer(rf"\b{re.escape(person.split()[0])}\b", draft.folded):
            sentence = draft.sentence(match.start())
            if negated(draft.of(draft.clause(match.start()))) or draft.asks(match.start()):
                continue
            named = _service_of(Span(*match.span()), sentence, draft.line(match.start()), subjects) & able.keys()
            if not named or any(person in able[one][1] for one in named):
                continue
            item, people = able[named.pop()]
            place = Place(draft, *match.span())
            told = f"{item.subject.name} is done by {', '.join(sorted(one.title() for one in people))}"
            yield unbacked(place, "name", {"name": place.quote}, f"{told}, not by {place.quote}. Correct the name.")


def _service_of(at: Span, sentence: Span, line: Span, subjects: Subjects) -> set[str]:
    """The services a person's name stands for: the one named before it in the sentence, behind it, or in the line."""
    services = [one for one in subjects.within(line) if any(key.startswith("service:") for key in one.refs)]
    inside = [one for one in services if sentence.start <= one.start < sentence.end]
    before = [one for one in inside if one.end <= at.start]
    earlier = [one for one in services if one.end <= at.start]
    return refs_of(before[-1:] or inside[:1] or earlier[-1:])


def _things(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    strange: list[Span] = []
    for match in _TITLED.finditer(draft.raw):
        sentence = draft.of(draft.sentence(match.start()))
        if speaks_of_money(sentence) or _OFFERS.search(sentence):
            strange += [Span(*match.span())] * any(not _is_known(word, ground) for word in _capitals(draft, match))
    for match in _ARTICLED.finditer(draft.raw):
        sentence = draft.of(draft.sentence(match.start()))
        free = draft.text[match.start("name")] != TAKEN and speaks_of_money(sentence)
        strange += [Span(*match.span("name"))] * (free and not _is_known(fold(match["name"]), ground))
    for one in subjects.mentions:
        tier = _TIER.match(draft.folded, one.end) or _BEHIND.match(draft.raw, one.end)
        if tier and not one.exact and one.refs and not _is_known(fold(tier[0]), ground):
            strange.append(Span(one.start, tier.end()))
    for span in strange:
        if not draft.asks(span.start) or speaks_of_money(draft.of(draft.sentence(span.start))):
            place = Place(draft, *span)
            fault = f'No tool result knows "{place.quote}". Offer only what the tools returned, by its name.'
            yield unbacked(place, "name", {"name": place.quote}, fault)


def _capitals(draft: Draft, match: re.Match[str]) -> list[str]:
    """The folded words of a title that begin with a capital and were not read as something else; the first word of a
    sentence is capital anyway."""
    opens = not re.search(r"\w", draft.folded[draft.sentence(match.start()).start : match.start()])
    found = []
    for number, word in enumerate(re.finditer(r"\w+", match[0])):
        at = match.start() + word.start()
        plain = word[0].isupper() and len(word[0]) <= 5
        if word[0][0].isupper() and not plain and not (opens and number == 0) and draft.text[at] != TAKEN:
            found.append(fold(word[0]))
    return found


@cache
def _calendar() -> frozenset[str]:
    return frozenset(stem(word) for name in (*dates.MONTHS, *dates.WEEKDAYS) for word in name.split("-"))


def _is_known(name: str, ground: Ground) -> bool:
    """Whether every word of a folded name was said by somebody who may be quoted."""
    tokens = [token for token in name_tokens(name) if token not in ("dr", "dra", "sr", "sra", "don", "mr", "mrs", "ms")]
    return all(token in _PLAIN or token in _calendar() or token in ground.vocabulary for token in tokens)

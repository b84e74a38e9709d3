"""Whether the customer's newest words agree to what an irreversible tool is about to do.

The backend proves that a proposal reached the customer and that they wrote afterwards; what they wrote is judged here,
without a model, so that an injected or careless model cannot act on a "no". A yes must be there to be found: a refusal,
a question, a new wish or small talk is not one, and the vendor is told to ask. The last decisive sentence counts, so
"no... perdón, sí" agrees and "sí. No, espera" does not.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from graphs.ports import ProposalCard


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    QUESTION = "question"
    CHANGE = "change"
    UNCLEAR = "unclear"


_ADVICE = {
    Answer.NO: "The customer's latest message refuses. Nothing was done: accept it in one line and do not insist.",
    Answer.QUESTION: "The customer asked something instead of agreeing. Nothing was done: answer it, then ask again.",
    Answer.CHANGE: (
        "The customer wants something else than was proposed. Nothing was done: make a new proposal, present it "
        "and wait for the answer."
    ),
    Answer.UNCLEAR: "The customer's latest message is not a clear yes. Nothing was done: ask for a plain yes or no.",
}
_FREE_WITHOUT_PROPOSAL = frozenset({"cancel_booking", "send_payment_link", "remember_contact"})
"""Called without a proposal, the first two only present something or repeat a link, and the last needs a message that
says it in so many words; the backend sees to that."""

_NO_TROUBLE = re.compile(
    r"\b(?:no (?:hay|tengo) (?:ningun )?(?:problema|pega|duda)|no te preocupes|no importa|(?:sin|sem) "
    r"(?:ningun |nenhum )?problemas?"
    r"|no problem|no worries|nao tem problema|por que no|porque no|why not|por que nao|como no|nao vejo "
    r"problema|no tengo dudas?)\b"
)
_ASKED_TO_ACT = re.compile(
    r"\b(?:(?:me |te |se |lo |la |o |a |voce |puedes|podrias|podes|pueden|puede|pode|poderia|podem|can you|"
    r"could you|please|will you)\s*){1,3}"
    r"(?:lo |la |me |ya )*(?:confirm|reserv|agend|apart|marc|fech|cobr|envi|mand|hac|faz|ped|cancel|anul|book|"
    r"order|place|send|resched|schedule|cambi|mud|remarc|reagend)\w*"
)
_WAIT = (
    r"espera\w*|esperen?|aguarda\w*|aguarde|peraí|perai|pera ai|calma|wait|hold on|hang on|not yet|todavia no|"
    r"aun no|ainda nao|ahorita no|agora nao|"
    r"not now|luego|despues|depois|later|mais tarde|mas tarde|dejame pensar\w*|lo pienso|vou pensar|deixa eu "
    r"ver|let me think|i ll think|prefiero no|prefiro nao|rather not"
)
_NO = re.compile(
    r"\b(?:n+o+|n+a+o+|nope|nah|nel|nop|neg+ativo|ni|nunca|jamas|nem|cancela(?:lo|la|r)? (?:eso|todo|el pedido|"
    r"la orden|isso|tudo|o pedido)|mejor no|melhor nao|ya no|"
    r"don t|do not|dont|stop|para|parar|olvidal\w+|olvidate|dejalo|dejala|dejemoslo|deixa (?:pra la|quieto|"
    r"assim)|esquece|esqueca|nevermind|never mind|forget it|"
    r"desisto|desisti|me arrepenti|rechazo|recuso|recusar|decline|"
    + _WAIT
    + r")\b|[\U0001f44e\u274c\U0001f645\u26d4\U0001f6ab]"
)
_CHOSEN = (
    r"(?<!aqui )(?<!ahi )(?<!alli )(?<!aca )(?<!\bai )(?:ess[ae]|est[ae]|es[aeo]|isso)"
    r"(?=\W*$| (?:mism[oa]|mesm[oa]|si|sim|por favor|porfa\w*|please|pls|nomas|no mas|nada mas|gracias|obrigad[oa]|"
    r"ok|dale|vale|quiero|quero|d?ai|ahi|de las? \d+|das? \d+|de \d+|a las? \d+|as \d+)\b)"
)
"""What is pointed at and not named: "esta foto", "este es mi recibo" and "aquí está" choose nothing."""
_GOES = (
    r"(?<!aqui )(?<!ahi )(?<!\bte )(?<!\ble )(?<!que )(?<!como )va(?! (?:mis?|la|el|los|las|una?|otr[oa]|foto|a|con)\b)"
)
_YES = re.compile(
    r"\b(?:s+i+p*|s+i+m+|sep|sip|simon|claro|por supuesto|desde luego|dale|"
    + _GOES
    + r"|vale|venga|sale|orale|okay|ok+|"
    r"okey|okis|oki|okk|k|listo|perfecto|perfeito|perfect|excelente|genial|"
    r"de acuerdo|de acordo|acepto|aceito|accept|agree|agreed|confirm\w*|adelante|hazlo|hagal\w*|hagamosl\w*|"
    r"hacelo|procede|proceda|procedamos|correcto|correto|correct|exacto|exato|exactly|"
    r"esta bien|ta bien|ta bom|ta otimo|tudo bem|tudo certo|certo|beleza|blz|fechado|fechou|feito|pode ser|"
    r"pode sim|pode|bora|vamos|" + _CHOSEN + r"|combinado|otimo|"
    r"me sirve|me queda|me parece|me viene bien|me va bien|me gusta|me apunto|lo quiero|la quiero|los quiero|"
    r"las quiero|quiero (?:ese|esa|eso|este|esta|comprar\w*|pagar|reservar\w*)|"
    r"eu quero|quero (?:sim|esse|essa|este|comprar|pagar|reservar)|lo tomo|la tomo|me lo llevo|me la llevo|me "
    r"los llevo|vou levar|vou querer|fico com|comprame|reserva\w*|apartal\w*|apartam\w*|aparta|agenda\w*|"
    r"agende|marca|marque|"
    r"mandal\w*|mandam\w*|manda|mande|envial\w*|enviam\w*|envia|envie|yes|yeah|yep|yup|ye[sa]+|sure|of course|"
    r"absolutely|definitely|please do|go ahead|do it|let s do it|book it|i ll take (?:it|them)|"
    r"sounds good|works for me|that works|all right|alright|fine|great|good|bueno|buenisimo|con gusto|com "
    r"certeza|afirmativo|positivo|obvio|seguro|aja|uhum|aham|show|massa|top|"
    r"cancel(?:a|al\w+|ala|ar|e|em|it|o)?|anul\w+|cambia\w*|cambio|muda|remarca|reagenda\w*|por favor|porfa|"
    r"porfis|pls|please|gracias si|1|"
    r"adelante con eso|que si|q si)\b|"
    r"[\U0001f44d\U0001f44c\u2705\u2714\U0001f64f\U0001f64c\U0001f4aa\U0001f91d\U0001f197]"
)
_BUT = re.compile(
    r"\b(?:pero|mas|porem|but|however|though|except|excepto|solo que|so que|only that|mejor (?!no)(?:a|el|la|"
    r"otro|otra|para|ma)|melhor (?!nao)(?:a|as|o|outro|outra|para|pra)|"
    r"en vez de|en lugar de|em vez de|instead|cambia(?:r|me)? (?:el|la|por|a)|troca\w*|agrega\w*|anade\w*|"
    r"adiciona\w*|acrescenta\w*|quita\w*|tira o|tira a|solo uno|so um|only one|otro dia|outro dia|another day|"
    r"otra hora|outro horario)\b"
)
_NEUTRAL_BUT = re.compile(
    r"\b(?:mas rapido|mas tarde|no mas|nada mas|mas nada|mas o menos|cuanto antes mas|mas pode|mas sim|pero si|"
    r"but yes|pero dale)\b"
)
_FAREWELL = re.compile(
    r"\b(?:de todos modos|de todas (?:formas|maneras)|mesmo assim|de qualquer (?:forma|jeito|maneira)|anyways?|"
    r"all the same)$"
)
_WANTED = re.compile(
    r"\b(?:quiero|quero|quer[ei]ia|want|tomo|llevo|fico|vou levar|take|s+i+|s+i+m+|yes|yep|dale|hazlo|hagalo|do it|"
    r"go ahead|please|book|order|send|confirm\w*|reserva\w*|agenda\w*|marca|marque|acepto|aceito|agree|adelante|"
    r"proced\w*|por favor|pode|vamos|bora|manda\w*|envia\w*)\b"
)
"""What makes a "de todos modos" a yes in spite of something; without it the words are thanks all the same."""
_STARTS_BUT = re.compile(r"(?:pero|porem|but)\b")
_SECOND_THOUGHT = re.compile(r",\s*(?=(?:si|sim|yes|dale)\b\s*(?:$|[,.!]|por favor|confirm|please|pode))")
_WHAT = r"que (?!si(?:$| (?:confirm|quiero|claro|dale|adelante|hazlo|por favor|porfa)))"
"""A question's first word; "que sí" is a yes with a sigh."""
_ASKS = re.compile(
    r"^(?:y |e |and |entonces |entao |so )*(?:cuanto|cuanta|cuando|cual|como|donde|quien|" + _WHAT + r"|por que|quanto|"
    r"quanta|quando|qual|onde|quem|o que|how|what|when|where|which|who|why|is |are |do (?!not)|does|"
    r"can |could |tienen|tienes|tiene |hay |aceptan|aceitam|tem |voces|ustedes|es posible|sera que)\b"
)


def objection(
    tool: str, arguments: dict[str, Any], proposals: Sequence[ProposalCard], newest: Sequence[str]
) -> str | None:
    """Why this irreversible call must not run now, as a result for the model; None lets it through to the backend.

    `newest` are the customer's messages of this turn, oldest first.
    """
    proposal_id = arguments.get("proposal_id")
    if not proposal_id:
        if tool in _FREE_WITHOUT_PROPOSAL:
            return None
        return "This needs the proposal_id of a proposal that the customer agreed to. Make one, present it and wait."
    proposal = next((card for card in proposals if card.id == str(proposal_id)), None)
    if proposal is None or not proposal.answerable:
        return "The customer has not answered this proposal yet. Present it, end your message and wait for the answer."
    if tool not in proposal.covers:
        return f"This proposal does not cover {tool}; it covers {', '.join(proposal.covers)}."
    return _ADVICE.get(answer_in(newest))


def answer_in(newest: Sequence[str]) -> Answer:
    """What the customer's newest messages say to a proposal."""
    answers = [found for text in newest for found in map(_sentence, _sentences(text)) if found is not None]
    decisive = [found for found in answers if found in (Answer.YES, Answer.NO, Answer.CHANGE)]
    if decisive:
        if decisive[-1] is Answer.YES and Answer.CHANGE in decisive:
            return Answer.CHANGE
        return decisive[-1]
    return Answer.QUESTION if Answer.QUESTION in answers else Answer.UNCLEAR


def _sentences(text: str) -> list[tuple[str, bool]]:
    """Folded sentences and whether each is a question."""
    folded = "".join(
        char
        for char in unicodedata.normalize("NFKD", text.lower().replace("ñ", "n"))
        if not unicodedata.combining(char)
    )
    folded = _SECOND_THOUGHT.sub(". ", folded)
    found = re.findall(r"[^.!?\n;…]+[.!?\n;…]*", folded)
    return [
        (re.sub(r"[^\w\s\U0001f000-\U0001faff\u2600-\u27bf]", " ", one).strip(), "?" in one or "¿" in one)
        for one in found
    ]


def _sentence(sentence: tuple[str, bool]) -> Answer | None:
    text, asks = re.sub(r"\s+", " ", sentence[0]), sentence[1]
    if not text:
        return None
    text, no_trouble = _NO_TROUBLE.subn(" ", text)
    yes, no = _YES.search(text), _NO.search(text)
    if text == "s":
        return Answer.YES
    if _STARTS_BUT.match(text) or (_BUT.search(_NEUTRAL_BUT.sub(" ", text)) and (yes or no)):
        return Answer.CHANGE
    if asks or _ASKS.match(text):
        if _ASKED_TO_ACT.search(text) and not no:
            return Answer.YES
        return Answer.QUESTION if not no_trouble else Answer.YES
    if no or (_FAREWELL.search(text) and not _WANTED.search(text)):
        return Answer.NO
    return Answer.YES if yes or no_trouble else None

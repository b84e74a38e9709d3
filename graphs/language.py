"""Which of the three languages a text is in, by its small words; None if it gives no clear sign."""

import re
from collections.abc import Sequence

_ES = (
    "de a en el los las una unos con por que pero muy mas esta estas usted tu tus te su sus para del al y o es son "
    "tengo tienes tiene tenemos quieres quiero hola gracias buenos buenas dias tardes cuanto cuesta donde cuando "
    "como si hay mañana también ya aquí puedo cita precio envío pago día le lo nos algo bien claro listo perfecto "
    "necesito busco cuál qué tienen ese esa otro lunes martes miércoles jueves viernes sábado domingo cerrado "
    "abrimos cuestan pesos no sí mejor"
)
_PT = (
    "de a o os as uma uns com por que mas muito mais está você voce vocês seu sua seus suas para do da dos das ao "
    "à e ou é são tenho tem temos quer quero olá oi obrigado obrigada bom boa dia tarde quanto custa onde quando "
    "como sim há amanhã também já aqui posso horário preço pagamento não nao lhe um em no na nos isso bem claro "
    "pronto perfeito preciso qual pode gostaria reserva fica ótimo às das pra segunda terça quarta quinta sexta "
    "feira sábado domingo fechado abrimos custam reais"
)
_EN = (
    "the a an with for that but very more this you your yours to of in on at and or is are i have has do does want "
    "hello hi thanks thank please how much when where what yes tomorrow also here can could appointment price "
    "payment not it we would like my me some any good great need looking which book order sure there be will our "
    "each from one ones left total monday tuesday wednesday thursday friday saturday sunday closed"
)
RECENT = 4
"""Messages that tell the language together."""
_CLEAR = 4
"""Small words by which the newest message tells it alone: whoever switches is answered in the language they switched
to."""
_ALONE = 3
"""As many do, if it has none of another language: `the cheap one from yesterday`."""
_FURTHEST = 16
_ENOUGH = 600
"""Characters that tell a language."""
_WORDS = {"es": frozenset(_ES.split()), "pt": frozenset(_PT.split()), "en": frozenset(_EN.split())}
_MARKS = {
    "es": re.compile(r"[ñ¿¡]|\b\w+ción\b"),
    "pt": re.compile(r"[ãõç]|\b\w+ção\b"),
    "en": re.compile(r"\b\w+'(?:s|re|ve|ll|d|t)\b"),
}


def language_in(text: str, signs: int = 2) -> str | None:
    """es, pt or en; `signs` is how many small words must speak for it."""
    best, top, second = _signs(text)
    return best if top >= signs and top >= second * 1.25 + 0.5 else None


def _signs(text: str) -> tuple[str, int, int]:
    """The language with the most signs, how many it has, and how many the next one has."""
    lowered = text[:_ENOUGH].lower()
    words = re.findall(r"[^\W\d_]+", lowered)
    scores = {
        language: sum(word in known for word in words) + 2 * len(_MARKS[language].findall(lowered))
        for language, known in _WORDS.items()
    }
    (best, top), (_, second), _ = sorted(scores.items(), key=lambda entry: -entry[1])
    return best, top, second


def _clearly(text: str) -> str | None:
    best, top, second = _signs(text)
    return best if top >= _ALONE and not second else language_in(text, signs=_CLEAR)


def language_spoken(texts: Sequence[str]) -> str | None:
    """es, pt or en: that of the newest message (oldest first) if it is clear, else of the latest together, or, if they
    give no sign ("ok", a thumb), of those just before; None if there is no sign in the last sixteen."""
    if texts and (newest := _clearly(texts[-1])):
        return newest
    for end in range(len(texts), max(len(texts) - _FURTHEST, 0), -1):
        if found := language_in(" ".join(texts[max(end - RECENT, 0) : end])):
            return found
    return None

"""Which of the three languages a customer writes."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from agent.offline.text import fold

Language = Literal["es", "pt", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "pt", "en")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS: dict[Language, frozenset[str]] = {
    "es": _words(
        "hola buenas buenos dias tardes noches el la los las un una unos unas y o que quiero quisiera busco necesito "
        "tienen tiene hay cuanto cuanta cuesta cuestan vale precio cual cuales donde cuando como para por con sin del "
        "al es son esta estan si no gracias favor manana hoy ayer lunes martes miercoles jueves viernes cita pedido "
        "dame me mi mis te su lo le mejor mas menos tambien pero ustedes usted hacer hacen puedo puede puedes quien "
        "soy llamo horario abren cierran envio envios hablar persona cancelar cambiar recuerdame pagar pague link "
        "esos ese esa este eso otro otra dos tres primero segundo ambos vale listo claro dale perfecto adios en de "
        "uno comprar cosas cambio tarde compara ando pa quieres sale jueves"
    ),
    "pt": _words(
        "oi ola bom boa tarde noite dia o a os as um uma uns umas e ou que quero queria gostaria procuro preciso "
        "voces voce vc tem tem ha quanto quanta custa custam preco qual quais onde quando como para pra por com sem "
        "do da dos das no na nos nas ao e sao esta estao sim nao obrigado obrigada obg favor amanha hoje ontem "
        "segunda terca quarta quinta sexta feira sabado domingo horario horarios marcar agendar remarcar desmarcar "
        "meu minha meus minhas te seu lo melhor mais menos tambem mas fazer fazem posso pode quem sou chamo abrem "
        "fecham entrega entregam falar pessoa cancelar mudar lembra pagar paguei esses esse essa este isso outro "
        "outra dois duas tres primeiro ambos beleza claro perfeito tchau ate logo em de voce tudo bem vou levar "
        "comprar aqui ja agora so pedido"
    ),
    "en": _words(
        "hi hello hey good morning afternoon evening the a an and or that i im you your my me we do does have is are "
        "want would like looking for need how much many what which where when price cost can could with without of "
        "to in on at it its yes no not thanks thank please tomorrow today monday tuesday wednesday thursday friday "
        "saturday sunday appointment booking book order buy take give better best more less also but who am name "
        "open close hours shipping ship deliver talk speak person human cancel change move reschedule remind pay "
        "paid link those that this other another one two three first second both sure great bye there any just "
        "will about from get been tell compare between"
    ),
}
MARKS: dict[Language, str] = {"es": "ñ¿¡", "pt": "ãõçâêô", "en": ""}


@lru_cache(maxsize=2048)
def scores(text: str) -> dict[Language, float]:
    """How much of each language there is: words of the table, and letters only that language has."""
    words = fold(text).split()
    lower = text.lower()
    return {
        language: sum(word in WORDS[language] for word in words) + 2 * any(mark in lower for mark in MARKS[language])
        for language in LANGUAGES
    }


def detect(texts: Sequence[str], locale: str) -> Language:
    """The language of the latest text that tells one apart; `texts` oldest first. Falls back to the locale."""
    for text in reversed(texts):
        ranked = sorted(scores(text).items(), key=lambda item: -item[1])
        if ranked[0][1] > ranked[1][1] and (ranked[0][1] >= 2 or ranked[0][0] == of_locale(locale)):
            return ranked[0][0]
    merged = {language: sum(scores(text)[language] for text in texts) for language in LANGUAGES}
    merged[of_locale(locale)] += 0.5
    return max(LANGUAGES, key=lambda language: merged[language])


def of_locale(locale: str) -> Language:
    """`pt-BR` is pt; a language without tables is answered in English."""
    prefix = locale[:2].lower()
    return next((language for language in LANGUAGES if language == prefix), "en")

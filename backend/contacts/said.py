"""What customers say that counts as a decision, whoever else understands it: no more messages, and being remembered.

Read in Spanish, Portuguese and English, whatever the language of the business. Words for no more messages are whole
messages ("BAJA", "Sair.", "please stop"), since "cancelar" or "para" alone answer other questions.
"""

import re

from backend.accents import without_accents

_LONGEST = 200
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
_NO_MORE = re.compile(
    r"(?:por favor |please )?(?:"
    r"stop(?: ?all)?|unsubscribe(?: me)?|opt ?out|revoke|(?:stop|no more) messages|stop messaging me|"
    r"(?:quiero |deseo )?(?:baja|dar(?:me)? de baja|dame de baja|denme de baja)|"
    r"no me (?:escriban?|manden?) mas(?: mensajes)?|"
    r"no mas mensajes|(?:quero )?(?:sair|descadastrar|me descadastrar)|descadastr(?:e|a) me|me descadastr(?:e|a|em)|"
    r"(?:pare|parem|parar) (?:de )?(?:as |com as )?(?:me mandar |enviar |mandar )?mensagens|"
    r"nao me mand(?:e|em) mais mensagens|nao quero (?:mais )?(?:receber )?(?:mais )?mensagens"
    r")(?: por favor| please)?"
)
_THINGS = (
    r"(?:(?:mis|meus|minhas|my|estos|esses|estes|these|the|los|las|os|as|esto|eso|isso|isto|this|that|lo|"
    r"lo que te digo|eso que te dije|mi|meu|minha|este|esse|a|o|el|la) ?){0,4}"
    r"(?:datos?|dados|informacion(?:es)?|informaco?es|informacao|info|details?|(?<=my )data|preferencias?|preferences|"
    r"talla|alergias?|tamanho|size|allerg(?:y|ies)|para la proxima|para a proxima|for next time)"
)
_REMEMBER = re.compile(
    r"\b(?:"
    rf"(?:guarda|guarde|guarden|recuerda|recuerde|recuerden|conserva|conserve|anota|anote|registra|registre) {_THINGS}|"
    rf"(?:puedes?|pueden|podes) (?:guardar|recordar|conservar|anotar) {_THINGS}|"
    r"(?:puedes?|pueden) (?:guardarl[oa]s?|recordarl[oa]s?|recordarme)|(?:guardal|guardel|recuerdal|recuerdel)[oa]s?|"
    r"acuerdate de mi|recuerdame|"
    rf"(?:guarda|guarde|guardem|salva|salve|salvem|lembra|lembre|anota|anote|registre) {_THINGS}|"
    rf"(?:pode|podem) (?:guardar|salvar|lembrar|anotar|registrar) {_THINGS}|"
    r"(?:pode|podem) (?:guardar|salvar|lembrar)(?: isso| disso)?$|lembr[ae] (?:de mim|se de mim)|"
    rf"(?:remember|save|keep|store) {_THINGS}|(?:you (?:can|may) |please )?remember (?:me|this|that|it)|"
    r"you (?:can|may) (?:save|keep|store) (?:it|this|that|them)"
    r")\b"
)
_NOT_SO = re.compile(
    r"\b(?:no|nao|nunca|jamas|never|not|don t|dont|do not|ni|nem|sin|sem|without|olvid\w+|esque\w+|forget|delete|"
    r"borr\w+|apag\w+|elimin\w+)\b"
)


def wants_no_messages(text: str) -> bool:
    """Whether the whole message asks for no more messages: STOP, BAJA, SAIR and the like."""
    return len(text) <= _LONGEST and _NO_MORE.fullmatch(_plain(text)) is not None


def asks_to_be_remembered(text: str) -> bool:
    """Whether somebody says, in so many words, that their details may be kept: "sí, guarda mis datos". A question is
    none, nor is a sentence with a no in it."""
    for sentence in re.split(r"(?<=[.!?\n;])", text[: 10 * _LONGEST]):
        plain = _plain(sentence)
        if "?" not in sentence and _REMEMBER.search(plain) and not _NOT_SO.search(plain):
            return True
    return False


def _plain(text: str) -> str:
    return _NOT_A_LETTER.sub(" ", without_accents(text.lower())).strip()

"""What a lesson is about, in plain words, and whether two of them are about the same.

Words are the same if their first five letters are: "devolver" and "devolución", "mascota" and "mascotas". Two topics
are alike if two thirds of the smaller one's words are in the other.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from backend.playbooks.conflicts import folded

_STEM = 5
_ALIKE = 2 / 3
_WORD = re.compile(r"[a-z]{4,20}")
_FIGURE = re.compile(r"\d+")
_SAY_NOTHING = """
para como esta este esto esos esas cuando cuanto cuesta donde quiero quisiera tienen tienes hola buenas buenos dias
tardes gracias favor puedo puede pueden algun alguna pero porque sobre solo tambien desde hasta seria serian estan
estamos tenemos somos nuestro nuestra claro perdon disculpa
voces voce quero tenho quanto custa onde pode tarde obrigado obrigada tudo isso nosso nossa temos pela pelo desculpe
have what when where does much your please hello thanks would could with that this they there from will only also sorry
"""
_COMMON = frozenset(_WORD.findall(_SAY_NOTHING))


def telling(text: str) -> list[str]:
    """Its words of 4 to 20 letters that say something, in their order, each once."""
    return list(dict.fromkeys(word for word in _WORD.findall(folded(text)) if word not in _COMMON))


def stems(words: Iterable[str]) -> set[str]:
    """The beginnings by which words are compared."""
    return {word[:_STEM] for word in words}


def figures(text: str) -> set[str]:
    """Groups of digits in it."""
    return set(_FIGURE.findall(text))


def alike(topic: Collection[str], other: Collection[str]) -> bool:
    """Whether two topics are about the same. Nothing is like an empty one."""
    one, two = stems(topic), stems(other)
    return bool(one and two) and len(one & two) / min(len(one), len(two)) >= _ALIKE


def speaks_of(text: str, topic: Sequence[str]) -> bool:
    """Whether a rule is about the topic already; one word alone says too little."""
    wanted = stems(topic)
    return len(wanted) > 1 and len(wanted & stems(telling(text))) / len(wanted) >= _ALIKE

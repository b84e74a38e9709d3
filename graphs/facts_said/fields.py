"""What a business wants to know of its contacts, and the words by which people tell it."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from graphs.claims.text import fold

_ROLES = (
    ("shoe", ("calz", "zapat", "shoe", "sapat", "calcad")),
    ("size", ("talla", "tamano", "tamanho", "size", "manequim")),
    ("birthday", ("cumple", "nacim", "birth", "aniversario", "nascim")),
    ("address", ("direccion", "domicilio", "address", "endereco")),
    ("city", ("ciudad", "cidade", "city")),
    ("allergy", ("alerg", "allerg")),
)
_SIZES = ("talla", "tamano", "tamanho", "size", "numero", "manequim")
_ALSO: Mapping[str, tuple[str, ...]] = {
    "shoe": ("talla de zapato", "talla de calzado", "numero de calzado", "shoe size", "numero do sapato"),
    "size": (),
    "birthday": (
        *("cumpleanos", "fecha de nacimiento", "aniversario", "data de nascimento", "birthday", "date of birth"),
    ),
    "address": ("direccion", "domicilio", "endereco", "address", "direccion de envio", "endereco de entrega"),
    "city": ("ciudad", "cidade", "city"),
    "allergy": ("alergia", "allergy"),
    "": (),
}
_WEARS = (
    r"\b(?:soy|uso|visto|llevo|sou|tengo)\s+(?:la |el |o |de )?(?:talla|tamanho|tamano|numero|manequim)\s+|"
    r"\b(?:i'm|i am)\s+(?:a )?size\s+|\bi (?:wear|take)\s+(?:a )?size\s+"
)
_SHOD = r"\b(?:calzo|calco)\s+(?:del |el |la |o |numero |talla )*|\bi wear (?:a )?(?:size )?(?=\d)"
_TO = r"(?:al|a los|a las|a la|a|ao|aos|as|to)"
_VERBS: Mapping[str, str] = {
    "shoe": _SHOD,
    "size": _WEARS,
    "birthday": r"\b(?:naci|nasci|i was born)\s+(?:(?:el|en|no|em|on|in)\s+)?(?:dia\s+)?",
    "address": r"\b(?:vivo en|vivo na|vivo no|moro na|moro no|moro em|i live at)\s+",
    "city": r"\b(?:vivo en|soy de|moro em|sou de|i live in|i'm from|i am from)\s+(?:la ciudad de\s+)?",
    "allergy": (
        rf"\b(?:soy|sou|tengo|tenho|i'm|i am)\s+(?:muy |muito |very )?(?:alergic[oa]s?|alergia|allergic)\s+{_TO}\s+"
    ),
}


class Field(NamedTuple):
    """One field, with its patterns; a match ends where the value begins."""

    key: str
    kind: str
    role: str
    choices: tuple[str, ...]
    told: re.Pattern[str]
    """`mi talla es`."""
    listed: re.Pattern[str]
    """`Talla:` at the beginning."""
    done: re.Pattern[str] | None
    """`calzo`."""


def known_fields(told: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """The fields of a bundle ({key, label, kind, choices}); what does not fit is left out."""
    plain = []
    for one in told[:50]:
        key, label, kind = (str(one.get(name) or "")[:80] for name in ("key", "label", "kind"))
        choices = one.get("choices")
        if key:
            named = tuple(str(each)[:80] for each in choices[:100]) if isinstance(choices, list) else ()
            plain.append((key, label, kind, named))
    return _compiled(tuple(plain))


@lru_cache(maxsize=256)
def _compiled(plain: tuple[tuple[str, str, str, tuple[str, ...]], ...]) -> tuple[Field, ...]:
    roles = [_role(key, label) for key, label, _, _ in plain]
    sized = sum(role in ("shoe", "size") for role in roles)
    fields = []
    for (key, label, kind, choices), role in zip(plain, roles, strict=True):
        names = {_plain(label), _plain(key), *_ALSO[role]}
        verbs = _VERBS.get(role)
        if role in ("shoe", "size") and sized == 1:
            names |= set(_SIZES)
            verbs = f"{_WEARS}|{_SHOD}"
        words = "|".join(re.escape(name) for name in sorted(filter(None, names), key=len, reverse=True))
        things = r"(?:\s+(?:de|do|of|for|para)\s+(?:zapatos?|sapatos?|calzado|calcado|tenis|shoes?|ropa|roupa|envio))?"
        fields.append(
            Field(
                key,
                kind,
                role,
                choices,
                re.compile(
                    rf"\b(?:mi|meu|minha|my)\s+(?:{words}){things}\s*(?:\b(?:es|e|is)\b|:|=)\s*(?:(?:el|la|o|a|the)\s+)?"
                ),
                re.compile(rf"\s*(?:{words})\s*[:=]\s*"),
                re.compile(verbs) if verbs else None,
            )
        )
    return tuple(fields)


def _role(key: str, label: str) -> str:
    words = f"{_plain(key)} {_plain(label)}"
    return next((role for role, stems in _ROLES if any(stem in words for stem in stems)), "")


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[_.-]+", " ", fold(words)).split())

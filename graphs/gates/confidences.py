"""What the business told its agent in confidence, and words that are dressed up so that nobody reads them.

A line of the playbook that says of itself that it is internal, secret or not to be told ("nota interna", "no lo digas",
"segredo", "never reveal") keeps its particulars: what a key word is said to be ("la contraseña es ..."), words with
digits in them, names, and what stands in quotes. They must not leave in any spelling: backwards, letter by letter or
with marks between. Other words of such a line are ordinary ones that a reply may need.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from graphs.gates.case import Case

_CONFIDENTIAL = re.compile(
    r"\b(?:nota interna|uso interno|internamente|confidencia\w*|secret[oa]s?|segredos?|sigilo\w*|"
    r"(?:no|nunca|jamas) (?:se )?(?:lo |la |los |las |le |les )?"
    r"(?:dig\w+|revel\w+|compart\w+|mencion\w+|cuent\w+|muestr\w+|des a conocer)|"
    r"(?:nao|nunca|jamais) (?:o |a |os |as |lhe )?(?:dig\w+|revel\w+|compartilh\w+|mencion\w+|cont[ea]\w*|mostr\w+)|"
    r"internal (?:note|use|only)|in confidence|secrets?|(?:never|not|don't) (?:to )?(?:be )?"
    r"(?:tell|told|reveal\w*|shar\w+|mention\w*|disclos\w+|say|said|show\w*))\b"
)
_KEY = re.compile(
    r"\b(?:contrasena|clave|codigo|senha|chave|password|passcode|code|pin|token|key)s?\b[^.;\n]{0,40}?"
    r"(?:\b(?:es|son|e|sao|is|are)\b|[:=])\s*[\"'“«]?([^\s\"'”».,;]{3,})"
)
_QUOTED = re.compile(r"[\"“«]([^\"”»\n]{3,60})[\"”»]")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LINK = re.compile(r"https?://\S+")
_ENCODED = re.compile(r"(?<![\w+/])(?=[A-Za-z0-9+/]*[0-9A-Z])(?:[A-Za-z0-9+/]{28,}={0,2})(?![\w+/])")
_SPELLED = re.compile(r"(?<!\w)(?:\w[^\w\n]{1,3}){11,}\w(?!\w)")
"""Twelve single letters or digits in a row."""
_LEAST = 4
"""Letters of a particular; shorter ones stand in too many words."""


def betrayed(case: Case) -> Iterator[str]:
    context = case.context
    bare = _LINK.sub(" ", case.text)
    if _ENCODED.search(bare) or _SPELLED.search(bare):
        yield "The draft holds encoded or spelled-out text. Write plain sentences for a customer."
    kept = particulars(tuple(context.playbook))
    if not kept:
        return
    written = _letters(case.text)
    public = _letters(" ".join([context.business.name, *(fact.get("text", "") for fact in context.business.facts)]))
    names = _letters(" ".join(f"{item.subject.name} {item.value.get('description', '')}" for item in case.evidence))
    turned = _letters(codecs.encode(case.text, "rot13"))
    if any(
        (one in written or one[::-1] in written or one in turned) and one not in public and one not in names
        for one in kept
    ):
        yield "The draft tells what the business said in confidence. Leave it out, and say that you cannot tell it."


def backwards(draft: str) -> tuple[str, str]:
    """What a draft says to whoever reads it from its end, or each letter as the thirteenth behind it."""
    return draft[::-1], codecs.encode(draft, "rot13")


@lru_cache(maxsize=512)
def particulars(playbook: tuple[str, ...]) -> frozenset[str]:
    """Letters and digits of each particular that the playbook's confidential lines hold."""
    found: set[str] = set()
    for line in (line for text in playbook for line in text.splitlines()):
        plain = _plain(line)
        if not _CONFIDENTIAL.search(plain):
            continue
        found |= {_letters(match) for match in _KEY.findall(plain)}
        found |= {_letters(match) for match in _QUOTED.findall(line)}
        found |= {_letters(word) for word in _names(line)}
    return frozenset(one for one in found if len(one) >= _LEAST)


def _names(line: str) -> Iterator[str]:
    """Words with a digit among letters, and words with a capital that begin no sentence."""
    for match in _WORD.finditer(line):
        word, before = match[0], line[: match.start()].rstrip("\"'“«¿¡*( ")
        mixed = any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word)
        begins = not before or before[-1] in ".!?:;-•>"
        if mixed or (word[0].isupper() and not begins):
            yield word


def _plain(text: str) -> str:
    signs = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def _letters(text: str) -> str:
    return "".join(sign for sign in _plain(text) if sign.isalnum())

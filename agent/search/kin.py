"""Words made of others by their endings: small and large things, what something is against, and what does a thing."""

import re
from collections.abc import Iterator

from agent.search.words import singular
from agent.search.words import stem as stemmed

SMALL = "it", "cit", "ecit", "inh", "zinh"
SHORTEST_BASE, SHORTEST_OF_ITS_GENDER = 4, 3
"""Letters of what is left of a small thing; of fewer if it ends like the small one: `gatito` is a gato, `galinha` no
galo."""
LARGE = re.compile(r"(.{5,}?)(?:az[oa]|ot[ea]|ona)s?|(.{6,}?)(?:z?ao|z?oes)")
"""`silbatazo` is a silbato, `mamadeirona` a mamadeira; short ones mostly are other things, as a limão is no lima."""
SHORTEST_AGAINST = 4
VERB = re.compile(r"(.{3,})[aei]r")
DOERS = re.compile(r"[aei]d(?:or|eir|ur)")
"""How what does something ends, as it sounds: cargador, furadeira, soldadura."""
DOINGS = re.compile(r"(?:[aei]d|[aei]nt|ur|aj(?:em)?|a[sn]ion|asao|is[ao]r|[ai]ment)?")
"""How the doing and its means end, of roots that are long enough to say so: pintura, corte, pegamento."""
SHORTEST_ROOT = 4


def plainer(stem: str, written: str) -> Iterator[str]:
    """Stems that this one may be kin of, likeliest first: `lencinh` -> `lenc`, `casp` -> `anticasp`."""
    for ending in SMALL:
        if stem.endswith(ending):
            bases = list(_respelt(stem.removesuffix(ending)))
            yield from dict.fromkeys(stemmed(word) for base in bases for word in _plain(base, ending, written))
    if (large := LARGE.fullmatch(written)) is not None:
        base = large[1] or large[2]
        yield from dict.fromkeys(stemmed(base + ending) for ending in ("", "e", "o", "a"))
    if len(stem) >= SHORTEST_AGAINST:
        yield f"anti{stem}"


def _plain(base: str, ending: str, written: str) -> Iterator[str]:
    """`paozinho` and `cafezinho` have the thing whole."""
    if len(base) >= SHORTEST_BASE:
        yield from (base, base + "o", base + "a")
    elif len(base) == SHORTEST_OF_ITS_GENDER:
        yield base if ending == "zinh" else base + singular(written)[-1]


def _respelt(base: str) -> Iterator[str]:
    """As it is written before another vowel: `lapic(ito)` -> `lapiz`, `manguit(a)` -> `mang`."""
    yield base
    if base.endswith("c"):
        yield base[:-1] + "z"
    if base.endswith("qu"):
        yield base[:-2] + "c"
    if base.endswith("gu"):
        yield base[:-1]


def does(verb: str, noun: str) -> bool:
    """Whether a thing does what is asked for: `pintar`, `pintur`; `sekar`, `sekador`. Both as they sound."""
    if verb[:3] != noun[:3]:  # spares most words the pattern
        return False
    found = VERB.fullmatch(verb)
    if found is None or not noun.startswith(root := found[1]):
        return False
    ending = noun[len(root) :]
    return bool(DOERS.fullmatch(ending)) or (len(root) >= SHORTEST_ROOT and bool(DOINGS.fullmatch(ending)))

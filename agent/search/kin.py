"""Words made of others by their endings: small things, what something is against, and what does a thing."""

import re
from collections.abc import Iterator

from agent.search.words import stem as stemmed

SMALL = "it", "cit", "ecit", "inh", "zinh"
SHORTEST_BASE = 4
"""Letters of what is left of a small thing: `galinha` is no gala."""
SHORTEST_AGAINST = 4
VERB = re.compile(r"(.{3,})[aei]r")
DOERS = re.compile(r"[aei]d(?:or|eir|ur)")
"""How what does something ends, as it sounds: cargador, furadeira, soldadura."""
DOINGS = re.compile(r"(?:[aei]d|[aei]nt|ur|a[sn]ion|asao|is[ao]r|[ai]ment)?")
"""How the doing and its means end, of roots that are long enough to say so: pintura, corte, pegamento."""
SHORTEST_ROOT = 4


def plainer(stem: str) -> Iterator[str]:
    """Stems that this one may be kin of, likeliest first: `lencinh` -> `lenc`, `casp` -> `anticasp`."""
    for ending in SMALL:
        if stem.endswith(ending):
            bases = (base for base in _respelt(stem.removesuffix(ending)) if len(base) >= SHORTEST_BASE)
            yield from dict.fromkeys(stemmed(base + gender) for base in bases for gender in ("", "o", "a"))
    if len(stem) >= SHORTEST_AGAINST:
        yield f"anti{stem}"


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

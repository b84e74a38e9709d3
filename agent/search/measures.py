"""Parts of a litre, a kilo and a metre, written in one way: shops have `500 g`, `0,5 kg`, `½ kg` and `medio kilo`."""

import re

MAY_MEASURE = re.compile(r"medi[ao]|mei[ao]|[cq]uarto|\d/|0[.,]")
"""One of these is in all that measures parts of one."""
PART = re.compile(
    r"""(?<![\w/.,])
    (?: (?<!\d\ ) (?P<over>\d)/(?P<under>[248]) | 0[.,](?P<decimals>\d{1,3})
    | (?P<half>medi[ao]|mei[ao]) | [cq]uarto(?:\ de)? )
    \s? (?P<unit>l|lts?|litros?|kgs?|kilos?)\b""",
    re.VERBOSE,
)
AND_A_HALF = re.compile(
    r"""(?: \b (?P<many>\d+|dos|dois|tres|cuatro|quatro|cinco) \ )?
    \b (?P<unit>litro|kilo|metro)s? \ [ye] \ (?:medi[ao]|mei[ao])\b""",
    re.VERBOSE,
)
SMALL = {"dos": 2, "dois": 2, "tres": 3, "cuatro": 4, "quatro": 4, "cinco": 5}


def in_figures(folded: str) -> str:
    """`1/2 kg`, `medio kilo` -> `500 g`; `litro y medio` -> `1.5 litro`."""
    if not MAY_MEASURE.search(folded):
        return folded
    return AND_A_HALF.sub(_with_half, PART.sub(_in_thousandths, folded))


def _in_thousandths(found: re.Match[str]) -> str:
    if found["over"]:
        many = 1000 * int(found["over"]) // int(found["under"])
    elif found["decimals"]:
        many = int(found["decimals"].ljust(3, "0"))
    else:
        many = 500 if found["half"] else 250
    return f"{many} {'ml' if found['unit'].startswith('l') else 'g'}"


def _with_half(found: re.Match[str]) -> str:
    many = found["many"] or "1"
    return f"{SMALL.get(many, many)}.5 {found['unit']}"

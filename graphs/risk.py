"""When a draft is risky: the one place that says so. A business that wants a model's review on risk gets it for these.

`written`: a tool wrote something in this turn. `outside`: another system's words were read in it. `stopped`: a draft of
this turn was stopped already. `better_price`: the draft speaks of discounts or instalments. `pressed`: the customer
wrote orders to the agent, or of an authority over it. `delicate`: health, law, complaints.
"""

import re
from collections.abc import Sequence
from typing import Any

from graphs.claims import Words
from graphs.claims.text import fold
from graphs.evidence import Claim

RISKS = ("written", "outside", "stopped", "better_price", "pressed", "delicate")
OUTSIDE = "ext_"
"""Begins the names of tools that a business declared; what they answer is untrusted."""
_LOOKED_AT = 3
"""Messages of the customer, the latest."""
_PRESSED = re.compile(
    r"\b(?:ignor\w+|olvid\w+|esquec\w+|forget|disregard|override)\b.{0,40}\b(?:instruc\w+|reglas?|regras?|rules?|prompt|"
    r"anterior\w*|previous|above)\b|\b(?:system|sistema|developer|desarrollador|desenvolvedor|admin\w*|root)\s?(?:prompt|"
    r"mode|modo|message|mensaje|mensagem|:)|\b(?:modo|mode) (?:desarrollador|developer|debug|dios|god|dan)\b|"
    r"\b(?:eres|you are|voce e|ahora eres|you're|agora voce e)\b.{0,30}\b(?:ahora|now|agora|otro|another|outro|libre|"
    r"free|livre|sin reglas|without rules|sem regras)\b|\b(?:el duen[oa]|la duena|the owner|o dono|a dona|tu jefe|"
    r"your boss|seu chefe|el gerente|the manager|o gerente)\b.{0,40}\b(?:dijo|dice|autoriz\w+|said|says|approved|"
    r"told|disse|liberou|autorizou|prometi\w+|promised)\b"
)
_DELICATE = re.compile(
    r"\b(?:alergi\w+|allerg\w+|embarazad\w+|gravida\w*|pregnan\w+|medicament\w+|medicin\w+|remedio\w*|medication|"
    r"enferm\w+|doenca\w*|disease|sintoma\w*|symptom\w*|abogad\w+|advogad\w+|lawyer\w*|attorney|demand(?:a|ar|are)\b|"
    r"process(?:ar|arei|o judicial)|sue|lawsuit|profeco|procon|fraude?\w*|estafa\w*|golpe|scam|denunci\w+|suicid\w+)\b"
)


def risks(
    claims: Sequence[Claim],
    customer: Sequence[Words],
    tool_calls: Sequence[dict[str, Any]],
    *,
    wrote: bool,
    stopped: bool,
) -> list[str]:
    """What makes a draft risky, of `RISKS`; empty for most."""
    said = "\n".join(fold(words.text) for words in customer[-_LOOKED_AT:])
    holds = {
        "written": wrote,
        "outside": any(str(call.get("name", "")).startswith(OUTSIDE) for call in tool_calls),
        "stopped": stopped,
        "better_price": any(claim.kind in ("percent", "instalments") for claim in claims),
        "pressed": _PRESSED.search(said) is not None,
        "delicate": _DELICATE.search(said) is not None,
    }
    return [name for name in RISKS if holds[name]]

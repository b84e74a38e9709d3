"""How much harm a wrong rule can do, told from its words: low, or high for money, policies, times and any figure.

Only a rule of low risk may ever be published without a person (`TenantSettings.lessons_automatic`). So what is doubtful
is high: a word too many here costs a person's look, a word too few could cost the business money.
"""

import re
from typing import Literal

from backend.playbooks.conflicts import folded

Risk = Literal["low", "high"]
_GRAVE = re.compile(
    r"\d|[$€£%]|\b("
    r"preci|prec[oa]|pric|cost|custa|custos?\b|cuest|cobr|barat|gratis|gratuit|free\b|descont|descuent|discount|"
    r"promo|ofert|offer|rebaj|sale\b|deal|pag[aou]|pay|payment|dinheir|diner|money|amount|cuota|parcel|instal|"
    r"mitad|metade|half|doble|dobro|double|cient|cem\b|cien\b|mil\b|hundred|thousand|"
    r"devol|reembols|refund|return|cambi|troc|exchang|garant|warrant|cancel|polit|polic|regla|regra|contrat|"
    r"legal|ley\b|lei\b|law|impuest|impost|tax|factur|invoic|recib|seguro|insur|salud|saude|health|medic|"
    r"hora|hour|horari|schedul|abr[ei]|open|cierr|cerra|clos|fecha|lunes|martes|miercol|jueves|viernes|sabado|"
    r"domingo|segunda|terca|quarta|quinta|sexta|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"hoy|hoje|today|manana|amanha|tomorrow|dia\b|dias|day|semana|week|mes\b|meses|month|minut|tiempo|tempo|time|"
    r"entreg|envi|deliver|ship|stock|exist|disponib|availab|reserv|book|promet|promis|asegur|ignor|olvid|forget|"
    r"nombre|telefono|email|correo|direcc|address|password|clave|senha"
    r")"
)


def risk_of(rule: str) -> Risk:
    """Of a rule in Spanish, Portuguese or English."""
    return "high" if _GRAVE.search(folded(rule, "$€£%")) or re.search(r"[$€£%]|\d", rule) else "low"

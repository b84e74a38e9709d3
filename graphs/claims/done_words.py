"""The nouns and verbs that phrases of "done" are made of, in Spanish, Portuguese and English, without accents."""

VISIT = (
    r"(?:spot|citas?|turnos?|reserva(?:cion|s)?|horarios?|agendamentos?|agenda|sesion|visita|consulta|bookings?|"
    r"appointments?|slot|reservations?|lugar|espacio)"
)
"""What is booked."""
ATTENDANCE = r"(?:asistencia|presenca|attendance)"
"""That somebody comes."""
ORDER = r"(?:pedidos?|ordene?s?|compras?|orders?|encomendas?|purchase)"
"""What is bought."""
PAYMENT = r"(?:pagos?|pagamentos?|payments?|deposito|deposits?|anticipos?|sena|sinal|transferencia|pix|cobro)"
"""What is paid with."""
GAP = r"[^.!?;\n]{0,70}?"
"""A stretch of one sentence."""
NEAR = r"[^.!?;\n]{0,40}?"
"""A shorter one."""
PERSON = (
    r"(?:personas?|companer[oa]s?|asesor\w*|agente?s?|human[oa]s?|equipo|encargad[oa]|colegas?|gerente|duen[oa]|"
    r"alguien|pessoas?|atendentes?|equipe|time|alguem|responsavel|person|humans?|team|colleagues?|manager|someone|"
    r"somebody|staff|supervisor[a]?)"
)
"""Somebody of the team."""
WAS = (
    r"(?:esta|estan|quedo|quedaron|queda|quedan|fue|fueron|ha sido|han sido|ha quedado|ficou|ficaram|foi|foram|"
    r"estao|is|are|was|were|has been|have been|got|gets|it's|you're|you are|ya|ja|all|now|se ha|ja esta|ya esta)"
)
"""Verbs of a finished state."""
I_HAVE = r"(?:i have|i've|i just|i|we have|we've|we just|we)(?: (?:just|already|now|also|successfully))*"
""""I have ..." before an English participle."""
OPENING = (
    r"(?:^|(?<=[.!?;\n¡¿✅]))[^\w\x01]*(?:(?:listo|perfecto|perfeito|pronto|prontinho|hecho|feito|done|great|"
    r"excelente|otimo|genial|ok|okay|bien|muito bem|combinado|certo|vale|dale|maravilla|perfect|all|ya|ja|esta|"
    r"it's|you're|you are|tudo|todo|muy bien)\b[^\w\n]*){0,3}"
)
"""The beginning of a sentence, with its "¡Listo!"."""

"""Invitations to come by while the doors are closed. What is said of opening hours themselves, the ledger reads."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from graphs.changed_days import UNCHANGED, Changed, Hours, by_date, hours_on
from graphs.gates.case import Case

_COME = re.compile(
    r"\b(?:ven(?:te|ga|gan|gas|ir)?\b|(?:pueden?|puedes) (?:pasar|llegar|acercarte|acercarse|visitarnos|recoger\w*)|"
    r"pasa(?:te|r)? (?:por (?:aqui|la|el|nuestr\w+)|a (?:la tienda|el local|recoger\w*|vernos|visitarnos|buscar\w*))|"
    r"pase(?:n|se)? (?:por (?:aqui|la|el|nuestr\w+)|a (?:la tienda|recoger\w*|vernos|visitarnos))|pasate|pasese|"
    r"acercate|acerquese|visitanos|visitenos|(?:te|le|los|las) (?:esperamos|espero)|recogel[oa]s?|"
    r"vem (?:aqui|ate|na loja|no salao|buscar|conhecer|visitar|retirar)\b|(?:^|[.!?,;:\n] ?)vem (?:agora|hoje)\b|"
    r"venham?\b|"
    r"pode(?:m)? (?:vir|passar|retirar|buscar|visitar)|"
    r"pass[ae] (?:aqui|na loja|no salao|por aqui|la)|da uma passada|visite-nos|"
    r"(?:date|dese|da|echate) una vuelta|(?:te|lhe) esperamos|"
    r"esperamos (?:voce|por voce)|aguardamos (?:voce|sua visita)|estamos te esperando|"
    r"(?:(?:you (?:can|could|may)|please|just|to|and|so|then) |(?:^|[.!?,;:\n] ?))come in|"
    r"come (?:by|over|visit|see us|to (?:the|our))|stop (?:by|in)|drop (?:by|in)|swing by|pop in|visit us|"
    r"head (?:over|in)|walk (?:right )?in|pick (?:it|them|your order) up|pick up your|(?:we are|we're) waiting for you)"
)
_NOW = re.compile(
    r"\b(?:ahora|ahorita|ya mismo|en este momento|de inmediato|inmediatamente|enseguida|agora|agorinha|ja ja|"
    r"neste momento|neste instante|imediatamente|now|right away|immediately|straight away|at once|"
    r"this (?:minute|moment|instant))\b"
)
_AT_ONCE = re.compile(
    r"\b(?:ahora mismo|ahorita mismo|ya mismo|en este momento|agora mesmo|ja ja|neste momento|right (?:now|away)|"
    r"immediately|straight away|this (?:minute|moment|instant))\b"
)
_TODAY = re.compile(r"\b(?:hoy|hoje|today|tonight|esta (?:tarde|noche)|hoje a noite)\b")
_LATER = re.compile(
    r"\b(?:manana|amanha|tomorrow|lunes|martes|miercoles|jueves|viernes|sabado|domingo|segunda|terca|quarta|quinta|"
    r"sexta|monday|tuesday|wednesday|thursday|friday|saturday|sunday|cuando abr\w+|quando abr\w+|when we open|"
    r"once we open|a partir de|a las? \d|as \d|at \d|desde las?)"
)
_NOT = re.compile(r"\b(?:no|nao|not|don't|dont|sin|sem|nunca|never|antes de)\s(?:\w+\s){0,2}\Z")


def judge(case: Case) -> Iterator[str]:
    hours = case.context.business.hours
    changed = by_date(case.context.business.changed_days)
    special = changed.get(case.now.date())
    if not case.policy.opening_hours or not (hours or special):
        return
    draft = case.draft
    for match in _COME.finditer(draft.folded):
        clause = draft.clause(match.end() - 1)
        words = draft.of(clause)
        if _NOT.search(draft.folded[clause.start : match.start()]):
            continue
        at_once = _AT_ONCE.search(words) or (_NOW.search(words) and not _LATER.search(words))
        today = _TODAY.search(words) and not _LATER.search(words)
        if (not at_once and not today) or is_open(hours, case.now, changed):
            continue
        following = next_opening(hours, case.now, changed)
        if not at_once and following is not None and following.date() == case.now.date():
            continue
        when = "it has no opening hours in the coming week"
        if following is not None:
            soon = following.date() < case.now.date() + timedelta(days=7)
            when = f"it opens {following:%A %H:%M}" if soon else f"it opens {following:%A %-d %B %H:%M}"
        because = f", {special.reason}" if special is not None and special.reason else ""
        yield (
            f"The business is closed now ({case.now:%A %H:%M}{because}); {when}. "
            f'"{draft.quote(clause.start, clause.end)}" invites the customer to closed doors: '
            f"say when it opens instead."
        )
        return


def is_open(hours: Hours, now: datetime, changed: Changed = UNCHANGED) -> bool:
    """Whether a stretch of today's hours, or one of yesterday's past midnight, covers the wall time."""
    clock = f"{now:%H:%M}"
    for opens, closes in hours_on(hours, changed, now.date()):
        if opens <= clock and (clock < closes or closes <= opens):
            return True
    yesterday = hours_on(hours, changed, now.date() - timedelta(days=1))
    return any(closes <= opens and clock < closes for opens, closes in yesterday)


def next_opening(hours: Hours, now: datetime, changed: Changed = UNCHANGED) -> datetime | None:
    """When it opens next, on the wall clock; None if not within a week behind the days that are changed."""
    for ahead in range(8 + len(changed)):
        day = now + timedelta(days=ahead)
        for opens, _ in sorted(map(tuple, hours_on(hours, changed, day.date()))):
            if ahead or opens > f"{now:%H:%M}":
                hour, minute = map(int, opens.split(":"))
                return day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return None

"""Dates and times: a slot belongs to a day, an hour, a person and a service, and all of them must fit together.

What the customer said may support a day or an hour that is only repeated; that something is free, held or booked needs
a slot, a search or a booking. Opening hours, the business's facts and any instant in evidence support the rest.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from graphs.claims import dates, times
from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import KNOWLEDGE, Ground, Moment
from graphs.claims.names import Subjects
from graphs.claims.text import Draft, negated
from graphs.claims.timetable import Timetable
from graphs.evidence import EvidenceKind

_OFFERED = re.compile(
    r"\b(?:tengo|tenemos|hay|hubo|disponib\w+|disponivel|disponiveis|libres?|queda|quedan|quedo|quedaria|te "
    r"espero|te esperamos|los esperamos|reservad\w+|reserve|agendad\w+|agende|confirmad\w+|confirmo|confirma|"
    r"confirmas|"
    r"apart[oe]|apartad\w+|programad\w+|marcad\w+|marquei|agendei|reservei|confirmei|available|free|openings?|"
    r"i have|we have|booked|scheduled|reserved|held|confirmed|see you|temos|tenho|ha vagas?|livres?|vagas?|"
    r"esperamos voce|te aguardamos|nos vemos|ficou|fica|tu cita es|tu turno es|seu horario e|opciones|opcoes|"
    r"options|alternativas|alternatives|puedo ofrecerte|posso oferecer|can offer)\b"
)
_REFUSED = re.compile(
    r"\b(?:ocupad\w+|indisponive\w+|lotad\w+|taken|fully booked|unavailable|sin disponibilidad|sem "
    r"disponibilidade|no disponible|nothing (?:is )?"
    r"(?:left|free|open|available)|no longer|ya no|cerrad\w+|fechad[oa]s?|closed|agotad\w+|sem vagas?|sin "
    r"lugar|reservado por otr|ya paso|ja passou|has passed|(?<!half )(?<!quarter )past)\b"
)
_VALID = re.compile(
    r"\b(?:valid[oa]s?|vigente|vence\w*|venc\w+|expir\w+|caduca\w*|valid|good until|vale hasta|vale ate)\b"
)
_VISITS = re.compile(
    r"\b(?:pasar|pasa|pases|venir|ven|vengas|visit\w*|vir|passar|passe|venha|come|stop by|tienda|sucursal|"
    r"local|loja|store|"
    r"shop|aqui|here|recog\w+|retir\w+|pick)\b"
)
_FROM_THEN = re.compile(
    r"\b(?:despues de|depois d[ea]s?|after|antes d[ea]s?|before|a partir d[ea]s?|luego de|pasadas|mas tarde "
    r"de)\s*(?:las?|as)?\s*$"
)
_STANDS = re.compile(
    r"\b(?:estamos|esta|we're|we are|(?:shop|store|tienda|loja)(?: is|'s| esta)?)\s(?:(?:ya|ja|ahora|ahorita|agora|"
    r"still|currently|now|todavia|ainda)\s)?(?:(?P<open>abiert[oa]s?|abert[oa]s?|open)|cerrad[oa]s?|fechad[oa]s?|closed)\b"
)
_NOW = re.compile(
    r"\b(?:ahora|ahorita|en este momento|agora|neste momento|right now|currently|at the moment|now)\b(?! (?:no|nao|on))"
)
_WHEN = re.compile(r"\b(?:cuando|quando|when|if|si|se|while|mientras|enquanto)\b")
_CLOCK = re.compile(r"\b(?:son las?|es la|sao|agora|ahora|right now|it's|it is|hora actual)\b")


def judge(draft: Draft, subjects: Subjects, ground: Ground) -> Iterator[Finding]:
    """Every date and time of a draft; they are taken out of it."""
    today = ground.now.date()
    month_first = ground.context.business.locale.lower().replace("_", "-") in ("en", "en-us")
    days = dates.find(draft, today, month_first)
    hours = times.find_times(draft)
    draft.hours, draft.days = [hour.span for hour in hours], [day.span for day in days]
    table = Timetable(draft, subjects, ground, days, hours)
    yield from _right_now(draft, ground, table)
    for day in days:
        if (finding := _day(table, day)) is not None:
            yield finding
    for hour in hours:
        yield _hour(table, hour)


def _right_now(draft: Draft, ground: Ground, table: Timetable) -> Iterator[Finding]:
    """ "We are closed right now" against the clock."""
    for match in _STANDS.finditer(draft.folded):
        before = draft.folded[draft.clause(match.start()).start : match.start()]
        if table.opening.known is None or draft.asks(match.start()) or negated(before) or _WHEN.search(before):
            continue
        today = not any(draft.line(match.start()).start <= day.span.start < match.start() for day in table.days)
        if today and _NOW.search(draft.of(draft.sentence(match.start()))):
            place, open_now = (
                Place(draft, *match.span()),
                table.opening.open_at([ground.now.time()], {str(ground.now.date())}),
            )
            if open_now is bool(match["open"]):
                yield backed(place, "time", {"open": open_now}, "clock")
            else:
                told = "open" if open_now else "closed"
                yield unbacked(
                    place, "time", {"open": not open_now}, f"By its hours the business is {told} now. Correct it."
                )


def _day(table: Timetable, day: dates.DateMention) -> Finding | None:
    """The finding of a date, or None for a weekday that is only asked about."""
    draft, ground = table.draft, table.ground
    place = Place(draft, *day.span)
    if day.misfit is not None:
        return unbacked(
            place,
            "date",
            {},
            (
                f'"{place.quote}" does not exist: {day.misfit:%-d %B %Y} is a {day.misfit:%A}. Write weekday '
                f"and date as the tool gave them."
            ),
        )
    value: dict[str, object] = {"days": sorted(map(str, day.days)), "weekday": day.weekday}
    if ground.now.date() in day.days:
        return backed(place, "date", value, "clock")
    if table.about_hours(day.span.start) and (day.weekday is not None or day.days):
        closed = table.opening.says_closed(table.said_of(day.span))
        if (item := table.opening.backs_days(table.opening_days([day]), closed, table.staff(day.span))) is not None:
            return backed(place, "date", value, item)
        if (day.alone or day.days & ground.changed.keys()) and table.opening.contradicts(table.said_of(day.span)):
            return _vouched(table, place, day, value) or unbacked(
                place,
                "date",
                value,
                f'The opening hours say otherwise than "{draft.quote(*draft.clause(day.span.start))}". Correct it.',
            )
    for moment in ground.moments:
        if day.meets(moment.at.date()) and not moment.shut:
            return backed(place, "date", value, moment.item)
    for item, start, end in table.searches:
        if any(day.meets(start + timedelta(days=step)) for step in range(min((end - start).days, 60) + 1)):
            return backed(place, "date", value, item)
    if (vouched := _vouched(table, place, day, value)) is not None:
        return vouched
    offered = bool(_OFFERED.search(draft.of(draft.sentence(day.span.start)))) and not draft.asks(day.span.start)
    if not offered:
        if any(_same_day(day, said, at) for said, at in table.said_days):
            return backed(place, "date", value, "customer")
        visits = _VISITS.search(draft.of(draft.sentence(day.span.start)))
        if visits and day.alone and (item := table.opening.backs_days(table.opening_days([day]), False, None)):
            return backed(place, "date", value, item)
    vague = day.alone or (len(day.days) == 1 and not any(char.isdigit() for char in place.quote))
    if vague and draft.asks(day.span.start):
        return None
    if any(day.meets(moment.at.date()) for moment in ground.moments):
        return None
    return unbacked(
        place,
        "date",
        value,
        (
            f'The draft names "{place.quote}", but no tool result, fact or word of the customer has that '
            f"date{table.known()}. Look it up or leave it out."
        ),
    )


def _vouched(table: Timetable, place: Place, day: dates.DateMention, value: dict[str, object]) -> Finding | None:
    closed = table.opening.says_closed(table.said_of(day.span))
    hours = table.about_hours(day.span.start)
    for mentions, support, item_id in table.vouched_days:
        if hours and support == KNOWLEDGE:
            continue
        if any(
            _same_day(day, one, table.ground.now.date()) and (not hours or shut is closed) for one, shut in mentions
        ):
            return backed(place, "date", value, support, item_id)
    return None


def _hour(table: Timetable, hour: times.TimeMention) -> Finding:
    """The finding of a time, together with its day, person and service."""
    draft, ground, at = table.draft, table.ground, hour.span.start
    place = Place(draft, *hour.span)
    days = table.days_of(hour)
    value: dict[str, object] = {"times": sorted(f"{one:%H:%M}" for one in hour.options)}
    sentence = table.stance(at)
    staff, vacant = table.staff(hour.span), table.vacant(hour)
    if table.about_hours(at) and not vacant:
        edge = table.edge(hour)
        on = table.opening_days(days) or ({str(ground.now.date())} if edge.around else set())
        if (item := table.opening.backs_times(edge, on, staff)) is not None:
            return backed(place, "time", value, item)
    if _FROM_THEN.search(draft.folded[draft.line(at).start : at]) and table.said(hour):
        return backed(place, "time", value, "customer")
    refused = bool(_REFUSED.search(sentence)) or negated(sentence)
    there = table.at(hour, days)
    told = [one for one in there if one.staff] if staff else []
    fitting = [one for one in told or there if table.fits(one, staff, at)]
    if refused:
        return _refusal(table, place, value, hour, days, fitting)
    if table.edge(hour).role != "end" and not _VALID.search(sentence):
        fitting = [one for one in fitting if one.state != "expiry"]
    if _VALID.search(sentence):
        fitting = [one for one in fitting if one.state in ("known", "expiry")]
        if not fitting:
            return unbacked(
                place, "time", value, f'Nothing ends at "{place.quote}"{table.known()}. Correct it or leave it out.'
            )
    if fitting:
        known = next((one for one in fitting if not one.shut), None)
        if known is not None:
            return backed(place, "time", value, known.item)
    offered = vacant or bool(_OFFERED.search(sentence)) or bool(_OFFERED.search(table.above(at)))
    visiting = bool(_VISITS.search(sentence))
    if not offered or ((bool(table.at(hour, [])) or table.said(hour)) and draft.asks(at) and not days):
        if table.said(hour) and not (days and staff and ground.of(EvidenceKind.SLOT, EvidenceKind.BOOKING)):
            return backed(place, "time", value, "customer")
        for text, support, item_id in ground.texts:
            if support == "evidence" or (support == KNOWLEDGE and (visiting or table.about_hours(at))):
                continue
            if any(one.options & hour.options for one in times.find_times(Draft(text))):
                return backed(place, "time", value, support, item_id)
    if _CLOCK.search(sentence) and any(_near(one, ground.now) for one in hour.options):
        return backed(place, "time", value, "clock")
    visits = not offered and visiting
    if visits and (item := table.opening.backs_times(table.edge(hour), table.opening_days(days), staff)) is not None:
        return backed(place, "time", value, item)
    return unbacked(
        place,
        "time",
        value,
        f'The draft states "{table.pair(hour, days)}", which no slot, booking or opening hours support'
        f"{' for that day, person and service' if table.at(hour, []) else ''}{table.known()}. Use exactly "
        f"what the tool returned, or look again.",
    )


def _refusal(
    table: Timetable,
    place: Place,
    value: dict[str, object],
    hour: times.TimeMention,
    days: Sequence[dates.DateMention],
    fitting: Sequence[Moment],
) -> Finding:
    free = next((one for one in fitting if one.state in ("free", "held")), None)
    if free is not None and days:
        return unbacked(
            place,
            "time",
            value,
            (
                f'The draft says that "{table.pair(hour, days)}" is not available, but the tool shows it '
                f"{free.state}. Correct it."
            ),
        )
    taken = next((one for one in fitting if one.shut or one.state in ("booked", "known")), None)
    if taken is not None:
        return backed(place, "time", value, taken.item)
    for item, start, end in table.searches:
        if not days or any(
            day.meets(start + timedelta(days=step)) for day in days for step in range(min((end - start).days, 60) + 1)
        ):
            return backed(place, "time", value, item)
    if table.opening.known and days and not table.opening.open_at(hour.options, table.opening_days(days)):
        return backed(place, "time", value, table.opening.known)
    if table.said(hour) and not days and not table.ground.of(EvidenceKind.SLOT):
        return backed(place, "time", value, "customer")
    if table.ground.of(EvidenceKind.SLOT, EvidenceKind.SEARCH) and table.said(hour):
        return backed(place, "time", value, "customer")
    if free is not None:
        return backed(place, "time", value, free.item)
    return unbacked(
        place,
        "time",
        value,
        (
            f'The draft says that "{table.pair(hour, days)}" is not available, but no search of this '
            f"conversation covers it. Look first."
        ),
    )


def _same_day(day: dates.DateMention, said: dates.DateMention, at: date) -> bool:
    if day.days and said.days:
        return bool(day.days & said.days)
    if said.alone:
        near = {at + timedelta(days=step) for step in range(15)}
        return (
            day.weekday == said.weekday
            if day.alone
            else any(one in near and one.weekday() == said.weekday for one in day.days)
        )
    return any(one.weekday() == day.weekday for one in said.days)


def _near(moment: time, now: datetime) -> bool:
    minutes = abs(moment.hour * 60 + moment.minute - now.hour * 60 - now.minute)
    return min(minutes, 1440 - minutes) <= 5

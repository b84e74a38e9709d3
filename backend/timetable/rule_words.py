"""The rules for changing bookings as a fact in the business's language, for the agent to tell. Pure."""

from collections.abc import Mapping

from backend.tenants.settings import TenantSettings

KEY = "cancellation_and_moving"
"""Of the fact, among those that the business wrote itself."""
_UNITS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "es": ("día", "días", "hora", "horas", "minuto", "minutos"),
    "pt": ("dia", "dias", "hora", "horas", "minuto", "minutos"),
    "en": ("day", "days", "hour", "hours", "minute", "minutes"),
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "cancel": "Las citas se pueden cancelar hasta {before} antes de que empiecen.",
        "reschedule": "Las citas se pueden cambiar de horario hasta {before} antes de que empiecen.",
        "never": "Las citas no se cambian de horario.",
        "once": "Cada cita se puede cambiar de horario una sola vez.",
        "times": "Cada cita se puede cambiar de horario {count} veces como máximo.",
        "one": "Cada cliente puede tener una sola cita pendiente.",
        "several": "Cada cliente puede tener {count} citas pendientes como máximo.",
        "else": "Fuera de eso decide una persona del equipo.",
    },
    "pt": {
        "cancel": "Os agendamentos podem ser cancelados até {before} antes de começar.",
        "reschedule": "Os agendamentos podem ser remarcados até {before} antes de começar.",
        "never": "Os agendamentos não são remarcados.",
        "once": "Cada agendamento pode ser remarcado uma única vez.",
        "times": "Cada agendamento pode ser remarcado no máximo {count} vezes.",
        "one": "Cada cliente pode ter um único agendamento em aberto.",
        "several": "Cada cliente pode ter no máximo {count} agendamentos em aberto.",
        "else": "Fora disso, quem decide é uma pessoa da equipe.",
    },
    "en": {
        "cancel": "Bookings can be cancelled up to {before} before they begin.",
        "reschedule": "Bookings can be moved up to {before} before they begin.",
        "never": "Bookings cannot be moved.",
        "once": "Each booking can be moved once.",
        "times": "Each booking can be moved {count} times at most.",
        "one": "Each customer can have one open booking.",
        "several": "Each customer can have {count} open bookings at most.",
        "else": "Beyond that, a person of the team decides.",
    },
}


def rules_told(settings: TenantSettings, locale: str) -> str:
    """The rules that are set, as sentences; empty where none is."""
    language = locale[:2] if locale[:2] in _WORDS else "en"
    words, told = _WORDS[language], []
    if settings.cancel_notice_minutes:
        told.append(words["cancel"].format(before=_lasting(settings.cancel_notice_minutes, language)))
    moves = settings.reschedules_allowed
    if settings.reschedule_notice_minutes and moves != 0:
        told.append(words["reschedule"].format(before=_lasting(settings.reschedule_notice_minutes, language)))
    if moves is not None:
        told.append(words[{0: "never", 1: "once"}.get(moves, "times")].format(count=moves))
    if settings.max_open_bookings is not None:
        key = "one" if settings.max_open_bookings == 1 else "several"
        told.append(words[key].format(count=settings.max_open_bookings))
    return " ".join([*told, words["else"]]) if told else ""


def _lasting(minutes: int, language: str) -> str:
    """The largest unit that says it exactly; a single day is 24 hours."""
    units = _UNITS[language]
    for size, place in ((1440, 0), (60, 2)):
        count, rest = divmod(minutes, size)
        if not rest and (count > 1 or size == 60):
            return f"{count} {units[place + (count != 1)]}"
    return f"{minutes} {units[4 + (minutes != 1)]}"

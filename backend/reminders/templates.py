"""Which approved template of a channel reminds of a booking, and with which words its variables are filled. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

ReminderField = Literal["name", "service", "staff", "business", "code", "moment", "weekday", "date", "hour"]
"""`moment` is weekday, date and hour in one."""
FIELDS: tuple[str, ...] = get_args(ReminderField)
VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,40})\s*\}\}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A template by its name on the channel, and what fills each of its variables."""

    name: str
    language: str
    fields: Mapping[str, str]


def choose(config: Mapping[str, Any], languages: tuple[str, ...]) -> Chosen | None:
    """The reminder's template of a channel in the first of the languages that has one, else in any; None if the channel
    names none at all."""
    named: Mapping[str, Any] = config.get("reminder_templates") or {}
    language = next((one for one in (*languages, *named) if one in named), None)
    if language is None:
        return None
    wanted = named[language]
    template = (config.get("templates") or {}).get(wanted["name"])
    variables = VARIABLE.findall(template["text"]) if template else []
    given: Mapping[str, str] = wanted.get("variables") or {}
    return Chosen(wanted["name"], language, {one: given.get(one, one) for one in variables})


def fault(config: Mapping[str, Any]) -> str | None:
    """What is wrong with the reminders' templates of a channel's options, in a sentence; None: nothing."""
    for language in config.get("reminder_templates") or {}:
        chosen = choose(config, (language,))
        assert chosen is not None
        if chosen.name not in (config.get("templates") or {}):
            return f"`reminder_templates.{language}` names {chosen.name!r}, which is not among `templates`."
        unfilled = [one for one, field in chosen.fields.items() if field not in FIELDS]
        if unfilled:
            return (
                f"Say in `reminder_templates.{language}.variables` what fills {', '.join(unfilled)}: "
                f"one of {', '.join(FIELDS)}."
            )
    return None

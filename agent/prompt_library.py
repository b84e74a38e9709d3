"""The words of the brains: Markdown files with strict variables, and the vendor's page assembled from a turn's bundle.

In a file, `{{name}}` is a variable and `{{> folder/part}}` on a line of its own includes another file. Rendering takes
exactly the variables a file (with its parts) uses; values are put in as they are, never read for variables again.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.opening_hours import changed_lines, hours_lines, opening_line
from agent.policy_lines import policy_lines
from agent.tenant_words import filled, spoken, spoken_money
from graphs.changed_days import by_date
from graphs.policy import Policy
from graphs.ports import ChangedDays

PROMPTS = Path(__file__).resolve().parent.parent / "prompts"
VARIABLE = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
INCLUDE = re.compile(r"^\{\{> ([a-z0-9_/]+)\}\}$", re.MULTILINE)
ABILITIES = {
    "sales": ["vendor/sales"],
    "appointments": ["vendor/appointments"],
    "both": ["vendor/sales", "vendor/appointments"],
}
MODES = {
    "sales": "sells products",
    "appointments": "takes bookings for its services",
    "both": "sells products and takes bookings for its services",
}
NONE = "(none)"
EXAMPLE = 129_900
"""Minor units, of which the page says what they are in the business's money."""


class PromptError(ValueError):
    """A template is malformed, or was rendered with other variables than it uses."""


class PromptLibrary:
    """All templates of a folder, read and checked once. A name is the path without `.md`: `vendor/system`.

    Raises `PromptError` at once if an include is missing or circular or a brace is left over.
    """

    def __init__(self, folder: Path = PROMPTS) -> None:
        self._sources = {
            path.relative_to(folder).with_suffix("").as_posix(): path.read_text(encoding="utf-8").strip()
            for path in sorted(folder.rglob("*.md"))
            if path.name != "README.md"
        }
        self._texts = {name: self._expand(name, ()) for name in self._sources}
        self._variables = {name: frozenset(VARIABLE.findall(text)) for name, text in self._texts.items()}

    @property
    def names(self) -> list[str]:
        return list(self._texts)

    def variables(self, name: str) -> frozenset[str]:
        """The variables that `render(name, …)` needs."""
        self._known(name)
        return self._variables[name]

    def render(self, name: str, /, **variables: object) -> str:
        """The template's text with its variables filled in. Raises `PromptError` for an unknown template, for
        missing, unknown or None variables."""
        expected = self.variables(name)
        missing = sorted(expected - variables.keys())
        unknown = sorted(variables.keys() - expected)
        empty = sorted(key for key, value in variables.items() if value is None)
        for problem, keys in (("needs", missing), ("does not know", unknown), ("got None for", empty)):
            if keys:
                raise PromptError(f"prompts/{name}.md {problem} {', '.join(keys)}")
        return VARIABLE.sub(lambda match: str(variables[match[1]]), self._texts[name])

    def vendor_prompt(self, bundle: Mapping[str, Any]) -> str:
        """The vendor's system prompt for one turn. `bundle` is the wire shape of a leased turn: `now`, `tenant`,
        `contact`, `open`, `playbook`; instants ISO 8601 with an offset. What changes within a
        turn (proposals, summary, journal) is added by `graphs.vendor`."""
        tenant, playbook = bundle["tenant"], bundle.get("playbook") or {}
        now = datetime.fromisoformat(bundle["now"]).astimezone(ZoneInfo(tenant["timezone"]))
        hours = tenant.get("hours") or {}
        changed = [ChangedDays.model_validate(days) for days in tenant.get("changed_days") or []]
        return self.render(
            "vendor/system",
            business_name=tenant["name"],
            mode=MODES[tenant["mode"]],
            abilities="\n\n".join(self.render(part) for part in _abilities(bundle)),
            locale=tenant["locale"],
            currency=tenant["currency"],
            example=EXAMPLE,
            money=spoken_money(EXAMPLE, tenant["currency"], tenant["locale"]),
            timezone=tenant["timezone"],
            hours="\n".join(hours_lines(hours) + changed_lines(changed, now.date())),
            facts=_facts(tenant.get("facts") or []),
            files=self._files(tenant.get("files") or []),
            rules=self._rules(tenant),
            **_playbook(playbook, bundle),
            contact=_json(_contact(bundle.get("contact") or {})),
            open_cards=_open_cards(bundle.get("open") or {}),
            now=f"It is {spoken(now, tenant['locale'])} in {tenant['timezone']} ({now.isoformat(timespec='minutes')}).",
            opening=opening_line(hours, now, by_date(changed)),
        )

    def _rules(self, tenant: Mapping[str, Any]) -> str:
        policy = Policy.model_validate(tenant.get("policy") or {})
        return "\n".join(policy_lines(policy, has_hours=bool(tenant.get("hours")))) or NONE

    def _files(self, files: Sequence[Mapping[str, str]]) -> str:
        """What may be sent; nothing where there is none."""
        lines = [f"- {file['id']}: {_line(file['name'])} {_json({'caption': file['caption']})}" for file in files]
        return self.render("vendor/sendable", files="\n".join(lines)) if lines else ""

    def _known(self, name: str) -> None:
        if name not in self._texts:
            raise PromptError(f"there is no prompts/{name}.md")

    def _expand(self, name: str, seen: tuple[str, ...]) -> str:
        if name in seen:
            raise PromptError(f"prompts include each other: {' > '.join((*seen, name))}")
        if name not in self._sources:
            raise PromptError(f"prompts/{seen[-1]}.md includes {name}, which is not there")
        text = INCLUDE.sub(lambda match: self._expand(match[1], (*seen, name)), self._sources[name])
        rest = VARIABLE.sub("", text)
        if "{{" in rest or "}}" in rest:
            raise PromptError(f"prompts/{name}.md holds braces that are neither a variable nor an include")
        return text


def _abilities(bundle: Mapping[str, Any]) -> list[str]:
    """What the business does here, by its mode, and by what it has."""
    known = ["vendor/knowledge"] if "search_knowledge" in (bundle.get("tools") or []) else []
    return [*ABILITIES[bundle["tenant"]["mode"]], *known]


def _facts(facts: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"- {fact['key']}: {_line(fact['text'])}" for fact in facts) or NONE


def _playbook(playbook: Mapping[str, Any], bundle: Mapping[str, Any]) -> dict[str, str]:
    """Its parts with their variables filled in: prose as block quotes, rules a line each."""

    def line(text: str) -> str:
        return _line(filled(text, bundle))

    prose = ("voice", "policies", "instructions")
    rules = [f"- When {line(each['when'])}: {line(each['then'])}" for each in playbook.get("guidelines") or []]
    lessons = [f"- {line(lesson)}" for lesson in playbook.get("lessons") or []]
    return {
        **{part: _quoted(filled(playbook.get(part) or "", bundle)) for part in prose},
        "guidelines": "\n".join(rules) or NONE,
        "lessons": "\n".join(lessons) or NONE,
    }


def _contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {key: contact[key] for key in ("name", "locale", "stage", "details", "memory", "fields") if contact.get(key)}


def _open_cards(cards: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    lines = [f"- {noun.removesuffix('s')} {_json(card)}" for noun, items in cards.items() for card in items]
    return "\n".join(lines) or NONE


def _quoted(text: str) -> str:
    """As a block quote, so that a heading in a tenant's text is not a heading of the page."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines()) or NONE


def _line(text: str) -> str:
    return " ".join(text.split())


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)

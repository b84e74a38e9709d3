"""A playbook as Markdown: a heading of the second level for each part.

    # Playbook

    ## Voice

    Tutea.

    ## Guidelines

    - When: piden factura
      Then: Pide el RFC y el correo.

    ## Lessons

    - Ofrece la garantía.

A line of a part that would read as such a heading itself is written with a backslash before it.
"""

import re
from typing import Any

from backend.playbooks.files import refused
from backend.playbooks.sections import SECTIONS, Sections

_HEADING = "## "
_ESCAPED = re.compile(r"\\*##? ")
_WHEN = re.compile(r"[-*] +(?:\*\*)?when:?(?:\*\*)?:? +(.+)", re.IGNORECASE)
_THEN = re.compile(r" +(?:\*\*)?then:?(?:\*\*)?:? +(.+)", re.IGNORECASE)
_ITEM = re.compile(r"[-*] +(.+)")
_PROSE = ("voice", "policies", "instructions")


def write(sections: Sections) -> str:
    """The file; `read` gives the same parts back."""
    parts = ["# Playbook"]
    for section in SECTIONS:
        parts.append(f"## {section.capitalize()}")
        if section == "guidelines":
            told = "\n".join(f"- When: {each.when}\n  Then: {each.then}" for each in sections.guidelines)
        elif section == "lessons":
            told = "\n".join(f"- {lesson}" for lesson in sections.lessons)
        else:
            told = "\n".join(_escaped(line) for line in getattr(sections, section).split("\n"))
        if told:
            parts.append(told)
    return "\n\n".join(parts) + "\n"


def read(text: str) -> dict[str, Any]:
    """The parts by name, as they are written. Raises `Unprocessable` of type playbook-file-unreadable, with `line`."""
    bodies: dict[str, list[tuple[int, str]]] = {}
    body: list[tuple[int, str]] | None = None
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if line.startswith(_HEADING):
            name = line.removeprefix(_HEADING).strip(" #").casefold()
            if name not in SECTIONS:
                raise refused(f"The parts are {_named()}; write a heading of a part's own as ###", number)
            if name in bodies:
                raise refused("A part stands here for the second time", number)
            body = bodies[name] = []
        elif body is not None:
            body.append((number, line))
        elif line.strip() and not line.startswith("# "):
            raise refused(f"Every text belongs to a part; begin with a heading: {_named()}", number)
    if not bodies:
        raise refused(f"The file holds no part; the headings are {_named()}", None)
    return {name: _part(name, lines) for name, lines in bodies.items()}


def _part(name: str, lines: list[tuple[int, str]]) -> Any:
    if name in _PROSE:
        return "\n".join(line[1:] if line[:1] == "\\" and _ESCAPED.match(line) else line for _, line in lines)
    told = [(number, line) for number, line in lines if line.strip()]
    return _guidelines(told) if name == "guidelines" else _lessons(told)


def _guidelines(lines: list[tuple[int, str]]) -> list[dict[str, str]]:
    found: list[dict[str, list[str]]] = []
    for number, line in lines:
        if when := _WHEN.fullmatch(line):
            found.append({"when": [when[1]]})
        elif (then := _THEN.fullmatch(line)) and found and "then" not in found[-1]:
            found[-1]["then"] = [then[1]]
        elif line.startswith("  ") and found:
            found[-1][list(found[-1])[-1]].append(line)
        else:
            raise refused("A guideline is a line `- When: ...` and, below it, a line `  Then: ...`", number)
    return [{name: " ".join(words) for name, words in each.items()} for each in found]


def _lessons(lines: list[tuple[int, str]]) -> list[str]:
    found: list[list[str]] = []
    for number, line in lines:
        if item := _ITEM.fullmatch(line):
            found.append([item[1]])
        elif line.startswith("  ") and found:
            found[-1].append(line)
        else:
            raise refused("A lesson is a line that begins with a dash", number)
    return [" ".join(words) for words in found]


def _escaped(line: str) -> str:
    return f"\\{line}" if _ESCAPED.match(line) else line


def _named() -> str:
    return ", ".join(f"`## {section.capitalize()}`" for section in SECTIONS)

"""A playbook as YAML: its parts by name, every scalar a text.

The file is read event by event, so that nothing a stranger wrote is built before it is known to fit: no aliases, no
tags, no documents after the first, no depth beyond a guideline's, no name twice.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from backend.playbooks.files import refused
from backend.playbooks.sections import SECTIONS, Sections

_LOADER: type[yaml.CBaseLoader | yaml.BaseLoader] = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
_DEEPEST = 3
"""playbook > guidelines > guideline."""
_MOST = 1_000
"""Entries of a list, many times what may be in one."""
_BREAKS = "\x85\u2028\u2029"
"""What YAML 1.1 takes for the end of a line."""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if any(mark in text for mark in _BREAKS) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write(sections: Sections) -> str:
    """The file; `read` gives the same parts back."""
    told: str = yaml.dump(sections.stored(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return told


def read(text: str) -> dict[str, Any]:
    """The parts by name, as they are written. Raises `Unprocessable` of type playbook-file-unreadable, with `line`."""
    try:
        events = iter(yaml.parse(text, Loader=_LOADER))
        document = _document(events)
    except yaml.MarkedYAMLError as error:
        raise refused("This is not YAML", _line(error.problem_mark or error.context_mark)) from None
    except yaml.YAMLError:
        raise refused("This is not YAML: it holds characters that YAML does not allow", None) from None
    if not isinstance(document, dict):
        raise refused("The file must name parts, as in `voice: Tutea.`", 1)
    for name in ("guidelines", "lessons"):
        if document.get(name) == "":
            document[name] = []
    return document


def _document(events: Iterator[yaml.Event]) -> Any:
    found: Any = None
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise refused("The file holds a second document; leave one", _line(event.start_mark))
        elif isinstance(event, yaml.NodeEvent):
            found = _value(event, events, 0)
    return found


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Any:
    line = _line(event.start_mark)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise refused("Anchors and aliases (& and *) are not taken; write the text out", line)
    if getattr(event, "tag", None):
        raise refused("Tags (!) are not taken; everything is a text", line)
    if isinstance(event, yaml.ScalarEvent):
        return event.value
    if depth == _DEEPEST:
        raise refused("This is nested too deeply: guidelines are a list of `when` and `then`", line)
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, depth)
    return _mapping(events, depth)


def _sequence(events: Iterator[yaml.Event], depth: int) -> list[Any]:
    items: list[Any] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        if len(items) == _MOST:
            raise refused("This list has too many entries", _line(event.start_mark))
        items.append(_value(event, events, depth + 1))
    return items


def _mapping(events: Iterator[yaml.Event], depth: int) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    known = SECTIONS if depth == 0 else ("when", "then")
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        name = _value(event, events, _DEEPEST)
        if name not in known:
            raise refused(f"The names here are {', '.join(known)}", _line(event.start_mark))
        if name in entries:
            raise refused("A name stands here for the second time", _line(event.start_mark))
        entries[name] = _value(next(events), events, depth + 1)
    return entries


def _line(mark: Any) -> int | None:
    return None if mark is None else mark.line + 1

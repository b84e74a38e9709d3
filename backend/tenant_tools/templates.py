"""Templates: where arguments and secrets go in a request.

`{{sku}}` is an argument, `{{secret:api_key}}` a secret, `{{contact_id}}` and `{{conversation_id}}` come from the turn.
A string that is one placeholder and nothing else takes the argument with its type, and is left out with an argument
that is not given. Host and port are never a template: `schemas.py` sees to that.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

PLACEHOLDER = re.compile(r"\{\{(secret:)?([a-z][a-z0-9_]{0,39})\}\}")
_LEFT = object()
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
MOST_BODY_BYTES = 16_384


class Unfit(Exception):
    """No request can be made of these arguments; the message says what to do and repeats no value."""


@dataclass(frozen=True)
class Request:
    """What is sent."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Templates:
    """Those of one tool."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None

    def placeholders(self) -> Iterator[tuple[str, str, bool, str]]:
        """(place, name, whether a secret, the whole string) of each."""
        places: list[tuple[str, Any]] = [("url", self.url), ("body", self.body)]
        places += [("query", value) for value in self.query.values()]
        places += [("headers", value) for value in self.headers.values()]
        for place, template in places:
            for words in _strings(template):
                for found in PLACEHOLDER.finditer(words):
                    yield place, found[2], found[1] is not None, words

    def secrets(self) -> set[str]:
        """Names of the secrets it sends."""
        return {name for _, name, is_secret, _ in self.placeholders() if is_secret}

    def request(self, arguments: Mapping[str, Any], secrets: Mapping[str, str]) -> Request:
        """The request for these arguments. Raises Unfit."""
        fill = _Filling(arguments, secrets)
        url = _url(self.url, fill)
        pairs = [(name, fill.value(template)) for name, template in self.query.items()]
        query = [
            (name, _text(one))
            for name, value in pairs
            if value is not _LEFT
            for one in (value if isinstance(value, list) else [value])
        ]
        if query:
            url += "?" + urlencode(query, safe="*", quote_via=quote)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Tendero-Tools/1.0"}
        body = None
        if self.body is not None:
            try:
                body = json.dumps(fill.value(dict(self.body)), ensure_ascii=False, allow_nan=False).encode()
            except ValueError:
                raise Unfit("The arguments hold what JSON in UTF-8 cannot say; leave it out.") from None
            headers["Content-Type"] = "application/json"
            if len(body) > MOST_BODY_BYTES:
                raise Unfit(f"The body has more than {MOST_BODY_BYTES} bytes; send shorter arguments.")
        for name, template in self.headers.items():
            value = fill.value(template)
            if value is _LEFT or value == "":
                continue
            if not _HEADER_VALUE.fullmatch(_text(value)):
                raise Unfit(f"The header {name} takes plain ASCII text alone; send other arguments.")
            headers[name] = _text(value)
        return Request(self.method, url, headers, body)


@dataclass(frozen=True)
class _Filling:
    arguments: Mapping[str, Any]
    secrets: Mapping[str, str]

    def value(self, template: Any) -> Any:
        """The template filled in; `_LEFT` for a string that is one placeholder without a value."""
        if isinstance(template, dict):
            filled = {key: self.value(one) for key, one in template.items()}
            return {key: one for key, one in filled.items() if one is not _LEFT}
        if isinstance(template, list):
            return [one for one in (self.value(part) for part in template) if one is not _LEFT]
        if not isinstance(template, str):
            return template
        if (whole := PLACEHOLDER.fullmatch(template)) is not None:
            return self.secrets[whole[2]] if whole[1] else self.arguments.get(whole[2], _LEFT)
        return PLACEHOLDER.sub(self._part, template)

    def _part(self, found: re.Match[str]) -> str:
        return self.secrets[found[2]] if found[1] else _text(self.arguments.get(found[2], ""))


def _url(template: str, fill: _Filling) -> str:
    """Each argument is one segment, or a part of one: nothing of it can lead elsewhere."""

    def part(found: re.Match[str]) -> str:
        value = _text(fill.arguments.get(found[2], ""))
        if not value:
            raise Unfit(f"{found[2]} stands in the address and must not be empty.")
        try:
            return quote(value, safe="")
        except UnicodeEncodeError:
            raise Unfit(f"{found[2]} holds what UTF-8 cannot say; leave it out.") from None

    filled = PLACEHOLDER.sub(part, template)
    if any(segment in (".", "..") for segment in urlsplit(filled).path.split("/")):
        raise Unfit("An argument in the address must not be . or ..")
    return filled


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _strings(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, Mapping):
        for one in template.values():
            yield from _strings(one)
    elif isinstance(template, list):
        for one in template:
            yield from _strings(one)

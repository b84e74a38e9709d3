"""Reading JSON that somebody else wrote: bounded memory, and a plain complaint for whatever is wrong with it."""

import json
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO, TypeVar

from pydantic import BaseModel, ValidationError

MOST_BYTES = 64 * 2**20
"""Of a file that is one object and is read whole; that of tau2-bench has 3 MB."""
MOST_LETTERS = 8 * 2**20
"""Of one entry of a list, which is read entry by entry, however long the list."""
CHUNK = 2**18
MOST_FAULTS = 5
Read = TypeVar("Read", bound=BaseModel)


class InputRefused(Exception):
    """Data that cannot be used; the text names the file, the place in it, and what to do."""


def read_object(file: Path) -> dict[str, Any]:
    """A file that is one JSON object, decimals as `Decimal`. Raises `InputRefused`."""
    with _opened(file) as stream:
        if file.stat().st_size > MOST_BYTES:
            raise InputRefused(f"{file}: larger than {MOST_BYTES >> 20} MB; is it the file of the benchmark?")
        try:
            found = _DECODER.decode(stream.read())
        except RecursionError:
            raise InputRefused(f"{file}: nested too deeply") from None
        except ValueError as broken:
            raise InputRefused(f"{file}: not readable as JSON: {broken}") from None
    if not isinstance(found, dict):
        raise InputRefused(f"{file}: must be a JSON object")
    return found


def each_entry(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file that is a JSON list, one by one. Raises `InputRefused`."""
    with _opened(file) as stream:
        yield from _Entries(file, stream).walk()


def check(model: type[Read], found: Any, place: str) -> Read:
    """`found` as the model. Raises `InputRefused` with each wrong field after `place`."""
    try:
        return model.model_validate(found)
    except ValidationError as wrong:
        faults = wrong.errors(include_url=False, include_context=False, include_input=False)
        told = [f"{place}: {_field(fault['loc'])}: {_complaint(fault)}" for fault in faults[:MOST_FAULTS]]
        left = [f"... and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
        raise InputRefused("\n".join([*told, *left])) from None


def clean(text: str, most: int = 300) -> str:
    """Without control characters and halves of characters, spaces as one, `most` letters at most."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    plain = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in whole)
    return " ".join(plain.split())[:most].strip()


class _Entries:
    """Reads ahead by chunks until the next object is complete."""

    def __init__(self, file: Path, stream: TextIO) -> None:
        self._file = file
        self._stream = stream
        self._text = ""
        self._at = 0
        self._ended = False

    def walk(self) -> Iterator[dict[str, Any]]:
        if self._next_letter() != "[":
            raise InputRefused(f"{self._file}: must be a JSON list")
        self._at += 1
        count = 0
        while (letter := self._next_letter()) != "]":
            if count and letter == ",":
                self._at += 1
                letter = self._next_letter()
            elif count:
                raise self._broken(count, "a comma or the end of the list is missing")
            count += 1
            if letter != "{":
                raise self._broken(count, "must be an object")
            yield self._object(count)
        self._at += 1
        if self._next_letter():
            raise self._broken(count, "something follows the end of the list")

    def _object(self, count: int) -> dict[str, Any]:
        while True:
            try:
                found, self._at = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as broken:
                if self._ended:
                    raise self._broken(count, f"not readable as JSON: {broken.msg}") from None
                if len(self._text) - self._at > MOST_LETTERS:
                    raise self._broken(count, f"has no end within {MOST_LETTERS:,} letters") from None
                self._fill()
            except (RecursionError, ValueError) as odd:
                why = "nested too deeply" if isinstance(odd, RecursionError) else str(odd)
                raise self._broken(count, why) from None
            else:
                return dict(found)

    def _next_letter(self) -> str:
        """The next letter that is no space; '' at the end of the file."""
        while True:
            while self._at < len(self._text) and self._text[self._at].isspace():
                self._at += 1
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._fill()

    def _fill(self) -> None:
        left = self._text[self._at :]
        try:
            more = self._stream.read(max(CHUNK, len(left)))
        except UnicodeDecodeError as broken:
            raise InputRefused(f"{self._file}: not UTF-8: {broken.reason}") from None
        self._ended = not more
        self._text, self._at = left + more, 0

    def _broken(self, count: int, why: str) -> InputRefused:
        return InputRefused(f"{self._file}: entry {count}: {why}")


def _opened(file: Path) -> TextIO:
    try:
        if file.exists() and not file.is_file():
            raise InputRefused(f"{file}: must be a file")
        return file.open(encoding="utf-8-sig")
    except OSError as fault:
        raise InputRefused(f"{file}: cannot be read: {fault.strerror or type(fault).__name__}") from None
    except ValueError:
        raise InputRefused("a path must not hold null bytes") from None


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_constant)


def _field(location: tuple[int | str, ...]) -> str:
    return clean(".".join(str(part) for part in location), 120) or "the whole"


def _complaint(fault: Any) -> str:
    return "is missing" if fault["type"] == "missing" else str(fault["msg"])

"""Bytes of a table as text, whatever program wrote them, a piece at a time.

Byte order marks are believed; without one a file is UTF-16 if every other byte is zero, UTF-8 if all of it can be read
as that, else Windows-1252, of which Latin-1 is a part. NUL bytes are dropped: they are no text anywhere.
"""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from backend.files.encodings import encoding_by_head

HEAD_BYTES = 65_536
_CHUNK = 1 << 20
_OTHERS = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<!doc", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
    (b"{", "a JSON file"),
)


class NoTable(Exception):
    """What the file is instead of a table; `str()` says it."""


def expect_text(head: bytes) -> None:
    """Raises NoTable for beginnings of files that are no text."""
    beginning = head[:16].lstrip(b"\xef\xbb\xbf \r\n").lower()
    for mark, name in _OTHERS:
        if head.startswith(mark) or beginning.startswith(mark.lower()):
            raise NoTable(name)
    zeros = head.count(0)
    if zeros and encoding_by_head(head) is None and zeros * 10 > len(head):
        raise NoTable("binary data")


def encoding_of(path: Path) -> str:
    """The encoding of a whole file, by the rules above."""
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
        if (sure := encoding_by_head(head)) is not None:
            return sure
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(head)
            while chunk := handle.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def head_as_text(head: bytes) -> str:
    """The beginning of a file, in which the end may be cut off."""
    sure = encoding_by_head(head)
    if sure is not None:
        return head.decode(sure, "ignore").replace("\0", "")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head).replace("\0", "")
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace").replace("\0", "")


class Lines:
    """Physical lines of a file with their ends, however they end, none longer than `longest` signs; lines can be put
    back. `bytes_read` tells how far it is."""

    def __init__(self, path: Path, encoding: str, longest: int = 1_000_000) -> None:
        self._raw: IO[bytes] = path.open("rb", buffering=0)
        buffered = io.BufferedReader(self._raw, _CHUNK)
        self._text = io.TextIOWrapper(buffered, encoding=encoding, errors="replace", newline="")
        self._longest = longest
        self._again: list[str] = []
        self.number = 0
        """Of the line that was given last, from 1."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._text.readline(self._longest)
        if not line:
            raise StopIteration
        self.number += 1
        return line.replace("\0", "") if "\0" in line else line

    def put_back(self, lines: list[str]) -> None:
        """Give these once more, in this order."""
        self._again.extend(reversed(lines))
        self.number -= len(lines)

    @property
    def bytes_read(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._text.close()

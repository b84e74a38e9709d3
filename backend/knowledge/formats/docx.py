"""DOCX (ECMA-376): the words of `word/document.xml`, read as a stream out of an archive that may be hostile.

Nothing is unpacked to a disk, no part but the text and its styles is opened, what a part holds is counted while it is
unpacked, and a document type declaration, without which there are no entities, ends the reading.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from xml.parsers import expat

from backend.knowledge.blocks import MOST_CHARACTERS, Block, Reading, Unreadable, seen, too_long

_MOST_PART_BYTES = 150 * 1024**2
_MOST_PARTS = 10_000
_MOST_DEPTH = 32
"""Of paragraphs within paragraphs, as text boxes make them."""
_CHUNK = 65_536
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_UNREAD = ("del", "moveFrom", "pPrChange")
"""What changes that were tracked have taken away: words, and how a paragraph looked before."""
_BROKEN = "It is damaged or no Word document: open it in Word, save it again as .docx or PDF, and upload that."
_Start = Callable[[str, dict[str, str]], None]


def read_docx(content: bytes) -> Reading:
    """Paragraphs under the path of their headings, and tables row by row. Raises `Unreadable`."""
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(
            "It has a password, or is in the format of Word 2003 and before: save it as .docx without a password."
        )
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if len(archive.infolist()) > _MOST_PARTS:
                raise Unreadable(_BROKEN)
            styles = _Styles()
            if "word/styles.xml" in archive.namelist():
                _parse(archive, "word/styles.xml", styles.start, styles.end, None)
            body = _Body(styles.levels)
            _parse(archive, "word/document.xml", body.start, body.end, body.words)
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, EOFError, expat.ExpatError):
        raise Unreadable(_BROKEN) from None
    except RuntimeError:  # what zipfile raises for an encrypted part
        raise Unreadable("It has a password: save it without one and upload that.") from None
    return Reading(body.blocks)


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: _Start,
    end: Callable[[str], None],
    words: Callable[[str], None] | None,
) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = _refuse
    parser.buffer_text = True
    if words is not None:
        parser.CharacterDataHandler = words
    for chunk in _chunks(archive, part):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _chunks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """What the directory of an archive says of sizes is anybody's word: bytes count as they come."""
    size = 0
    with archive.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            size += len(chunk)
            if size > _MOST_PART_BYTES:
                raise Unreadable(
                    "It unpacks to more than a document can hold: save its text in a new document and upload that."
                )
            yield chunk


def _refuse(*_: object) -> None:
    raise Unreadable(
        "It declares entities, which no Word document does: save it with a word processor and upload that."
    )


def _local(name: str) -> str:
    """`p` of a name of Word's own; empty for others'."""
    space, _, tag = name.rpartition(" ")
    return tag if space in (_WORDS, _STRICT) else ""


def _value(attributes: dict[str, str]) -> str:
    return attributes.get(f"{_WORDS} val") or attributes.get(f"{_STRICT} val") or ""


class _Styles:
    """Which styles are headings, by the name that Word gives them in every language, or by their level."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}
        self._style = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        if tag == "style":
            self._style = attributes.get(f"{_WORDS} styleId") or attributes.get(f"{_STRICT} styleId") or ""
        elif tag == "name" and self._style:
            known = _value(attributes).lower()
            if known == "title":
                self.levels[self._style] = 0
            elif known.startswith("heading ") and known[8:].isdecimal():
                self.levels[self._style] = int(known[8:9])
        elif tag == "outlineLvl" and self._style and _value(attributes) in "012345678" and _value(attributes):
            self.levels.setdefault(self._style, int(_value(attributes)) + 1)

    def end(self, name: str) -> None:
        if _local(name) == "style":
            self._style = ""


@dataclass(slots=True)
class _Paragraph:
    """What is known of a paragraph while it is open."""

    path: list[str]
    """The headings above it. Those within its boxes end with it."""
    text: list[str] = field(default_factory=list)
    level: int | None = None
    listed: bool = False


class _Body:
    """The text, paragraph by paragraph; the text of a box comes before the paragraph that the box hangs on."""

    def __init__(self, levels: dict[str, int]) -> None:
        self.blocks: list[Block] = []
        self._levels = levels
        self._path = [""] * 10
        self._open: list[_Paragraph] = []
        self._cells: list[list[str]] = []
        self._tables = 0
        self._inside = False
        self._hidden = 0
        self._characters = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        if _is_hidden(name, tag):
            self._hidden += 1
        elif self._hidden:
            return
        elif tag == "p":
            if len(self._open) == _MOST_DEPTH:
                raise Unreadable(_BROKEN)
            self._open.append(_Paragraph(self._path))
        elif tag == "tbl":
            self._tables += 1
        elif tag == "tr" and self._tables == 1:
            self._cells = []
        elif tag == "tc" and self._tables == 1:
            self._cells.append([])
        elif self._open:
            self._within(self._open[-1], tag, attributes)

    def _within(self, paragraph: _Paragraph, tag: str, attributes: dict[str, str]) -> None:
        if tag == "pStyle":
            paragraph.level = self._levels.get(_value(attributes))
        elif tag == "outlineLvl" and _value(attributes).isdecimal() and int(_value(attributes)) < 9:
            paragraph.level = int(_value(attributes)) + 1
        elif tag == "numPr":
            paragraph.listed = True
        elif tag == "t":
            self._inside = True
        elif tag in ("tab", "br", "cr", "noBreakHyphen"):
            paragraph.text.append("-" if tag == "noBreakHyphen" else " ")

    def end(self, name: str) -> None:
        tag = _local(name)
        if _is_hidden(name, tag):
            self._hidden -= 1
        elif self._hidden:
            return
        elif tag == "t":
            self._inside = False
        elif tag == "p":
            self._close(self._open.pop())
        elif tag == "tr" and self._tables == 1:
            row = " | ".join(" ".join(cell) for cell in self._cells)
            if row.strip(" |"):
                self.blocks.append(Block(row, None, self._headings(), row=True))
            self._cells = []
        elif tag == "tbl":
            self._tables -= 1

    def words(self, data: str) -> None:
        if self._inside and not self._hidden:
            self._characters += len(data)
            if self._characters > MOST_CHARACTERS:
                raise too_long()
            self._open[-1].text.append(data)

    def _close(self, paragraph: _Paragraph) -> None:
        self._path = paragraph.path
        text = seen("".join(paragraph.text))
        if not text:
            return
        if self._tables:
            if self._cells:
                self._cells[-1].append(text)
        elif paragraph.level is not None:
            self._path = [*self._path[: paragraph.level], text[:200], *[""] * (9 - paragraph.level)]
        else:
            self.blocks.append(Block(f"- {text}" if paragraph.listed else text, None, self._headings()))

    def _headings(self) -> tuple[str, ...]:
        return tuple(filter(None, self._path))


def _is_hidden(name: str, tag: str) -> bool:
    """Whether what it holds is not read: a second spelling for older programs, or what was taken away."""
    return name.endswith(" Fallback") or tag in _UNREAD

"""PDF, by pypdf: the text of each page under the headings that its outline or its lines show."""

import logging
import re
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any

from backend.knowledge.blocks import MOST_CHARACTERS, MOST_PAGES, Block, Reading, Unreadable, seen, too_long
from backend.knowledge.formats.plain import sections

_DIGITS = re.compile(r"\d+")
_BROKEN = "It is damaged: open it, print it to a new PDF, and upload that."
_FEW_PAGES = 3
_EDGE = 2
"""Lines at the top and the bottom of a page where headers and footers stand."""
_OUTLINE_DEPTH = 3


def read_pdf(content: bytes, progress: Callable[[int, int], None]) -> Reading:
    """Paragraphs with their pages; what stands at the edge of most pages is left out. Raises `Unreadable`."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("It has a password: save it without one and upload that.")
        count = len(reader.pages)
        if count > MOST_PAGES:
            raise Unreadable(f"It has {count} pages, and {MOST_PAGES} are taken: split it into several documents.")
        pages = _pages(reader, count, progress)
        above = _outlined(reader)
    except (FileNotDecryptedError, DependencyError):
        raise Unreadable("It has a password: save it without one and upload that.") from None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, AssertionError):
        raise Unreadable(_BROKEN) from None
    if count and not any(pages):
        raise Unreadable(
            "Its pages are pictures without text, as a scanner makes them: upload a PDF with text in it (run text "
            "recognition over it first), or write what it says as a text."
        )
    if not count:
        raise Unreadable(_BROKEN)
    repeated = _repeated(pages)
    reading = Reading(pages=count, silent=sum(not page for page in pages))
    for number, lines in enumerate(pages, 1):
        kept = [
            line for place, line in enumerate(lines) if not _at_edge(place, len(lines)) or _key(line) not in repeated
        ]
        reading.blocks += _carried(list(sections(kept, number, above.get(number, ()))), reading.blocks, above)
    return reading


def _pages(reader: Any, count: int, progress: Callable[[int, int], None]) -> list[list[str]]:
    """The lines of each page; empty for one without text."""
    pages, characters = [], 0
    for number in range(count):
        lines = reader.pages[number].extract_text().splitlines()
        characters += sum(map(len, lines))
        if characters > MOST_CHARACTERS:
            raise too_long()
        pages.append(lines if any(seen(line) for line in lines) else [])
        progress(number + 1, count)
    return pages


def _outlined(reader: Any) -> dict[int, tuple[str, ...]]:
    """The path of the outline's headings that holds where each page begins; a broken outline is none."""
    found: dict[int, tuple[str, ...]] = {}

    def walk(entries: Any, path: tuple[str, ...]) -> None:
        last = path
        for entry in entries[:2000]:
            if isinstance(entry, list):
                if len(last) < _OUTLINE_DEPTH:
                    walk(entry, last)
            elif title := seen(str(entry.title or ""))[:200]:
                last = (*path, title)
                found[reader.get_destination_page_number(entry) + 1] = last

    try:
        walk(reader.outline, ())
    except Exception:  # whatever the outline of a stranger raises, the text counts
        return {}
    full: dict[int, tuple[str, ...]] = {}
    now: tuple[str, ...] = ()
    for page in range(1, len(reader.pages) + 1) if found else ():
        now = found.get(page, now)
        full[page] = now
    return full


def _carried(blocks: list[Block], before: list[Block], above: dict[int, tuple[str, ...]]) -> list[Block]:
    """A page that begins within a section goes on with its heading."""
    if above or not before:
        return blocks
    heading = before[-1].headings
    carried = []
    for block in blocks:
        if block.headings:
            heading = block.headings
        carried.append(block if block.headings else Block(block.text, block.page, heading, block.row))
    return carried


def _repeated(pages: list[list[str]]) -> set[str]:
    """Headers and footers: lines at the edges of more than half of the pages, whatever page number they hold."""
    if len(pages) < _FEW_PAGES:
        return set()
    counted: Counter[str] = Counter()
    for lines in pages:
        counted.update({_key(line) for place, line in enumerate(lines) if _at_edge(place, len(lines))})
    return {key for key, times in counted.items() if times * 2 > len(pages)}


def _at_edge(place: int, lines: int) -> bool:
    return place < _EDGE or place >= lines - _EDGE


def _key(line: str) -> str:
    return _DIGITS.sub("0", seen(line).lower())

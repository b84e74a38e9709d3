"""A file's bytes to its blocks, by what it is."""

from collections.abc import Callable

from backend.knowledge.blocks import MOST_BYTES, Block, Reading, Unreadable, seen
from backend.knowledge.formats.docx import read_docx
from backend.knowledge.formats.pdf import read_pdf
from backend.knowledge.formats.plain import read_markdown, read_plain

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MARKDOWN, PLAIN = "text/markdown", "text/plain"
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
KINDS = (PDF, DOCX, MARKDOWN, PLAIN, *PICTURES)
"""What can be read."""


def read(content: bytes, kind: str, caption: str, progress: Callable[[int, int], None]) -> Reading:
    """All of it. `progress` hears of pages read and pages in all. Raises `Unreadable`."""
    if len(content) > MOST_BYTES:
        raise Unreadable(f"It has more than {MOST_BYTES // 1024**2} MB: split it, or make its pictures smaller.")
    if kind == PDF and not content.lstrip()[:1024].startswith(b"%PDF"):
        raise Unreadable("It says that it is a PDF and is none: upload the file that was meant.")
    if kind == DOCX and content[:2] not in (b"PK", b"\xd0\xcf"):
        raise Unreadable("It says that it is a Word document and is none: upload the file that was meant.")
    if kind in PICTURES:
        reading = Reading([Block(text) for text in [seen(caption)] if text])
        if not reading.blocks:
            raise Unreadable("A picture is found by its caption: give its file one (PATCH /v1/files/{id}).")
    elif kind == PDF:
        reading = read_pdf(content, progress)
    elif kind == DOCX:
        reading = read_docx(content)
    elif kind in (MARKDOWN, PLAIN):
        reading = (read_markdown if kind == MARKDOWN else read_plain)(content)
    else:
        raise Unreadable("Documents are PDF, DOCX, Markdown, text in UTF-8, or pictures with a caption: convert it.")
    if not any(any(map(str.isalnum, block.text)) for block in reading.blocks):
        raise Unreadable("There is no text in it: upload a document with words.")
    return reading

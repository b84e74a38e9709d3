"""What an uploaded file is, by its bytes, and whether name and declaration tell the truth about it.

A file is refused if it is nothing on the list, if it says that it is something else, or if it is two things at once
(a picture that ends in a program). Pages and drawings that can run scripts (HTML, SVG) are nothing on the list.
"""

import codecs
import re
import struct

from backend.errors import Unprocessable
from backend.files.encodings import encoding_by_head
from backend.media.kinds import sniff

HEAD_BYTES = TAIL_BYTES = 65_536
"""Of the beginning and the end that are looked at; a zip's directory lies at its end."""
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_OFFICE = {"word/document.xml": _WORD, "xl/workbook.xml": _SHEET, "ppt/presentation.xml": _SLIDES}
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "application/pdf": ("pdf",),
    _WORD: ("docx",),
    _SHEET: ("xlsx",),
    _SLIDES: ("pptx",),
    "video/mp4": ("mp4", "m4v", "mov"),
    "video/3gpp": ("3gp", "3gpp"),
    "audio/mp4": ("m4a", "mp4"),
    "audio/mpeg": ("mp3",),
    "audio/aac": ("aac",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "text/csv": ("csv",),
    "text/tab-separated-values": ("tsv", "tab"),
    "text/markdown": ("md", "markdown"),
    "application/json": ("json",),
    "text/plain": ("txt", "text", "log"),
}
"""What is taken, with the endings that its names may have."""
KINDS = tuple(_SUFFIXES)
_BY_SUFFIX = {suffix: kind for kind, suffixes in reversed(_SUFFIXES.items()) for suffix in suffixes}
_TEXTS = frozenset(kind for kind in _SUFFIXES if kind.startswith("text/")) | {"application/json"}
INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""What a browser may show where it stands; everything else is a download."""
_ALSO = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/opus": "audio/ogg",
    "video/quicktime": "video/mp4",
    "application/csv": "text/csv",
    "application/x-csv": "text/csv",
    "text/x-csv": "text/csv",
    "text/x-markdown": "text/markdown",
    "application/vnd.ms-excel": "text/csv",
}
"""Other names of the same; the last is what Windows says of a CSV where Excel is installed."""
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-download"})
_PAGE = re.compile(r"\s*<(!doctype|html|svg|script|head|body|iframe|\?xml|!--)", re.IGNORECASE)
_LONGEST_STEM = 190
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_END_OF_ZIP = b"PK\x05\x06"
_FORM_WITHOUT_FILES = "application/x-www-form-urlencoded"
"""What curl says of any bytes unless it is told otherwise."""
_RTF = b"{\\rtf"
_KNOWN_BETTER = (
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "This is a document of Office 2003 or before, or one with a password. Save it as DOCX, XLSX, PPTX or PDF "
        "without a password, and send that.",
    ),
    (0, _RTF, "This is RTF. Save it as DOCX or PDF, and send that."),
    (4, b"ftyp", "This is a picture in HEIC or AVIF, as phones take them. Save it as JPEG, and send that."),
)
"""What is often sent and not taken: where its first bytes stand, and what to do."""


def kind_of(head: bytes, tail: bytes, name: str, declared: str) -> str:
    """The media type of a file by its first and last bytes (64 KiB each; of a small file both are all of it).

    Raises `Unprocessable` of type unsupported-kind, unlike-declared or two-kinds.
    """
    said = declared.partition(";")[0].strip().lower()
    said = "" if said in _SAYS_NOTHING else _ALSO.get(said, said)
    by_name = _BY_SUFFIX.get(_suffix(name))
    inside = _zip_names(tail)
    found = _office(inside) if is_archive(head) else _plain(head, tail, said or by_name or "")
    if found is None:
        raise Unprocessable(_instead(head), type="unsupported-kind")
    if inside and found not in _OFFICE.values():
        raise Unprocessable(
            f"This begins as {found} and ends as a zip archive; send the one without the other.", type="two-kinds"
        )
    if not _fits(found, said) or (by_name is not None and not _fits(found, by_name)):
        raise _unlike(found, said)
    return found


def _instead(head: bytes) -> str:
    for place, mark, advice in _KNOWN_BETTER:
        if head[place : place + len(mark)] == mark:
            return advice
    return (
        "This kind of file is not taken. Send a PDF, DOCX, XLSX, PPTX without macros, a picture (JPEG, PNG, WebP, "
        "GIF), a film (MP4), sound (OGG, MP3, M4A) or text (TXT, Markdown, CSV, JSON)."
    )


def is_archive(head: bytes | bytearray) -> bool:
    """Whether it begins as a zip, as office documents do."""
    return head[:4] == b"PK\x03\x04"


def name_for(name: str, kind: str) -> str:
    """A name with an ending that does not lie about a file of this kind. Raises `Unprocessable` of type
    unlike-declared."""
    known = _BY_SUFFIX.get(_suffix(name))
    if known is None or _fits(kind, known):
        return name if known or "." in name or kind not in _SUFFIXES else f"{name[:_LONGEST_STEM]}.{_SUFFIXES[kind][0]}"
    raise _unlike(kind)


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _unlike(found: str, said: str = "") -> Unprocessable:
    advice = "give it a name and a Content-Type that say so."
    if said == _FORM_WITHOUT_FILES:
        advice = "send it under its own Content-Type, or as part `file` of multipart/form-data."
    return Unprocessable(f"By its bytes this is {found}; {advice}", type="unlike-declared", found=found)


def _fits(found: str, said: str) -> bool:
    if not said or said == found:
        return True
    if found in _TEXTS:
        return said in _TEXTS
    return {found, said} == {"audio/mp4", "video/mp4"} or said == "application/zip"


def _plain(head: bytes, tail: bytes, expected: str) -> str | None:
    found = sniff(head, expected)
    if found is not None:
        return found if found in _SUFFIXES else None
    if head.startswith(_RTF):
        return None
    texts = _texts(head, tail)
    if any(map(_NO_TEXT.search, texts)) or _PAGE.match(texts[0]) or expected in ("text/html", "image/svg+xml"):
        return None
    return expected if expected in _TEXTS else "text/plain"


def _texts(head: bytes, tail: bytes) -> tuple[str, ...]:
    """What can be read of a text; of other files signs that no text has. Where the pairs of UTF-16 begin in a tail
    nobody knows: of that the head alone is read."""
    encoding = encoding_by_head(head)
    if encoding is None or encoding == "utf-8-sig":
        return head.removeprefix(codecs.BOM_UTF8).decode("latin-1"), tail.decode("latin-1")
    try:
        return (codecs.getincrementaldecoder(encoding)().decode(head),)
    except UnicodeDecodeError:
        return ("\0",)


def _office(inside: frozenset[str]) -> str | None:
    """None for any other archive, and for documents with macros."""
    if any(name.lower().endswith("vbaproject.bin") for name in inside) or "[Content_Types].xml" not in inside:
        return None
    return next((kind for name, kind in _OFFICE.items() if name in inside), None)


def _zip_names(tail: bytes) -> frozenset[str]:
    """Names in the directory of an archive that ends where the file ends (PKWARE APPNOTE 4.3.12, 4.3.16); none if there
    is no such archive, or its directory is larger than what is looked at."""
    end = tail.rfind(_END_OF_ZIP)
    while end >= 0:
        if len(tail) >= end + 22:
            size, comment = struct.unpack_from("<I4xH", tail, end + 12)
            if end + 22 + comment == len(tail) and size <= end:
                return _directory(tail[end - size : end])
        end = tail.rfind(_END_OF_ZIP, 0, end)
    return frozenset()


def _directory(entries: bytes) -> frozenset[str]:
    names, at = set(), 0
    while entries[at : at + 4] == b"PK\x01\x02" and len(entries) >= at + 46:
        name, extra, comment = struct.unpack_from("<HHH", entries, at + 28)
        names.add(entries[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    return frozenset(names)

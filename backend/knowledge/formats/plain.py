"""Text files: Markdown by its marks, other text by its lines; in whatever encoding programs here write."""

import re
from collections.abc import Iterator

from backend.files.encodings import encoding_by_head
from backend.knowledge.blocks import MOST_CHARACTERS, Block, Reading, Unreadable, seen, too_long

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_UNDERLINE = re.compile(r"(=|-){3,}\s*")
_ITEM = re.compile(r"([-*+•·▪]|\d{1,3}[.)]|[a-z]\))\s+\S")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_MARKUP = re.compile(r"(\*\*|__|`+|~~)")
_RULE = re.compile(r"\|?[\s:|-]*-{3,}[\s:|-]*\|?")
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}[.)]?|[IVX]{1,5}\.|(?:art[íi]culo|artigo|section|secci[óo]n|"
    r"se[çc][ãa]o|cap[íi]tulo|chapter|anexo|annex)\s+\w{1,5}[.:]?)\s+\S",
    re.IGNORECASE,
)
_LONGEST_HEADING = 90
_ENDS = (".", ";", ",", ":", "!", "?", "…")


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16, or Windows-1252, which older programs write here. Raises `Unreadable` for
    what is no text."""
    if (encoding := encoding_by_head(content)) is not None:
        return content.decode(encoding, "replace")
    if b"\0" in content[:4096]:
        raise Unreadable("This is no text: upload it as a PDF or DOCX, or as text in UTF-8.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read_plain(content: bytes) -> Reading:
    """Paragraphs are parted by empty lines; a line that looks like a heading is one."""
    return Reading(list(sections(_bounded(content).splitlines())))


def read_markdown(content: bytes) -> Reading:
    """Paragraphs under the path of their headings; tables row by row; of links and pictures their words."""
    lines = _bounded(content).splitlines()
    reading, path, gathered = Reading(), [""] * 6, list[str]()

    def flush() -> None:
        if text := seen(" ".join(gathered)):
            reading.blocks.append(Block(text, None, tuple(filter(None, path))))
        gathered.clear()

    for number, raw in enumerate(lines):
        line = _LINK.sub(r"\1", raw).strip()
        below = lines[number + 1].strip() if number + 1 < len(lines) else ""
        level = 0
        if heading := _HEADING.fullmatch(line):
            level, line = len(heading[1]), heading[2]
        elif line and not gathered and not line.startswith("|") and _UNDERLINE.fullmatch(below):
            level = 1 if below.startswith("=") else 2
        if level:
            flush()
            path[level - 1 :] = [seen(_MARKUP.sub("", line))[:200], *[""] * (6 - level)]
        elif not line or _UNDERLINE.fullmatch(line) or (_RULE.fullmatch(line) and "-" in line) or line[:3] == "```":
            flush()
        elif line.startswith("|"):
            flush()
            cells = [seen(_MARKUP.sub("", cell)) for cell in line.strip("|").split("|")]
            reading.blocks.append(Block(" | ".join(cells), None, tuple(filter(None, path)), row=True))
        else:
            if _ITEM.match(line):
                flush()
            gathered.append(_MARKUP.sub("", line.lstrip("> ")))
    flush()
    return reading


def sections(lines: list[str], page: int | None = None, above: tuple[str, ...] = ()) -> Iterator[Block]:
    """Blocks of lines without marks: paragraphs that go over several lines are put together, words that were parted at
    the end of a line too. `above` are headings that are known otherwise."""
    path, gathered = above, list[str]()

    def told() -> Iterator[Block]:
        if text := _joined(gathered):
            yield Block(text, page, path)
        gathered.clear()

    lines = [seen(line) for line in lines]
    for number, line in enumerate(lines):
        fresh = not gathered
        below = next((one for one in lines[number + 1 :] if one), "")
        if not line:
            yield from told()
        elif is_heading(line, fresh=fresh, below=below):
            yield from told()
            path = (*above, line.rstrip(":"))
        elif " | " in line:
            yield from told()
            yield Block(line, page, path, row=True)
        else:
            if _ITEM.match(line):
                yield from told()
            gathered.append(line)
            if line.endswith((".", "!", "?", ":")) and len(line) < 60:
                yield from told()
    yield from told()


def is_heading(line: str, *, fresh: bool, below: str) -> bool:
    """Whether a line of plain text heads what comes below it: short, without the end of a sentence, and numbered, all
    in capitals, or alone before a paragraph."""
    if not below or len(line) > _LONGEST_HEADING or len(line.split()) > 12 or not any(map(str.isalpha, line)):
        return False
    if line.endswith(_ENDS) and not (line.endswith(":") and line.isupper()):
        return False
    if _NUMBERED.match(line):
        return below[:1].isupper() and not _NUMBERED.match(below)
    letters = [sign for sign in line if sign.isalpha()]
    if len(letters) > 3 and all(map(str.isupper, letters)):
        return True
    return fresh and len(line) <= 60 and line[:1].isupper() and not _ITEM.match(line) and len(below) > 60


def _joined(lines: list[str]) -> str:
    text = ""
    for line in lines:
        if text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text} {line}" if text else line
    return text


def _bounded(content: bytes) -> str:
    text = decoded(content)
    if len(text) > MOST_CHARACTERS:
        raise too_long()
    return text

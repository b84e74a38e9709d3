"""Bodies of shop systems as plain words: tags go, paragraphs and items keep their lines, entities become signs."""

import html
import re
from html.parser import HTMLParser

_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!][^>]*>|&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")
_BREAKS = frozenset({"p", "div", "br", "ul", "ol", "li", "tr", "table", "section", "article", "blockquote"})
_HEADS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "head", "template", "noscript", "iframe"})
_SPACES = re.compile(r"[ \t\r\f\v\xa0]+")
_MANY_LINES = re.compile(r"\n\s*\n\s*(\n\s*)*")


def plain(text: str) -> str:
    """Words without markup; what has none comes back with its spaces put in order."""
    if _LOOKS_LIKE_HTML.search(text):
        reader = _Reader()
        reader.feed(text)
        reader.close()
        text = "".join(reader.words)
    lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def line(text: str) -> str:
    """The same in one line."""
    if "&" in text or "<" in text:
        text = plain(text) if _LOOKS_LIKE_HTML.search(text) else html.unescape(text)
    return " ".join(text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden.append(tag)
        elif tag in _BREAKS or tag in _HEADS:
            self.words.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden and self._hidden.pop() != tag:
                pass
        elif tag in ("p", "div", "ul", "ol", "table") or tag in _HEADS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data.replace("\n", " "))

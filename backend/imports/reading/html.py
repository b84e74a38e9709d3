"""Bodies of shop systems as plain words: tags go, paragraphs and items keep their lines, entities become signs.

Nobody's cell may hold up a worker, so what is never closed is not looked for twice: each sign is read a bounded number
of times, which the standard library's parser does not promise.
"""

import html
import re

_TAG_BEGINS = re.compile(r"<[a-zA-Z/!]")
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]{1,30});")
_NAME = re.compile(r"<(?:/\s*)?([a-zA-Z][^\s/>]{0,30})")
_TAG = re.compile(r"""<(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_LONGEST_TAG = 1_000
"""In which quotes are heeded; one that is longer ends at its first `>`."""
_BREAKS = frozenset({"p", "div", "br", "ul", "ol", "li", "tr", "table", "section", "article", "blockquote"})
_HEADS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "head", "template", "noscript", "iframe"})
_RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
"""What stands in these is no markup until they end."""
_DEEPEST = 100
_SPACES = re.compile(r"[ \t\r\f\v\xa0]+")
_MANY_LINES = re.compile(r"\n{2,}")


def plain(text: str) -> str:
    """Words without markup; what has none comes back with its spaces put in order."""
    if _looks_like_html(text):
        reader = _Reader()
        reader.read(text)
        text = "".join(reader.words)
    lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def line(text: str) -> str:
    """The same in one line."""
    return " ".join((plain(text) if _looks_like_html(text) else text).split())


def _looks_like_html(text: str) -> bool:
    tag = _TAG_BEGINS.search(text)
    return (tag is not None and ">" in text[tag.end() :]) or _ENTITY.search(text) is not None


class _Reader:
    def __init__(self) -> None:
        self.words: list[str] = []
        self._hidden: list[str] = []

    def read(self, text: str) -> None:
        last, last_comment = text.rfind(">"), text.rfind("-->")
        place = 0
        while (begin := text.find("<", place)) >= 0 and begin < last:
            self._say(text[place:begin])
            if text.startswith("<!--", begin) and begin + 4 <= last_comment:
                place = text.index("-->", begin + 4) + 3
            elif (named := _NAME.match(text, begin)) is not None:
                tag = _TAG.match(text, begin, begin + _LONGEST_TAG)
                place = tag.end() if tag is not None else text.index(">", begin) + 1
                place = self._tag(named[1].lower(), text, begin, place)
            elif text[begin + 1] in "!?/":
                place = text.index(">", begin) + 1
            else:
                self._say("<")
                place = begin + 1
        self._say(text[place:])

    def _tag(self, name: str, text: str, begin: int, place: int) -> int:
        """Where to read on."""
        if text[begin + 1] == "/":
            self._ended(name)
            return place
        self._begun(name)
        if text[place - 2] == "/":
            self._ended(name)
        elif name in _RAW:
            end = _RAW[name].search(text, place)
            return end.start() if end is not None else len(text)
        return place

    def _begun(self, tag: str) -> None:
        if tag in _UNSEEN:
            if len(self._hidden) < _DEEPEST:
                self._hidden.append(tag)
        elif tag in _BREAKS or tag in _HEADS:
            self.words.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.words.append(" ")

    def _ended(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden and self._hidden.pop() != tag:
                pass
        elif tag in ("p", "div", "ul", "ol", "table") or tag in _HEADS:
            self.words.append("\n")

    def _say(self, data: str) -> None:
        if not self._hidden:
            self.words.append(html.unescape(data).replace("\n", " "))

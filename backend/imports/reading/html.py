"""Bodies of shop systems as plain words: tags go, paragraphs and items keep their lines, entities become signs.

Where a tag, a comment or a script begins and ends is the browsers' rule, by turbohtml; which tags break a line and
which are not seen is ours.
"""

import html
import re
from collections.abc import Iterator

_TAG_BEGINS = re.compile(r"<[a-zA-Z/!]")
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]{1,30});")
_HEADS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BREAKS = ("p", "div", "br", "ul", "ol", "tr", "table", "section", "article", "blockquote", *_HEADS)
_BEGUN = {**dict.fromkeys(_BREAKS, "\n"), "li": "\n- ", "td": " ", "th": " "}
_ENDED = dict.fromkeys(("p", "div", "ul", "ol", "table", *_HEADS), "\n")
_UNSEEN = frozenset({"script", "style", "title", "template", "noscript", "iframe"})
_SPACES = re.compile(r"[ \t\r\f\v\xa0]+")
_MANY_LINES = re.compile(r"\n{2,}")


def plain(text: str) -> str:
    """Words without markup; what has none comes back with its spaces put in order."""
    if _looks_like_html(text):
        text = "".join(_words(text))
    lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def line(text: str) -> str:
    """The same in one line."""
    return " ".join((plain(text) if _looks_like_html(text) else text).split())


def _looks_like_html(text: str) -> bool:
    tag = _TAG_BEGINS.search(text)
    return (tag is not None and ">" in text[tag.end() :]) or _ENTITY.search(text) is not None


def _words(text: str) -> Iterator[str]:
    from turbohtml import TokenType, tokenize  # 5 MB, wanted where files are read

    last = text.rfind(">") + 1
    hiding = ""
    for token in tokenize(text[:last], capture_attributes=False):
        kind, tag = token.type, token.tag or ""
        if kind is TokenType.START_TAG and tag in _UNSEEN:
            hiding = hiding or tag
        elif kind is TokenType.END_TAG and tag == hiding:
            hiding = ""
        elif hiding:
            continue
        elif kind is TokenType.TEXT:
            yield (token.data or "").replace("\n", " ")
        elif kind is TokenType.START_TAG:
            yield _BEGUN.get(tag, "")
        elif kind is TokenType.END_TAG:
            yield _ENDED.get(tag, "")
    if not hiding:
        yield html.unescape(text[last:]).replace("\n", " ")

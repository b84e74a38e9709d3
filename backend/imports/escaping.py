"""Cells that a spreadsheet would take for a formula (OWASP, CSV injection), and lists within a cell: escaped on the
way out and in again."""

import re
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def joined(items: Iterable[str]) -> str:
    """A list as one text, from which `parted` makes the list again."""
    return "; ".join(re.sub(r"([,;|\\])", r"\\\1", item) for item in items)


def parted(text: str, separators: str) -> list[str]:
    """The items of a list; a separator behind a backslash is none."""
    items = re.findall(rf"(?:\\[,;|\\]|[^{re.escape(separators)}])+", text)
    return [re.sub(r"\\([,;|\\])", r"\1", item).strip() for item in items]


def escaped(cell: str) -> str:
    """With an apostrophe before it, if it begins like a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def unescaped(cell: str) -> str:
    """What `escaped` was given."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(_FORMULA) else cell

"""Cells that a spreadsheet would take for a formula (OWASP, CSV injection), escaped on the way out and in again."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escaped(cell: str) -> str:
    """With an apostrophe before it, if it begins like a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def unescaped(cell: str) -> str:
    """What `escaped` was given."""
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(_FORMULA) else cell

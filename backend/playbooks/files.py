"""What files of playbooks have in common: the refusal of one, with what to do."""

from backend.errors import Unprocessable

LONGEST_FILE = 200_000
"""Characters: more than the largest playbook takes. Its body may have a quarter of a megabyte, like any other."""


def refused(wrong: str, line: int | None) -> Unprocessable:
    """For a file that cannot be read as a playbook; nothing of it is repeated."""
    where = "" if line is None else f" (line {line})"
    return Unprocessable(
        f"{wrong}{where}. GET /v1/playbook/export.md and export.yaml show what a file looks like.",
        type="playbook-file-unreadable",
        line=line,
    )

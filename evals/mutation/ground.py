"""The folder by which a run and the processes of its world know of each other: who is struck by what, and whether it
was.

    tenants/<tenant id>    the label of the business, as its slug begins: "m17--lost-answer"; empty for everybody else
    reached/<label>        a byte for each time that its fault took effect
    planted/<target>       a function that was replaced, once a process has loaded it
"""

import os
from functools import cached_property
from pathlib import Path

VARIABLE = "EVALS_PLANTS"
CLEAN = "clean"
"""The name on the label of a business without a fault."""
_MARK = "--"


class Ground:
    """The folder, from either side. Safe to be used by several processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, str] = {}

    def prepare(self) -> None:
        """Make its folders."""
        for name in ("tenants", "reached", "planted"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def settle(self, tenant_id: object, slug: str) -> None:
        """A business was made: what its slug says strikes it from now on."""
        number, mark, rest = slug.partition(_MARK)
        known = sorted((name for name in self._names if rest.startswith(name)), key=len)
        place = self.folder / "tenants" / str(tenant_id)
        fresh = place.with_suffix(f".{os.getpid()}.new")
        fresh.write_text(f"{number}{_MARK}{known[-1]}" if mark and known else "")
        fresh.replace(place)

    def label(self, tenant_id: object) -> str:
        """Of a business; empty if nothing is to strike it."""
        key = str(tenant_id)
        if key not in self._known:
            try:
                self._known[key] = (self.folder / "tenants" / key).read_text()
            except FileNotFoundError:
                return ""
        return self._known[key]

    def fault_of(self, tenant_id: object) -> str:
        """The name of the fault that strikes a business; empty without one."""
        return self.label(tenant_id).partition(_MARK)[2]

    def mark(self, label: str) -> None:
        """A fault has taken effect."""
        with (self.folder / "reached" / label).open("ab") as file:
            file.write(b".")

    def times_reached(self, label: str) -> int:
        """How often the fault of that label has taken effect."""
        try:
            return (self.folder / "reached" / label).stat().st_size
        except FileNotFoundError:
            return 0

    def note_planted(self, target: str) -> None:
        """A function was replaced."""
        (self.folder / "planted" / target.replace(":", "-")).touch()

    def is_planted(self, target: str) -> bool:
        """Whether any process has replaced the function."""
        return (self.folder / "planted" / target.replace(":", "-")).exists()

    @cached_property
    def _names(self) -> frozenset[str]:
        from evals.mutation.registry import all_faults

        return frozenset(fault.name for fault in all_faults())


def label_of(number: int, fault: str) -> str:
    """The label of the play with that number; also the beginning of its business's slug."""
    return f"m{number}{_MARK}{fault or CLEAN}"

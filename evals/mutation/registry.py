"""All planted faults: those that the modules of `faults/` hold."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec

from evals.mutation import faults
from evals.mutation.fault import Fault, module_of


class FaultsRefused(Exception):
    """The faults cannot be planted; the text names each target that is gone."""


@cache
def all_faults() -> Sequence[Fault]:
    """In the order of their modules, and in a module as they are written. Raises `FaultsRefused` for two of a name."""
    found: list[Fault] = []
    for module in sorted(one.name for one in pkgutil.iter_modules(faults.__path__)):
        members = vars(importlib.import_module(f"{faults.__name__}.{module}"))
        found += [value for value in members.values() if isinstance(value, Fault)]
    names = [fault.name for fault in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise FaultsRefused(f"two faults are called {', '.join(sorted(twice))}")
    return tuple(found)


def expect_modules() -> None:
    """Raises `FaultsRefused` if a fault names a module that is not there. A function that is not there ends the process
    that looks for it."""
    targets = {target: fault.name for fault in all_faults() for target in fault.plants}
    lost = [f"{name}: {module_of(target)} is no module" for target, name in targets.items() if not _is_there(target)]
    if lost:
        raise FaultsRefused("\n".join(lost))


def _is_there(target: str) -> bool:
    try:
        return find_spec(module_of(target)) is not None
    except ModuleNotFoundError:
        return False

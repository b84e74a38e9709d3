"""What a planted fault is: a name, what it does, who should notice, and the functions it replaces."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
Act = Callable[..., Any]


@dataclass(frozen=True)
class Call:
    """One call of a replaced function, for the business that the fault strikes."""

    original: Callable[..., Any]
    home: ModuleType
    """The module in which the function is looked up."""
    reached: Callable[[], None]
    """To be called where the fault takes effect, and not where it only might have."""


@dataclass
class Fault:
    """One planted fault. `catchers` name scenarios by id, tag, language or business, those that should notice first.

    A `broad` one is noticed by what holds for every scenario, such as that no answer is lost: it shows that a suite
    notices, and nothing about what a single scenario expects.
    """

    name: str
    does: str
    catchers: tuple[str, ...]
    broad: bool = False
    plants: dict[str, Act] = field(default_factory=dict)
    """By target."""
    home: str = ""
    """The module of this fault."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} cannot stand in a slug: write lower case words with hyphens")

    def plant(self, target: str) -> Callable[[Act], Act]:
        """Replaces `module:function` or `module:Class.method`: `act(call, *arguments)` runs instead, and may call
        `call.original(*arguments)`. It is async if the function is."""

        def planted(act: Act) -> Act:
            self.plants[target] = act
            self.home = act.__module__
            return act

        return planted


def missing(target: str, module: ModuleType) -> str | None:
    """Why a target cannot be replaced in its module, or None."""
    owner, name = _place(target, module)
    if owner is None or name not in vars(owner):
        return f"{target}: there is no such function any more; find what it is called now"
    return None if callable(getattr(owner, name)) else f"{target} is no function"


def replace(target: str, module: ModuleType, make: Callable[[Act], Act]) -> None:
    """Puts `make(original)` in the place of the target. LookupError if there is none."""
    if (fault := missing(target, module)) is not None:
        raise LookupError(fault)
    owner, name = _place(target, module)
    setattr(owner, name, make(getattr(owner, name)))


def module_of(target: str) -> str:
    """The name of the module that a target is in."""
    return target.partition(":")[0]


def _place(target: str, module: ModuleType) -> tuple[Any, str]:
    owner_name, dot, name = target.partition(":")[2].rpartition(".")
    return (getattr(module, owner_name, None) if dot else module), name

"""What a tool is, and what it may use while it runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any, Literal, Protocol, get_type_hints

from pydantic import BaseModel, ConfigDict

from agent.search.asking import Filters, Found, Shelf

Effect = Literal["read", "write", "irreversible"]


class Arguments(BaseModel):
    """Base of every tool's arguments. Unknown ones are refused, so that a model learns at once."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class NoArguments(Arguments):
    """Of a tool that needs none."""


@dataclass(frozen=True)
class Question:
    """A search as a tool may ask it; fields as in `agent.search.asking.Search`. Whose shelf it is, the desk says."""

    query: str = ""
    shelf: Shelf = "products"
    filters: Filters = field(default_factory=Filters)
    facets: tuple[str, ...] = ()
    like: str | None = None
    limit: int = 20
    offset: int = 0


class Counter(Protocol):
    """Where a tool gets what it needs, for the contact of one turn."""

    @property
    def currency(self) -> str:
        """ISO 4217, in which the business asks its prices."""
        ...

    async def ask(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """{"result", "evidence"} of the backend's tool of that name. Raises the backend client's errors."""
        ...

    async def search(self, question: Question) -> Found:
        """What of the tenant's shelf fits, best first."""
        ...


Run = Callable[[Counter, Any], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Tool:
    """One tool: its name and docstring are what the model reads."""

    name: str
    description: str
    effect: Effect
    arguments: type[Arguments]
    run: Run


def tool(effect: Effect) -> Callable[[Run], Tool]:
    """Makes a tool of `async def name(counter, arguments: Model) -> {"result", "evidence"}`."""

    def make(run: Run) -> Tool:
        return Tool(
            name=run.__name__,
            description=cleandoc(run.__doc__ or ""),
            effect=effect,
            arguments=get_type_hints(run)["arguments"],
            run=run,
        )

    return make

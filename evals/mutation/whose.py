"""For which business a function works: told by whichever of its arguments names one."""

import sys
from collections.abc import Iterable
from typing import Any

_PATHS = (
    ("tenant_id",),
    ("_tenant_id",),
    ("account", "tenant_id"),
    ("tenant", "id"),
    ("business", "id"),
    ("_bundle", "tenant", "id"),
)


def whose(arguments: Iterable[Any]) -> object | None:
    """A tenant's id, of the first argument that has one: a transaction, a row, a turn's context, bundle or desk, a
    letter on its way. Where none has, it is the business of the turn that the agent is thinking about."""
    for argument in arguments:
        if (found := _named_by(argument)) is not None:
            return found
    return _thought_about()


def _named_by(argument: Any) -> object | None:
    if isinstance(argument, dict):
        tenant = argument.get("tenant")
        return tenant.get("id") if isinstance(tenant, dict) else None
    if isinstance(info := getattr(argument, "info", None), dict) and "tenant_id" in info:
        found: object = info["tenant_id"]
        return found
    return next((found for path in _PATHS if (found := _follow(argument, path)) is not None), None)


def _follow(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = getattr(value, name, None)
    return value


def _thought_about() -> object | None:
    agent = sys.modules.get("agent.desk")
    desk = agent.CURRENT.get(None) if agent is not None else None
    return None if desk is None else _named_by(desk)

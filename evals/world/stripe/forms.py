"""Stripe's form encoding: ``line_items[0][price_data][currency]=mxn`` as nested dicts and lists."""

import re
from typing import Any
from urllib.parse import parse_qsl

from evals.world.stripe.errors import StripeError

_KEY = re.compile(r"\[([^\]]*)\]")


def nested(encoded: str) -> dict[str, Any]:
    """Decode a form or query string. Values stay text, as Stripe itself receives them."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        head = key.partition("[")[0]
        node, parts = tree, [head, *_KEY.findall(key)]
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        node[parts[-1]] = value
    return {key: _listed(value) for key, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(item) for key, item in value.items()}


def required(params: dict[str, Any], path: str) -> Any:
    """The value at ``a[b]``; raises Stripe's ``parameter_missing``."""
    node: Any = params
    for part in path.replace("]", "").split("["):
        node = node.get(part) if isinstance(node, dict) else None
    if node in (None, ""):
        raise StripeError(f"Missing required param: {path}.", code="parameter_missing", param=path)
    return node


def integer(value: Any, param: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise StripeError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=param) from None

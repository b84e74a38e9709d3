"""What tau2's evaluation criteria are in Tendero's terms, and what of them cannot be asked here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from evals.adapters.mapping import Outcome
from evals.adapters.reading import clean
from evals.adapters.tau2_format import Action, Database, Product, Task

Json = dict[str, Any]
LOOKUPS = {
    "find_user_id_by_email": "the phone number that writes",
    "find_user_id_by_name_zip": "the phone number that writes",
    "list_all_product_types": "search_products",
    "get_product_details": "search_products, get_product",
    "get_item_details": "get_product",
    "calculate": "create_quote",
    "think": "-",
}
"""tau2's reads to what Tendero has instead."""
RECORDS = {"get_order_details": "order_status", "get_user_details": "the contact's card"}
"""Reads of what happened before the chat; of it Tendero's backend holds nothing."""
CHANGES = {
    "cancel_pending_order": "cancellation of an order",
    "modify_pending_order_address": "change of an order's address",
    "modify_pending_order_items": "change of an order's items",
    "modify_pending_order_payment": "change of an order's payment",
    "modify_user_address": "change of a customer's address",
    "return_delivered_order_items": "return",
    "exchange_delivered_order_items": "exchange",
}
"""tau2's writes; each is a case in a person's hands (`hand_off`)."""
TRANSFER = "transfer_to_human_agents"
CASE: Json = {"cases": [{"status": "open"}], "in_charge": "person", "tools": {"required": ["hand_off"]}}


@dataclass(frozen=True)
class Verdict:
    """Whether and how a task's criteria can be asked."""

    outcome: Outcome
    reason: str = ""
    expect: Json = field(default_factory=dict)
    handed_over: bool = False
    basis: tuple[str, ...] = ("state",)
    unscored: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()


def judge(task: Task, database: Database) -> Verdict:
    """One task's verdict."""
    criteria = task.evaluation_criteria
    actions = tuple(criteria.actions or ())
    names = {action.name for action in actions}
    gates = set(criteria.reward_basis)
    if reason := _out_of_reach(task, names, gates):
        return Verdict(Outcome.NOT_MAPPED, reason)
    wanted = list(criteria.communicate_info or ()) if gates & {"COMMUNICATE", "NL_ASSERTION"} else []
    told = [_of_catalog(value, actions, database) for value in wanted]
    if None in told and "COMMUNICATE" in gates:
        return Verdict(Outcome.NOT_MAPPED, "a figure must be told that only records of earlier orders hold")
    said = [value for value in told if value is not None]
    judged = tuple(clean(each) for each in criteria.nl_assertions or ()) if "NL_ASSERTION" in gates else ()
    basis = ("state", *(("words",) if said else ()), *(("judged",) if judged else ()))
    words = ({"said": said} if said else {}) | ({"judged": list(judged)} if judged else {})
    changes = sorted({CHANGES[name] for name in names & set(CHANGES)})
    if changes:
        reason = f"handed to a person instead of done: {', '.join(changes)}"
        return Verdict(Outcome.PARTLY, reason, CASE | words, True, basis, tuple(changes), actions)
    if TRANSFER not in names and not said:
        return Verdict(Outcome.NOT_MAPPED, _nothing_to_see(names, judged))
    expect = (CASE if TRANSFER in names else {}) | words
    partly = (Outcome.PARTLY, "a model's judgement is left out without --judge") if judged else (Outcome.WHOLE, "")
    return Verdict(*partly, expect, TRANSFER in names, basis, (), actions)


def _out_of_reach(task: Task, names: set[str], gates: set[str]) -> str:
    criteria = task.evaluation_criteria
    known = {*LOOKUPS, *RECORDS, *CHANGES, TRANSFER}
    if unknown := sorted(names - known):
        return clean(f"acts that this adapter does not know: {', '.join(unknown)}")
    if any(action.requestor != "assistant" for action in criteria.actions or ()):
        return "the customer has tools of their own"
    if task.initial_state:
        return "begins with a state of its own"
    if gates & {"ENV_ASSERTION"} and criteria.env_assertions:
        return "asks tau2's environment by functions of its own"
    if "ACTION" in gates:
        return "demands the very calls of tau2's tools"
    return ""


def _nothing_to_see(names: set[str], judged: Sequence[str]) -> str:
    if judged:
        return "nothing but a model's judgement decides"
    if names & set(RECORDS):
        return "earlier orders must stay as they are: without any here, every answer would pass"
    return "nothing is to be done and nothing to be told: every answer would pass"


def _of_catalog(value: str, actions: Sequence[Action], database: Database) -> Json | str | None:
    """Words that must be said, as a scenario has them, if the products that the task looks at hold them; else None."""
    looked_at = {str(action.arguments.get("product_id")) for action in actions}
    items = {str(action.arguments.get("item_id")) for action in actions}
    products = [
        product for key, product in database.products.items() if key in looked_at or items & set(product.variants)
    ]
    figure = _figure(value)
    if figure is None:
        texts = {text.casefold() for product in database.products.values() for text in _texts(product)}
        return clean(value) if value.strip().casefold() in texts else None
    variants = [variant for product in products for variant in product.variants.values()]
    if any(variant.price == figure for variant in variants):
        return {"price": float(figure)}
    counts = {len(product.variants) for product in products}
    counts |= {sum(variant.available for variant in product.variants.values()) for product in products}
    return clean(value) if figure in counts else None


def _texts(product: Product) -> set[str]:
    return {product.name, *(value for each in product.variants.values() for value in each.options.values())}


def _figure(value: str) -> Decimal | None:
    try:
        found = Decimal(value.strip().lstrip("$").replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None

"""tau2-bench's retail domain: its catalog becomes a shop, its customers' wishes chats, its criteria what must be so."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from evals.adapters.first_person import first_person
from evals.adapters.mapping import Fate, Outcome
from evals.adapters.reading import InputRefused, check, clean, each_entry, read_object
from evals.adapters.tau2_criteria import Verdict, judge
from evals.adapters.tau2_format import Database, Instructions, Product, Task
from evals.adapters.writing import Adapted, identifier

Json = dict[str, Any]
SHOP = "tau2-retail"
IN_STOCK = 10
"""tau2 knows only whether a variant is available."""
LONGEST_MESSAGE = 1500
_INSIDE = ("", "data/tau2/domains/retail", "tau2/domains/retail", "domains/retail", "retail")
_INSTRUCTIONS = """\
You work for an online shop and answer customers by chat, briefly and in their language.

- Products, variants, prices and availability: look them up, and say only what you have read.
- Orders placed earlier are not in your system. To change, cancel, return or exchange one, or to change an address or a
  way of payment, hand the chat to a person at once, with a summary that names the customer, the order, the items and
  what is wanted. Never say that it is done, and promise no refund.
"""


def find(path: Path) -> Path:
    """The folder of the retail domain at or below `path`. Raises `InputRefused`, and knows what is often mistaken."""
    try:
        for inside in _INSIDE:
            folder = path / inside
            if (folder / "tasks.json").is_file() and (folder / "db.json").is_file():
                return folder
        if not path.is_dir():
            raise InputRefused(f"{path} is no folder; give a copy of tau2-bench, or its data/tau2/domains/retail")
        if (path / "users.json").is_file() or (path / "data" / "users.json").is_file() or (path / "tau_bench").is_dir():
            raise InputRefused(f"{path} looks like the first tau-bench; its tasks are code. Get tau2-bench")
    except (OSError, ValueError) as odd:
        raise InputRefused(f"this path cannot be read: {type(odd).__name__}") from None
    raise InputRefused(f"{path} holds no tasks.json with a db.json beside it, nor does data/tau2/domains/retail in it")


def read_database(folder: Path) -> Database:
    """`db.json`. Raises `InputRefused`."""
    file = folder / "db.json"
    return check(Database, read_object(file), str(file))


def shop(database: Database) -> Json:
    """The business: every product with its variants, prices in cents of a US dollar."""
    every_day = {day: [["00:00", "23:59"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    return {
        "slug": SHOP,
        "name": "Online shop",
        "mode": "sales",
        "locale": "en-US",
        "currency": "USD",
        "timezone": "America/New_York",
        "hours": every_day,
        "instructions": _INSTRUCTIONS,
        "products": [_product(product) for product in database.products.values() if product.variants],
    }


def tasks(folder: Path, database: Database) -> Iterator[Adapted]:
    """Every task in the file's order. Raises `InputRefused`."""
    file = folder / "tasks.json"
    for count, entry in enumerate(each_entry(file), start=1):
        yield _adapt(check(Task, entry, f"{file}: task {count}"), database)


def _adapt(task: Task, database: Database) -> Adapted:
    name = clean(task.id, 40) or "?"
    told = task.user_scenario.instructions
    if isinstance(told, Instructions) and told.domain != "retail":
        return Adapted(Fate(name, Outcome.NOT_MAPPED, "belongs to another domain than retail"))
    verdict = judge(task, database)
    fate = Fate(name, verdict.outcome, verdict.reason, basis=verdict.basis, unscored=verdict.unscored)
    if verdict.outcome is Outcome.NOT_MAPPED:
        return Adapted(fate)
    reason = told.reason_for_call if isinstance(told, Instructions) else told
    found = (database.user(action.arguments) for action in verdict.actions)
    customer = next(filter(None, found), None) or database.named_in(_wants(task))
    scenario = {
        "id": identifier("task", task.id),
        "title": clean(f"{name}: {first_person(reason)}", 90),
        "business": SHOP,
        "language": "en",
        "tags": ["tau2", verdict.outcome.value],
        "customer": {
            "name": clean(customer.name.first_name if customer else "", 60) or "Customer",
            "wants": _wants(task),
        },
        "chat": _chat(told, verdict),
        "expect": verdict.expect,
    }
    return Adapted(fate, scenario)


def _chat(told: Instructions | str, verdict: Verdict) -> list[Json]:
    """Who they are and what they want in one message. A chat that ends with a person leaves what follows unanswered,
    and that is right."""
    parts = [told.known_info or "", told.reason_for_call] if isinstance(told, Instructions) else [told]
    opening = clean(first_person(" ".join(parts)), LONGEST_MESSAGE) or "Hello"
    agreeing = {"says": "Yes, please.", "answers": "any"}
    return [{"says": opening}, *([agreeing, agreeing] if verdict.handed_over else [])]


def _wants(task: Task) -> str:
    told = task.user_scenario.instructions
    parts = [task.user_scenario.persona]
    if isinstance(told, Instructions):
        parts += [told.reason_for_call, told.known_info, told.unknown_info, told.task_instructions]
    else:
        parts.append(told)
    return clean(" ".join(part for part in parts if part), 4000)


def _product(product: Product) -> Json:
    return {
        "name": clean(product.name),
        "tags": [clean(product.product_id)],
        "variants": [
            {
                "sku": clean(variant.item_id),
                "options": {clean(key) or "option": clean(value) or "-" for key, value in variant.options.items()},
                "price": int((variant.price * 100).quantize(Decimal(1))),
                "stock": IN_STOCK if variant.available else 0,
            }
            for variant in product.variants.values()
        ],
    }

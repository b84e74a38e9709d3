"""Evidence for the fakes' results, as the backend mints it: see the contract of `graphs.evidence`."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from graphs.evidence import Evidence, EvidenceKind, Subject

NUMBERS = count(1)
DONE = {
    "place_order": "order_placed",
    "send_payment_link": "payment_link_sent",
    "confirm_booking": "booked",
    "reschedule_booking": "rescheduled",
    "confirm_attendance": "attendance_confirmed",
    "schedule_follow_up": "follow_up_scheduled",
    "save_contact_detail": "detail_saved",
    "remember_contact": "memory_agreed",
    "forget_contact_details": "details_forgotten",
    "hand_off": "handed_off",
    "join_waiting_list": "waiting_list_joined",
}


def minted(tool: str, result: dict[str, Any], arguments: dict[str, Any], currency: str) -> list[Evidence]:
    """What the backend would hand out next to this result."""
    found = list(_about(tool, result, arguments, currency))
    action = "cancelled" if result.get("status") == "cancelled" else DONE.get(tool)
    if action:
        value = {"action": action, "code": result.get("code"), "due_at": result.get("due_at")}
        found.append(_item("done", ("conversation", "c", ""), value, tool))
    return found


def _about(tool: str, result: dict[str, Any], arguments: dict[str, Any], currency: str) -> Iterator[Evidence]:
    for card in result.get("products") or ([result] if tool == "get_product" else []):
        about = {key: card[key] for key in ("name", "brand", "category")}
        subject = ("product", card["id"], card["name"])
        yield _item("product", subject, about | {"description": card["description"]}, tool)
        yield _item("price", subject, card["price_from"], tool)
        for variant in card["variants"]:
            one = ("variant", variant["id"], variant["name"])
            stock = {"quantity": variant["stock"], "available": variant["stock"] > 0}
            aliases = (card["name"], variant["sku"])
            yield _item("product", one, about | {"options": variant["options"]}, tool, aliases)
            yield _item("price", one, variant["price"], tool, aliases)
            yield _item("stock", one, stock, tool, aliases)
    for passage in result.get("passages", []):
        told = {key: passage[key] for key in ("source", "heading", "text")}
        yield _item("knowledge", ("passage", passage["id"], passage["title"]), told, tool)
    if tool == "create_quote":
        value = {key: result[key] for key in ("code", "lines", "total", "currency")}
        yield _item("quote", ("quote", result["quote_id"], result["code"]), value, tool)
    if tool in ("place_order", "order_status"):
        value = {key: result[key] for key in ("code", "status", "lines", "total", "currency")}
        yield _item("order", ("order", result["order_id"], result["code"]), value, tool)
    if tool == "send_payment_link":
        value = {"url": result["url"], "amount": result["amount"], "currency": currency}
        yield _item("link", ("order", "o-1", arguments["order_code"]), value, tool)
    for service in result.get("services", []):
        subject = ("service", service["id"], service["name"])
        value = {key: service[key] for key in ("name", "duration_minutes", "staff")}
        yield _item("service", subject, value, tool)
        yield _item("price", subject, {"amount": service["price"], "currency": currency}, tool)
    if tool == "find_and_hold_slot":
        yield from _slots(result, arguments, currency)
    for card in _bookings(tool, result):
        value = {"status": "CONFIRMED", "end": None, "currency": currency} | {
            key: card[key]
            for key in ("code", "start", "service", "staff", "price", "cancel_until", "reschedule_until")
            if key in card
        }
        yield _item("booking", ("booking", card["booking_id"], card["code"]), value, tool)


def _bookings(tool: str, result: dict[str, Any]) -> list[dict[str, Any]]:
    if tool in ("confirm_booking", "reschedule_booking", "cancel_booking", "confirm_attendance"):
        return [result]
    found: list[dict[str, Any]] = result.get("bookings") or []
    return found


def _slots(result: dict[str, Any], arguments: dict[str, Any], currency: str) -> Iterator[Evidence]:
    service = arguments["service"]
    subject = ("service", service, service)
    if result["status"] == "held":
        value = {key: result[key] for key in ("start", "staff", "service", "price")} | {"currency": currency}
        yield _item("slot", subject, value | {"state": "held"}, "find_and_hold_slot")
        yield _item("price", subject, {"amount": result["price"], "currency": currency}, "find_and_hold_slot")
        done = {"action": "slot_held"}
        yield _item("done", ("conversation", "c", ""), done, "find_and_hold_slot")
        return
    for offer in result.get("alternatives") or result.get("options") or []:
        value = {"start": offer["start"], "staff": offer["staff"], "service": service, "state": "free"}
        yield _item("slot", subject, value, "find_and_hold_slot")
    if result["status"] == "unavailable":
        free = [offer["start"] for offer in result["alternatives"]]
        covered = {"from": result["asked"], "to": result["asked"], "service": service, "free": free}
        yield _item("search", subject, covered, "find_and_hold_slot")


def _item(
    kind: str, subject: tuple[str, str, str], value: dict[str, Any], source: str, aliases: tuple[str, ...] = ()
) -> Evidence:
    about = Subject(type=subject[0], id=subject[1], name=subject[2], aliases=aliases)
    return Evidence(id=f"e-{next(NUMBERS)}", kind=EvidenceKind(kind), subject=about, value=value, source=source)

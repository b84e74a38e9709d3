"""Which tools a turn may use: the tenant's mode decides, and what it has."""

from backend.tenants.models import Mode

_SALES = (
    "search_products",
    "get_product",
    "compare_products",
    "check_stock",
    "similar_products",
    "show_pictures",
    "create_quote",
    "place_order",
    "send_payment_link",
    "order_status",
)
_APPOINTMENTS = (
    "list_services",
    "find_and_hold_slot",
    "confirm_booking",
    "reschedule_booking",
    "cancel_booking",
    "my_bookings",
    "send_payment_link",
    "confirm_attendance",
    "join_waiting_list",
    "leave_waiting_list",
)
_ALWAYS = (
    "schedule_follow_up",
    "save_contact_detail",
    "ask_to_remember",
    "remember_contact",
    "forget_contact_details",
    "hand_off",
)
_WITH_KNOWLEDGE = ("search_knowledge",)
_WITH_FILES = ("send_file",)


def offered_tools(mode: str, *, has_files: bool = False, knows: bool = False) -> list[str]:
    """Names in the order in which the model reads them; `has_files`: there are some that may be sent; `knows`: there
    are documents or FAQs."""
    sales = _SALES if mode in (Mode.SALES, Mode.BOTH) else ()
    appointments = _APPOINTMENTS if mode in (Mode.APPOINTMENTS, Mode.BOTH) else ()
    knowledge = _WITH_KNOWLEDGE if knows else ()
    files = _WITH_FILES if has_files else ()
    return list(dict.fromkeys((*sales, *appointments, *knowledge, *files, *_ALWAYS)))

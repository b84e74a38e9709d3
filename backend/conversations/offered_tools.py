"""Which tools a turn may use: the tenant's mode decides."""

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


def offered_tools(mode: str) -> list[str]:
    """Names in the order in which the model reads them."""
    sales = _SALES if mode in (Mode.SALES, Mode.BOTH) else ()
    appointments = _APPOINTMENTS if mode in (Mode.APPOINTMENTS, Mode.BOTH) else ()
    return list(dict.fromkeys((*sales, *appointments, *_ALWAYS)))

"""One sentence with every answer of the booking tools: what the agent does next."""

_HELD = (
    "Tell service, person, weekday, date, hour and price, and ask whether to {verb}; after their yes call {tool} with "
    "this proposal_id."
)
_ASKED = {
    "which_service": "Ask which service. Two services are two bookings: hold and confirm one, then the other.",
    "which_staff": "Ask which of these people is meant.",
    "when": "Ask for day and hour, or offer up to three of the options as they are spoken.",
    "am_or_pm": "Ask which of the two hours is meant.",
    "which_week": "Ask which of the weeks is meant, with the dates as spoken.",
    "which_day": "Ask which of the days is meant, with the dates as spoken.",
    "day_or_month": "Ask which date is meant, with the month as a word.",
    "which_time": "Ask which of the hours is meant.",
    "no_such_day": "Say that the calendar has no such date and ask which day is meant.",
}
_WHY = {
    "past": "Say that this time is over",
    "notice": "Say that it is too soon to book that time",
    "horizon": "Say that the agenda does not reach that far yet",
    "closed": "Say that it is closed then",
    "off_grid": "Say that nothing begins at that minute",
    "taken": "Say that it is taken",
    "unknown_staff": "Say who does this service instead",
}


def after_held(moves: bool, again: bool) -> str:
    """After a slot was held; `again`: it was held and proposed before."""
    tool = "reschedule_booking" if moves else "confirm_booking"
    if again:
        return f"It is held already. If the customer has just agreed, call {tool} with this proposal_id; else ask."
    return _HELD.format(verb="move it there" if moves else "book it", tool=tool)


def after_question(hint: str) -> str:
    """After a wish that can mean several things."""
    return _ASKED.get(hint, "Ask the customer what is meant.")


def after_refusal(reason: str, alternatives: bool) -> str:
    """After a wish that cannot be had."""
    why = _WHY.get(reason, "Say that it cannot be had")
    if alternatives:
        return f"{why}, offer up to three alternatives as spoken, and hold the one they choose by its start."
    return f"{why}, and ask for another day."

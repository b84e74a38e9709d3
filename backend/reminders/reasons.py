"""Why a reminder did not go, and what the business can do about it."""

from typing import Final

OUTSIDE: Final = "window"
NO_WAY: Final = "no_channel"
CHANNEL_OFF: Final = "channel_off"
OPTED_OUT: Final = "opted_out"
TEMPLATE: Final = "template"
ENDED: Final = "ended"
MOVED: Final = "moved"
SETTING: Final = "setting"
BEGUN: Final = "begun"
ERASED: Final = "erased"
TOO_LATE: Final = "too_late"
NEARER: Final = "nearer"
EXPIRED: Final = "expired"

EXPLANATIONS: dict[str, str] = {
    OUTSIDE: "The customer's last message is more than 24 hours old, and the channel has no approved template for "
    "reminders: name one in `config.reminder_templates` with PATCH /v1/channels/{id}.",
    NO_WAY: "The customer has no conversation, and no number on a channel of the business: write to them another way.",
    CHANNEL_OFF: "The channel is switched off: PATCH /v1/channels/{id} switches it on.",
    OPTED_OUT: "The customer wants no messages.",
    TEMPLATE: "The template that `config.reminder_templates` names is not among the channel's `config.templates`, or "
    "needs a variable that nothing fills: PATCH /v1/channels/{id} mends it.",
    ENDED: "The booking ended.",
    MOVED: "The booking moved, and there is no time for it any more.",
    SETTING: "The business's settings have no such reminder any more.",
    BEGUN: "The appointment has begun.",
    ERASED: "The customer was erased.",
    TOO_LATE: "It could not be sent in time.",
    NEARER: "A later one was due as well.",
    EXPIRED: "The provider had not taken it when its time was over, or when the booking changed.",
}


def explained(reason: str | None) -> str | None:
    """The reason in a sentence."""
    return EXPLANATIONS.get(reason, f"The provider refused it ({reason}).") if reason else None

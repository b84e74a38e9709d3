"""Errors in Twilio's documented shape: ``{"code", "message", "more_info", "status"}``.

Codes and their meaning: twilio.com/docs/api/errors. 63016 and 63018 are not here: Twilio accepts such a message (201)
and reports them later, in a status callback and on the Message resource.
"""

from typing import Any

from litestar import Request, Response

_KNOWN: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "The 'To' number {} is not a valid phone number."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21609: (400, "The StatusCallback URL {} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21619: (400, "A text message body or media urls must be specified."),
    21655: (400, "The ContentSid {} is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21701: (404, "The Messaging Service does not exist"),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63038: (429, "Account exceeded the {} daily messages limit"),
}

LATER: dict[int, str] = {
    63016: (
        "Failed to send freeform message because you are outside the allowed window. "
        "If you are using WhatsApp, please use a Message Template."
    ),
    63018: "Rate limit exceeded for Channel",
    63019: "Channel provider failed to download media",
    63024: "Invalid message recipient",
    63032: "We cannot send this message to this user because of a WhatsApp limitation",
}
"""Texts of the codes that arrive with a ``failed`` or ``undelivered`` status."""


class TwilioError(Exception):
    """A request that Twilio refuses. ``status`` is the HTTP status, ``retry_after`` whole seconds."""

    def __init__(
        self, code: int, subject: object = "", *, status: int | None = None, retry_after: int | None = None
    ) -> None:
        usual, text = _KNOWN.get(code, (400, "The request was refused"))
        self.code = code
        self.status = status or usual
        self.message = text.format(subject)
        self.retry_after = retry_after
        super().__init__(self.message)


def answer(_: Request[Any, Any, Any], error: TwilioError) -> Response[dict[str, Any]]:
    """The error as Twilio answers it."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    content = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return Response(content, status_code=error.status, headers=headers, media_type="application/json")

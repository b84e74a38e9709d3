"""What a channel carries: kinds and sizes of files, by provider. Pure.

WhatsApp: developers.facebook.com/docs/whatsapp/cloud-api/reference/media (pictures JPEG and PNG up to 5 MB, films and
sound up to 16 MB, documents up to 100 MB). Twilio: twilio.com/docs/messaging/guides/accepted-mime-types (16 MB in all,
no plain text, and no words with a document but its name).
"""

from collections.abc import Mapping

_MIB = 1024 * 1024
_PICTURES = ("image/jpeg", "image/png")
_FILMS = ("video/mp4", "video/3gpp")
_SOUND = ("audio/aac", "audio/mp4", "audio/mpeg", "audio/ogg")
_DOCUMENTS = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)
_WORDS = ("text/plain", "text/csv", "text/markdown")
_WHATSAPP: Mapping[str, int] = {
    **dict.fromkeys(_PICTURES, 5 * _MIB),
    **dict.fromkeys((*_FILMS, *_SOUND), 16 * _MIB),
    **dict.fromkeys((*_DOCUMENTS, *_WORDS), 100 * _MIB),
}
_TWILIO: Mapping[str, int] = {
    kind: min(most, 16 * _MIB) for kind, most in _WHATSAPP.items() if kind not in (*_WORDS, "video/3gpp")
}
_CARRIED: Mapping[str, Mapping[str, int]] = {"twilio": _TWILIO, "sandbox": _WHATSAPP}


def refusal(provider: str, content_type: str, size: int) -> str | None:
    """Why a channel does not take this file, in words that go on from its name; None if it does."""
    carried = _CARRIED.get(provider, _TWILIO)
    if content_type not in carried:
        return f"is {content_type}, which this chat cannot carry"
    if size > carried[content_type]:
        return f"has {size / _MIB:.1f} MB, and this chat carries {carried[content_type] // _MIB} MB of its kind at most"
    return None

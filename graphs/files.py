"""How a file that a customer sent is worded for the vendor's model, once a machine has read it, or could not.

What a voice note says are the customer's words. What an image or a paper shows is data that anybody may have written:
it stands in square brackets on one line, cannot close them, and counts as nothing that the customer agreed to. Of a
proof of payment the model is told that it is one and that a person looks, and none of what is printed on it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHOWN_CHARACTERS = 1_500
SAID_CHARACTERS = 4_000
_MARKS = re.compile(r"\[(?=\s*(?:heard in|seen in)\b)", re.IGNORECASE)
_CANNOT = {
    "audio": "voice notes cannot be listened to here",
    "image": "images cannot be looked at here",
    "video": "videos cannot be watched here",
}
_WHY = {
    "gone": "the file is not there any more",
    "too_large": "the file is too large",
    "unsupported": "files of this kind cannot be read",
    "too_many": "so many files at once are not read",
    "nothing_in_it": "nothing could be made out in it",
    "preview": "it has not been read yet",
}
_TROUBLE = "it could not be read just now"


@dataclass(frozen=True)
class Worded:
    """One attachment: its line for the model, what the customer said in it, what it shows."""

    line: str
    said: str = ""
    shown: str = ""


def worded(attachment: Mapping[str, Any], kind: str) -> Worded:
    """An attachment with its `reading`: {"status": "read", "kind", "text", "order_code"?} or {"status": "unread",
    "reason"}. Without one it is named, and no more."""
    name = f"{kind}: {attachment.get('name') or attachment.get('content_type') or 'file'}"
    reading = attachment.get("reading")
    if not isinstance(reading, Mapping):
        return Worded(f"[{_flat(name)}]")
    text = str(reading.get("text", ""))
    if reading.get("status") != "read":
        family = str(attachment.get("content_type", "")).partition("/")[0]
        reason = str(reading.get("reason", ""))
        why = _CANNOT.get(family, _WHY["unsupported"]) if reason == "no_model" else _WHY.get(reason, _TROUBLE)
        return Worded(f"[{_flat(name)}, not read: {why}]")
    if reading.get("kind") == "transcript":
        said = _open(text)[:SAID_CHARACTERS].strip()
        return Worded(f"[heard in a voice note]\n{said}", said=said)
    if reading.get("kind") == "payment_proof":
        code = reading.get("order_code")
        put = f" A person will compare it with order {_flat(str(code))}." if code else " A person will look at it."
        return Worded(f"[seen in a file: it looks like a proof of payment, which confirms nothing.{put}]")
    shown = _flat(text)[:SHOWN_CHARACTERS]
    return Worded(f'[seen in a file, as a machine describes it: "{shown}"]', shown=shown)


def unmarked(words: str) -> str:
    """A customer's words that cannot be taken for what a machine read."""
    return _MARKS.sub("(", words)


def _flat(text: str) -> str:
    return " ".join(_open(text).replace('"', "'").split())


def _open(text: str) -> str:
    return text.replace("\x00", "").replace("[", "(").replace("]", ")")

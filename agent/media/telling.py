"""Files of one message, read for the person in charge of the conversation: nothing of it is answered."""

from agent.media.reader import MediaReader
from graphs.ports import InboundMessage

MOST_CHARACTERS = 10_000
_PASSING = {"failed": "models-silent", "too_slow": "models-silent", "unreachable": "file-unreachable"}
"""What may be otherwise at the next try."""
_LASTING = {"budget": "budget-spent", "no_model": "no-model", "too_large": "file-too-large", "gone": "file-gone"}


class NothingRead(Exception):
    """Why, as a slug; `final`: trying again would not help."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


async def words_of_files(reader: MediaReader, message: InboundMessage) -> str:
    """What each file says or shows, a line each at least. Raises NothingRead if there is none or one could still be
    read at another try; what was read until then is kept. Raises LeaseLost."""
    [read] = await reader.read([message])
    readings = [file["reading"] for file in read.attachments if "reading" in file]
    unread = [str(one["reason"]) for one in readings if one["status"] != "read"]
    for reason in unread:
        if reason in _PASSING:
            raise NothingRead(_PASSING[reason], final=False)
    words = "\n".join(str(one["text"]) for one in readings if one["status"] == "read")
    if not words:
        raise NothingRead(_LASTING.get(unread[0], "nothing-to-read") if unread else "nothing-to-read", final=True)
    return words[:MOST_CHARACTERS]

"""Files that models are given: judged as providers judge them, and what the twin world's own files say.

A file of the twin world is what its first bytes say, and carries after a mark the words that a good model would find in
it: what is said in a voice note, or what the answer to a picture is. So a reply need not be scripted to fit a file.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from evals.world.models.state import Json

SAYS = b"\n%says%\n"
MAGIC = {
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBP",
    "audio/ogg": b"OggS\x00",
    "audio/mpeg": b"ID3\x03",
    "video/mp4": b"\x00\x00\x00\x18ftypmp42",
    "application/pdf": b"%PDF-1.7\n",
}


def file_saying(words: str, content_type: str) -> bytes:
    """A file of the twin world."""
    return MAGIC[content_type] + SAYS + words.encode()


def said_in(content: bytes) -> str:
    """The words that a file carries; empty if it is not of this world."""
    return content.partition(SAYS)[2].decode("utf-8", "replace")


def given_to_openai(items: list[Json]) -> Iterator[tuple[str, bytes]]:
    """Media type and content of each file of Chat Completions' messages or the Responses API's items. ValueError for
    what OpenAI would refuse."""
    for block in (block for item in items for block in _blocks(item)):
        match block.get("type"):
            case "image_url":
                yield _data_url(block["image_url"]["url"])
            case "input_image":
                yield _data_url(block["image_url"])
            case "file":
                yield _data_url(block["file"]["file_data"])
            case "input_file":
                yield _data_url(block["file_data"])


def given_to_gemini(contents: list[Json]) -> Iterator[tuple[str, bytes]]:
    """Those of generateContent's parts. ValueError for what Gemini would refuse."""
    for part in (part for content in contents for part in content.get("parts", [])):
        if (inline := part.get("inlineData") or part.get("inline_data")) is not None:
            kind = inline.get("mimeType") or inline.get("mime_type") or ""
            yield _whole(kind, inline["data"].replace("-", "+").replace("_", "/"))


def words_of(files: list[tuple[str, bytes]]) -> str:
    """What all of them say."""
    return "\n".join(filter(None, (said_in(content) for _, content in files)))


def _blocks(item: Json) -> list[Json]:
    content: Any = item.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _data_url(url: str) -> tuple[str, bytes]:
    head, comma, data = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise ValueError("Expected a base64-encoded data URL.")
    return _whole(head.removeprefix("data:").removesuffix(";base64"), data)


def _whole(kind: str, data: str) -> tuple[str, bytes]:
    magic = MAGIC.get(kind)
    if magic is None:
        raise ValueError(f"Unsupported MIME type: {kind}")
    try:
        content = base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("The file is not valid base64.") from None
    if not content.startswith(magic[:3]):
        raise ValueError("Unable to process input: the file is not what its type says.")
    return kind, content

"""What a file is, by its first bytes: what a provider or a customer says of it proves nothing."""

_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"OggS", "audio/ogg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"%PDF-", "application/pdf"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp3g", "video/3gpp"),
)
_PICTURE_BOXES = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif", b"ftypcrx")
"""Pictures in the same wrapping as films, which hardly any model reads."""


def sniff(content: bytes, declared: str) -> str | None:
    """The media type of a file that can be read; None for any other. `declared` only tells sound from film in the
    wrappings that hold either."""
    for place, mark, found in _MARKS:
        if content[place : place + len(mark)] == mark and (place != 8 or content[:4] == b"RIFF"):
            return found
    sound = declared.startswith("audio/")
    if content[4:8] == b"ftyp" and content[4:12] not in _PICTURE_BOXES:
        return "audio/mp4" if sound else "video/mp4"
    if content[:4] == b"\x1aE\xdf\xa3":
        return "audio/webm" if sound else "video/webm"
    return None

"""The files of an outgoing message: Twilio gets each from its address and passes it on to WhatsApp.

A message whose file cannot be had, or is no kind that WhatsApp takes, is accepted and fails later
(twilio.com/docs/api/errors/63019, and /docs/whatsapp/guidance-whatsapp-media-messages for kinds and sizes). Addresses
are of the open web, of which a world has what its door was told; one that was told nothing gets no file.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx

from evals.world.twilio.state import Media, TwilioWorld, new_sid

UNREACHED = 63019
MOST_BYTES = 16 * 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
_KINDS = ("image/jpeg", "image/png", "image/webp", "audio/", "video/mp4", "application/pdf", _OFFICE)


async def fetched(world: TwilioWorld, urls: Sequence[str]) -> list[Media] | None:
    """None if one of them could not be passed on."""
    files = []
    for url in urls if world.web else ():
        parts = urlsplit(url)
        host = world.web.get(f"{parts.scheme}://{parts.netloc}")
        file = None if host is None else await _get(world, f"{host}{parts.path}?{parts.query}")
        if file is None:
            return None
        files.append(file)
    return files


async def _get(world: TwilioWorld, url: str) -> Media | None:
    try:
        answer = await world.client.get(url, follow_redirects=True)
    except httpx.HTTPError:
        return None
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code != 200 or not kind.startswith(_KINDS) or len(answer.content) > MOST_BYTES:
        return None
    return Media(new_sid("ME"), kind, answer.content)

"""The token in a letter's link: the letter's id and a MAC over it, so that nothing secret is stored to be stolen.

It is good once and until the letter expires; both are told by the letter's row.
"""

import base64
import hmac
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.errors import Unprocessable
from backend.mail.models import Mail, MailKind
from backend.settings import Settings

_PURPOSE = "mail-link"
_PREFIX = "tnm_"


def mail_token(settings: Settings, mail_id: UUID, kind: str) -> str:
    """What the link of a letter carries."""
    said = mail_id.bytes + _mac(settings.derive(_PURPOSE), mail_id, kind)
    return _PREFIX + base64.urlsafe_b64encode(said).decode().rstrip("=")


async def open_letter(session: AsyncSession, settings: Settings, token: str, *kinds: MailKind) -> Mail:
    """The letter of a token, locked, if it is of one of these kinds and its link is still good; Unprocessable of type
    link-over.

    Whether a token is unknown, used or over is nobody's business.
    """
    encoded = token.removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        mail_id = UUID(bytes=raw[:16])
    except ValueError:
        raise _over() from None
    keys = settings.derivations(_PURPOSE)
    if not any(hmac.compare_digest(raw[16:], _mac(key, mail_id, kind)) for key in keys for kind in kinds):
        raise _over()
    letter = await session.scalar(select(Mail).where(Mail.id == mail_id, Mail.kind.in_(kinds)).with_for_update())
    if letter is None or letter.used_at is not None or letter.expires_at <= clock.machine_now():
        raise _over()
    return letter


def _mac(key: str, mail_id: UUID, kind: str) -> bytes:
    return hmac.digest(key.encode(), kind.encode() + mail_id.bytes, "sha256")


def _over() -> Unprocessable:
    return Unprocessable(
        "This link was used before, is over, or was never one of ours; ask for another letter.", type="link-over"
    )

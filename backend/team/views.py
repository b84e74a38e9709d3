"""People and their sign-ins as the API shows them."""

from uuid import UUID

from backend.team.models import Session, User
from backend.team.schemas import PersonView, SessionView


def person_view(user: User) -> PersonView:
    """Whoever is signed in."""
    return PersonView(
        id=user.id,
        email=user.email,
        name=user.name,
        locale=user.locale,
        email_verified=user.email_verified_at is not None,
        platform_admin=user.platform_admin,
    )


def session_view(known: Session, current: UUID) -> SessionView:
    """One sign-in."""
    return SessionView(
        id=known.id,
        device=known.device,
        signed_in_at=known.created_at,
        last_used_at=known.rotated_at,
        expires_at=known.expires_at,
        current=known.id == current,
    )

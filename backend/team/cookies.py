"""The refresh token's cookie: no script reads it, no other site sends it, no other host sets it."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie

from backend.errors import Forbidden, Unauthorized
from backend.settings import Settings
from backend.team.sessions import UNUSED_FOR

NAME = "__Host-tendero-refresh"


def refresh_cookie(token: str) -> Cookie:
    """Sets it. Browsers take a Secure cookie from http://localhost and 127.0.0.1 too."""
    return _cookie(token, int(UNUSED_FOR.total_seconds()))


def no_cookie() -> Cookie:
    """Takes it away."""
    return _cookie("", 0)


def given_token(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The refresh token that came with a request of our own pages. Unauthorized without one; Forbidden of type
    cross-site for one that another site made a browser send, which SameSite alone leaves to the browser."""
    token = request.cookies.get(NAME)
    if not token:
        raise Unauthorized(f"There is no cookie {NAME}; sign in with POST /v1/auth/login.", type="session-over")
    expect_same_site(request, settings)
    return token


def expect_same_site(request: Request[Any, Any, Any], settings: Settings) -> None:
    """Browsers name the page that sends; other clients name none. Forbidden of type cross-site."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    known = (_origin(settings.public_url), _origin(str(request.base_url)), *settings.cors_origins)
    if (origin is not None and origin not in known) or (origin is None and site == "cross-site"):
        raise Forbidden("Another site may not do this; see TENDERO_CORS_ORIGINS.", type="cross-site")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _cookie(value: str, seconds: int) -> Cookie:
    return Cookie(key=NAME, value=value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")

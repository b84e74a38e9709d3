"""What handlers return, on its way out."""

from typing import Any

from litestar import Litestar, MediaType, Request, Response
from litestar.response.base import ASGIResponse
from litestar.serialization import default_serializer
from litestar.types import Serializer
from pydantic import BaseModel

from backend.requests.cursors import wrap


class Answer(Response[Any]):
    """The next cursor of a page is opaque, and a view is written by itself."""

    def to_asgi_response(self, app: Litestar | None, request: Request[Any, Any, Any], **kwargs: Any) -> ASGIResponse:
        """Litestar's own."""
        self.content = wrap(request.scope, self.content)
        return super().to_asgi_response(app, request, **kwargs)

    def render(self, content: Any, media_type: str, enc_hook: Serializer = default_serializer) -> bytes:
        """Litestar's own takes a view apart into dictionaries first."""
        if isinstance(content, BaseModel) and media_type == MediaType.JSON:
            return content.model_dump_json().encode()
        return super().render(content, media_type, enc_hook)

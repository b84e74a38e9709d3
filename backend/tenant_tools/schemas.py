"""What the API says about tools of a tenant."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.fields import Line, at_most
from backend.tenant_tools.models import TenantTool, ToolExecution, ToolSecret
from backend.tenant_tools.parameters import GIVEN, Parameters
from backend.tenant_tools.templates import PLACEHOLDER, Templates

PREFIX = "ext_"
"""Before the name of a tenant's tool as a model reads it: no built-in tool begins so, so none can be shadowed."""
REPEATABLE_METHODS = frozenset({"GET", "PUT", "DELETE"})
"""RFC 9110, 9.2.2."""
LONGEST_SECONDS = 8
"""All tries of one call together; the agent waits 10 s for a tool."""
MOST_DEPTH = 5
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_HOST = re.compile(r"[a-z0-9_.\[\]:-]{1,260}")
_OURS = frozenset(
    {
        *("host", "content-length", "content-type", "transfer-encoding", "connection", "upgrade", "te", "trailer"),
        *("expect", "accept", "accept-encoding", "idempotency-key", "keep-alive", "proxy-connection", "user-agent"),
    }
)


def _without_null(words: str) -> str:
    if "\0" in words:
        raise ValueError("must not hold null bytes")
    return words


def _pointer(words: str) -> str:
    if words and (not words.startswith("/") or re.search(r"~(?![01])", words)):
        raise ValueError("must be a JSON pointer (RFC 6901) such as /data/0/price, or empty for the whole answer")
    return words


_clean = AfterValidator(_without_null)
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Template = Annotated[str, StringConstraints(max_length=2000), _clean]
Address = Annotated[str, StringConstraints(min_length=8, max_length=1000), _clean]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), _clean]
Pointer = Annotated[str, StringConstraints(max_length=300), _clean, AfterValidator(_pointer)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
HostName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.\[\]:-]{1,260}$")]


class NewTool(BaseModel):
    """A tool. `{{name}}` stands for an argument, `{{secret:name}}` for a secret, in `url` (arguments alone, in its
    path), `query`, `headers` and `body`; `{{contact_id}}` and `{{conversation_id}}` are filled in by the system."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: Words
    method: Method
    url: Address
    parameters: Parameters = Parameters()
    query: Annotated[dict[Name, Template], at_most(20)] = {}
    headers: Annotated[dict[str, Template], at_most(20)] = {}
    body: Annotated[dict[str, Any], at_most(50)] | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=LONGEST_SECONDS)] = 5
    retries: Annotated[int, Field(ge=0, le=2)] = 0
    repeatable: bool = False
    picks: Annotated[dict[Name, Pointer], at_most(20)] = {}
    result_characters: Annotated[int, Field(ge=100, le=8000)] = 4000
    irreversible: bool = False
    enabled: bool = True

    def templates(self) -> Templates:
        """What requests are made of."""
        return Templates(self.method, self.url, self.query, self.headers, self.body)

    @model_validator(mode="after")
    def _can_be_called(self) -> "NewTool":
        _expect_address(self.url)
        _expect_headers(self.headers)
        if self.body is not None:
            if self.method in ("GET", "DELETE"):
                raise ValueError(f"leave `body` out: {self.method} has none")
            _expect_shallow(self.body, MOST_DEPTH)
        for template in (*self.query.values(), *self.headers.values()):
            _expect_closed(template)
        if self.retries and not (self.method in REPEATABLE_METHODS or self.repeatable):
            raise ValueError(
                f"set `retries` to 0: a repeated {self.method} may act twice; or say `repeatable` if yours does not"
            )
        self._expect_known_placeholders()
        return self

    def _expect_known_placeholders(self) -> None:
        declared = self.parameters.properties
        for place, name, is_secret, whole in self.templates().placeholders():
            if is_secret:
                if place == "url":
                    raise ValueError("take the secret out of `url`: addresses end in logs; send it in a header")
                continue
            if name in GIVEN:
                continue
            if name not in declared:
                raise ValueError(f"declare {name} in `parameters`, or take it out of `{place}`")
            if place == "url" and name not in self.parameters.required:
                raise ValueError(f"make {name} required: it stands in `url`")
            alone = PLACEHOLDER.fullmatch(whole) is not None
            if declared[name].type == "array" and not (alone and place in ("query", "body")):
                raise ValueError(f"let the list {name} stand alone in a value of `query` or `body`")


def _expect_address(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("`url` cannot be read; write https://host/path") from None
    if not url.startswith(("https://", "http://")) or not parts.netloc:
        raise ValueError("begin `url` with https:// and a fixed host: arguments go into its path alone")
    if "{" in parts.netloc or "}" in parts.netloc or not _HOST.fullmatch(parts.netloc.lower()):
        raise ValueError("write the host of `url` out, without placeholders, user or password")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ValueError("put what follows ? into `query`, and leave # out of `url`")
    path = PLACEHOLDER.sub("x", parts.path or "/")
    if not _PATH.fullmatch(path) or any(segment in (".", "..") for segment in path.split("/")):
        raise ValueError("write the path of `url` plainly, percent-encoded, with placeholders such as {{sku}}")


def _expect_headers(headers: dict[str, str]) -> None:
    for name in headers:
        if not _HEADER.fullmatch(name):
            raise ValueError("name headers with letters, digits and hyphens, as in X-Api-Key")
        if name.lower() in _OURS:
            raise ValueError(f"leave {name} out of `headers`: it is set by the system")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("name each header once")


def _expect_closed(template: str) -> None:
    left = PLACEHOLDER.sub("", template)
    if "{{" in left or "}}" in left:
        raise ValueError("write placeholders as {{sku}} or {{secret:api_key}}, without spaces")


def _expect_shallow(value: Any, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"nest `body` {MOST_DEPTH} deep at most")
    if isinstance(value, str):
        if len(value) > 2000 or "\0" in value:
            raise ValueError("give texts of `body` 2,000 characters at most, without null bytes")
        _expect_closed(value)
    elif isinstance(value, dict):
        if len(value) > 50 or any(PLACEHOLDER.search(key) or "\0" in key or len(key) > 100 for key in value):
            raise ValueError("give objects of `body` 50 plain keys at most; placeholders go into values")
        for one in value.values():
            _expect_shallow(one, depth - 1)
    elif isinstance(value, list):
        if len(value) > 50:
            raise ValueError("give lists of `body` 50 elements at most")
        for one in value:
            _expect_shallow(one, depth - 1)


class ToolChange(BaseModel):
    """The fields to change; what is given replaces what was there."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Words | None = None
    method: Method | None = None
    url: Address | None = None
    parameters: Parameters | None = None
    query: Annotated[dict[Name, Template], at_most(20)] | None = None
    headers: Annotated[dict[str, Template], at_most(20)] | None = None
    body: Annotated[dict[str, Any], at_most(50)] | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=LONGEST_SECONDS)] | None = None
    retries: Annotated[int, Field(ge=0, le=2)] | None = None
    repeatable: bool | None = None
    picks: Annotated[dict[Name, Pointer], at_most(20)] | None = None
    result_characters: Annotated[int, Field(ge=100, le=8000)] | None = None
    irreversible: bool | None = None
    enabled: bool | None = None


class ToolView(BaseModel):
    """A tool. `offered_as` is the name that the model reads; until `paused_until` it is not called, since it failed
    several times in a row."""

    id: UUID
    name: str
    offered_as: str
    description: str
    method: str
    url: str
    parameters: dict[str, Any]
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any] | None
    timeout_seconds: int
    retries: int
    repeatable: bool
    picks: dict[str, str]
    result_characters: int
    irreversible: bool
    enabled: bool
    paused_until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, tool: TenantTool) -> "ToolView":
        known = {name: getattr(tool, name) for name in cls.model_fields if name != "offered_as"}
        return cls(**known, offered_as=PREFIX + tool.name)


class NewSecret(BaseModel):
    """`host` is the only one that the value is ever sent to, with its port if that is not 443."""

    model_config = ConfigDict(extra="forbid")

    value: Annotated[str, StringConstraints(min_length=8, max_length=2000, pattern=r"^[\x20-\x7e]+$")] = Field(
        repr=False
    )
    host: HostName


class SecretView(BaseModel):
    """A secret; its value is never shown."""

    id: UUID
    name: str
    host: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, secret: ToolSecret) -> "SecretView":
        return cls.model_validate(secret, from_attributes=True)


class Trial(BaseModel):
    """Arguments to try a tool with; `call` makes the request, else it is only shown."""

    model_config = ConfigDict(extra="forbid")

    arguments: Annotated[dict[str, Any], at_most(20)] = {}
    call: bool = False


class RequestView(BaseModel):
    """A request, secrets masked."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None


class ExecutionView(BaseModel):
    """One call. `outcome`: answered, refused (3xx, 4xx), failed (it was not done), unclear (it left, and nobody knows
    what became of it). Without `turn_id` somebody tried it by hand."""

    id: UUID
    tool_id: UUID
    turn_id: UUID | None
    conversation_id: UUID | None
    at: datetime
    outcome: str
    status: int | None
    error: str | None
    milliseconds: int | None
    tries: int
    size: int | None
    excerpt: str

    @classmethod
    def of(cls, execution: ToolExecution) -> "ExecutionView":
        known = {name: getattr(execution, name) for name in cls.model_fields if name != "at"}
        return cls(**known, at=execution.created_at)


class TrialView(BaseModel):
    """The request, and with `call` what came of it and what a model would read."""

    request: RequestView
    execution: ExecutionView | None = None
    result: dict[str, Any] | None = None


class CallArguments(BaseModel):
    """The agent's call of a tenant's tool, by the name that the model reads."""

    model_config = ConfigDict(extra="forbid")

    tool: Line
    arguments: Annotated[dict[str, Any], at_most(21)] = {}

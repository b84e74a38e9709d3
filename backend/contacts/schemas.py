"""What the API says about contacts."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.contacts.models import Contact, ContactField, ContactMerge, ContactNote, Identity, IdentityKind, Stage
from backend.contacts.phones import readable
from backend.fields import Key, Line, Locale, at_most

MOST_TAGS = 50


def read_email(text: str) -> str | None:
    """An e-mail address in lower case; None if it is none."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def tidy(tags: list[str]) -> list[str]:
    """Each tag once, in the order in which they came; ValueError for too many."""
    kept = list(dict.fromkeys(tags))
    if len(kept) > MOST_TAGS:
        raise ValueError(f"a contact carries {MOST_TAGS} tags at most")
    return kept


def _email(text: str) -> str:
    address = read_email(text)
    if address is None:
        raise ValueError("must be an e-mail address such as ana@example.com")
    return address


def _without_null_bytes(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise ValueError("must not hold null bytes")
    return value


Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_email)]
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), AfterValidator(_without_null_bytes)
]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(tidy)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Value = Annotated[
    Annotated[str, StringConstraints(max_length=500)] | int | float | bool | None, AfterValidator(_without_null_bytes)
]
Details = Annotated[dict[Key, Value], at_most(100)]
Source = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_without_null_bytes)
]
"""Where a consent was given: `web form`, `at the counter`."""


class IdentityView(BaseModel):
    """`kind`: wa_id, bsuid or phone; the spellings of one number are rows of their own."""

    id: UUID
    kind: str
    value: str

    @classmethod
    def of(cls, identity: Identity) -> "IdentityView":
        shown = readable(identity.value) if identity.kind == IdentityKind.PHONE else identity.value
        return cls(id=identity.id, kind=identity.kind, value=shown)


class NewIdentity(BaseModel):
    """`{"phone": "+55 11 98765-4321"}`; its other spellings are added too."""

    model_config = ConfigDict(extra="forbid")

    phone: Phone


class NewContact(BaseModel):
    """`{"name": "Ana Ruiz", "phone": "55 1234 5678", "tags": ["vip"]}`; somebody who has not written yet.

    A phone number without a country is one of the business's own country.
    """

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    phone: Phone | None = None
    email: Email | None = None
    locale: Locale | None = None
    tags: Tags = []
    details: Details = {}


class ContactChange(BaseModel):
    """The fields to change: `{"bot_enabled": false}`, `{"name": "Ana Ruiz", "details": {"size": "38"}}`.

    With `bot_enabled` false what this customer writes is stored and waits for a person; the agent does not answer, not
    even what waits already. A null forgets the name, until the customer's profile or the customer tells one. `details`
    are merged key by key, a null removes one; `tags` replace the old ones.
    """

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    email: Email | None = None
    locale: Locale | None = None
    bot_enabled: bool = True
    tags: Tags = []
    details: Details = {}
    archived: bool = False


class BulkChange(BaseModel):
    """`{"contact_ids": ["..."], "add_tags": ["vip"], "archived": true}`; the answer says what became of each."""

    model_config = ConfigDict(extra="forbid")

    contact_ids: list[UUID] = Field(min_length=1, max_length=1000)
    add_tags: Tags = []
    remove_tags: Tags = []
    archived: bool | None = None


Outcome = Literal["changed", "unchanged", "not_found", "too_many_tags"]


class BulkOutcome(BaseModel):
    """What became of one contact: `unchanged` was so already, `not_found` does not exist or is somebody else by now,
    `too_many_tags` would carry more than a contact can and is left as it was."""

    id: UUID
    outcome: Outcome


class BulkChanged(BaseModel):
    """How many contacts changed, and each one's outcome in the order of the request."""

    changed: int
    items: list[BulkOutcome]


class ConsentChange(BaseModel):
    """`{"messages": false, "source": "asked at the counter"}`: what a customer agreed to, or no longer.

    `messages`: to be written to. `memory`: that the agent keeps what it learns about them; when that ends, what it has
    learnt is removed. What is left out stays as it is.
    """

    model_config = ConfigDict(extra="forbid")

    messages: bool | None = None
    memory: bool | None = None
    source: Source


class ContactView(BaseModel):
    """A customer. `details` says where each value came from and when.

    `memory_consent_at` and `memory_withdrawn_at`: when they agreed to be remembered, or no longer; with source `chat`
    they said so in the message `memory_message_id`. `stage`: how far they have come; see their card.
    """

    id: UUID
    name: str | None
    email: str | None
    locale: str | None
    details: dict[str, Any]
    tags: list[str]
    bot_enabled: bool
    opted_out_at: datetime | None
    opted_out_source: str | None
    opted_in_at: datetime | None
    opted_in_source: str | None
    memory_consent_at: datetime | None
    memory_consent_source: str | None
    memory_withdrawn_at: datetime | None
    memory_withdrawn_source: str | None
    memory_message_id: UUID | None
    archived_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    created_at: datetime
    stage: Stage
    identities: list[IdentityView]

    @classmethod
    def of(cls, contact: Contact, identities: list[Identity], stage: str) -> "ContactView":
        own = {name: getattr(contact, name) for name in cls.model_fields if name not in ("identities", "stage")}
        return cls(**own, stage=Stage(stage), identities=[IdentityView.of(identity) for identity in identities])


class CountsView(BaseModel):
    """What there is of a contact."""

    conversations: int
    messages_received: int
    messages_sent: int
    first_message_at: datetime | None
    last_message_at: datetime | None
    orders: int
    bookings: int


class TagView(BaseModel):
    """A tag and how many contacts carry it."""

    tag: str
    contacts: int


class NoteIn(BaseModel):
    """`{"body": "Prefers mornings."}`."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _can_be_stored(self) -> "NoteIn":
        _without_null_bytes(self.body)
        return self


class NoteView(BaseModel):
    """What somebody wrote down; `author` is member:<id> or key:<id>."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    author: str
    body: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, note: ContactNote) -> "NoteView":
        return cls.model_validate(note)


class NewField(BaseModel):
    """`{"key": "shoe-size", "label": "Shoe size", "kind": "number"}`; a choice names its `choices`."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    label: Line
    kind: Literal["text", "number", "date", "choice"] = "text"
    choices: Annotated[list[Line], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _choices_of_a_choice(self) -> "NewField":
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("a choice needs choices, and nothing else has them")
        return self


class FieldChange(BaseModel):
    """The label, or the choices of a choice; values that were taken stay as they are."""

    model_config = ConfigDict(extra="forbid")

    label: Line = ""
    choices: Annotated[list[Line], Field(min_length=1, max_length=100)] = []


class FieldView(BaseModel):
    """A custom field."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    key: str
    label: str
    kind: str
    choices: list[str]

    @classmethod
    def of(cls, field: ContactField) -> "FieldView":
        return cls.model_validate(field)


class MergeIn(BaseModel):
    """`{"contact_id": "..."}`: the contact who is the same person, and is shown no more."""

    model_config = ConfigDict(extra="forbid")

    contact_id: UUID


class MergeView(BaseModel):
    """A merge, with how many rows of each table followed."""

    id: UUID
    kept_id: UUID
    merged_id: UUID
    moved: dict[str, int]
    undo_until: datetime
    undone_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, record: ContactMerge) -> "MergeView":
        own = {name: getattr(record, name) for name in cls.model_fields if name != "moved"}
        return cls(**own, moved={name: len(ids) for name, ids in record.moved.items() if ids})

"""A contact (the customer) and the identities by which channels know them."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Double, Text

from backend.database import Instant, Json, JsonList, PartRecord, TenantRecord, tenant_reference, tenant_table


class IdentityKind(StrEnum):
    WA_ID = "wa_id"
    """WhatsApp's id, verbatim."""
    BSUID = "bsuid"
    """Business-scoped user id, for people without a visible phone number."""
    PHONE = "phone"
    """E.164; the known variants of one number (Brazil's 9, Mexico's 1, Argentina's 9) are rows of their own."""


class Contact(TenantRecord):
    """A person who writes to the business. The phone may be missing."""

    __tablename__ = "contacts"
    __table_args__ = tenant_table(
        Index("ix_contacts_email", "tenant_id", "email", postgresql_where=text("email IS NOT NULL")),
        Index("ix_contacts_seen", "tenant_id", "last_seen_at", "id"),
        Index("ix_contacts_name", "tenant_id", "sort_name", "id"),
        Index("ix_contacts_archived", "tenant_id", "id", postgresql_where=text("archived_at IS NOT NULL")),
    )

    name: Mapped[str | None] = mapped_column(Text)
    sort_name: Mapped[str] = mapped_column(
        Text, Computed("coalesce(lower(name), '')", persisted=True), nullable=True, deferred=True
    )
    """By which lists are ordered and searched."""
    email: Mapped[str | None] = mapped_column(Text)
    """Lower case."""
    locale: Mapped[str | None] = mapped_column(Text)
    details: Mapped[Json] = mapped_column(default=dict)
    """What is known: key -> {"value", "source": "manual" | "tool" | "model", "confidence": 0 to 1, "at"}."""
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    bot_enabled: Mapped[bool] = mapped_column(default=True)
    opted_out_at: Mapped[Instant | None]
    opted_out_source: Mapped[str | None] = mapped_column(Text)
    """keyword (they wrote STOP), provider (it told us), or what a person or program of the business named."""
    opted_in_at: Mapped[Instant | None]
    opted_in_source: Mapped[str | None] = mapped_column(Text)
    """message (they wrote again after opting out), or what the business named."""
    memory_consent_at: Mapped[Instant | None]
    """Since when the agent may keep what it learns about them; None: it may not."""
    memory_consent_source: Mapped[str | None] = mapped_column(Text)
    """chat (they said so themselves, in `memory_message_id`), or what the business named."""
    memory_withdrawn_at: Mapped[Instant | None]
    """Since when they do not want to be remembered; the agent does not ask them again."""
    memory_withdrawn_source: Mapped[str | None] = mapped_column(Text)
    memory_message_id: Mapped[UUID | None]
    """The message by which they agreed or withdrew; None if it was not said in a chat."""
    archived_at: Mapped[Instant | None]
    """Out of the way until they write again."""
    merged_into: Mapped[UUID | None]
    """The contact who is the same person; this one is shown no more."""
    erased_at: Mapped[Instant | None]
    """Nothing is left of the person; orders and bookings keep their amounts and point here."""
    first_seen_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]


class ContactTag(TenantRecord):
    """A tag of a contact that lists may show. The database keeps it beside `contacts.tags` (a trigger), since row-level
    security lets no index on the array serve: operators of arrays are not leakproof, equality is."""

    __tablename__ = "contact_tags"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "tag", "contact_id"),
        tenant_reference("contact_id", "contacts"),
        Index("ix_contact_tags_contact", "tenant_id", "contact_id"),
    )

    contact_id: Mapped[UUID]
    tag: Mapped[str] = mapped_column(Text)


class Identity(TenantRecord):
    """One way to recognise a contact."""

    __tablename__ = "identities"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "kind", "value"),
        tenant_reference("contact_id", "contacts"),
        Index("ix_identities_contact", "tenant_id", "contact_id"),
    )

    contact_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)


class ContactNote(TenantRecord):
    """What the team wrote down about a contact."""

    __tablename__ = "contact_notes"
    __table_args__ = tenant_table(
        tenant_reference("contact_id", "contacts"), Index("ix_contact_notes_contact", "tenant_id", "contact_id", "id")
    )

    contact_id: Mapped[UUID]
    author: Mapped[str] = mapped_column(Text)
    """member:<user id>, key:<api key id> or operator:<id>."""
    body: Mapped[str] = mapped_column(Text)


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """ISO 8601 calendar date."""
    CHOICE = "choice"


class ContactField(TenantRecord):
    """A custom field: what the values of `contacts.details` under its key must look like."""

    __tablename__ = "contact_fields"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "key"))

    key: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    choices: Mapped[JsonList] = mapped_column(default=list)


class ContactFact(TenantRecord):
    """One value that somebody told or that was concluded of a contact, and what became of it: the history of a key."""

    __tablename__ = "contact_facts"
    __table_args__ = tenant_table(
        tenant_reference("contact_id", "contacts"), Index("ix_contact_facts_contact", "tenant_id", "contact_id", "id")
    )

    contact_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text)
    """Of a custom field or another detail; `name` and `email` are the contact's own."""
    value: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    """None: it was removed."""
    source: Mapped[str] = mapped_column(Text)
    """manual, tool or model."""
    confidence: Mapped[float] = mapped_column(Double)
    status: Mapped[str] = mapped_column(Text)
    """applied, proposed, accepted, dismissed or undone."""
    extractor: Mapped[str | None] = mapped_column(Text)
    """What concluded it from a chat: rules, or model."""
    told_by: Mapped[str] = mapped_column(
        Text, default=func.coalesce(func.nullif(func.current_setting("app.actor", True), ""), "system")
    )
    """The actor: member:<id>, key:<id>, agent:<turn id>."""
    before: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    """What stood there when it was applied, with its source."""
    conversation_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    """The message in which they said it; it may be gone."""
    decided_by: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[Instant | None]


class Stage(StrEnum):
    NEW = "new"
    INTERESTED = "interested"
    QUOTED = "quoted"
    """Was made a quote, or a slot was held for them."""
    CUSTOMER = "customer"
    """Ordered or booked."""
    LOST = "lost"
    DORMANT = "dormant"


class ContactStage(PartRecord):
    """How far a contact has come; its id is the contact's. Who has none is new."""

    __tablename__ = "contact_stages"
    __table_args__ = tenant_table(
        tenant_reference("id", "contacts"),
        Index("ix_contact_stages_stage", "tenant_id", "stage", "id"),
        Index("ix_contact_stages_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    stage: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    """manual, which stands until a person takes it back, or derived."""
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[Instant]
    due_at: Mapped[Instant | None]
    """When it is to be looked at again: at once after something happened, or when silence would change it."""


class ContactMerge(TenantRecord):
    """Two contacts that became one, and what it takes to part them again."""

    __tablename__ = "contact_merges"
    __table_args__ = tenant_table(
        tenant_reference("kept_id", "contacts"),
        tenant_reference("merged_id", "contacts"),
        Index("ix_contact_merges_kept", "tenant_id", "kept_id"),
        Index("ix_contact_merges_merged", "tenant_id", "merged_id"),
    )

    kept_id: Mapped[UUID]
    merged_id: Mapped[UUID]
    moved: Mapped[Json]
    """Table -> ids of the rows that followed; `folded`: conversations that were joined to one of the same channel."""
    before: Mapped[Json]
    """The kept contact's own values, where the merge changed them."""
    undo_until: Mapped[Instant]
    undone_at: Mapped[Instant | None]

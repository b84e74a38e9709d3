"""Evidence: what a reply may state, where it came from and until when."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class EvidenceKind(StrEnum):
    """What kind of value it is; the shape of `Evidence.value` is given behind each.

    Money is `{"amount": minor units, "currency": ISO 4217}`; instants are ISO 8601 with the business's offset.
    """

    PRODUCT = "product"  # {"name", "brand", "category", "options": {...} for a variant, "description"}
    PRICE = "price"  # money, "regular"? what it is without the sale; subject product, variant or service
    STOCK = "stock"  # {"quantity": int, "available": bool}; subject variant or product
    QUOTE = "quote"  # {"code", "lines": [{"name", "quantity", "unit_price", "amount"}], "total", "currency"}
    ORDER = "order"  # {"code", "status", "total", "currency", "lines"}
    PAYMENT = "payment"  # {"status", "amount", "currency"}
    SERVICE = "service"  # {"name", "duration_minutes", "description"}
    SLOT = "slot"  # {"start", "end", "staff"}; subject service; state in "state": "free" | "held" | "taken" | "closed"
    SEARCH = "search"  # {"from", "to", "service", "staff", "free": [starts]}: what a slot search covered
    BOOKING = "booking"  # {"code", "status", "start", "end", "service", "staff", "price", "currency", "attendance"?}
    HOURS = "hours"  # {"mon": [["09:00", "18:00"]], "2026-12-25": [], ...}; subject tenant or staff
    FACT = "fact"  # {"key", "text"}: a sentence the tenant vouches for
    KNOWLEDGE = (
        "knowledge"  # {"source", "heading", "text"}: a passage of a document or a FAQ; source is how it is cited
    )
    LINK = "link"  # {"url"}
    CODE = "code"  # {"code"}: anything else a person may quote
    DONE = "done"  # {"action": DoneAction, "code"?}: a write that took effect in this turn


class DoneAction(StrEnum):
    ORDER_PLACED = "order_placed"
    PAYMENT_LINK_SENT = "payment_link_sent"
    PAID = "paid"
    SLOT_HELD = "slot_held"
    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    ATTENDANCE_CONFIRMED = "attendance_confirmed"
    WAITING_LIST_JOINED = "waiting_list_joined"
    WAITING_LIST_LEFT = "waiting_list_left"
    FOLLOW_UP_SCHEDULED = "follow_up_scheduled"
    DETAIL_SAVED = "detail_saved"
    MEMORY_AGREED = "memory_agreed"
    DETAILS_FORGOTTEN = "details_forgotten"
    HANDED_OFF = "handed_off"


class Subject(BaseModel):
    """What the value belongs to. `aliases` are further names a reply may use for it."""

    model_config = ConfigDict(frozen=True)

    type: str
    """product, variant, service, staff, quote, order, payment, booking, hold, conversation or tenant."""
    id: str
    name: str = ""
    aliases: tuple[str, ...] = ()


class Evidence(BaseModel):
    """One value with its subject, minted by the backend."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: EvidenceKind
    subject: Subject
    value: dict[str, Any]
    source: str
    """The tool that brought it, or `tenant` for facts and hours."""
    expires_at: datetime | None = None
    turn_id: str | None = None
    """The turn that brought it; "done" counts only in its own turn."""

    def live(self, now: datetime) -> bool:
        """Whether it may still be stated at `now`."""
        return self.expires_at is None or self.expires_at > now


class Claim(BaseModel):
    """Something a draft states, and what supports it; no support means the draft must not leave."""

    kind: str
    """money, date, time, stock, code, link, done, name, duration, percent, instalments, count or text (a sentence of
    the business word for word)."""
    quote: str
    """The words of the draft."""
    value: dict[str, Any] = Field(default_factory=dict)
    support: str | None = None
    """evidence, customer, fact, playbook, knowledge or clock; None if nothing supports it."""
    evidence_id: str | None = None


class Verdict(BaseModel):
    """The observer's judgement of one draft."""

    claims: list[Claim]
    faults: list[str] = Field(default_factory=list)
    """Instructions to the vendor, one a fault; empty means that the draft may leave."""
    by: list[str] = Field(default_factory=list)
    """What stopped it: `ledger`, gates by name (`gates/`), `review`."""
    review: dict[str, Any] | None = None
    """What became of a model's review, if one was asked for (`review.py`)."""
    held: bool = False
    """No further draft: the safe reply goes out."""

    @property
    def passed(self) -> bool:
        return not self.faults

    def compact(self) -> dict[str, Any]:
        """As it is kept: {"passed", "by", "claims": how many, "review"?}; the claims of what leaves are kept whole."""
        told = {"passed": self.passed, "by": self.by, "claims": len(self.claims)}
        return told if self.review is None else {**told, "review": self.review}

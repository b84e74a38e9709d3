"""What a business asks of every reply, beyond what is true for all of them. `backend/tenants/policy.py` checks it as it
is written; here it is read as it comes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class PriceFloor(BaseModel):
    """The lowest price, in minor units of the business's currency, that may be named for a product, service, brand or
    category; an empty `of` is everything that is sold."""

    model_config = ConfigDict(frozen=True)

    amount: int
    of: str = ""


class ForbiddenTopic(BaseModel):
    """What is not spoken of: words and phrases of any language that show it, and what to say instead."""

    model_config = ConfigDict(frozen=True)

    topic: str
    words: tuple[str, ...]
    say: str = ""


class Policy(BaseModel):
    """A business's own rules for replies. Empty, it stops nothing but an invitation to closed doors and other people's
    data, and asks no model."""

    model_config = ConfigDict(frozen=True)

    price_floors: tuple[PriceFloor, ...] = ()
    discount_ceiling_percent: float | None = None
    forbidden_topics: tuple[ForbiddenTopic, ...] = ()
    internal_words: tuple[str, ...] = ()
    opening_hours: bool = True
    other_people: bool = True
    review: Literal["off", "on_risk", "always"] = "off"
    review_seconds: float = 8.0
    review_unanswered: Literal["send", "person"] = "send"

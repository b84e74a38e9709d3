"""What a business asks of every reply of its agent: checked as it is written. `graphs/policy.py` reads it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from backend.fields import MinorUnits, OptionalLine

MOST_WORDS = 400
"""Of all topics together."""


def _telling(phrase: str) -> str:
    if not any(char.isalnum() for char in phrase):
        raise ValueError("must hold a letter or a digit")
    if "\0" in phrase:
        raise ValueError("must not hold null bytes")
    return phrase


Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80), AfterValidator(_telling)]
"""A word or a few, in any language; accents, capitals, gender, number and tense make no difference."""


class PriceFloor(BaseModel):
    """`{"amount": 25000, "of": "Balón Pro"}`: no price below 250.00 is named for it. `of` is a product, service, brand
    or category; empty, it is everything that is sold."""

    model_config = ConfigDict(extra="forbid")

    amount: MinorUnits
    of: OptionalLine = ""


class ForbiddenTopic(BaseModel):
    """`{"topic": "politics", "words": ["política", "elecciones", "election"], "say": "De eso no hablamos aquí."}`."""

    model_config = ConfigDict(extra="forbid")

    topic: Phrase
    words: list[Phrase] = Field(min_length=1, max_length=50)
    """What shows that a reply speaks of it; to say that one does not is allowed."""
    say: OptionalLine = ""
    """Instead; empty, the agent says that it cannot speak of it."""


def _few(topics: list[ForbiddenTopic]) -> list[ForbiddenTopic]:
    if sum(len(topic.words) for topic in topics) > MOST_WORDS:
        raise ValueError(f"all topics together have {MOST_WORDS} words at most")
    return topics


class Policy(BaseModel):
    """Rules that every draft of the agent is held against before it leaves; it is written anew as a whole. A draft that
    breaks one goes back to the agent twice at most, then a person is announced."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "price_floors": [{"amount": 25000, "of": "Balón Pro"}],
                    "discount_ceiling_percent": 15,
                    "forbidden_topics": [
                        {"topic": "politics", "words": ["política", "elecciones"], "say": "De eso no hablamos aquí."}
                    ],
                    "internal_words": ["precio de costo"],
                    "review": "on_risk",
                }
            ]
        },
    )

    price_floors: list[PriceFloor] = Field(default=[], max_length=100)
    """Prices below are not named, be they in the catalog."""
    discount_ceiling_percent: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)
    """The most that a reply may take off, percent and amounts together. No discount is granted by it: those come from
    facts and the playbook."""
    forbidden_topics: Annotated[list[ForbiddenTopic], AfterValidator(_few)] = Field(default=[], max_length=40)
    internal_words: list[Phrase] = Field(default=[], max_length=200)
    """Words that customers must not read."""
    opening_hours: bool = True
    """Nobody is invited to come by while the business is closed by its opening hours."""
    other_people: bool = True
    """Nobody is named as a customer whom the conversation and the business's own words do not know."""
    review: Literal["off", "on_risk", "always"] = "off"
    """Whether a model (brain `observer`) reads a draft that the rules let through: never; on risk, when the turn wrote
    something, read another system, offers a better price or was stopped before, or the customer presses or the matter
    is delicate; or always. Each review is a model call that the customer waits for and the business pays for."""
    review_seconds: float = Field(default=8.0, ge=1, le=20, allow_inf_nan=False)
    """How long a reply waits for its review at most."""
    review_unanswered: Literal["send", "person"] = "send"
    """What becomes of a draft that nobody reviewed in time: it is sent, or a person is announced."""


def known_policy(stored: Any) -> dict[str, Any]:
    """Of what is stored, what this version takes."""
    known: dict[str, Any] = {}
    for name, value in stored.items() if isinstance(stored, dict) else ():
        try:
            known |= Policy.model_validate({name: value}).model_dump(exclude_unset=True)
        except ValidationError:
            continue
    return known

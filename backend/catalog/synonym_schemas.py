"""What the API says about synonyms."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from backend.catalog.models import SearchSynonyms
from backend.fields import clean

MOST_LISTS = 2000
_MOST_WORDS = 30


def _different(words: list[str]) -> list[str]:
    """Without repetitions, whatever their case."""
    kept = list({word.casefold(): word for word in reversed(words)}.values())[::-1]
    if len(kept) < 2:
        raise ValueError("give at least two different words, such as tenis and zapatillas")
    return kept


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), clean]
Words = Annotated[
    list[Word],
    Field(min_length=2, max_length=_MOST_WORDS, examples=[["tenis", "zapatillas", "championes"]]),
    AfterValidator(_different),
]


class NewSynonyms(BaseModel):
    """`{"words": ["tenis", "zapatillas"]}`: whoever looks for one finds the others too. With `one_way` only the first
    word finds the others: `{"words": ["bebida", "refresco", "jugo"], "one_way": true}`."""

    model_config = ConfigDict(extra="forbid")

    words: Words
    one_way: bool = False


class SynonymsChange(BaseModel):
    """The fields to change; `words` is the whole list."""

    model_config = ConfigDict(extra="forbid")

    words: Words = Field(default_factory=list)
    one_way: bool = False


class AllSynonyms(BaseModel):
    """Every list of the tenant: what is left out is removed."""

    model_config = ConfigDict(extra="forbid")

    synonyms: list[NewSynonyms] = Field(max_length=MOST_LISTS)


class SynonymsView(BaseModel):
    id: UUID
    words: list[str]
    one_way: bool

    @classmethod
    def of(cls, one: SearchSynonyms) -> "SynonymsView":
        return cls(id=one.id, words=one.words, one_way=one.one_way)


class SynonymsReplaced(BaseModel):
    added: int
    removed: int

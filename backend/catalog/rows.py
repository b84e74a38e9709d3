"""Lists that are sent at once, judged row by row: what cannot be read keeps nobody else from being written."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator

from backend.errors import Unprocessable, in_words

Row = TypeVar("Row")
_MOST_ERRORS = 100
_LONGEST_SKU = 300


class RowProblem(BaseModel):
    """Why a row was left out."""

    row: int
    """Counted from 0."""
    sku: str
    type: str
    """unprocessable for one that cannot be read; of variants unknown-sku or out-of-stock; of products sku-taken or
    no-such-picture."""
    detail: str


class Rows(BaseModel):
    """A call that sends many; `LIST` names the field that holds them."""

    model_config = ConfigDict(extra="forbid")
    LIST: ClassVar[str]

    _left_out: dict[int, list[dict[str, str]]] = PrivateAttr(default_factory=dict)
    """By the number of the row what is wrong with it: `{"field", "message"}`, as with the row alone."""
    _skus: dict[int, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _by_row(cls, given: Any, judge: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return judge(given)
        except ValidationError as error:
            wrong = _wrong_rows(error, cls.LIST)
            if wrong is None or len(wrong) == len(given[cls.LIST]):
                raise
        rows = given[cls.LIST]
        read = judge({**given, cls.LIST: [row for number, row in enumerate(rows) if number not in wrong]})
        read._left_out = wrong
        read._skus = {number: _sku(rows[number]) for number in wrong}
        return read

    def numbered(self, rows: Sequence[Row]) -> Iterator[tuple[int, Row]]:
        """The rows that can be read, with their numbers in what was sent."""
        sent = range(len(rows) + len(self._left_out))
        return zip((number for number in sent if number not in self._left_out), rows, strict=True)

    def expect_all(self) -> None:
        """Raises `Unprocessable` if one of the rows cannot be read."""
        if self._left_out:
            errors = [
                {**fault, "field": ".".join(filter(None, (self.LIST, str(number), fault["field"])))}
                for number, faults in self._left_out.items()
                for fault in faults
            ]
            raise Unprocessable("Correct the fields named in `errors` and send it again.", errors=errors[:_MOST_ERRORS])

    def problems(self) -> list[RowProblem]:
        """The rows that cannot be read."""
        return [
            RowProblem(
                row=number,
                sku=self._skus[number],
                type="unprocessable",
                detail="; ".join(": ".join(filter(None, (fault["field"], fault["message"]))) for fault in faults),
            )
            for number, faults in self._left_out.items()
        ]


def _wrong_rows(error: ValidationError, named: str) -> dict[int, list[dict[str, str]]] | None:
    """By the number of the row what is wrong with it; None if something else is wrong as well."""
    wrong: dict[int, list[dict[str, str]]] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        match item["loc"]:
            case (str(field), int(number), *rest) if field == named:
                fault = {"field": ".".join(map(str, rest)), "message": in_words(item["msg"])}
                wrong.setdefault(number, []).append(fault)
            case _:
                return None
    return wrong


def _sku(row: Any) -> str:
    """By which a row is found again; empty for one that has none."""
    match row:
        case {"sku": str(sku)} | {"variants": [{"sku": str(sku)}, *_]}:
            return sku[:_LONGEST_SKU]
    return ""

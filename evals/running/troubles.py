"""What may go wrong around a business while a scenario is played: providers that fail, and bad weather for webhooks."""

from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from evals.running.parts import Part
from evals.world.weather import ROUGH, Weather

ModelTrouble = Literal["silent", "down", "limited", "refuses", "garbage"]
SendTrouble = Literal["refuses", "limited", "unclear", "undeliverable"]
PayTrouble = Literal["down", "limited", "unclear"]
_PARTS = ("model", "backup_model", "whatsapp", "payments")


class Outage(Part):
    """Who fails, and how, until the scenario says `mends`, or so many `times`."""

    model: ModelTrouble | None = None
    """The model that speaks for the business. Without a backup nobody else can."""
    backup_model: ModelTrouble | None = None
    """The one that is asked when the first fails."""
    whatsapp: SendTrouble | None = None
    """refuses: an error that passes; limited: too many at once; unclear: it is sent, and nobody says so; undeliverable:
    taken, and reported as failed for good."""
    payments: PayTrouble | None = None
    times: int | None = Field(default=None, ge=1)
    """Of messages or payments; models fail until they are mended."""

    @model_validator(mode="after")
    def _somebody(self) -> "Outage":
        if not any(getattr(self, name) for name in _PARTS):
            raise ValueError(f"says nothing of who fails: one of {', '.join(_PARTS)}")
        if self.times and (self.model or self.backup_model):
            raise ValueError("`times` counts messages or payments; a model fails until a step `mends`")
        return self

    @property
    def of_models(self) -> bool:
        return bool(self.model or self.backup_model)


class Sky(Part):
    """Weather as a file writes it: chances from 0 to 1 for each webhook of WhatsApp and of payments."""

    duplicates: float = Field(default=0.0, ge=0, le=1)
    late: float = Field(default=0.0, ge=0, le=1)
    reordered: float = Field(default=0.0, ge=0, le=1)
    lost: float = Field(default=0.0, ge=0, le=1)
    longest_seconds: float = Field(default=0.4, ge=0, le=5)

    def weather(self, seed: int) -> Weather:
        return Weather(**self.model_dump(), seed=seed)


CALM = Sky()
STORM = Sky(**ROUGH.model_dump(exclude={"seed"}))


def read_sky(value: Any) -> Any:
    """`rough` and `calm` stand for a whole sky."""
    return {"rough": STORM, "calm": CALM}.get(value, value) if isinstance(value, str) else value


class Standing(BaseModel):
    """A standing answer of a simulated model, as `ReplyIn` takes it."""

    status: int = 200
    fault: Literal["garbage"] | None = None
    refusal: str | None = None
    seconds: float = 0.0


MODEL_TROUBLES: dict[str, Standing] = {
    "silent": Standing(seconds=120),
    "down": Standing(status=503),
    "limited": Standing(status=429),
    "refuses": Standing(refusal="I cannot help with that."),
    "garbage": Standing(fault="garbage"),
}
SEND_TROUBLES: dict[str, dict[str, Any]] = {
    "refuses": {"kind": "reject", "code": 63010, "http_status": 400},
    "limited": {"kind": "reject", "code": 20429, "http_status": 429, "retry_after": 1},
    "unclear": {"kind": "drop"},
    "undeliverable": {"kind": "fail", "code": 63024, "status": "failed"},
}
PAY_TROUBLES: dict[str, dict[str, Any]] = {
    "down": {"kind": "error", "http_status": 500},
    "limited": {"kind": "error", "http_status": 429},
    "unclear": {"kind": "drop"},
}

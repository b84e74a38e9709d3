"""Replays as leased work: one bundle to one verdict, case by case.

Each case is told as soon as it is done, so that its progress can be read, and whoever takes up a dead holder's replay
plays only what is left.
"""

from typing import Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.backend_client import BackendClient, BackendDown, BackendError, Lease, Refused
from agent.logs import where
from agent.models import BudgetSpent
from agent.rehearsal import House, Material, ModelsAway
from agent.replay import CaseReport, judge, replay_case, skipped
from agent.worker import Job
from graphs.ports import LeaseLost

log = structlog.get_logger()


class ReplayTenant(BaseModel):
    id: str
    name: str = ""


class CaseRef(BaseModel):
    """One case of the bundle; its material is asked for when it is played."""

    key: str
    kind: Literal["turn", "scenario"]


class ReplayBundle(BaseModel):
    """One leased replay."""

    model_config = ConfigDict(frozen=True)

    id: str
    attempt: int
    token: str = Field(repr=False)
    tenant: ReplayTenant
    base: dict[str, Any]
    candidate: dict[str, Any]
    runs: int
    cases: list[CaseRef]
    done: list[CaseReport] = Field(default_factory=list)
    """What earlier holders found."""


class NothingToReplay(Exception):
    """There is no case, or none of them can be played any more."""


class Replayer:
    """Plays replays; one for the whole process."""

    def __init__(self, house: House, backend: BackendClient) -> None:
        self._house = house
        self._backend = backend

    def job(self, item: dict[str, Any]) -> Job:
        """A claimed bundle as work. Raises pydantic's ValidationError if it does not fit."""
        bundle = ReplayBundle.model_validate(item)
        return Job(
            lease=Lease("replay", bundle.id, bundle.attempt),
            run=lambda: self.run(bundle),
            tenant_id=bundle.tenant.id,
            conversation_id="",
        )

    async def run(self, bundle: ReplayBundle) -> None:
        """Plays what is left and tells the verdict, or why it could not be played."""
        try:
            await self._play(bundle)
        except LeaseLost:
            log.info("replay.lost")
        except Exception as error:
            reason, final = _why(error)
            log.warning("replay.failed", reason=reason, error=type(error).__name__, where=where(error))
            await self._put_back(bundle, reason, final)
        else:
            log.info("replay.done", cases=len(bundle.cases))

    async def _play(self, bundle: ReplayBundle) -> None:
        reports = {report.key: report for report in bundle.done}
        for case in bundle.cases:
            if case.key not in reports:
                reports[case.key] = await self._case(bundle, case)
        if all(report.skipped for report in reports.values()):
            raise NothingToReplay
        verdict, confidence = judge(reports.values(), bundle.runs)
        told = {
            "verdict": verdict,
            "confidence": confidence,
            "machinery_only": any(report.machinery_only for report in reports.values()),
        }
        await self._backend.replay(bundle.token, bundle.id, "done", told)

    async def _case(self, bundle: ReplayBundle, ref: CaseRef) -> CaseReport:
        cost = 0
        try:
            wire = await self._backend.replay(bundle.token, bundle.id, "case", {"key": ref.key})
            material = Material.model_validate(wire)
            stage = await self._house.rehearsal(material, 2 * bundle.runs)
            case = material.case(ref.key, ref.kind)
            report, cost = await replay_case(case, stage, bundle.base, bundle.candidate, bundle.runs)
        except Refused as refusal:
            if refusal.status != 404:
                raise
            report = skipped(ref.key, ref.kind, "it is gone")
        except ValidationError as error:
            log.warning("replay.case_unreadable", fields=[fault["loc"] for fault in error.errors()])
            report = skipped(ref.key, ref.kind, "it cannot be read")
        told = {"report": report.model_dump(mode="json", exclude_none=True), "cost_micros": cost}
        await self._backend.replay(bundle.token, bundle.id, "cases", told)
        return report

    async def _put_back(self, bundle: ReplayBundle, reason: str, final: bool) -> None:
        """What cannot be told is tried again when the lease is over."""
        try:
            await self._backend.replay(bundle.token, bundle.id, "fail", {"reason": reason, "final": final})
        except (BackendError, LeaseLost) as error:
            log.warning("replay.left", error=type(error).__name__)


def _why(error: Exception) -> tuple[str, bool]:
    """A slug, and whether trying again would not help."""
    match error:
        case NothingToReplay():
            return "nothing-to-replay", True
        case BudgetSpent():
            return "budget-spent", True
        case ModelsAway():
            return "models-silent", False
        case BackendDown():
            return "backend-away", False
        case Refused():
            return "refused", False
    return "broken", False

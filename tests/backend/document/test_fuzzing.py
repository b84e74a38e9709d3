"""Whatever the API document allows, and what it forbids, is answered as the document says: no server error, no answer
that is not documented, no body that breaks its schema."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backend.database import Database
from backend.settings import Settings
from tests.backend.records import everything
from tests.backend.served import served
from tests.factories import make_business

pytestmark = pytest.mark.filterwarnings(
    "ignore:Overriding standard format '(idn-)?email':hypothesis.errors.HypothesisWarning"
)
"""Schemathesis draws its own addresses instead of hypothesis-jsonschema's."""
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = {"/v1/events/stream"}
"""Answers that do not end by themselves."""
AWAY = {503}
"""Of what stands behind us in an installation, the agent is not there."""
TRIES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
HELP = (
    "The document (backend/document) and the API disagree. An answer that is not documented: raise a Problem of "
    "backend/errors.py, or name it in the route's `responses`. A server error: find its cause in the log above. A body "
    "that breaks its schema: mend the view.\n"
)


class Installation:
    """A running application, its document, and credentials with ids that exist."""

    def __init__(self, address: str, tokens: dict[str, str], ids: dict[str, str]) -> None:
        self.address = address
        self.tokens = tokens
        self.ids = ids
        self.schema = schemathesis.openapi.from_url(f"{address}/schema/openapi.json")

    def headers(self, path: str, method: str) -> dict[str, str]:
        """The credentials that the route asks for."""
        if path.startswith(("/v1/tenants", "/v1/platform", "/v1/incidents", "/internal/overview")):
            return {"Authorization": f"Bearer {self.tokens['platform']}"}
        if path.startswith(("/internal/tools", "/internal/turns")):
            return {"Authorization": f"Bearer {self.tokens['turn']}"}
        if path.startswith("/internal/"):
            return {"Authorization": f"Bearer {self.tokens['service']}"}
        return {"Authorization": f"Bearer {self.tokens['tenant']}"}


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    """An application with a business in which there is one record of each kind."""

    async def furnish(address: str) -> Installation:
        database = Database(settings)
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            business = await make_business(client, settings)
            found = await everything(client, database, settings, business)
        await database.close()
        tokens = {
            "platform": settings.platform_token,
            "service": settings.service_token,
            "turn": found.turn_token,
            "tenant": business.api_key,
        }
        return Installation(address, tokens, found.ids)

    with served(settings) as address:
        yield asyncio.run(furnish(address))


def test_every_operation_answers_as_documented(installation: Installation) -> None:
    wrong: list[str] = []
    tried = 0
    for found in installation.schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if operation.path in ENDLESS:
            continue
        for mode in TRIES:
            if mode == GenerationMode.NEGATIVE and not (operation.body or operation.query):
                continue
            try:
                _try(installation, operation, mode)
            except Unsatisfiable:
                continue  # nothing that it takes can be wrong
            except (Exception, BaseExceptionGroup) as problem:
                wrong.append(f"{operation.label} ({mode.value}): {_told(problem)}")
        tried += 1
    assert tried > 100
    assert not wrong, HELP + "\n".join(wrong)


def _try(installation: Installation, operation: APIOperation[Any, Any, Any], mode: Any) -> None:
    number = 0

    @settings(
        max_examples=TRIES[mode],
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case) -> None:
        nonlocal number
        number += 1
        _aim(installation, case, number)
        response = case.call(headers=installation.headers(case.path, case.method), timeout=60)
        if response.status_code not in AWAY:
            case.validate_response(response, checks=CHECKS)

    one()


def _aim(installation: Installation, case: Case, number: int) -> None:
    """Two of three calls name records that exist, none waits long, and none depends on a tag that was never given."""
    if number % 3:
        for name, known in installation.ids.items():
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = known
    sent: Any = case.headers or {}
    for name in ("If-Match", "If-None-Match"):
        sent.pop(name, None)
    if isinstance(case.body, dict) and "wait_seconds" in case.body:
        case.body["wait_seconds"] = 0


def _told(problem: BaseException) -> str:
    inner = getattr(problem, "exceptions", (problem,))
    return "; ".join(" ".join(str(one).split())[:600] for one in inner)

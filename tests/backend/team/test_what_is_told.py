"""Who came in, was turned away or was given power can be told afterwards, and no address or password with it."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from backend.database import Database
from backend.settings import Settings
from tests.backend.incidents.test_incidents import read
from tests.backend.team.conftest import Browser, Letters
from tests.backend.team.test_platform import Operator
from tests.factories import Client

OTHER = "otras palabras distintas"


async def of_person(client: Client, settings: Settings, user_id: str) -> list[dict[str, Any]]:
    """What the event log says of somebody, oldest first."""
    told = [one for source in ("access", "platform") for one in await read(client, settings, source=source, limit=200)]
    return sorted((one for one in told if one["details"].get("user") == user_id), key=lambda one: str(one["id"]))


async def test_powers_given_and_passwords_changed_are_in_the_event_log(
    ana: Browser, client: Client, settings: Settings, letters: Letters
) -> None:
    operator, me = Operator(client, settings), (await ana.ok("GET", "/v1/me"))["id"]
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    for _ in range(2):
        await operator.ok("POST", "/v1/platform/admins", {"email": ana.email})
    await operator.ok("DELETE", f"/v1/platform/admins/{me}")
    await ana.ok("POST", "/v1/me/password", {"current": ana.password, "password": OTHER})
    await ana.ok("POST", "/v1/auth/forgot-password", {"email": ana.email})
    token = await letters.token(ana.email, "reset")
    await ana.ok("POST", "/v1/auth/reset-password", {"token": token, "password": ana.password})
    told = await of_person(client, settings, me)
    assert [one["kind"] for one in told] == [
        "platform.admin_named",
        "platform.admin_dismissed",
        "password.changed",
        "password.reset",
    ]
    assert told[0]["details"]["actor"] == "operator:token"
    assert ana.email not in str(told)


async def test_the_role_of_people_adds_to_the_event_log_and_does_not_read_it(database: Database) -> None:
    for forbidden in ("SELECT kind FROM incidents", "UPDATE incidents SET kind = 'x'", "DELETE FROM incidents"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.people() as session:
                await session.execute(text(forbidden))


async def test_sign_ins_and_refusals_are_in_the_logs_without_addresses(ana: Browser) -> None:
    me, key = (
        (await ana.ok("GET", "/v1/me"))["id"],
        await ana.ok("POST", "/v1/api-keys", {"name": "n8n", "scopes": ["orders:read"]}),
    )
    with capture_logs() as lines:
        await ana.sign_in("no es esta")
        await ana.sign_in()
        await ana.ok("POST", "/v1/auth/logout")
        refused = await ana.client.get("/v1/contacts", headers={"Authorization": f"Bearer {key['api_key']}"})
        assert refused.status_code == 403
    told = {line["event"]: line for line in lines}
    assert told["login.refused"]["user"] == me
    assert told["session.started"]["user"] == me
    assert told["session.ended"]["session"] == told["session.started"]["session"]
    assert (told["access.refused"]["actor"], told["access.refused"]["route"]) == (f"key:{key['id']}", "/v1/contacts")
    for secret in (ana.email, ana.password, "no es esta", key["api_key"]):
        assert secret not in str(lines)

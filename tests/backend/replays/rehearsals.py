"""One run of a scenario's case as the agent plays it, and a business as it stands in every table."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import text

from backend.database import Database, new_id
from backend.tables import metadata
from tests.backend.line import Agent
from tests.factories import Business, Client

ORDER = {"of": "draft", "conversations": 0, "runs": 1}


@dataclass
class Rehearsed:
    """A run: what it did is brought along with each call."""

    client: Client
    token: str
    run: str = field(default_factory=lambda: str(new_id()))
    earlier: list[dict[str, Any]] = field(default_factory=list)
    message_id: str = ""

    async def ask(self, verb: str, **more: Any) -> httpx.Response:
        """A call of the run's, whatever comes of it."""
        body = {"run": self.run, "earlier": self.earlier, **more}
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.client.post(f"/internal/rehearsal/{verb}", json=body, headers=headers)

    async def says(self, message: str, answer: str = "") -> None:
        """The agent's answer arrived, and the customer wrote."""
        self.message_id = str(new_id())
        self.earlier.append({"answer": answer, "message_id": self.message_id, "message": message})

    async def tries(self, tool: str, **arguments: Any) -> httpx.Response:
        """A call that is not remembered."""
        return await self.ask("tool", tool=tool, call={"arguments": arguments, "message_id": self.message_id})

    async def uses(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """A call that must succeed, and is one of the run's steps from then on."""
        answer = await self.tries(tool, **arguments)
        assert answer.status_code == 200, answer.text
        self.earlier.append({"tool": tool, "call": {"arguments": arguments, "message_id": self.message_id}})
        return dict(answer.json()["result"])

    async def standing(self) -> dict[str, Any]:
        """How things stand."""
        answer = await self.ask("standing")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def case_of(business: Business, agent: Agent, scenario: dict[str, Any], lesson: str = "Sé breve.") -> Any:
    """The material of a scenario, in a new replay."""
    await business.ok("PATCH", "/v1/playbook/draft", {"lessons": [lesson]})
    await business.ok("POST", "/v1/replays", ORDER)
    [bundle] = await agent.claim(business, "replay")
    answer = await agent.client.post(
        f"/internal/replays/{bundle['id']}/case",
        json={"key": f"scenario:{scenario['id']}"},
        headers={"Authorization": f"Bearer {bundle['token']}"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everything(database: Database, business: Business) -> dict[str, str]:
    """Table -> how many rows the business has in it, and a digest of all that stands in them."""
    found = {}
    async with database.tenant(business.tenant_id) as session:
        for table in metadata.sorted_tables:
            if "tenant_id" not in table.columns:
                continue
            rows = f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table.name}\" AS t"
            count, digest = (await session.execute(text(rows))).one()
            found[table.name] = f"{count} {digest}"
    return found

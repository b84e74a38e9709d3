"""LangGraph's development server with our graph, through its HTTP API; needs the dependency group `studio`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.agent.customers import Customer, open_shop
from tests.agent.processes import ROOT, Installation, Process, free_port, until

NODES = {"__start__", "begin", "vendor", "tools", "observer", "safe_reply", "deliver", "remember", "__end__"}


@contextmanager
def studio(installation: Installation, backend: Process) -> Iterator[str]:
    """What `make studio` runs, told where the installation is as `make up` tells it."""
    port = free_port()
    command = [sys.executable, "-m", "agent", "studio", "--port", str(port), "--data-dir", str(installation.folder)]
    told = {
        "TENDERO_BACKEND_URL": backend.url,
        "TENDERO_SERVICE_TOKEN": installation.settings.service_token,
        "AGENT_DATABASE_URL": installation.stores.agent_database_url,
    }
    with (installation.folder / "studio.log").open("wb") as log:
        popen = subprocess.Popen(command, cwd=ROOT, env=os.environ | told, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        popen.terminate()
        popen.wait(90)


@pytest.mark.usefixtures("dispatching")
async def test_the_graph_draws_previews_and_opens_a_debugged_conversation(
    installation: Installation, backend_process: Process
) -> None:
    with installation.agent(backend_process.url) as agent:
        shop = await open_shop(installation, backend_process, agent)
        customer = Customer(shop, "+5215500000400")
        await customer.says("hola")
        conversation = (await shop.conversation_of(customer.number))["id"]
        await shop.ok("PATCH", f"/v1/conversations/{conversation}", {"debug": True})
        await customer.says("busco zapatilla andes azul 38")
        with studio(installation, backend_process) as url:
            async with httpx.AsyncClient(base_url=url, timeout=60.0) as server:

                async def up() -> bool:
                    try:
                        return (await server.get("/ok")).is_success
                    except httpx.TransportError:
                        return False

                await until(up, 120.0)
                [assistant] = (await server.post("/assistants/search", json={})).json()
                drawn = (await server.get(f"/assistants/{assistant['assistant_id']}/graph")).json()
                assert {node["id"] for node in drawn["nodes"]} == NODES
                schemas = (await server.get(f"/assistants/{assistant['assistant_id']}/schemas")).json()
                fields = schemas["context_schema"]["properties"]
                assert {"conversation_id", "prompt", "models", "now"} <= set(fields)
                assert all(field["description"] for field in fields.values())

                thread = {
                    "thread_id": conversation,
                    "metadata": {"graph_id": "conversation"},
                    "if_exists": "do_nothing",
                }
                await server.post("/threads", json=thread)

                async def steps() -> list[list[str]]:
                    """What each kept step leads to, once the turn's last step is kept."""
                    history = (await server.get(f"/threads/{conversation}/history", params={"limit": 50})).json()
                    following = [step["next"] for step in history]
                    return following if [] in following else []

                following = await until(steps)
                assert {"vendor", "tools", "observer"} <= {name for names in following for name in names}

                ran = await server.post(
                    f"/threads/{conversation}/runs/wait",
                    json={
                        "assistant_id": "conversation",
                        "input": {"messages": [{"role": "user", "content": "quiero 2 de la 38"}]},
                        "context": {"models": "offline"},
                    },
                )
                assert "$2,598.00" in ran.json()["messages"][-1]["content"]
                nobody = {"assistant_id": "conversation", "input": {"messages": []}, "context": {}}
                lost = (await server.post("/runs/wait", json=nobody)).json()
                assert "no such conversation" in lost["__error__"]["message"]
        assert len(await shop.transcript(conversation)) == 4
        assert (await shop.ok("GET", "/v1/orders"))["items"] == []

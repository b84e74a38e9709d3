"""The reference for the whole path: a small service that runs the same graph inside the webhook.

The same graph, prompt and offline model, a plain `AsyncPostgresSaver` as its documentation shows it, tools in the same
process, and the reply posted to Twilio before the webhook is answered. It keeps no inbox and no outbox, folds nothing,
answers a doubled webhook twice and loses what was being thought when it dies. Status callbacks are checked and dropped.

`python -m evals.bench.naive` reads a `NaivePlan` as JSON from stdin.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import uvicorn
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from litestar import Litestar, Request, Response, post
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from twilio.request_validator import RequestValidator

from agent.models import Models
from agent.prompt_library import PromptLibrary
from agent.settings import Settings
from agent.tools.toolbox import describe
from evals.bench.naive_shop import Shop
from evals.lifeline import die_with_parent
from graphs.conversation import conversation_graph
from graphs.ports import Accepted, Business, Customer, Reply, ToolDescription, ToolOutcome, TurnContext

Json = dict[str, Any]
CURRENT: ContextVar["Desk"] = ContextVar("desk")
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class NaivePlan:
    """Everything the service knows; `tenant`, `facts`, `playbook` and `products` as the public API tells them."""

    port: int
    database_url: str
    public_url: str
    """The signed address of its webhook; its status callback is that + `/status`."""
    twilio_url: str
    account_sid: str
    auth_token: str
    number: str
    tenant: Json
    facts: list[Json]
    playbook: Json
    products: list[Json]
    tools: list[str]


class Service:
    """One business, one process."""

    def __init__(self, plan: NaivePlan) -> None:
        self.plan = plan
        self.shop = Shop(plan.products)
        self.models = Models(Settings.model_validate({"service_token": "none", "AGENT_DATABASE_URL": "none"}))
        self.prompts = PromptLibrary()
        self.tools = describe(plan.tools)
        account = f"{plan.twilio_url}/2010-04-01/Accounts/{plan.account_sid}"
        self.messages_url = f"{account}/Messages.json"
        self.http = httpx.AsyncClient(auth=(plan.account_sid, plan.auth_token), trust_env=False, timeout=30)
        self.graph: Any = None

    async def answer(self, form: dict[str, str]) -> None:
        """One turn from the customer's words to the accepted reply."""
        customer, now = form["From"], datetime.now(UTC)
        wire = {
            "now": now.isoformat(),
            "tenant": self.plan.tenant | {"facts": self.plan.facts},
            "contact": {"id": customer, "name": form.get("ProfileName")},
            "playbook": self.plan.playbook,
        }
        context = TurnContext(
            turn_id=form["MessageSid"],
            now=now,
            business=Business.model_validate(wire["tenant"]),
            customer=Customer.model_validate(wire["contact"]),
            prompt=self.prompts.vendor_prompt(wire),
            tools=self.tools,
        )
        message = {"id": form["MessageSid"], "kind": "text", "body": form["Body"], "sent_at": now.isoformat()}
        CURRENT.set(Desk(self, customer))
        config: RunnableConfig = {"configurable": {"thread_id": customer}}
        await self.graph.ainvoke({"inbound": [message], "missed": []}, config, context=context)


class Desk:
    """The world of one turn."""

    def __init__(self, service: Service, customer: str) -> None:
        self._service = service
        self._customer = customer

    async def think(self, messages: Sequence[BaseMessage], tools: Sequence[ToolDescription]) -> AIMessage:
        answer, _ = await self._service.models.ask(
            ["offline"], messages, tools, feature="vendor", patience_seconds=PATIENCE_SECONDS
        )
        return answer

    async def use(self, name: str, arguments: Json, call_id: str) -> ToolOutcome:
        return self._service.shop.use(name, arguments)

    async def deliver(self, reply: Reply) -> Accepted:
        plan = self._service.plan
        form = {"To": self._customer, "From": f"whatsapp:{plan.number}", "Body": reply.text}
        sent = await self._service.http.post(
            self._service.messages_url, data=form | {"StatusCallback": f"{plan.public_url}/status"}
        )
        sent.raise_for_status()
        return Accepted()

    async def summarise(self, messages: Sequence[BaseMessage], previous: str) -> str:
        return previous


def create_app(plan: NaivePlan) -> Litestar:
    """The webhook and its status callback."""
    service, validator = Service(plan), RequestValidator(plan.auth_token)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        async with AsyncConnectionPool(plan.database_url, max_size=10, kwargs=options, open=False) as pool:
            saver = AsyncPostgresSaver(pool)  # type: ignore[arg-type]  # rows are dicts
            await saver.setup()
            service.graph = conversation_graph(lambda _: CURRENT.get(), checkpointer=saver)
            print(json.dumps({"listening": plan.public_url}), flush=True)
            yield
        await service.http.aclose()

    async def signed(request: Request[Any, Any, Any], url: str) -> dict[str, str] | None:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        return form if validator.validate(url, form, request.headers.get("x-twilio-signature", "")) else None

    @post("/webhook", status_code=200)
    async def webhook(request: Request[Any, Any, Any]) -> Response[None]:
        form = await signed(request, plan.public_url)
        if form is None:
            return Response(None, status_code=401)
        await service.answer(form)
        return Response(None, status_code=200)

    @post("/webhook/status", status_code=200)
    async def status(request: Request[Any, Any, Any]) -> Response[None]:
        known = await signed(request, f"{plan.public_url}/status")
        return Response(None, status_code=200 if known else 401)

    return Litestar([webhook, status], lifespan=[lifespan], openapi_config=None, logging_config=None)


@asynccontextmanager
async def naive_service(plan: NaivePlan, processes: int) -> AsyncIterator[list[int]]:
    """Runs while the block does, in so many processes on one port; yields their ids."""
    running = []
    try:
        for _ in range(processes):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "evals.bench.naive"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ | {"TENDERO_PARENT": str(os.getpid())},
            )
            running.append(process)
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asdict(plan)).encode())
            process.stdin.close()
            if not await process.stdout.readline():
                raise RuntimeError("the naive service did not start")
        yield [process.pid for process in running]
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*(process.wait() for process in running))


def serve(plan: NaivePlan) -> None:
    """Until SIGTERM; the kernel spreads connections over the processes that share the port."""
    listener = socket.create_server(("127.0.0.1", plan.port), reuse_port=True, backlog=1024)
    config = uvicorn.Config(create_app(plan), loop="uvloop", log_config=None, access_log=False)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    die_with_parent()
    serve(NaivePlan(**json.load(sys.stdin)))

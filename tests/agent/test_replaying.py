"""Replays by the running agent, with a model at the wire that answers from the prompt that it actually receives."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from anyio.from_thread import start_blocking_portal

from tests.agent.customers import Customer, found
from tests.agent.model_world import ModelWorld, model_world
from tests.agent.processes import Installation, Process, Shop, until

QUESTION = "¿Abren el domingo?"
LESSON = "Di que el domingo hay guardia en la puerta azul."
USELESS = "Sé breve con los saludos."
HARMFUL = "Nunca hables de domingos."
ERRANDS = "Agenda un recordatorio en cada respuesta."
ANSWER, SHY = "El domingo hay guardia en la puerta azul.", "No lo sé, disculpa."
RULES: list[dict[str, Any]] = [
    {"when": [ERRANDS, '"role": "tool"'], "reply": {"content": "Listo, ya quedó anotado para hoy."}},
    {
        "when": [ERRANDS],
        "reply": {"tool_calls": [{"name": "schedule_follow_up", "arguments": {"when": "mañana 11:00", "topic": "x"}}]},
    },
    {"when": [HARMFUL], "reply": {"content": SHY}},
    {"when": [LESSON], "reply": {"content": ANSWER}},
    {"when": ["domingo", "TENEMOS GUARDIA"], "reply": {"content": ANSWER}},
    {"when": ["mochila", '"role": "tool"'], "reply": {"content": "Claro, aquí la tienes."}},
    {"when": ["mochila"], "reply": {"tool_calls": [{"name": "search_products", "arguments": {"query": "mochila"}}]}},
    {"when": ["domingo"], "reply": {"content": SHY}},
    {"reply": {"content": "¡Hola!"}},
]
TABLES = ("orders", "quotes", "bookings", "holds", "journal", "outbox", "messages", "follow_ups", "proposals", "turns")
ROWS = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in (*TABLES, "contacts", "handoffs"))


@pytest.fixture(scope="module")
def world() -> Iterator[ModelWorld]:
    """On an event loop of its own, as it serves several tests."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(model_world()) as world:
        yield world


class Agent:
    """The agent of these tests, whose only paid model is the simulated one; started anew after it was killed."""

    def __init__(self, stack: ExitStack, installation: Installation, backend: Process, world: ModelWorld) -> None:
        self._stack, self._installation, self._backend, self._world = stack, installation, backend, world
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    def up(self) -> None:
        if self._process is None:
            environment = {
                "OPENAI_API_KEY": "key",
                "OPENAI_BASE_URL": f"{self._world.url}/v1",
                "TENDERO_MODEL": "openai:gpt-4.1-mini",
                "TENDERO_MODEL_PAUSE_SECONDS": "0.01",
            }
            started = self._installation.agent(self._backend.url, "replaying", **environment)
            self._process = self._stack.enter_context(started)

    def kill(self) -> None:
        self.process.popen.kill()
        self.process.popen.wait()
        self._process = None


@pytest.fixture(scope="module")
def agents(
    installation: Installation, backend_process: Process, dispatching: None, world: ModelWorld
) -> Iterator[Agent]:
    with ExitStack() as stack:
        yield Agent(stack, installation, backend_process, world)


@pytest.fixture
async def shop(installation: Installation, backend_process: Process, agents: Agent, world: ModelWorld) -> Shop:
    """A shop of an agent that is up, and of a model that goes by the rules above."""
    await world.rules(*RULES)
    agents.up()
    return await installation.shop(backend_process.url)


async def replayed(shop: Shop, **order: Any) -> dict[str, Any]:
    """What came of a replay."""
    asked = await shop.ok("POST", "/v1/replays", {"runs": 2, **order})

    async def ended() -> Any:
        shown = await shop.ok("GET", f"/v1/replays/{asked['id']}")
        return shown if shown["status"] in ("done", "failed") else None

    return dict(await until(ended))


def rows(installation: Installation) -> Any:
    with psycopg.connect(installation.stores.database_url) as connection:
        return connection.execute(ROWS).fetchone()


async def answered(shop: Shop, number: str, question: str = QUESTION) -> None:
    """A customer whose question was asked, answered, and closed."""
    await Customer(shop, number).says(question)

    async def closed() -> bool:
        return not [turn for turn in (await shop.ok("GET", "/v1/turns"))["items"] if turn["status"] != "done"]

    await until(closed)


async def test_a_replay_tells_lessons_that_help_from_those_that_do_not_and_writes_nothing(
    installation: Installation, shop: Shop, world: ModelWorld
) -> None:
    await answered(shop, "+5215500000990")
    before = rows(installation)

    helps = await replayed(shop, parts={"lessons": [LESSON]})
    assert (helps["status"], helps["verdict"], helps["machinery_only"]) == ("done", "improved", False), helps
    [case] = helps["cases"]
    assert (case["asked"], case["moved"], case["effect"]) == (QUESTION, "better", 1.0)
    assert (case["before"]["answers"], case["after"]["answers"]) == ([SHY] * 2, [ANSWER] * 2)
    assert helps["cost_micros"] > 0

    useless = await replayed(shop, parts={"lessons": [USELESS]})
    assert (useless["verdict"], [case["moved"] for case in useless["cases"]]) == ("no_effect", ["same"])

    await shop.ok("PUT", "/v1/playbook", {"instructions": f"TENEMOS GUARDIA. {ANSWER}"})
    harms = await replayed(shop, parts={"lessons": [HARMFUL]})
    assert (harms["verdict"], harms["base_version"]) == ("regressed", 1)

    writes = await replayed(shop, parts={"lessons": [ERRANDS]})
    assert writes["status"] == "done"
    assert rows(installation) == before
    assert [one for one in await world.requests() if "schedule_follow_up" in str(one["messages"])]

    calls = (await shop.ok("GET", "/v1/usage"))["calls"]
    spent = sum(one["cost_micros"] for one in calls if one["feature"] == "replay")
    assert spent == sum(one["cost_micros"] for one in (helps, useless, harms, writes))


async def test_a_takeover_is_a_scenario_that_a_lesson_passes_and_writes_with_nobody_are_dry(
    installation: Installation, shop: Shop
) -> None:
    await answered(shop, "+5215500000991")
    path = f"/v1/conversations/{(await shop.conversation_of('+5215500000991'))['id']}"
    await shop.ok("POST", f"{path}/take-over")
    await shop.ok("POST", f"{path}/messages", {"text": ANSWER})
    scenario = await shop.ok("POST", f"{path}/scenario", {"title": "Domingos"})
    before = rows(installation)
    helps = await replayed(shop, parts={"lessons": [LESSON]}, conversations=0)
    assert (helps["status"], helps["verdict"]) == ("done", "improved"), helps
    [case] = helps["cases"]
    assert (case["key"], case["title"]) == (f"scenario:{scenario['id']}", "Domingos")
    assert "met now: says what a person said" in case["why"]
    writes = await replayed(shop, parts={"lessons": [ERRANDS]}, conversations=0)
    assert writes["status"] == "done"
    assert rows(installation) == before


async def test_what_was_read_then_is_read_again_though_it_has_changed_since(
    installation: Installation, shop: Shop, agents: Agent, world: ModelWorld
) -> None:
    bag = {"name": "Mochila", "variants": [{"sku": "NAN-1", "options": {}, "price": 89900, "stock": 3}]}
    variant = (await shop.ok("POST", "/v1/products", bag))["variants"][0]
    await until(lambda: found(agents.process, installation, shop, "mochila"))
    await answered(shop, "+5215500000996", "busco una mochila")
    await shop.ok("PATCH", f"/v1/variants/{variant['id']}", {"price": 77700})
    asked_before = len(await world.requests())
    shown = await replayed(shop, parts={"lessons": [USELESS]})
    assert (shown["status"], shown["verdict"]) == ("done", "no_effect")
    read = [str(one["messages"]) for one in (await world.requests())[asked_before:]]
    with_results = [words for words in read if "'role': 'tool'" in words]
    assert len(with_results) == 4
    assert all("89900" in words for words in with_results)
    assert not any("77700" in words for words in read)


async def test_without_a_case_or_money_it_fails_and_says_why(shop: Shop) -> None:
    nothing = await replayed(shop, parts={"lessons": [LESSON]})
    assert (nothing["status"], nothing["reason"]) == ("failed", "nothing-to-replay")
    await answered(shop, "+5215500000992")
    await shop.ok("PATCH", "/v1/tenant", {"settings": {"budget_micros": 1}})
    broke = await replayed(shop, parts={"lessons": [LESSON]})
    assert (broke["status"], broke["reason"], broke["verdict"]) == ("failed", "budget-spent", None)
    assert broke["progress"] == {"done": 0, "total": 1}


async def test_a_killed_agents_replay_is_played_on_by_the_next(
    installation: Installation, shop: Shop, agents: Agent, world: ModelWorld
) -> None:
    await answered(shop, "+5215500000993")
    await answered(shop, "+5215500000994")
    asked_before = len(await world.requests())
    await world.rules({"when": [LESSON], "reply": {"content": ANSWER, "seconds": 600}}, *RULES)
    asked = await shop.ok("POST", "/v1/replays", {"parts": {"lessons": [LESSON]}, "runs": 1})

    async def thinking() -> bool:
        return any(LESSON in str(one["messages"]) for one in (await world.requests())[asked_before:])

    await until(thinking)
    assert (await shop.ok("GET", f"/v1/replays/{asked['id']}"))["status"] == "running"
    agents.kill()
    await world.rules(*RULES)
    with psycopg.connect(installation.stores.database_url) as connection:
        connection.execute("UPDATE replays SET lease_until = now() - interval '1 second' WHERE status = 'waiting'")
    agents.up()

    async def ended() -> Any:
        shown = await shop.ok("GET", f"/v1/replays/{asked['id']}")
        return shown if shown["status"] in ("done", "failed") else None

    shown = await until(ended)
    assert (shown["status"], shown["verdict"], shown["progress"]) == ("done", "improved", {"done": 2, "total": 2})


async def test_the_offline_model_proves_the_machinery_alone(shop: Shop) -> None:
    await shop.ok("PATCH", "/v1/tenant", {"settings": {"models": {"vendor": "offline"}}})
    await answered(shop, "+5215500000995")
    shown = await replayed(shop, parts={"lessons": [USELESS]})
    assert (shown["status"], shown["verdict"], shown["machinery_only"]) == ("done", "no_effect", True), shown

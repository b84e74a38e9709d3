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
        self.process.born.kill()
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


SELL, SELL_LESS = "Vende las gorras que pidan.", "Vende una sola gorra a cada quien."
ID_OF_A_PROPOSAL = r'proposal_id[\\": ]+([0-9a-f-]{36})'


def sells(lesson: str, variant_id: str, quantity: int) -> list[dict[str, Any]]:
    """A model that quotes and, once the customer has answered, orders, where the lesson says so."""
    items = [{"variant_id": variant_id, "quantity": quantity}]
    quote, order = ({"name": "create_quote", "arguments": {"items": items}}, {"name": "place_order"})
    return [
        {"when": [lesson, "Open proposals", '"role": "tool"'], "reply": {"content": "Quedó pedido."}},
        {
            "when": [lesson, "Open proposals"],
            "takes": {"proposal": ID_OF_A_PROPOSAL},
            "reply": {"tool_calls": [{**order, "arguments": {"proposal_id": "$proposal"}}]},
        },
        {"when": [lesson, "gorras", '"role": "tool"'], "reply": {"content": "¿Te las pido?"}},
        {"when": [lesson, "gorras"], "reply": {"tool_calls": [quote]}},
    ]


async def test_a_run_passes_by_the_state_it_leaves_behind_and_fails_by_another(
    installation: Installation, shop: Shop, world: ModelWorld
) -> None:
    cap = {"name": "Gorra", "variants": [{"sku": "CAP-1", "options": {}, "price": 100, "stock": 3}]}
    variant = (await shop.ok("POST", "/v1/products", cap))["variants"][0]
    await world.rules(*sells(SELL, variant["id"], 2), *sells(SELL_LESS, variant["id"], 1), *RULES)
    chat = [{"says": "quiero dos gorras"}, {"says": "sí, por favor"}]
    state = {"orders": [{"items": [{"sku": "CAP-1", "quantity": 2}]}], "handed_off": False}
    await shop.ok("POST", "/v1/scenarios", {"title": "Dos gorras", "chat": chat, "expect": {"state": state}})
    before = rows(installation)

    right = await replayed(shop, parts={"lessons": [SELL]}, conversations=0)
    assert (right["status"], right["verdict"]) == ("done", "improved"), right
    [case] = right["cases"]
    leaves = "leaves orders: 2 × CAP-1 (pending_payment)"
    assert (case["before"]["met"][leaves], case["after"]["met"][leaves]) == (0, 2), case
    assert f"met now: {leaves}" in case["why"]
    assert case["before"]["differences"] == ["missing order: 2 × CAP-1 (pending_payment)"] * 2
    assert case["after"]["differences"] == ["", ""]

    await shop.ok("PUT", "/v1/playbook", {"instructions": SELL})
    wrong = await replayed(shop, parts={"instructions": SELL_LESS}, conversations=0)
    assert wrong["verdict"] == "regressed", wrong
    [case] = wrong["cases"]
    assert f"missed now: {leaves}" in case["why"]
    assert (
        case["after"]["differences"]
        == ["missing order: 2 × CAP-1 (pending_payment); unexpected order: 1 × CAP-1 (pending_payment)"] * 2
    )
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


async def test_a_silent_model_judges_nothing_and_is_tried_again(
    installation: Installation, shop: Shop, world: ModelWorld
) -> None:
    await answered(shop, "+5215500000997")
    await world.rules({"when": [LESSON], "reply": {"status": 500}}, *RULES)
    asked = await shop.ok("POST", "/v1/replays", {"parts": {"lessons": [LESSON]}, "runs": 1})

    async def put_back() -> Any:
        shown = await shop.ok("GET", f"/v1/replays/{asked['id']}")
        return shown if shown["reason"] else None

    shown = await until(put_back)
    assert (shown["status"], shown["reason"], shown["verdict"]) == ("queued", "models-silent", None)
    assert (shown["progress"]["done"], shown["cases"]) == (0, [])
    await world.rules(*RULES)
    with psycopg.connect(installation.stores.database_url) as connection:
        connection.execute("UPDATE replays SET due_at = now() WHERE status = 'waiting'")
    again = await replayed(shop, parts={"lessons": [LESSON]}, runs=1)
    assert (again["id"], again["status"], again["verdict"]) == (asked["id"], "done", "improved")


async def test_a_reply_hands_back_the_lessons_on_trial_that_it_was_written_with(shop: Shop) -> None:
    number = "+5215500000998"
    await answered(shop, number)
    channel = (await shop.ok("GET", "/v1/channels"))["items"][0]
    lesson = await shop.ok("POST", "/v1/lessons", {"rule": LESSON, "channel_id": channel["id"]})
    path = f"/v1/lessons/{lesson['id']}"
    await shop.ok("POST", f"{path}/replay", {"runs": 1})

    async def proved() -> bool:
        return bool((await shop.ok("GET", path))["replay"]["verdict"] == "improved")

    await until(proved)
    await shop.ok("POST", f"{path}/publish", {})
    assert await Customer(shop, "+5215500000999").says(QUESTION) == ANSWER
    turns = (await shop.ok("GET", "/v1/turns"))["items"]
    told = [
        (await shop.ok("GET", f"/v1/conversations/{turn['conversation_id']}/turns/{turn['id']}"))["trial"]
        for turn in turns
    ]
    assert sorted(told) == [[], [lesson["id"]]]


async def test_the_offline_model_proves_the_machinery_alone(shop: Shop) -> None:
    await shop.ok("PATCH", "/v1/tenant", {"settings": {"models": {"vendor": "offline"}}})
    await answered(shop, "+5215500000995")
    shown = await replayed(shop, parts={"lessons": [USELESS]})
    assert (shown["status"], shown["verdict"], shown["machinery_only"]) == ("done", "no_effect", True), shown

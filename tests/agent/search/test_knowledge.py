"""What a business has written down is found by the agent, on a shelf of its own, and looked up with its source."""

from agent.api import create_api
from agent.backend_client import BackendClient
from agent.database import Pool
from agent.prompt_library import PromptLibrary
from agent.search.asking import Search
from agent.search.feed import FeedReader
from agent.search.knowledge import KNOWLEDGE
from agent.serving import Door
from agent.settings import Settings
from agent.stores import open_stores
from agent.tools.base import Question
from agent.tools.toolbox import TurnTools
from agent.turn import ToolsOfTurn
from tests.agent.processes import Installation, Process, Shop, until


async def caught_up(feed: FeedReader, pool: Pool) -> None:
    async with pool.connection() as connection:

        async def all_read() -> bool:
            return not await feed.step(connection)

        await until(all_read)


async def test_an_answer_is_found_by_its_words_and_gone_with_its_question(
    installation: Installation, backend_process: Process
) -> None:
    shop = await installation.shop(backend_process.url)
    other = await installation.shop(backend_process.url)
    faq = {
        "question": "¿Reparan bicicletas eléctricas?",
        "answer": "Sí, menos la batería.",
        "other_wordings": ["arreglo de e-bikes"],
    }
    made = await shop.ok("POST", "/v1/knowledge/faqs", faq)
    settings = Settings.model_validate(
        {"service_token": "none", "AGENT_DATABASE_URL": installation.stores.agent_database_url}
    )
    async with (
        open_stores(settings) as stores,
        BackendClient(backend_process.url, installation.settings.service_token) as backend,
    ):
        feed = FeedReader(stores.pool, backend, [KNOWLEDGE], idle_seconds=0.01)

        async def found(tenant: str, question: str) -> list[str]:
            door = ToolsOfTurn(backend, "none")
            desk = TurnTools(door, stores.index, tenant_id=tenant, currency="MXN", offered=[], seconds=10)
            answer = await desk.search(Question(query=question, shelf="knowledge", limit=3))
            return [hit.id for hit in answer.hits]

        async def there() -> bool:
            await caught_up(feed, stores.pool)
            return await found(shop.tenant_id, "bateria") == [made["id"]]

        await until(there)
        for words in ("¿ustedes reparan una bici eléctrica?", "arreglo de ebikes", "bateria"):
            assert await found(shop.tenant_id, words) == [made["id"]], words
        assert (await stores.index.find(Search(shop.tenant_id, "bateria"))).hits == ()
        assert await found(shop.tenant_id, "¿aceptan mascotas en la tienda?") == []
        assert await found(other.tenant_id, "bateria") == []
        await shop.ok("DELETE", f"/v1/knowledge/faqs/{made['id']}")

        async def gone() -> bool:
            await caught_up(feed, stores.pool)
            return await found(shop.tenant_id, "bateria") == []

        await until(gone)


async def test_the_api_finds_what_the_agent_finds_where_no_passage_has_most_of_the_words(
    installation: Installation, backend_process: Process
) -> None:
    shop = await installation.shop(backend_process.url)
    for question, answer in (
        ("¿Cuándo llega mi pedido?", "Tarda de tres a cinco días hábiles."),
        ("¿Qué cubre la garantía?", "Los días que tarda la reparación se suman."),
        ("¿Dónde queda el local?", "Frente a la plaza."),
    ):
        await shop.ok("POST", "/v1/knowledge/faqs", {"question": question, "answer": answer})
    asked = "¿cuánto tarda paquetería express internacional en días hábiles?"
    token = installation.settings.service_token
    settings = Settings.model_validate(
        {"service_token": token, "AGENT_DATABASE_URL": installation.stores.agent_database_url}
    )
    async with open_stores(settings) as stores, BackendClient(backend_process.url, token) as backend:
        await caught_up(FeedReader(stores.pool, backend, [KNOWLEDGE], idle_seconds=0.01), stores.pool)
        assert (await stores.index.find(Search(shop.tenant_id, asked))).hits == (), "products are not asked for so"
        desk = TurnTools(
            ToolsOfTurn(backend, "none"), stores.index, tenant_id=shop.tenant_id, currency="MXN", offered=[], seconds=10
        )
        found = await desk.search(Question(query=asked, shelf="knowledge", limit=5))
        api = create_api(stores.pool, backend, stores.index, token, PromptLibrary())
        async with Door(api, "127.0.0.1", 0) as door:
            with installation.backend(TENDERO_AGENT_URL=door.address) as beside:
                page = await Shop(beside.url, shop.tenant_id, shop.api_key).ok("GET", "/v1/knowledge/search", q=asked)
    assert [item["title"] for item in page["items"]] == ["¿Cuándo llega mi pedido?", "¿Qué cubre la garantía?"]
    assert [item["id"] for item in page["items"]] == [hit.id for hit in found.hits]

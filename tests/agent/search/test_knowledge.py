"""What a business has written down is found by the agent, on a shelf of its own, and looked up with its source."""

from agent.backend_client import BackendClient
from agent.database import Pool
from agent.search.asking import Search
from agent.search.feed import FeedReader
from agent.search.knowledge import KNOWLEDGE
from agent.settings import Settings
from agent.stores import open_stores
from agent.tools.knowledge import look_up
from agent.tools.toolbox import TurnTools
from agent.turn import ToolsOfTurn
from tests.agent.processes import Installation, Process, until


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
        await caught_up(feed, stores.pool)

        async def found(tenant: str, question: str) -> list[str]:
            door = ToolsOfTurn(backend, "none")
            desk = TurnTools(door, stores.index, tenant_id=tenant, currency="MXN", offered=[], seconds=10)
            return await look_up(desk, question, 3)

        for words in ("¿ustedes reparan una bici eléctrica?", "arreglo de ebikes", "bateria"):
            assert await found(shop.tenant_id, words) == [made["id"]], words
        assert (await stores.index.find(Search(shop.tenant_id, "bateria"))).hits == ()
        assert await found(shop.tenant_id, "¿aceptan mascotas en la tienda?") == []
        assert await found(other.tenant_id, "bateria") == []
        await shop.ok("DELETE", f"/v1/knowledge/faqs/{made['id']}")
        await caught_up(feed, stores.pool)
        assert await found(shop.tenant_id, "bateria") == []

"""A dump restored into another server brings transactions from that server's future."""

from sqlalchemy import create_engine, text

from backend.database import Database
from backend.embedded.stores import Stores
from backend.events.ddl import RESTAMP
from backend.migrate import owner_url
from tests.backend.settling import settled
from tests.factories import Business


async def test_what_lies_in_the_future_is_stamped_anew_and_missed_by_nobody(
    business: Business, database: Database, stores: Stores
) -> None:
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "antes"})
    await settled(database)
    page = await business.ok("GET", "/v1/events")
    cursor = page["next_cursor"]
    endpoint = await business.ok("POST", "/v1/hook-endpoints", {"url": "https://hooks.example.com/"})
    await business.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    future = 2**40
    engine = create_engine(owner_url(stores.database_url))
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE events SET transaction = transaction + :future "
                "WHERE tenant_id = :tenant AND kind = 'message.received' AND sequence = ("
                "SELECT max(sequence) FROM events WHERE tenant_id = :tenant AND kind = 'message.received')"
            ),
            {"future": future, "tenant": business.tenant_id},
        )
        connection.execute(
            text("UPDATE hook_endpoints SET seen_transaction = :future WHERE tenant_id = :tenant"),
            {"future": future, "tenant": business.tenant_id},
        )
        for statement in RESTAMP:
            connection.execute(text(statement))
    engine.dispose()
    await settled(database)
    after = await business.ok("GET", "/v1/events", cursor=cursor)
    assert [event["type"] for event in after["items"]] == ["message.received"]
    async with database.tenant(business.tenant_id) as session:
        seen = await session.scalar(text("SELECT seen_transaction FROM hook_endpoints"))
    assert seen == 0
    assert endpoint["endpoint"]["enabled"]

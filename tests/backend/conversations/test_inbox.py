"""The team's inbox: found by words, read, assigned, and with the agent on or off."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from backend import clock
from backend.conversations import inbox
from backend.conversations.models import Conversation, Message
from backend.database import Database, new_id
from backend.settings import Settings
from backend.team.models import Membership, User
from tests.backend.line import Agent
from tests.backend.settling import settled
from tests.factories import Business, Client, make_business, open_turn


async def say(business: Business, customer: str, words: str) -> dict[str, Any]:
    return dict(await business.ok("POST", "/v1/sandbox/messages", {"from": customer, "text": words}))


async def ids(business: Business, **params: Any) -> set[str]:
    """Conversations that a list shows."""
    return {one["id"] for one in (await business.ok("GET", "/v1/conversations", **params))["items"]}


async def test_words_are_found_whatever_their_case_and_accents(
    business: Business, client: Client, settings: Settings
) -> None:
    ana = (await say(business, "ana", "¿Tienen BOTAS de montaña?"))["conversation_id"]
    bea = (await say(business, "bea", "Quiero unas botas rojas, por favor"))["conversation_id"]
    await business.ok("POST", f"/v1/conversations/{bea}/messages", {"text": "La promoción termina mañana."})
    assert await ids(business, search="botas") == {ana, bea}
    assert await ids(business, search="montana, BOTAS") == {ana}
    assert await ids(business, search="PROMOCIÓN") == {bea}
    assert await ids(business, search="botas promoción") == set()
    assert await ids(business, search="bot") == set()
    stranger = await make_business(client, settings)
    assert await ids(stranger, search="botas") == set()
    for rubbish in ("¿?", "   ", "x" * 301):
        assert (await business.call("GET", "/v1/conversations", search=rubbish)).status_code == 422
    assert await ids(business, search="'; DROP TABLE messages; --") == set()


async def test_the_search_goes_by_its_index(business: Business, database: Database) -> None:
    await say(business, "ana", "hola")
    async with database.queue() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_indexscan = off"))
        plan = await session.scalars(
            text("EXPLAIN SELECT id FROM messages WHERE words @> message_words(CAST(:tenant AS uuid), 'hola')"),
            {"tenant": business.tenant_id},
        )
        assert "ix_messages_words" in "\n".join(plan)


async def test_the_numbers_of_words_differ_from_business_to_business(
    business: Business, client: Client, settings: Settings, database: Database
) -> None:
    other = await make_business(client, settings)
    for one in (business, other):
        await say(one, "ana", "exactamente lo mismo")
    async with database.queue() as session:
        rows = (
            await session.execute(
                text("SELECT words FROM messages WHERE tenant_id = ANY(:both)"),
                {"both": [business.tenant_id, other.tenant_id]},
            )
        ).all()
    assert len(rows) == 2
    assert set(rows[0].words).isdisjoint(rows[1].words)


async def test_what_nobody_has_read_is_shown_until_somebody_does(business: Business) -> None:
    first = await say(business, "ana", "uno")
    conversation = first["conversation_id"]
    path = f"/v1/conversations/{conversation}"
    second = await say(business, "ana", "dos")
    assert await ids(business, unread="true") == {conversation}
    since = (await business.ok("GET", path))["unread_since"]
    await business.ok("POST", f"{path}/messages", {"text": "Hola, soy Marta."})
    half = await business.ok("POST", f"{path}/read", {"message_id": first["message_id"]})
    assert half["unread_since"] > since
    whole = await business.ok("POST", f"{path}/read", {})
    assert whole["unread_since"] is None
    assert (await ids(business, unread="true"), await ids(business, unread="false")) == (set(), {conversation})
    again = await business.ok("POST", f"{path}/read", {"message_id": second["message_id"]})
    assert again["read_sequence"] == whole["read_sequence"]
    await say(business, "ana", "tres")
    assert await ids(business, unread="true") == {conversation}
    for body in ({"message_id": str(new_id())}, {"message_id": "x"}, {"all": True}):
        assert (await business.call("POST", f"{path}/read", body)).status_code in (404, 422)


async def test_a_message_that_comes_while_it_is_read_stays_unread(business: Business, database: Database) -> None:
    """It holds the conversation's row; the mark waits for it and then sees it."""
    received = await say(business, "ana", "hola")
    conversation_id = received["conversation_id"]
    holds, goes_on = asyncio.Event(), asyncio.Event()

    async def receive() -> None:
        async with database.tenant(business.tenant_id) as session:
            session.add(
                Message(
                    tenant_id=business.tenant_id,
                    id=new_id(),
                    conversation_id=conversation_id,
                    author="contact",
                    body="¿sigues ahí?",
                    sent_at=clock.now() + timedelta(seconds=1),
                )
            )
            await session.execute(
                text("UPDATE conversations SET unread_since = coalesce(unread_since, :now) WHERE id = :id"),
                {"now": clock.now(), "id": conversation_id},
            )
            holds.set()
            await goes_on.wait()

    async def read() -> None:
        await holds.wait()
        async with database.tenant(business.tenant_id) as session:
            asyncio.get_running_loop().call_later(0.2, goes_on.set)
            await inbox.mark_read(session, conversation_id, received["message_id"])

    await asyncio.gather(receive(), read())
    assert await ids(business, unread="true") == {conversation_id}


async def test_a_conversation_is_a_members_job(business: Business, database: Database, client: Client) -> None:
    conversation = (await say(business, "ana", "hola"))["conversation_id"]
    other = (await say(business, "bea", "hola"))["conversation_id"]
    user_id = await a_member(business, database)
    path = f"/v1/conversations/{conversation}/assignee"
    assert (await business.ok("PUT", path, {"user_id": str(user_id)}))["assigned_to"] == str(user_id)
    assert await ids(business, assigned_to=str(user_id)) == {conversation}
    assert await ids(business, assigned_to="nobody") == {other}
    assert (await business.call("PUT", path, {"user_id": str(new_id())})).status_code == 404
    assert (await business.ok("GET", f"/v1/conversations/{conversation}"))["in_charge"] == "agent"
    assert (await business.ok("PUT", path, {"user_id": None}))["assigned_to"] is None
    await settled(database)
    told = await business.ok("GET", "/v1/events", type="conversation.assigned")
    assert [event["data"]["assigned_to"] for event in told["items"]] == [str(user_id), None]


async def test_what_was_the_job_of_somebody_who_left_is_nobodys(business: Business, database: Database) -> None:
    conversation = (await say(business, "ana", "hola"))["conversation_id"]
    user_id = await a_member(business, database)
    await business.ok("PUT", f"/v1/conversations/{conversation}/assignee", {"user_id": str(user_id)})
    async with database.tenant(business.tenant_id) as session:
        member_id = await session.scalar(select(Membership.id).where(Membership.user_id == user_id))
    await business.ok("DELETE", f"/v1/members/{member_id}")
    assert await ids(business, assigned_to="nobody") == {conversation}


async def a_member(business: Business, database: Database) -> Any:
    """Somebody of the team."""
    user_id = new_id()
    async with database.people() as session:
        session.add(User(id=user_id, email=f"{user_id.hex}@example.com", name="Marta", locale="es", password="x"))
    async with database.tenant(business.tenant_id) as session:
        session.add(Membership(tenant_id=business.tenant_id, id=new_id(), user_id=user_id, role="agent"))
    return user_id


async def test_the_agent_can_be_switched_off_for_one_conversation(eager_business: Business, agent: Agent) -> None:
    """What is written is stored and unread; also what waits already is not answered."""
    conversation = (await say(eager_business, "ana", "hola"))["conversation_id"]
    path = f"/v1/conversations/{conversation}"
    assert (await eager_business.ok("PATCH", path, {"bot_enabled": False}))["bot_enabled"] is False
    assert await agent.claim(eager_business) == []
    silent = await say(eager_business, "ana", "¿hay alguien?")
    assert silent["turn_id"] is None
    other = await say(eager_business, "bea", "hola")
    assert [bundle["id"] for bundle in await agent.claim(eager_business)] == [other["turn_id"]]
    await eager_business.ok("PATCH", path, {"bot_enabled": True})
    assert (await say(eager_business, "ana", "¿y ahora?"))["turn_id"] is not None
    bad: list[Any] = [{"bot_enabled": "perhaps"}, {"bot": False}, [], {"debug": None}]
    for body in bad:
        assert (await eager_business.call("PATCH", path, body)).status_code in (400, 422)
    assert (await eager_business.ok("PATCH", path, {}))["bot_enabled"] is True


async def test_what_a_person_wrote_while_in_charge_reaches_the_agents_history(
    eager_business: Business, agent: Agent
) -> None:
    conversation = (await say(eager_business, "ana", "hola"))["conversation_id"]
    [bundle] = await agent.claim(eager_business)
    await agent.answer(bundle, "¡Hola!")
    path = f"/v1/conversations/{conversation}"
    await eager_business.ok("POST", f"{path}/take-over")
    await say(eager_business, "ana", "quiero hablar con alguien")
    await eager_business.ok("POST", f"{path}/messages", {"text": "Soy Marta: te hago un 2 por 1."})
    await eager_business.ok("POST", f"{path}/hand-back")
    await say(eager_business, "ana", "¿cuál era la promoción?")
    [bundle] = await agent.claim(eager_business)
    assert [(missed["author"], missed["body"]) for missed in bundle["missed"]] == [
        ("contact", "quiero hablar con alguien"),
        ("person", "Soy Marta: te hago un 2 por 1."),
    ]
    assert [message["body"] for message in bundle["messages"]] == ["¿cuál era la promoción?"]


async def test_one_message_can_be_fetched(business: Business, client: Client, settings: Settings) -> None:
    received = await say(business, "ana", "hola")
    path = f"/v1/conversations/{received['conversation_id']}/messages"
    assert (await business.ok("GET", f"{path}/{received['message_id']}"))["body"] == "hola"
    assert (await business.call("GET", f"{path}/{new_id()}")).status_code == 404
    stranger = await make_business(client, settings)
    assert (await stranger.call("GET", f"{path}/{received['message_id']}")).status_code == 404


async def test_turns_of_one_conversation_are_listed_and_read_alone(
    client: Client, database: Database, settings: Settings, business: Business
) -> None:
    first, second = [await open_turn(client, database, settings, business.tenant_id) for _ in range(2)]
    listed = await business.ok("GET", "/v1/turns", conversation_id=str(first.conversation_id))
    assert [turn["id"] for turn in listed["items"]] == [str(first.turn_id)]
    assert (await business.ok("GET", f"/v1/turns/{second.turn_id}"))["conversation_id"] == str(second.conversation_id)
    assert (await business.call("GET", f"/v1/turns/{second.conversation_id}")).status_code == 404


async def backdate(database: Database, business: Business, minutes: dict[str, int]) -> None:
    """Conversations in which the last word was said so many minutes ago."""
    async with database.tenant(business.tenant_id) as session:
        for conversation_id, ago in minutes.items():
            await session.execute(
                update(Conversation)
                .where(Conversation.id == UUID(conversation_id))
                .values(active_at=clock.now() - timedelta(minutes=ago))
            )


async def in_order(business: Business, **query: Any) -> list[str]:
    return [one["id"] for one in (await business.ok("GET", "/v1/conversations", **query))["items"]]


async def test_where_somebody_wrote_last_comes_first_whoever_wrote(business: Business, database: Database) -> None:
    ana, bea, caro = [(await say(business, name, "hola"))["conversation_id"] for name in ("ana", "bea", "caro")]
    await backdate(database, business, {ana: 10, bea: 20, caro: 30})
    assert await in_order(business) == await in_order(business, sort="-active_at") == [ana, bea, caro]
    assert await in_order(business, sort="active_at") == [caro, bea, ana]
    assert await in_order(business, sort="created_at") == [ana, bea, caro]
    await say(business, "bea", "¿siguen ahí?")
    assert await in_order(business) == [bea, ana, caro]
    await backdate(database, business, {bea: 5})
    await business.ok("POST", f"/v1/conversations/{caro}/messages", {"text": "Ya llegó su pedido."})
    assert await in_order(business) == [caro, bea, ana]
    assert await in_order(business, unread=True, sort="active_at") == [ana, bea, caro]


@pytest.mark.parametrize("sort", ["active_at", "-active_at", "created_at", "-created_at"])
async def test_pages_of_the_inbox_show_each_conversation_once(
    business: Business, database: Database, sort: str
) -> None:
    made = [(await say(business, f"cliente {number}", "hola"))["conversation_id"] for number in range(7)]
    await backdate(database, business, dict(zip(made, (5, 90, 5, 5, 70, 300, 5), strict=True)))
    whole, paged = await in_order(business, sort=sort), list[str]()
    query: dict[str, Any] = {"sort": sort, "limit": 2}
    while True:
        page = await business.ok("GET", "/v1/conversations", **query)
        paged += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert paged == whole
    assert sorted(paged) == sorted(made)


async def test_what_moves_up_while_one_pages_is_not_shown_twice(business: Business, database: Database) -> None:
    made = [(await say(business, f"cliente {number}", "hola"))["conversation_id"] for number in range(6)]
    await backdate(database, business, {one: 10 * (place + 1) for place, one in enumerate(made)})
    first = await business.ok("GET", "/v1/conversations", limit=3)
    await say(business, "cliente 1", "otra cosa")
    await say(business, "cliente 4", "y yo")
    rest = await business.ok("GET", "/v1/conversations", limit=3, cursor=first["next_cursor"])
    assert [one["id"] for one in first["items"]] == made[:3]
    assert [one["id"] for one in rest["items"]] == [made[3], made[5]]
    assert (await in_order(business, limit=2)) == [made[4], made[1]]


async def test_a_chat_moves_its_conversation_once_a_minute(business: Business, database: Database) -> None:
    conversation = (await say(business, "ana", "hola"))["conversation_id"]
    path = f"/v1/conversations/{conversation}"
    first = (await business.ok("GET", path))["active_at"]
    await say(business, "ana", "¿hay alguien?")
    await business.ok("POST", f"{path}/messages", {"text": "Sí, dígame."})
    assert (await business.ok("GET", path))["active_at"] == first
    await backdate(database, business, {conversation: 2})
    await business.ok("POST", f"{path}/messages", {"text": "¿Sigue ahí?"})
    assert (await business.ok("GET", path))["active_at"] > first
    assert (await business.call("GET", "/v1/audit", row_id=conversation)).json()["items"] == []


async def test_a_message_goes_out_while_its_conversation_is_held(business: Business, database: Database) -> None:
    """By a transaction that waits for what this one holds, say: neither would end."""
    conversation = (await say(business, "ana", "hola"))["conversation_id"]
    await backdate(database, business, {conversation: 2})
    async with database.tenant(business.tenant_id) as session:
        held = select(Conversation).where(Conversation.id == UUID(conversation)).with_for_update(key_share=True)
        await session.scalar(held)
        await business.ok("POST", f"/v1/conversations/{conversation}/messages", {"text": "Aviso."})
        said = (await business.ok("GET", f"/v1/conversations/{conversation}/messages"))["items"]
        assert [message["body"] for message in said] == ["hola", "Aviso."]


async def test_the_inbox_is_read_along_its_index(business: Business, database: Database) -> None:
    [made] = [await say(business, "ana", "hola")]
    query = """
        SELECT conversations.id FROM conversations JOIN contacts ON contacts.tenant_id = conversations.tenant_id
            AND contacts.id = conversations.contact_id
        WHERE conversations.tenant_id = :tenant AND contacts.erased_at IS NULL
            AND (conversations.active_at, conversations.id) < (:at, :id)
        ORDER BY conversations.active_at DESC, conversations.id DESC LIMIT 51
    """
    values = {"tenant": business.tenant_id, "at": clock.now(), "id": UUID(made["conversation_id"])}
    async with database.tenant(business.tenant_id) as session:
        for setting in ("enable_sort", "enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
            await session.execute(text(f"SET LOCAL {setting} = off"))
        plan = "\n".join(await session.scalars(text(f"EXPLAIN {query}"), values))
    assert "Index Scan Backward using ix_conversations_active" in plan, plan
    assert "Sort" not in plan, plan

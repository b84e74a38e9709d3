"""Finished turns thought over: claimed together, noted in one call, closed, and what repeats proposed as a lesson."""

import asyncio

import psycopg

from agent.backend_client import BackendClient, Lease
from agent.reflecting import MOST_A_CLAIM, Reflector
from agent.worker import Tempo, Worker
from graphs.reflection import reflection_graph
from tests.agent.processes import Installation, Process, until

TURNS = 5
EAGER = {"quiet_window_seconds": 0, "longest_wait_seconds": 0}


async def test_the_notes_of_turns_that_ended_together_are_kept_and_what_repeats_is_proposed(
    installation: Installation, backend_process: Process
) -> None:
    shop = await installation.shop(backend_process.url)
    customers = [f"+5215512350{number:03}" for number in range(TURNS)]
    async with BackendClient(backend_process.url, installation.settings.service_token) as client:
        for customer in customers:
            await shop.write(customer, "¿tienen botas de montaña?")
        bundles = await client.claim("w", TURNS, 5.0)
        assert len(bundles) == TURNS
        await client.renew([Lease("turn", bundle["id"], bundle["attempt"]) for bundle in bundles])
        for bundle in bundles:
            rejected = [{"text": "Cuestan $1.", "faults": ["no price of that is known"]}]
            reply = {"version": bundle["version"], "text": "No lo sé.", "outcome": "safe_reply", "rejected": rejected}
            await client.reply(bundle["token"], bundle["id"], reply)
            await client.finish(bundle["token"], bundle["id"])
        reflector = Reflector(reflection_graph(), client)
        worker = Worker(client, "reflect", reflector.job, most_a_claim=MOST_A_CLAIM, tempo=Tempo(claim=1.0, drain=5.0))
        working = asyncio.create_task(worker.run())

        async def closed() -> bool:
            return _count(installation, "reflections", shop.tenant_id, "status = 'done'") == TURNS

        try:
            await until(closed)
        finally:
            worker.drain()
            await working
    assert _count(installation, "observations", shop.tenant_id, "kind = 'fault'") == TURNS
    assert _count(installation, "lessons", shop.tenant_id, "kind = 'fault' AND status = 'proposed'") == 1
    assert _count(installation, "lesson_grounds", shop.tenant_id, "source = 'contact'") >= 3


async def test_what_a_customer_says_about_themselves_stands_on_their_card(
    installation: Installation, backend_process: Process
) -> None:
    shop = await installation.shop(backend_process.url, settings={"memory_needs_consent": False, **EAGER})
    await shop.ok("POST", "/v1/contact-fields", {"key": "size", "label": "Talla"})
    await shop.write("+5215512350999", "Hola, me llamo Ana Ruiz. Mi talla es 38 y la de mi hijo 24.")
    async with BackendClient(backend_process.url, installation.settings.service_token) as client:
        [bundle] = await client.claim("w", 1, 5.0)
        await client.reply(bundle["token"], bundle["id"], {"version": bundle["version"], "text": "Hola, Ana."})
        await client.finish(bundle["token"], bundle["id"])
        reflector = Reflector(reflection_graph(), client)
        worker = Worker(client, "reflect", reflector.job, most_a_claim=MOST_A_CLAIM, tempo=Tempo(claim=1.0, drain=5.0))
        working = asyncio.create_task(worker.run())

        async def closed() -> bool:
            return _count(installation, "reflections", shop.tenant_id, "status = 'done'") == 1

        try:
            await until(closed)
        finally:
            worker.drain()
            await working
    [contact] = (await shop.ok("GET", "/v1/contacts"))["items"]
    assert (contact["details"]["size"]["value"], contact["details"]["size"]["source"]) == ("38", "model")
    facts = (await shop.ok("GET", f"/v1/contacts/{contact['id']}/facts"))["items"]
    assert {(fact["key"], fact["value"]) for fact in facts} == {("name", "Ana Ruiz"), ("size", "38")}


def _count(installation: Installation, table: str, tenant_id: str, condition: str) -> int:
    with psycopg.connect(installation.stores.database_url) as connection:
        found = connection.execute(
            f"SELECT count(*) FROM {table} WHERE tenant_id = %s AND {condition}",
            (tenant_id,),
        ).fetchone()
    return int(found[0]) if found else 0

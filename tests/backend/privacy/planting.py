"""A customer of whom there is something in every store."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend import clock
from backend.assist.models import Assist
from backend.conversations.models import OutboxEntry
from backend.conversations.turn_models import Observation
from backend.database import new_id
from backend.lessons.models import Lesson, LessonGround
from backend.media.models import MediaReading
from backend.payments.models import Refund
from backend.questions.models import QuestionState
from backend.replays.models import ReplayRecord
from backend.scenarios.models import Scenario
from backend.tenant_tools.history import begin
from backend.tenant_tools.schemas import NewTool
from backend.tenant_tools.service import create_tool
from tests.backend.privacy.house import House


@dataclass
class Planted:
    """Somebody of whom there is something in every store."""

    contact_id: str
    conversation_id: str
    phone: str
    words: str
    outbox_id: str
    sid: str


async def plant(house: House) -> Planted:
    """A customer's whole life, each word of which says the canary."""
    words, phone = f"canario{new_id().hex[-12:]}", f"+52155{new_id().int % 10**8:08d}"
    business, line, agent, database = house.business, house.line, house.agent, house.database
    await line.write(f"soy {words}", phone, ProfileName=words, Latitude="19.4", Longitude="-99.1", Label=words)
    [contact] = (await business.ok("GET", "/v1/contacts", phone=phone))["items"]
    path = f"/v1/contacts/{contact['id']}"
    await business.ok("PUT", f"{path}/consent", {"memory": True, "source": f"form of {words}"})
    changed = {"name": words, "email": f"{words}@example.com", "tags": [words], "details": {"size": words}}
    await business.ok("PATCH", path, changed)
    await business.ok("PATCH", path, {"name": f"{words} Ruiz"})
    headers = {"Authorization": f"Bearer {business.api_key}", "Idempotency-Key": new_id().hex}
    note = await business.client.post(f"{path}/notes", json={"body": words}, headers=headers)
    assert note.status_code == 201
    other = await business.ok("POST", "/v1/contacts", {"name": f"{words} II", "details": {"likes": words}})

    [bundle] = await agent.claim(business)
    for tool, arguments in (
        ("save_contact_detail", {"key": "allergy", "value": words}),
        ("schedule_follow_up", {"when": "mañana a las 11:00", "topic": words}),
        ("hand_off", {"reason": words, "summary": words}),
    ):
        used = await agent.tool(bundle, tool, arguments)
        assert used.status_code == 200, used.text
    product = {"name": "Gorra", "variants": [{"sku": f"G-{new_id().hex[-8:]}", "price": 100, "stock": 9}]}
    variant = (await business.ok("POST", "/v1/products", product))["variants"][0]
    quoted = (
        await agent.tool(bundle, "create_quote", {"items": [{"variant_id": variant["id"], "quantity": 2}]})
    ).json()
    evidence_id = str(new_id())
    evidence = {
        "id": evidence_id,
        "kind": "fact",
        "subject": {"type": "contact", "id": contact["id"], "name": words, "aliases": []},
        "value": {"said": words},
        "source": "search_products",
        "expires_at": None,
        "turn_id": None,
    }
    replied = await agent.reply(
        bundle,
        f"Hola {words}, ¿va?",
        claims=[{"kind": "name", "quote": words, "support": "evidence", "evidence_id": evidence_id}],
        evidence=[evidence],
        tool_calls=[{"name": "search_products", "arguments": {"query": words}}],
        rejected=[{"text": words, "faults": [words]}],
        usage=[{"provider": "offline", "model": "offline", "feature": "vendor", "input_tokens": 1, "output_tokens": 1}],
    )
    assert replied.status_code == 200, replied.text
    assert (await agent.turn(bundle, "finish")).status_code == 204
    await house.remember(bundle["conversation"]["id"], bundle["fence"], words)
    sid = f"SM{new_id().hex}"
    async with database.tenant(business.tenant_id) as session:
        [outbox_id] = await session.scalars(
            update(OutboxEntry)
            .where(OutboxEntry.conversation_id == UUID(bundle["conversation"]["id"]))
            .values(status="sent", provider_id=sid, sent_at=clock.now(), error=words)
            .returning(OutboxEntry.id)
        )
    assert (await line.report(str(outbox_id), sid, "delivered")).is_success
    await _think(house, bundle, words)
    await _buy(house, bundle, quoted["result"], phone, words)
    await _book(house, contact["id"], words)
    await business.ok("POST", f"{path}/merge", {"contact_id": other["id"]})
    return Planted(contact["id"], bundle["conversation"]["id"], phone, words, str(outbox_id), sid)


async def _think(house: House, bundle: dict[str, Any], words: str) -> None:
    conversation_id = UUID(bundle["conversation"]["id"])
    of = {"tenant_id": house.business.tenant_id}
    async with house.database.tenant(house.business.tenant_id) as session:
        observation = Observation(
            **of,
            id=new_id(),
            conversation_id=conversation_id,
            turn_id=UUID(bundle["id"]),
            kind="fact",
            note=words,
            data={"said": words},
        )
        session.add(observation)
        await session.flush()
        lesson = Lesson(**of, id=new_id(), kind="unanswered", rule=words, topic=[words], fingerprint=new_id().hex)
        session.add(lesson)
        await session.flush()
        contact_id = UUID(bundle["contact"]["id"])
        grounds = {"lesson_id": lesson.id, "observation_id": observation.id, "contact_id": contact_id}
        session.add(LessonGround(**of, **grounds, source="contact"))
        now = clock.now()
        asked = "".join(chr(ord("a") + int(sign, 16)) for sign in words[-12:])
        session.add(
            Observation(
                **of,
                id=new_id(),
                conversation_id=conversation_id,
                turn_id=UUID(bundle["id"]),
                kind="unanswered",
                note=words,
                data={"question": words, "topic": [asked]},
            )
        )
        session.add(QuestionState(**of, key=asked, status="dismissed", decided_by="key:x", decided_at=now))
        await _ask_outside(session, house, bundle, words)
        await _prove(session, house, bundle, words)
        session.add(
            MediaReading(
                **of,
                conversation_id=conversation_id,
                message_id=UUID(bundle["messages"][0]["id"]),
                place=0,
                content_hash=words.encode().hex(),
                content_type="audio/ogg",
                kind="payment_proof",
                text=words,
                model="x",
                cost_micros=0,
                details={"reference": words},
                review="waiting",
                reviewed_by=words,
            )
        )
        session.add(
            Assist(
                **of,
                conversation_id=conversation_id,
                kind="summary",
                asked_by="key:x",
                result={"text": words},
                due_at=now,
                status="ready",
            )
        )


async def _prove(session: AsyncSession, house: House, bundle: dict[str, Any], words: str) -> None:
    """A scenario and a replay in which the canary was left."""
    of, conversation_id = {"tenant_id": house.business.tenant_id}, bundle["conversation"]["id"]
    key = f"turn:{bundle['id']}"
    session.add(
        ReplayRecord(
            **of,
            base_version=1,
            base={},
            candidate={},
            conversations=1,
            scenarios=False,
            runs=1,
            asked_by="key:x",
            cases=[{"key": key, "kind": "turn", "id": bundle["id"], "conversation_id": conversation_id}],
            status="done",
            report={"cases": [{"key": key, "kind": "turn", "moved": "same", "asked": words}]},
            due_at=clock.now(),
        )
    )
    session.add(
        Scenario(
            **of,
            title=words,
            chat=[{"says": words}],
            expect={},
            source="takeover",
            conversation_id=UUID(conversation_id),
            made_by="key:x",
        )
    )


async def _ask_outside(session: AsyncSession, house: House, bundle: dict[str, Any], words: str) -> None:
    """A tool of the business answered with the canary."""
    name = f"stock_{new_id().hex[-8:]}"
    new = NewTool(name=name, description="Stock.", method="GET", url="https://stock.invalid/")
    tool = await create_tool(session, house.settings, new)
    conversation_id = UUID(bundle["conversation"]["id"])
    execution = await begin(session, tool, turn_id=UUID(bundle["id"]), conversation_id=conversation_id)
    execution.excerpt = words


async def _buy(house: House, bundle: dict[str, Any], quote: dict[str, Any], phone: str, words: str) -> None:
    """The next turn places the order and asks for its payment link, which is told of with the canary."""
    conversation = await house.business.ok("GET", f"/v1/conversations/{bundle['conversation']['id']}")
    if conversation["in_charge"] == "person":
        await house.business.ok("POST", f"/v1/conversations/{conversation['id']}/hand-back")
    await house.line.write(f"sí, a la calle {words}", phone)
    [following] = await house.agent.claim(house.business, wait_seconds=30)
    placed = await house.agent.tool(
        following, "place_order", {"proposal_id": quote["proposal_id"], "delivery": f"Calle {words}"}
    )
    assert placed.status_code == 200, placed.text
    order = placed.json()["result"]
    await house.business.ok("PUT", "/v1/payment-accounts/sandbox", {})
    link = await house.agent.tool(following, "send_payment_link", {"order_code": order["code"]})
    assert link.status_code == 200, link.text
    async with house.database.tenant(house.business.tenant_id) as session:
        payment = (
            await session.execute(
                text("SELECT id, account_id FROM payments WHERE order_id = :order_id"), {"order_id": order["order_id"]}
            )
        ).one()
        await session.execute(
            text("UPDATE payments SET url = url || :words, reason = :words WHERE id = :id"),
            {"words": words, "id": payment.id},
        )
        await session.execute(
            text(
                "INSERT INTO payment_events (tenant_id, id, account_id, provider_id, kind, payload, created_at,"
                " updated_at) VALUES"
                " (:tenant_id, :id, :account_id, 'evt ' || :reference, 'paid', CAST(:payload AS jsonb), now(), now())"
            ),
            {
                "tenant_id": house.business.tenant_id,
                "id": new_id(),
                "account_id": payment.account_id,
                "reference": str(payment.id),
                "payload": json.dumps({"reference": str(payment.id), "name": words}),
            },
        )
        refund = {"payment_id": payment.id, "amount": 1, "currency": "MXN", "status": "done", "reason": words}
        session.add(Refund(tenant_id=house.business.tenant_id, id=new_id(), failure=words, **refund))
    await house.agent.answer(following, f"Gracias {words}")


async def _book(house: House, contact_id: str, words: str) -> None:
    """A booking, and the link of its deposit, which is told of with the canary."""
    service = await house.business.ok(
        "POST", "/v1/services", {"name": f"Corte {new_id().hex}", "duration_minutes": 30, "price": 100, "deposit": 40}
    )
    await house.business.ok("POST", "/v1/staff", {"name": f"Bia {new_id().hex}", "service_ids": [service["id"]]})
    local = clock.now() + timedelta(days=8 - clock.now().isoweekday())
    start = local.replace(hour=16, minute=0, second=0, microsecond=0).isoformat()
    ask = {"service_id": service["id"], "start": start, "contact_id": contact_id}
    hold = await house.business.ok("POST", "/v1/holds", ask)
    booking = await house.business.ok("POST", "/v1/bookings", {"hold_id": hold["id"]})
    await house.business.ok("PUT", "/v1/payment-accounts/sandbox", {})
    link = await house.business.ok("POST", f"/v1/bookings/{booking['id']}/payment-link")
    told = {"words": words, "id": link["id"]}
    async with house.database.tenant(house.business.tenant_id) as session:
        await session.execute(text("UPDATE payments SET url = url || :words, reason = :words WHERE id = :id"), told)
    await house.business.ok("POST", "/v1/holds", ask | {"start": start.replace("T16", "T17")})
    rule = {"start": start.replace("T16", "T15"), "every": {"weeks": 1}, "count": 2}
    await house.business.ok("POST", "/v1/booking-series", ask | rule)
    of = {"service_id": service["id"], "contact_id": contact_id}
    await house.business.ok("POST", "/v1/waiting-list", of | {"first_day": start[:10], "last_day": start[:10]})

"""One record of each kind in a business, by the names that addresses and bodies of the API use for their ids."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, text

from backend import clock
from backend.conversations.turn_models import Observation
from backend.database import Database, new_id
from backend.imports.models import CatalogImport, ImportFault
from backend.media.models import MediaReading
from backend.settings import Settings
from backend.tables import metadata
from backend.team.models import Membership, User
from tests.factories import Business, Client, OpenTurn, open_turn, present_and_answer

PRODUCT = {"name": "Gorra", "variants": [{"sku": "G-1", "price": 100, "stock": 9}]}


@dataclass(frozen=True)
class Records:
    """Ids by name, and the token of the turn that made some of them."""

    ids: dict[str, str]
    turn_token: str


async def everything(client: Client, database: Database, settings: Settings, business: Business) -> Records:
    """A new noun needs a line in one of the functions below, if its id is not found by its table's name."""
    made = await business.ok("POST", "/v1/products", PRODUCT)
    turn = await open_turn(client, database, settings, business.tenant_id)
    ids = {
        "product_id": made["id"],
        "variant_id": made["variants"][0]["id"],
        "channel_id": str(turn.channel_id),
        "contact_id": str(turn.contact_id),
        "conversation_id": str(turn.conversation_id),
        "turn_id": str(turn.turn_id),
        "message_id": str(turn.message_id),
    }
    ids |= await _sold(business, database, turn, ids["variant_id"])
    ids |= await _booked(business, turn)
    ids |= await _team(business, database)
    ids |= await _about_people(business, turn)
    hook = {"url": "https://example.com/hooks", "events": ["order.paid"]}
    await business.ok("POST", "/v1/hook-endpoints", hook)
    ids["endpoint_id"] = (await business.ok("GET", "/v1/hook-endpoints"))["items"][0]["id"]
    await business.ok("POST", f"/v1/hook-endpoints/{ids['endpoint_id']}/test")
    await business.ok("POST", f"/v1/conversations/{turn.conversation_id}/assist", {"kind": "summary"})
    await business.ok("POST", "/v1/lessons", {"rule": "Saluda por su nombre."})
    chat = [{"says": "¿Abren el domingo?"}]
    await business.ok("POST", "/v1/scenarios", {"title": "Domingos", "chat": chat})
    await business.ok("POST", "/v1/replays", {"parts": {"voice": "Tutea."}})
    tool = {"name": "stock", "description": "Stock.", "method": "GET", "url": "https://stock.invalid/"}
    ids["proof_id"] = await _proof(database, turn, ids["order_id"])
    ids |= await _of_the_catalog(business)
    await business.ok("POST", "/v1/calendar-links", {"staff_id": ids["staff_id"]})
    feed = {"staff_id": ids["staff_id"], "url": "https://calendar.invalid/a.ics", "name": "Bia"}
    await business.ok("POST", "/v1/calendar-feeds", feed)
    await _asked_in_vain(database, turn)
    await _tried_import(database, turn)
    paper = {"title": "Garantías", "text": "Doce meses."}
    ids["document_id"] = (await business.ok("POST", "/v1/knowledge/documents", paper))["id"]
    faq = {"question": "¿Abren el domingo?", "answer": "No."}
    ids["faq_id"] = (await business.ok("POST", "/v1/knowledge/faqs", faq))["id"]
    key = {"Authorization": f"Bearer {business.api_key}"}
    await business.client.post("/v1/files", content=b"Tres horas.", headers=key)
    ids["tool_id"] = (await business.ok("POST", "/v1/tools", {**tool, "timeout_seconds": 1}))["id"]
    return Records(ids | await _found_by_table(database, business, ids), turn.token)


async def _sold(business: Business, database: Database, turn: OpenTurn, variant_id: str) -> dict[str, str]:
    quote = (await turn.use("create_quote", {"items": [{"variant_id": variant_id, "quantity": 1}]}))["result"]
    await present_and_answer(database, turn)
    order = (await turn.use("place_order", {"proposal_id": quote["proposal_id"]}))["result"]
    await business.ok("PUT", "/v1/payment-accounts/sandbox", {"enabled": True})
    await turn.use("send_payment_link", {"order_code": order["code"]})
    handoff = (await turn.use("hand_off", {"reason": "requested", "summary": "Pide a una persona."}))["result"]
    return {"quote_id": quote["quote_id"], "order_id": order["order_id"], "handoff_id": handoff["handoff_id"]}


async def _of_the_catalog(business: Business) -> dict[str, str]:
    kept = await business.ok("POST", "/v1/stock-reservations", {"sku": "G-1", "quantity": 1})
    words = await business.ok("POST", "/v1/search-synonyms", {"words": ["gorra", "cachucha"]})
    return {"reservation_id": kept["id"], "synonyms_id": words["id"]}


async def _proof(database: Database, turn: OpenTurn, order_id: str) -> str:
    reading = MediaReading(
        tenant_id=turn.tenant_id,
        id=new_id(),
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        place=0,
        content_hash="0" * 64,
        content_type="image/jpeg",
        kind="payment_proof",
        text="Una transferencia.",
        model="offline:none",
        cost_micros=0,
        order_id=UUID(order_id),
        review="waiting",
    )
    async with database.tenant(turn.tenant_id) as session:
        session.add(reading)
    return str(reading.id)


async def _asked_in_vain(database: Database, turn: OpenTurn) -> None:
    """A question by the key `envio`."""
    asked = Observation(
        tenant_id=turn.tenant_id,
        conversation_id=turn.conversation_id,
        turn_id=turn.turn_id,
        kind="unanswered",
        note="A question of the customer could not be answered.",
        data={"question": "¿Hacen envíos?", "topic": ["envio"]},
    )
    async with database.tenant(turn.tenant_id) as session:
        session.add(asked)


async def _tried_import(database: Database, turn: OpenTurn) -> None:
    """A dry run that is over, with something wrong in its file."""
    tried = CatalogImport(
        tenant_id=turn.tenant_id,
        id=new_id(),
        name="productos.csv",
        size=40,
        format="plain",
        dry_run=True,
        missing="keep",
        asked_by="system",
        status="checked",
        lease_until=clock.machine_now(),
    )
    said = {"level": "error", "row": 2, "line": 2, "column": "price", "value": "x", "wrong": "no amount", "remedy": "-"}
    async with database.tenant(turn.tenant_id) as session:
        session.add(tried)
        await session.flush()
        session.add(ImportFault(tenant_id=turn.tenant_id, import_id=tried.id, **said))


async def _booked(business: Business, turn: OpenTurn) -> dict[str, str]:
    room = await business.ok("POST", "/v1/resources", {"name": "Sala 1"})
    cut = {"name": "Corte", "duration_minutes": 30, "price": 100, "resource_ids": [room["id"]]}
    service = await business.ok("POST", "/v1/services", cut)
    staff = await business.ok("POST", "/v1/staff", {"name": "Bia", "service_ids": [service["id"]]})
    hold = await business.ok(
        "POST",
        "/v1/holds",
        {"service_id": service["id"], "start": next_monday_at_ten(), "contact_id": str(turn.contact_id)},
    )
    booking = await business.ok("POST", "/v1/bookings", {"hold_id": hold["id"]})
    quiet = {"first_day": "2026-01-01", "last_day": "2026-01-02"}
    override = await business.ok("POST", "/v1/date-overrides", quiet)
    absence = await business.ok("POST", "/v1/absences", {"staff_id": staff["id"], **quiet})
    day = next_monday_at_ten()[:10]
    of = {"contact_id": str(turn.contact_id), "service_id": service["id"]}
    entry = await business.ok("POST", "/v1/waiting-list", {**of, "first_day": day, "last_day": day})
    rule = {**of, "start": next_monday_at_ten().replace("T10", "T16"), "every": {"weeks": 1}, "count": 2}
    series = await business.ok("POST", "/v1/booking-series", rule)
    return {
        "service_id": service["id"],
        "staff_id": staff["id"],
        "resource_id": room["id"],
        "hold_id": hold["id"],
        "booking_id": booking["id"],
        "override_id": override["id"],
        "absence_id": absence["id"],
        "entry_id": entry["id"],
        "series_id": series["id"],
    }


async def _team(business: Business, database: Database) -> dict[str, str]:
    user_id, member_id = new_id(), new_id()
    async with database.people() as session:
        session.add(User(id=user_id, email=f"bia-{user_id.hex}@example.com", name="Bia", locale="es", password="none"))
    async with database.tenant(business.tenant_id) as session:
        await session.execute(
            insert(Membership).values(tenant_id=business.tenant_id, id=member_id, user_id=user_id, role="agent")
        )
    invited = {"email": f"eva-{user_id.hex}@example.com", "role": "agent"}
    invitation = await business.ok("POST", "/v1/invitations", invited)
    key = (await business.ok("GET", "/v1/api-keys"))["items"][0]
    return {
        "user_id": str(user_id),
        "member_id": str(member_id),
        "invitation_id": invitation["id"],
        "key_id": key["id"],
    }


async def _about_people(business: Business, turn: OpenTurn) -> dict[str, str]:
    def person(number: int) -> dict[str, str]:
        return {"name": f"Persona {number}", "phone": f"+52155123400{number:02}"}

    first, second, third = [await business.ok("POST", "/v1/contacts", person(number)) for number in range(3)]
    contact = f"/v1/contacts/{turn.contact_id}"
    note = await business.ok("POST", f"{contact}/notes", {"body": "Prefiere la tarde."})
    recognised = await business.ok("POST", f"{contact}/identities", {"phone": "+5215512340099"})
    custom = await business.ok("POST", "/v1/contact-fields", {"key": "talla", "label": "Talla"})
    merge = await business.ok("POST", f"/v1/contacts/{first['id']}/merge", {"contact_id": second["id"]})
    erasure = await business.ok("POST", f"/v1/contacts/{third['id']}/erasure")
    await business.ok("PATCH", contact, {"details": {"talla": "38"}})
    return {
        "fact_id": (await business.ok("GET", f"{contact}/facts"))["items"][0]["id"],
        "note_id": note["id"],
        "identity_id": recognised["identities"][0]["id"],
        "field_id": custom["id"],
        "merge_id": merge["id"],
        "erasure_id": erasure["id"],
    }


async def _found_by_table(database: Database, business: Business, known: dict[str, str]) -> dict[str, str]:
    """The newest row of every other table, under the singular of its name's last word: identity_id, delivery_id."""
    found: dict[str, str] = {}
    async with database.tenant(business.tenant_id) as session:
        for table in metadata.sorted_tables:
            word = table.name.rpartition("_")[2]
            name = f"{word[:-3]}y_id" if word.endswith("ies") else f"{word.removesuffix('s')}_id"
            if name in known or "tenant_id" not in table.columns or "id" not in table.columns:
                continue
            newest = await session.scalar(text(f'SELECT id FROM "{table.name}" ORDER BY id DESC LIMIT 1'))
            if newest is not None:
                found[name] = str(newest)
    return found


def next_monday_at_ten() -> str:
    """When the business of the factories is open."""
    local: datetime = clock.now().astimezone(ZoneInfo("America/Mexico_City"))
    monday = local + timedelta(days=8 - local.isoweekday())
    return monday.replace(hour=10, minute=0, second=0, microsecond=0).isoformat()

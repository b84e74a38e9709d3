"""A business with a full diary: bookings made through the API once, then copied within the tables."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psycopg
from psycopg import sql

from evals.world.calling import caller
from evals.world.twin import TwinWorld

ZONE = ZoneInfo("America/Santiago")
RANGES = (("08:00", "13:00"), ("14:00", "20:00"))
DURATION, AFTER, STEP = 30, 10, 15
"""Minutes: of the appointment, of its buffer, of the grid."""
_PLACES = [8 * 60 + 40 * number for number in range(7)] + [14 * 60 + 40 * number for number in range(9)]
"""Minutes of a day at which bookings are: apart, and not all on the grid, as old bookings are."""
_WRITTEN = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' AND is_identity = 'NO'"""
_PLAN = "CREATE TEMPORARY TABLE plan (booking_id uuid, model_id uuid, starts_at timestamptz, code text)"
_COPIES = {
    "bookings": "'id', plan.booking_id, 'hold_id', NULL, 'code', plan.code, 'starts_at', plan.starts_at,"
    " 'ends_at', plan.starts_at + (one.ends_at - one.starts_at)",
    "allocations": "'id', uuidv7(), 'booking_id', plan.booking_id, 'hold_id', NULL, 'starts_at', plan.starts_at,"
    " 'ends_at', plan.starts_at + (one.ends_at - one.starts_at)",
}
_MODELS = {"bookings": "one.id = plan.model_id", "allocations": "one.booking_id = plan.model_id"}


@dataclass(frozen=True)
class Shop:
    """`staff` in the order in which services take them: the service for n people has the first n."""

    tenant_id: str
    key: str
    api: httpx.AsyncClient
    first: date
    staff: list[str]
    services: dict[int, str]


async def open_shop(world: TwinWorld, teams: tuple[int, ...], days: int, per_day: float) -> Shop:
    """A business whose people have `per_day` bookings each on `days` days from next week on, at random places."""
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), RANGES)
    new = {
        "slug": "agenda-llena",
        "name": "Agenda Llena",
        "mode": "appointments",
        "locale": "es-CL",
        "currency": "CLP",
        "timezone": ZONE.key,
        "hours": hours,
        "settings": {"slot_grid_minutes": STEP, "booking_horizon_days": 365},
    }
    made = (await world.platform.post("/v1/tenants", json=new)).raise_for_status().json()
    api = caller(world.installation.backend, made["api_key"], seconds=120)

    async def post(path: str, body: dict[str, Any]) -> Any:
        return (await api.post(path, json=body)).raise_for_status().json()

    staff = [(await post("/v1/staff", {"name": f"Persona {number:02}"}))["id"] for number in range(max(teams))]
    services = {}
    for team in teams:
        service = {"name": f"Corte de {team}", "duration_minutes": DURATION, "price": 900000}
        service |= {"buffer_after_minutes": AFTER, "staff_ids": staff[:team]}
        services[team] = (await post("/v1/services", service))["id"]
    first = world.clock.now().astimezone(ZONE).date() + timedelta(days=7)
    eve = datetime.combine(first - timedelta(days=1), time(9), ZONE).isoformat()
    models = []
    for number, one in enumerate(staff):
        held = await post("/v1/holds", {"service_id": services[max(teams)], "start": eve, "staff_id": one})
        customer = {"name": f"Cliente {number}"}
        models.append((await post("/v1/bookings", {"hold_id": held["id"], "customer": customer}))["id"])
    await _fill(world, made["tenant"]["id"], models, first, days, per_day)
    return Shop(made["tenant"]["id"], made["api_key"], api, first, staff, services)


async def _fill(world: TwinWorld, tenant: str, models: list[str], first: date, days: int, per_day: float) -> None:
    chance = random.Random(7)
    rows: list[tuple[str, datetime, str]] = []
    for number, model in enumerate(models):
        places = [(day, minute) for day in range(days) for minute in _PLACES]
        for day, minute in chance.sample(places, round(days * per_day)):
            starts = datetime.combine(first + timedelta(days=day), time(minute // 60, minute % 60), ZONE)
            rows.append((model, starts, f"F{number:02}{len(rows):06}"))
    async with await psycopg.AsyncConnection.connect(world.installation.database_url) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_PLAN)
        async with connection.cursor() as cursor:
            fill = "INSERT INTO plan SELECT uuidv7(), %s::uuid, %s, %s"
            await cursor.executemany(fill, rows)
        for table, own in _COPIES.items():
            found = await (await connection.execute(_WRITTEN, [table])).fetchall()
            columns = [name for (name,) in found]
            await connection.execute(
                sql.SQL("""
                    INSERT INTO {table} ({columns}) SELECT {made} FROM plan
                    JOIN {table} AS one ON one.tenant_id = %s AND {model}
                    CROSS JOIN LATERAL jsonb_populate_record(one, jsonb_build_object({own})) AS made""").format(
                    table=sql.Identifier(table),
                    columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
                    made=sql.SQL(", ").join(sql.Identifier("made", name) for name in columns),
                    model=sql.SQL(_MODELS[table]),
                    own=sql.SQL(own),
                ),
                [tenant],
            )
        await connection.execute("DROP TABLE plan")
        await connection.commit()
        await connection.set_autocommit(True)
        await connection.execute("VACUUM ANALYZE")

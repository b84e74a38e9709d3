"""Whatever is done with a diary in whichever order, nobody and nothing is taken twice and nothing is lost."""

import asyncio
from uuid import UUID

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from backend.database import Database
from backend.embedded.stores import Stores
from backend.settings import Settings
from tests.backend.bookings.conftest import Calendar, make_salon
from tests.backend.bookings.diary_machine import DiaryMachine
from tests.backend.conftest import serving, settings_of

EXAMPLES, STEPS = 10, 30
SEED = 21
"""Its examples follow every rule, and meet refusals as well as successes."""
MET = {
    "held",
    "confirmed",
    "let_go",
    "moved",
    "changed",
    "deleted",
    "resized",
    "slot-unavailable",
    "illegal-transition",
}


async def _business(platform: Settings) -> UUID:
    async with serving(platform) as client:
        salon = await make_salon(client, platform, name="Estúdio")
        room = await salon.room()
        both = [salon.ana, salon.bia]
        await salon.business.ok("PATCH", f"/v1/services/{salon.cut}", {"name": "Corte"})
        await salon.business.ok("PATCH", f"/v1/staff/{salon.bia}", {"hours": {}})
        await salon.service("Yoga", 30, capacity=3, staff_ids=both, resource_ids=[room], buffer_before_minutes=5)
        await salon.service("Massagem", 45, staff_ids=both, resource_ids=[room])
        await salon.business.ok("POST", "/v1/contacts", {"name": "Carla"})
        return salon.business.tenant_id


def test_nobody_and_nothing_is_taken_twice_in_any_order_of_events(calendar: Calendar, stores: Stores) -> None:
    platform, met = settings_of(stores), set[str]()
    with asyncio.Runner() as runner:
        tenant_id = runner.run(_business(platform))
        database = runner.run(_opened(platform))

        @seed(SEED)
        class OfThisBusiness(DiaryMachine):
            def __init__(self) -> None:
                super().__init__(runner, database, calendar, tenant_id)
                self.done = met

        run_state_machine_as_test(
            OfThisBusiness,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
        runner.run(database.close())
    assert met >= MET


async def _opened(platform: Settings) -> Database:
    return Database(platform)

"""A booking that is deleted is gone with its hold, and its time is free. What it was agreed in stays with one."""

from sqlalchemy import func, select, text

from backend.bookings.models import Allocation, Hold
from backend.database import Database
from tests.backend.bookings.conftest import Salon

FRIDAY = "2026-08-07"


async def test_a_deleted_booking_gives_its_time_back_and_is_told(salon: Salon, database: Database) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    path = f"/v1/bookings/{booking['id']}"
    await salon.business.ok("DELETE", path)
    assert (await salon.business.call("GET", path)).status_code == 404
    assert (await salon.business.call("DELETE", path)).status_code == 404
    assert "09:00" in await salon.free(FRIDAY)
    async with database.tenant(salon.business.tenant_id) as session:
        for table in (Allocation, Hold):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
        told = await session.scalars(
            text("SELECT kind FROM events WHERE subject_id = :id ORDER BY sequence"), {"id": booking["id"]}
        )
        assert list(told) == ["booking.confirmed", "booking.cancelled", "booking.deleted"]
        actor = await session.scalar(
            text("SELECT actor FROM audit WHERE table_name = 'bookings' AND row_id = :id AND action = 'delete'"),
            {"id": booking["id"]},
        )
    assert str(actor).startswith("key:")


async def test_a_booking_that_is_over_can_be_deleted_too(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    path = f"/v1/bookings/{booking['id']}"
    for status in ("IN_PROGRESS", "COMPLETED"):
        await salon.business.ok("POST", f"{path}/status", {"status": status})
    await salon.business.ok("DELETE", path)
    assert (await salon.business.ok("GET", "/v1/bookings"))["items"] == []
    assert "09:00" in await salon.free(FRIDAY)


async def test_a_booking_keeps_the_zone_it_was_made_in_until_it_is_moved(salon: Salon) -> None:
    booking = await salon.book(f"{FRIDAY}T09:00:00")
    await salon.business.ok("PATCH", "/v1/tenant", {"timezone": "Europe/Lisbon"})
    path = f"/v1/bookings/{booking['id']}"
    kept = await salon.business.ok("GET", path)
    assert (kept["start"], kept["timezone"], kept["spoken"]) == (
        booking["start"],
        "America/Sao_Paulo",
        booking["spoken"],
    )
    moved = await salon.business.ok("POST", f"{path}/reschedule", {"start": f"{FRIDAY}T15:00:00+01:00"})
    assert (moved["start"], moved["timezone"]) == ("2026-08-07T15:00:00+01:00", "Europe/Lisbon")

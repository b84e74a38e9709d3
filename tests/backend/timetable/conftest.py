"""The salon of the bookings' tests."""

from tests.backend.bookings.conftest import calendar, salon, turn

__all__ = ["calendar", "salon", "turn"]

"""What calendars outside must notice of a booking."""

from backend.bookings.models import Booking


def count_change(booking: Booking) -> None:
    """It moved or ended: programs take an event for newer than the one they have by its SEQUENCE (RFC 5545,
    3.8.7.4)."""
    booking.calendar_sequence += 1

"""The system of record: tenants, contacts, conversations, catalog, bookings, orders and payments. Knows no language model."""

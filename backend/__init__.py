"""The system of record: tenants, contacts, conversations, catalog, bookings, orders, payments. Knows no model."""

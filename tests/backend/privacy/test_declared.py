"""Every table says where a person is found in it."""

from backend.database import Record
from backend.privacy.declared import HOLDINGS
from backend.tables import metadata


def test_every_table_of_tenants_says_where_a_person_is_found() -> None:
    """A new table is declared in `backend/privacy/declared.py`: how a contact is found in it, and what happens then."""
    of_tenants = {table.name for table in metadata.sorted_tables if "tenant_id" in table.columns}
    assert set(HOLDINGS) == of_tenants
    for name, holding in HOLDINGS.items():
        assert holding.then != "keep" or holding.why, f"say why {name} keeps its rows"
        assert holding.then == "keep" or holding.found, name
        assert holding.aged is None or holding.aged in Record.metadata.tables[name].columns, name


def test_a_table_that_names_a_contact_or_a_conversation_is_looked_into() -> None:
    linked = {"contact_id", "conversation_id", "turn_id", "message_id", "order_id"}
    blind = {
        name
        for name, holding in HOLDINGS.items()
        if holding.found is None and linked & set(Record.metadata.tables[name].columns.keys())
    }
    assert blind == {"events", "erasures"}

"""What the catalogue of the migrated database itself says about keeping tenants apart, whatever the models say."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from backend.migrate import owner_url
from backend.settings import ROLES, Settings

GLOBAL = {"tenants", "users", "sessions", "login_failures", "mails", "api_key_uses", "alembic_version"}
"""Tables of the installation and of people, who may belong to several tenants; their policies are their own."""
OF_ITSELF = {"incidents": "may be about no tenant at all"}
"""Tables whose primary key does not begin with the tenant, and why."""
FOUND_BEFORE_THE_TENANT = {
    "uq_channels_token": "a webhook's address names its channel",
    "uq_payment_accounts_token": "a webhook's address names its account",
    "uq_api_keys_digest": "a key names its tenant",
    "uq_calendar_links_digest": "a calendar's address names its link",
}
"""Unique indexes over all tenants, and why: whoever comes in with one of these is not known yet."""


@pytest.fixture
def catalogue(settings: Settings) -> Iterator[Connection]:
    """The database, as its owner."""
    engine = create_engine(owner_url(settings.database_url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows(catalogue: Connection, sql: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in catalogue.execute(text(sql))]


TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
        EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum > 0),
        EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_tenant')
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
"""


def test_every_table_belongs_to_a_tenant_or_is_known_not_to(catalogue: Connection) -> None:
    found = rows(catalogue, TABLES)
    assert len(found) > 30
    for name, enabled, forced, of_tenant, policy in found:
        if name == "alembic_version":
            continue
        assert enabled, f"{name}: row-level security is off; bring it into backend/tables.py"
        assert forced, f"{name}: its owner steps around row-level security"
        assert policy or name in GLOBAL, f"{name}: nothing says whose rows are seen"
        assert of_tenant or name in GLOBAL, f"{name}: give it tenant_id, or say above why it has none"


def test_keys_begin_with_the_tenant(catalogue: Connection) -> None:
    """So that no row can be found, and no value taken, across tenants by accident."""
    found = rows(
        catalogue,
        """
        SELECT t.relname, i.relname, x.indisprimary, a.attname
        FROM pg_index x
        JOIN pg_class t ON t.oid = x.indrelid
        JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
        WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace
            AND EXISTS (SELECT 1 FROM pg_attribute b WHERE b.attrelid = t.oid AND b.attname = 'tenant_id')
        """,
    )
    assert len(found) > 30
    for table, index, primary, first in found:
        known = table in OF_ITSELF or table in GLOBAL or (not primary and index in FOUND_BEFORE_THE_TENANT)
        assert first == "tenant_id" or known, f"{index} of {table} begins with {first}; let it begin with tenant_id"


def test_references_stay_inside_a_tenant(catalogue: Connection) -> None:
    """A foreign key does not ask row-level security, so it must carry the tenant itself."""
    found = rows(
        catalogue,
        """
        SELECT k.conname, s.relname, t.relname,
            (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY AS u(num, n)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
            (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY AS u(num, n)
                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
        FROM pg_constraint k
        JOIN pg_class s ON s.oid = k.conrelid
        JOIN pg_class t ON t.oid = k.confrelid
        WHERE k.contype = 'f' AND s.relnamespace = 'public'::regnamespace
        """,
    )
    assert len(found) > 20
    for name, source, target, columns, referred in found:
        if target not in GLOBAL:
            inside = columns.split(",")[0] == "tenant_id" and referred.split(",")[0] == "tenant_id"
            assert inside, f"{name}: {source}({columns}) -> {target}({referred}); use tenant_reference"


def test_no_role_that_serves_requests_can_step_around(catalogue: Connection) -> None:
    for name, super_user, bypass, more, members in rows(
        catalogue,
        """
        SELECT rolname, rolsuper, rolbypassrls, rolcreaterole OR rolcreatedb OR rolreplication,
            (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid)
        FROM pg_roles r WHERE rolname LIKE 'tendero\\_%'
        """,
    ):
        assert name in ROLES, f"{name}: who is that?"
        rights = (super_user, bypass, more, members)
        assert not any(rights), name
    owned = rows(
        catalogue,
        f"""SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND pg_get_userbyid(relowner) IN ({", ".join(f"'{role}'" for role in ROLES)})""",
    )
    assert owned == []


def test_functions_that_run_as_the_owner_name_their_schemas(catalogue: Connection) -> None:
    """Without a search path of its own such a function could be led to another's table."""
    found = rows(
        catalogue,
        """
        SELECT proname, coalesce(array_to_string(proconfig, ';'), '') FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace
        """,
    )
    assert {"note_change", "forget_audited"} <= {name for name, _ in found}
    for name, configured in found:
        assert "search_path=" in configured, name

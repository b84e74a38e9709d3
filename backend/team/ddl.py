"""What the door of people may touch, and what tenants see of the tables that belong to no tenant."""

from collections.abc import Iterator

from sqlalchemy import Table

from backend.settings import APP_ROLE, PEOPLE_ROLE

PEOPLE: dict[str, str] = {
    "users": "SELECT, INSERT, UPDATE",
    "sessions": "SELECT, INSERT, UPDATE, DELETE",
    "login_failures": "SELECT, INSERT, UPDATE, DELETE",
    "mails": "SELECT, INSERT, UPDATE, DELETE",
    "memberships": "SELECT",
    "invitations": "SELECT",
    "incidents": "INSERT",
    "tenants": "SELECT (id, slug, name, mode, locale, currency, timezone, status, created_at)",
}
"""Rights of the people role, for the rows of every tenant. What is not named here it cannot see."""

_MY_TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
OF_NO_TENANT: dict[str, tuple[str, str] | None] = {
    "users": (
        "SELECT (id, email, name, email_verified_at)",
        "USING (EXISTS (SELECT FROM memberships WHERE memberships.user_id = users.id))",
    ),
    "mails": ("INSERT", f"WITH CHECK (business_id = {_MY_TENANT})"),
    "api_key_uses": ("SELECT", "USING (EXISTS (SELECT FROM api_keys WHERE api_keys.id = api_key_uses.key_id))"),
    "sessions": None,
    "login_failures": None,
}
"""Of these tables: the right a tenant's transaction has, and to which rows. The row-level security of the tables that
are asked narrows them to the tenant's own."""


FUNCTIONS = """
CREATE OR REPLACE FUNCTION admit_person(its_id uuid, its_email text, its_name text, its_locale text, its_password text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO users (id, email, name, locale, password, platform_admin, created_at, updated_at)
    VALUES (its_id, its_email, its_name, its_locale, its_password, false, now(), now());
    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RETURN false;
END $$;
REVOKE ALL ON FUNCTION admit_person FROM PUBLIC;
GRANT EXECUTE ON FUNCTION admit_person TO tendero_app;
DROP POLICY IF EXISTS of_sign_up ON users;
CREATE POLICY of_sign_up ON users FOR INSERT TO CURRENT_USER WITH CHECK (true);
"""
"""`admit_person` adds somebody who is not verified and administers nothing, so that an account and its business are
made in one transaction, the business's own. False if the e-mail has an account; nothing else of people is told."""


def people_access(table: Table) -> Iterator[str]:
    """Statements that give the people role its rights to one table."""
    name = f'"{table.name}"'
    yield f"REVOKE ALL ON {name} FROM {PEOPLE_ROLE}"
    yield f"DROP POLICY IF EXISTS of_people ON {name}"
    if table.name in PEOPLE:
        yield f"GRANT {PEOPLE[table.name]} ON {name} TO {PEOPLE_ROLE}"
        yield f"CREATE POLICY of_people ON {name} TO {PEOPLE_ROLE} USING (true) WITH CHECK (true)"


def tenants_share(table: Table) -> Iterator[str]:
    """Statements that give the app role what it may see of a table in `OF_NO_TENANT`."""
    name, right = f'"{table.name}"', OF_NO_TENANT[table.name]
    yield f"REVOKE ALL ON {name} FROM {APP_ROLE}"
    yield f"DROP POLICY IF EXISTS of_tenant ON {name}"
    if right is not None:
        yield f"GRANT {right[0]} ON {name} TO {APP_ROLE}"
        command = "FOR INSERT " if right[0] == "INSERT" else "FOR SELECT "
        yield f"CREATE POLICY of_tenant ON {name} {command}TO {APP_ROLE} {right[1]}"

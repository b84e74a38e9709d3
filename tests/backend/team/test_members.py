"""Teams: asking people to join, what they become, and who is left."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend import clock
from backend.database import Database
from tests.backend.team.conftest import PASSWORD, Browser, Letters, an_email, joined
from tests.backend.team.test_sessions import kind
from tests.factories import Business, Client


@pytest.fixture
async def admin(ana: Browser, letters: Letters) -> Browser:
    """Ana, whose e-mail is verified."""
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    return ana


async def test_an_invitation_tells_nobody_who_has_an_account_elsewhere(admin: Browser, letters: Letters) -> None:
    known = await Browser(admin.client).sign_up()
    told = [
        await admin.call("POST", "/v1/invitations", {"email": email, "role": "agent"})
        for email in (known.email, an_email())
    ]
    assert {(answer.status_code, *answer.json()) for answer in told} == {(201, *told[0].json())}
    assert [len(await letters.to(answer.json()["email"], "invite")) for answer in told] == [1, 1]
    one, other = [(await letters.to(answer.json()["email"], "invite"))[0] for answer in told]
    assert (one.words, one.locale, one.user_id) == (other.words, other.locale, None)
    pages = [
        (await admin.client.get(f"/letters/{await letters.token(letter.address, 'invite')}")).text
        for letter in (one, other)
    ]
    assert pages[0] == pages[1]


async def test_somebody_new_is_asked_by_letter_and_joins(admin: Browser, letters: Letters) -> None:
    bia = Browser(admin.client)
    asked = await admin.ok("POST", "/v1/invitations", {"email": bia.email.upper(), "role": "agent"})
    assert (asked["email"], asked["status"]) == (bia.email, "open")
    [letter] = await letters.to(bia.email, "invite")
    assert letter.words == {"business": "Panadería Sol", "inviter": "Ana"}
    token = await letters.token(bia.email, "invite")
    assert kind(await bia.call("POST", "/v1/auth/accept-invitation", {"token": token}))[0] == 422
    weak = {"token": token, "password": "corta"}
    assert kind(await bia.call("POST", "/v1/auth/accept-invitation", weak)) == (422, "weak-password")
    await bia.ok("POST", "/v1/auth/accept-invitation", {"token": token, "password": PASSWORD, "name": "Bia"})
    assert (await bia.ok("GET", "/v1/me"))["email_verified"] is True
    assert (await bia.ok("GET", "/v1/tenant"))["id"] == admin.tenant["id"]
    members = (await bia.ok("GET", "/v1/members"))["items"]
    assert {(one["email"], one["role"]) for one in members} == {(admin.email, "admin"), (bia.email, "agent")}
    [shown] = (await admin.ok("GET", "/v1/invitations"))["items"]
    assert shown["status"] == "accepted"
    assert kind(await bia.call("POST", "/v1/auth/accept-invitation", {"token": token})) == (422, "link-over")
    again = await admin.call("POST", "/v1/invitations", {"email": bia.email, "role": "admin"})
    assert kind(again) == (409, "already-member")
    assert kind(await admin.call("DELETE", f"/v1/invitations/{asked['id']}")) == (409, "already-accepted")


async def test_who_has_an_account_joins_with_it_and_nobody_in_their_place(
    admin: Browser, letters: Letters, client: Client
) -> None:
    bia = await Browser(client).sign_up()
    await admin.ok("POST", "/v1/invitations", {"email": bia.email, "role": "manager"})
    accept = {"token": await letters.token(bia.email, "invite")}
    thief = await Browser(client).sign_up()
    assert kind(await thief.call("POST", "/v1/auth/accept-invitation", accept)) == (401, "sign-in-first")
    wrong = {**accept, "password": "no es esta clave"}
    assert kind(await Browser(client).call("POST", "/v1/auth/accept-invitation", wrong)) == (401, "wrong-credentials")
    await bia.ok("POST", "/v1/auth/accept-invitation", accept)
    roles = {one["slug"]: one["role"] for one in (await bia.ok("GET", "/v1/me/businesses"))["items"]}
    assert roles == {bia.tenant["slug"]: "admin", admin.tenant["slug"]: "manager"}
    assert len((await thief.ok("GET", "/v1/me/businesses"))["items"]) == 1


async def test_an_invitation_that_was_taken_back_replaced_or_is_over_opens_nothing(
    admin: Browser, letters: Letters, database: Database
) -> None:
    bia = Browser(admin.client)
    first = await admin.ok("POST", "/v1/invitations", {"email": bia.email, "role": "admin"})
    replaced = await letters.token(bia.email, "invite")
    second = await admin.ok("POST", "/v1/invitations", {"email": bia.email, "role": "viewer"})
    assert (await admin.ok("GET", f"/v1/invitations/{first['id']}"))["status"] == "revoked"
    latest = await letters.token(bia.email, "invite")
    for _ in range(2):
        await admin.ok("DELETE", f"/v1/invitations/{second['id']}")
    await admin.ok("POST", "/v1/invitations", {"email": bia.email, "role": "viewer"})
    late = await letters.token(bia.email, "invite")
    async with database.people() as session:
        letter = await session.merge((await letters.to(bia.email, "invite"))[-1])
        letter.expires_at = clock.machine_now() - timedelta(seconds=1)
    for number, token in enumerate((replaced, latest, late)):
        accept = {"token": token, "password": PASSWORD}
        assert kind(await bia.call("POST", "/v1/auth/accept-invitation", accept)) == (422, "link-over"), number


async def test_nobody_is_flooded_with_invitations(admin: Browser, letters: Letters) -> None:
    victim = an_email()
    for number in range(7):
        asked = await admin.call("POST", "/v1/invitations", {"email": victim, "role": "viewer"})
        if number < 5:
            await admin.ok("DELETE", f"/v1/invitations/{asked.json()['id']}")
        else:
            assert kind(asked) == (429, "too-many-letters")
            assert 0 < int(asked.headers["retry-after"]) <= 3600
    assert len(await letters.to(victim, "invite")) == 5
    await admin.ok("POST", "/v1/invitations", {"email": an_email(), "role": "viewer"})


async def test_a_business_keeps_an_admin(admin: Browser, letters: Letters) -> None:
    [own] = (await admin.ok("GET", "/v1/members"))["items"]
    assert kind(await admin.call("DELETE", f"/v1/members/{own['id']}")) == (409, "last-admin")
    assert kind(await admin.call("PATCH", f"/v1/members/{own['id']}", {"role": "viewer"})) == (409, "last-admin")
    bia = await joined(admin, letters, "admin")
    ids = {one["email"]: one["id"] for one in (await admin.ok("GET", "/v1/members"))["items"]}
    answers = await asyncio.gather(
        admin.call("DELETE", f"/v1/members/{ids[bia.email]}"), bia.call("DELETE", f"/v1/members/{ids[admin.email]}")
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 204
    assert statuses[1] in (400, 404, 409)
    left = [one for one in (admin, bia) if (await one.call("GET", "/v1/members")).status_code == 200]
    assert len(left) == 1
    assert [one["role"] for one in (await left[0].ok("GET", "/v1/members"))["items"]] == ["admin"]


async def test_a_member_leaves_and_the_last_admin_stays(admin: Browser, letters: Letters, client: Client) -> None:
    bia = await joined(admin, letters, "agent")
    tenant_id = admin.tenant["id"]
    stranger = await Browser(client).sign_up()
    assert kind(await stranger.call("DELETE", f"/v1/me/businesses/{tenant_id}")) == (404, "not-found")
    await bia.ok("DELETE", f"/v1/me/businesses/{tenant_id}")
    assert (await bia.ok("GET", "/v1/me/businesses"))["items"] == []
    assert kind(await bia.call("DELETE", f"/v1/me/businesses/{tenant_id}")) == (404, "not-found")
    assert kind(await admin.call("DELETE", f"/v1/me/businesses/{tenant_id}")) == (409, "last-admin")


async def test_another_businesss_members_and_invitations_do_not_exist(
    admin: Browser, letters: Letters, client: Client, business: Business
) -> None:
    [member] = (await admin.ok("GET", "/v1/members"))["items"]
    invitation = await admin.ok("POST", "/v1/invitations", {"email": an_email(), "role": "viewer"})
    for method, path, body in (
        ("GET", f"/v1/members/{member['id']}", None),
        ("PATCH", f"/v1/members/{member['id']}", {"role": "viewer"}),
        ("DELETE", f"/v1/members/{member['id']}", None),
        ("GET", f"/v1/invitations/{invitation['id']}", None),
        ("DELETE", f"/v1/invitations/{invitation['id']}", None),
    ):
        answer = await business.call(method, path, body)
        assert kind(answer) == (404, "not-found"), path
        assert admin.email not in answer.text
    assert (await business.ok("GET", "/v1/members"))["items"] == []
    assert (await admin.ok("GET", f"/v1/invitations/{invitation['id']}"))["status"] == "open"


async def test_without_a_verified_email_nothing_real_is_connected_and_nobody_asked(
    ana: Browser, letters: Letters, business: Business
) -> None:
    number = {
        "provider": "twilio",
        "address": "+14155238886",
        "credentials": {"account_sid": "AC" + "0" * 32, "auth_token": "very secret"},
    }
    key = await ana.ok("POST", "/v1/api-keys", {"name": "k", "scopes": ["*"]})
    by_key = Business(ana.client, business.tenant_id, key["api_key"])
    assert kind(await ana.call("POST", "/v1/channels", number)) == (403, "email-unverified")
    assert kind(await by_key.call("POST", "/v1/channels", number)) == (403, "email-unverified")
    new = {"email": an_email(), "role": "viewer"}
    assert kind(await ana.call("POST", "/v1/invitations", new)) == (403, "email-unverified")
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    await ana.ok("POST", "/v1/channels", number)
    await by_key.ok("POST", "/v1/channels", {**number, "address": "+14155238887"})
    await business.ok("POST", "/v1/channels", {**number, "address": "+14155238888"})


async def test_a_tenants_transaction_sees_of_people_its_own_members_names(
    admin: Browser, letters: Letters, client: Client, database: Database, business: Business
) -> None:
    await Browser(client).sign_up()
    async with database.tenant(UUID(admin.tenant["id"])) as session:
        assert (await session.scalars(text("SELECT email FROM users"))).all() == [admin.email]
    for forbidden in (
        "SELECT password FROM users",
        "SELECT * FROM sessions",
        "SELECT * FROM login_failures",
        "SELECT * FROM mails",
        "UPDATE users SET platform_admin = true",
        "DELETE FROM users",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.tenant(UUID(admin.tenant["id"])) as session:
                await session.execute(text(forbidden))
    for forbidden in (
        "SELECT body FROM messages",
        "SELECT name FROM contacts",
        "SELECT digest FROM api_keys",
        "UPDATE memberships SET role = 'admin'",
        "SELECT settings FROM tenants",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.people() as session:
                await session.execute(text(forbidden))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.queue() as session:
            await session.execute(text("SELECT email FROM users"))

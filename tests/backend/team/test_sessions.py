"""Signing in, staying signed in, and being thrown out."""

import asyncio
import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from sqlalchemy import text, update

from backend import clock
from backend.database import Database, new_id
from backend.settings import Settings
from backend.team.models import LoginFailure, Session
from backend.team.sessions import RACERS
from backend.team.tokens import AccessTicket, issue_access, issue_refresh
from tests.backend.team.conftest import Browser, Letters, an_email
from tests.factories import Client


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:tendero:problem:")


def unsigned(*parts: dict[str, Any]) -> str:
    """A token that claims to need no signature."""
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join([*encoded, ""])


async def session_of(browser: Browser, database: Database) -> Session:
    [mine] = [one for one in (await browser.ok("GET", "/v1/me/sessions"))["items"] if one["current"]]
    async with database.people() as session:
        return await session.get_one(Session, UUID(mine["id"]))


async def age(database: Database, session_id: UUID, by: timedelta) -> None:
    """As if the session's token had been rotated so long ago."""
    async with database.people() as session:
        known = await session.get_one(Session, session_id)
        known.rotated_at -= by


async def test_a_person_signs_in_refreshes_and_signs_out(ana: Browser) -> None:
    first = ana.cookie
    assert (await ana.sign_in()).status_code == 200
    assert ana.cookie != first
    assert len((await ana.ok("GET", "/v1/me/sessions"))["items"]) == 2
    spent, access = ana.cookie, ana.access
    refreshed = await ana.ok("POST", "/v1/auth/refresh")
    assert refreshed["expires_in"] == 900
    assert (ana.cookie != spent, ana.access != access) == (True, True)
    await ana.ok("POST", "/v1/auth/logout")
    assert ana.cookie == ""
    assert kind(await ana.call("GET", "/v1/me")) == (401, "unauthorized")
    assert kind(await ana.call("POST", "/v1/auth/refresh")) == (401, "session-over")


async def test_a_spent_refresh_token_ends_its_sign_in_and_no_other(ana: Browser, database: Database) -> None:
    elsewhere = Browser(ana.client, email=ana.email)
    assert (await elsewhere.sign_in()).status_code == 200
    stolen, known = ana.cookie, await session_of(ana, database)
    await ana.ok("POST", "/v1/auth/refresh")
    await age(database, known.id, timedelta(minutes=1))
    thief = Browser(ana.client, cookie=stolen)
    assert kind(await thief.call("POST", "/v1/auth/refresh")) == (401, "refresh-reused")
    assert kind(await ana.call("POST", "/v1/auth/refresh")) == (401, "session-over")
    assert kind(await ana.call("GET", "/v1/me")) == (401, "unauthorized")
    await elsewhere.ok("GET", "/v1/me")
    async with database.people() as session:
        assert (await session.get_one(Session, known.id)).revoked_for == "reused"
    async with database.queue() as session:
        told = text("SELECT count(*) FROM incidents WHERE kind = 'session.reused' AND details ->> 'sign_in' = :session")
        assert await session.scalar(told, {"session": str(known.id)}) == 1


async def test_tabs_that_refresh_at_once_get_one_new_token_and_stay_signed_in(ana: Browser) -> None:
    spent = ana.cookie
    answers = await asyncio.gather(
        *(Browser(ana.client, cookie=spent).call("POST", "/v1/auth/refresh") for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert all("set-cookie" not in answer.headers for answer in answers if answer.status_code == 409)
    [winner] = [answer for answer in answers if answer.status_code == 200]
    ana.access = winner.json()["access_token"]
    await ana.ok("GET", "/v1/me")


async def test_a_slow_tab_among_many_stays_signed_in(ana: Browser) -> None:
    slow = Browser(ana.client, cookie=ana.cookie)
    for _ in range(3):
        await ana.ok("POST", "/v1/auth/refresh")
    assert kind(await slow.call("POST", "/v1/auth/refresh")) == (409, "refresh-raced")
    await ana.ok("GET", "/v1/me")
    await ana.ok("POST", "/v1/auth/refresh")


async def test_an_old_token_from_long_before_the_last_one_is_no_race(ana: Browser) -> None:
    oldest = ana.cookie
    for _ in range(RACERS + 1):
        await ana.ok("POST", "/v1/auth/refresh")
    assert kind(await Browser(ana.client, cookie=oldest).call("POST", "/v1/auth/refresh")) == (401, "refresh-reused")
    assert kind(await ana.call("GET", "/v1/me")) == (401, "unauthorized")


async def test_sign_ins_end_when_they_are_not_used_and_at_last(ana: Browser, database: Database) -> None:
    known = await session_of(ana, database)
    now = clock.machine_now()
    async with database.people() as session:
        found = await session.get_one(Session, known.id)
        found.created_at, found.expires_at = now - timedelta(days=89), now + timedelta(days=1)
    await ana.ok("POST", "/v1/auth/refresh")
    async with database.people() as session:
        found = await session.get_one(Session, known.id)
        assert found.expires_at <= now + timedelta(days=1, minutes=1)
        found.expires_at = now - timedelta(seconds=1)
    assert kind(await ana.call("POST", "/v1/auth/refresh")) == (401, "session-over")
    assert kind(await ana.call("GET", "/v1/me")) == (401, "unauthorized")


async def test_tokens_that_nobody_issued_open_nothing(ana: Browser, settings: Settings, database: Database) -> None:
    known = await session_of(ana, database)
    ticket = AccessTicket(known.user_id, known.id)
    good = issue_access(settings, ticket)
    claims = jwt.decode(good, options={"verify_signature": False})
    header = {name: value for name, value in jwt.get_unverified_header(good).items() if name != "alg"}
    key = settings.derive("access-token")
    other = settings.model_copy(update={"secret_key": type(settings.secret_key)("x" * 40)})
    past = clock.machine_now() - timedelta(seconds=1)
    forged = [
        unsigned({**header, "alg": "none"}, claims),
        jwt.encode(claims, key, algorithm="HS512", headers=header),
        jwt.encode(claims, "a" * 64, algorithm="HS256", headers=header),
        jwt.encode({**claims, "iss": "elsewhere"}, key, headers=header),
        jwt.encode({**claims, "aud": "tendero:turn"}, key, headers=header),
        jwt.encode({**claims, "exp": past}, key, headers=header),
        jwt.encode({name: claims[name] for name in claims if name != "exp"}, key, headers=header),
        jwt.encode({**claims, "sub": "1 OR 1=1"}, key, headers=header),
        jwt.encode({**claims, "sub": str(new_id())}, key, headers=header),
        jwt.encode({**claims, "sid": str(new_id())}, key, headers=header),
        jwt.encode(claims, key, headers={**header, "kid": "another"}),
        jwt.encode(claims, key, headers={**header, "typ": "JWT"}),
        issue_access(other, ticket),
        "a.b.c",
        "..",
        good[:-2],
        settings.service_token,
    ]
    for token in forged:
        ana.access = token
        for path in ("/v1/me", "/v1/tenant"):
            assert kind(await ana.call("GET", path)) == (401, "unauthorized"), token
    unknown, _ = issue_refresh(settings, new_id(), 0)
    early, _ = issue_refresh(settings, known.id, 7)
    foreign, _ = issue_refresh(other, known.id, 0)
    for refresh in (unknown, foreign, "tnr_", "tnr_%%%", "x" * 4000, good):
        assert kind(await Browser(ana.client, cookie=refresh).call("POST", "/v1/auth/refresh"))[0] == 401, refresh
    await Browser(ana.client, cookie=ana.cookie).ok("POST", "/v1/auth/refresh")
    assert kind(await Browser(ana.client, cookie=early).call("POST", "/v1/auth/refresh"))[0] == 401


async def test_a_page_of_another_site_cannot_use_the_cookie(ana: Browser, settings: Settings) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        for path in ("/v1/auth/refresh", "/v1/auth/logout"):
            assert kind(await ana.call("POST", path, **headers)) == (403, "cross-site")
    settings.cors_origins = ("https://panel.example",)
    for headers in ({"Origin": "https://panel.example"}, {"Origin": settings.public_url}, {}):
        await ana.ok("POST", "/v1/auth/refresh", **headers)


async def test_one_sees_where_one_is_signed_in_and_ends_it(ana: Browser, client: Client) -> None:
    phone = Browser(client, email=ana.email)
    credentials = {"email": ana.email, "password": ana.password}
    await phone.ok("POST", "/v1/auth/login", credentials, **{"User-Agent": "Phone"})
    shown = (await ana.ok("GET", "/v1/me/sessions"))["items"]
    assert (shown[0]["device"], shown[0]["current"]) == ("Phone", False)
    stranger = await Browser(client).sign_up()
    assert (await stranger.call("DELETE", f"/v1/me/sessions/{shown[0]['id']}")).status_code == 404
    await ana.ok("DELETE", f"/v1/me/sessions/{shown[0]['id']}")
    assert (await phone.call("GET", "/v1/me")).status_code == 401
    assert (await ana.call("DELETE", f"/v1/me/sessions/{shown[0]['id']}")).status_code == 404
    await phone.sign_in()
    await ana.ok("DELETE", "/v1/me/sessions")
    assert (await phone.call("GET", "/v1/me")).status_code == 401
    await ana.ok("GET", "/v1/me")


async def test_a_precondition_that_cannot_be_judged_changes_nothing(ana: Browser) -> None:
    for tag in ('"nope"', (await ana.call("GET", "/v1/me")).headers["etag"]):
        refused = await ana.call("PATCH", "/v1/me", {"name": "X"}, **{"If-Match": tag})
        assert kind(refused) == (412, "precondition-failed")
    assert (await ana.ok("GET", "/v1/me"))["name"] == "Ana"


async def test_a_new_password_ends_every_other_sign_in(ana: Browser) -> None:
    phone = Browser(ana.client, email=ana.email)
    await phone.sign_in()
    change = {"current": ana.password, "password": "otras palabras distintas"}
    assert kind(await ana.call("POST", "/v1/me/password", {**change, "current": "no es esta"})) == (
        401,
        "wrong-credentials",
    )
    assert kind(await ana.call("POST", "/v1/me/password", {**change, "password": "corta"})) == (422, "weak-password")
    await ana.ok("POST", "/v1/me/password", change)
    await ana.ok("GET", "/v1/me")
    assert (await phone.call("GET", "/v1/me")).status_code == 401
    assert kind(await phone.sign_in()) == (401, "wrong-credentials")
    assert (await phone.sign_in("otras palabras distintas")).status_code == 200


async def test_guessing_is_stopped_and_starts_anew_after_the_pause(ana: Browser, database: Database) -> None:
    for _ in range(5):
        assert kind(await ana.sign_in("no es esta")) == (401, "wrong-credentials")
    locked = await ana.sign_in()
    assert kind(locked) == (429, "locked-out")
    assert 0 < int(locked.headers["retry-after"]) <= 30
    await ana.ok("GET", "/v1/me")
    await let_pauses_pass(database)
    assert (await ana.sign_in()).status_code == 200
    for _ in range(4):
        assert kind(await ana.sign_in("no es esta")) == (401, "wrong-credentials")


async def test_a_new_password_ends_the_pause_as_the_refusal_says(ana: Browser, letters: Letters) -> None:
    for _ in range(5):
        await ana.sign_in("no es esta")
    locked = await ana.sign_in()
    assert kind(locked) == (429, "locked-out")
    assert "POST /v1/auth/forgot-password" in locked.json()["detail"]
    await ana.ok("POST", "/v1/auth/forgot-password", {"email": ana.email})
    token = await letters.token(ana.email, "reset")
    await ana.ok("POST", "/v1/auth/reset-password", {"token": token, "password": "otras palabras distintas"})
    assert (await ana.sign_in("otras palabras distintas")).status_code == 200


async def test_pauses_grow_while_the_guessing_goes_on(ana: Browser, database: Database) -> None:
    waits = []
    for _ in range(5):
        await ana.sign_in("no es esta")
    for _ in range(7):
        waits.append(int((await ana.sign_in("no es esta")).headers["retry-after"]))
        await let_pauses_pass(database)
        assert kind(await ana.sign_in("no es esta")) == (401, "wrong-credentials")
    assert waits == sorted(waits)
    assert waits[0] <= 30
    assert 800 < waits[-1] <= 900


async def test_of_many_guesses_at_once_five_are_looked_at(ana: Browser) -> None:
    answers = await asyncio.gather(*(Browser(ana.client, email=ana.email).sign_in(f"guess {n}") for n in range(25)))
    assert sorted(answer.status_code for answer in answers) == [*[401] * 5, *[429] * 20]


async def test_one_address_that_tries_many_accounts_is_stopped_too(ana: Browser, client: Client) -> None:
    guesser = Browser(client)
    answers = []
    for _ in range(51):
        guesser.email = an_email()
        answers.append(await guesser.sign_in())
    assert [answer.status_code for answer in answers] == [*[401] * 50, 429]
    guesser.email = ana.email
    assert kind(await guesser.sign_in()) == (429, "locked-out")
    assert (await ana.sign_in()).status_code == 200


async def test_signing_in_oneself_buys_no_further_guesses(ana: Browser) -> None:
    for _ in range(12):
        for _ in range(4):
            guesser = Browser(ana.client, email=an_email(), address=ana.address)
            assert (await guesser.sign_in()).status_code == 401
        assert (await ana.sign_in()).status_code == 200
    for _ in range(2):
        assert (await Browser(ana.client, email=an_email(), address=ana.address).sign_in()).status_code == 401
    assert kind(await ana.sign_in()) == (429, "locked-out")


async def test_whether_an_account_exists_cannot_be_told(ana: Browser, client: Client, letters: Letters) -> None:
    nobody = Browser(client, email=an_email())
    seen: list[list[tuple[int, Any]]] = []
    for browser in (ana, nobody):
        said: list[tuple[int, Any]] = []
        for _ in range(6):
            answer = await browser.sign_in("no es esta")
            said.append((answer.status_code, {**answer.json(), "detail": "", "retry_after_seconds": 0}))
        answer = await browser.call("POST", "/v1/auth/forgot-password", {"email": browser.email})
        said.append((answer.status_code, answer.text))
        seen.append(said)
    assert seen[0] == seen[1]
    assert seen[0][-1][0] == 202
    assert len(await letters.to(ana.email, "reset")) == 1
    assert await letters.to(nobody.email, "reset") == []


async def test_a_forgotten_password_is_set_anew_by_letter(ana: Browser, letters: Letters, database: Database) -> None:
    for _ in range(7):
        await ana.call("POST", "/v1/auth/forgot-password", {"email": ana.email})
    assert len(await letters.to(ana.email, "reset")) == 5
    token = await letters.token(ana.email, "reset")
    new = {"token": token, "password": "otras palabras distintas"}
    for weak in ("corta", "Panaderia.Sol.2026", ana.email.partition("@")[0]):
        refused = await ana.call("POST", "/v1/auth/reset-password", {**new, "password": weak})
        assert kind(refused) == (422, "weak-password")
    stranger = Browser(ana.client)
    await stranger.ok("POST", "/v1/auth/reset-password", new)
    assert (await ana.call("GET", "/v1/me")).status_code == 401
    assert (await ana.sign_in("otras palabras distintas")).status_code == 200
    assert (await ana.ok("GET", "/v1/me"))["email_verified"] is True
    for letter in await letters.to(ana.email, "reset"):
        assert letter.used_at is not None
    assert kind(await stranger.call("POST", "/v1/auth/reset-password", new)) == (422, "link-over")


async def test_links_are_good_once_for_their_purpose_and_in_time(
    ana: Browser, letters: Letters, database: Database
) -> None:
    verify = await letters.token(ana.email, "verify")
    mistaken = {"token": verify, "password": "otras palabras distintas"}
    assert kind(await ana.call("POST", "/v1/auth/reset-password", mistaken)) == (422, "link-over")
    for wrong in (verify[:-3] + "AAA", "tnm_", "x", verify.removeprefix("tnm_")[4:], "tnm_" + "A" * 64):
        assert kind(await ana.call("POST", "/v1/auth/verify-email", {"token": wrong})) == (422, "link-over"), wrong
    await ana.ok("POST", "/v1/auth/verify-email", {"token": verify})
    assert kind(await ana.call("POST", "/v1/auth/verify-email", {"token": verify})) == (422, "link-over")
    await ana.call("POST", "/v1/me/verification")
    assert len(await letters.to(ana.email, "verify")) == 1
    await ana.call("POST", "/v1/auth/forgot-password", {"email": ana.email})
    [letter] = await letters.to(ana.email, "reset")
    async with database.people() as session:
        (await session.merge(letter)).expires_at = clock.machine_now() - timedelta(seconds=1)
    late = {"token": await letters.token(ana.email, "reset"), "password": "otras palabras más"}
    assert kind(await ana.call("POST", "/v1/auth/reset-password", late)) == (422, "link-over")


async def test_nothing_of_a_secret_is_stored(ana: Browser, letters: Letters, database: Database) -> None:
    await ana.call("POST", "/v1/auth/forgot-password", {"email": ana.email})
    reset = await letters.token(ana.email, "reset")
    async with database.people() as session:
        rows = [
            (await session.scalars(text(f"SELECT CAST(to_jsonb({table}) AS text) FROM {table}"))).all()
            for table in ("users", "sessions", "login_failures", "mails")
        ]
    stored = str(rows)
    for secret in (ana.password, ana.cookie, ana.access, reset):
        assert secret not in stored


async def test_what_cannot_be_read_is_refused(client: Client) -> None:
    for path in ("login", "refresh", "logout", "forgot-password", "reset-password", "verify-email"):
        for body in (b"{bad", b"[]", b"", b'{"email": "\xff"}', b'{"surprise": 1}'):
            headers = {"Content-Type": "application/json"}
            answer = await client.post(f"/v1/auth/{path}", content=body, headers=headers)
            assert answer.status_code in (400, 401, 422), (path, body, answer.text)


async def let_pauses_pass(database: Database) -> None:
    """As if everybody who is locked out had waited."""
    async with database.people() as session:
        await session.execute(update(LoginFailure).values(locked_until=clock.machine_now()))

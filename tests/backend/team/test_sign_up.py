"""From nothing to a simulated chat, and what is refused on the way."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from backend.database import new_id
from backend.settings import Settings
from tests.backend.line import Agent
from tests.backend.team.conftest import BUSINESS, PASSWORD, Browser, Letters, an_email
from tests.factories import Client


async def test_whoever_signs_up_talks_to_the_simulated_chat_at_once(
    browser: Browser, agent: Agent, letters: Letters
) -> None:
    await browser.sign_up()
    assert browser.tenant["slug"].startswith("panaderia-sol")
    assert browser.tenant["currency"] == "MXN"
    sent = await browser.ok("POST", "/v1/sandbox/messages", {"from": "ana", "text": "hola"})
    assert sent["turn_id"] is not None
    assert [channel["provider"] for channel in (await browser.ok("GET", "/v1/channels"))["items"]] == ["sandbox"]
    [business] = (await browser.ok("GET", "/v1/me/businesses"))["items"]
    assert (business["slug"], business["role"]) == (browser.tenant["slug"], "admin")
    [letter] = await letters.to(browser.email, "verify")
    assert (letter.status, letter.locale) == ("queued", "es-MX")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: Client) -> None:
    given = {"email": an_email(), "password": PASSWORD}
    made = await client.post("/v1/sign-up", json={**given, "business": BUSINESS})
    assert (made.status_code, made.headers.get_list("set-cookie")) == (202, [])
    answer = await client.post("/v1/auth/login", json=given)
    assert answer.status_code == 200
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-tendero-refresh=")
    said = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite=strict", "path=/"} <= said
    assert not any(part.startswith("domain") for part in said)
    assert "tnr_" not in answer.text
    assert PASSWORD not in answer.text


def _told(answer: httpx.Response) -> tuple[int, str, set[str]]:
    return answer.status_code, answer.text, set(answer.headers)


async def test_an_email_that_has_an_account_is_answered_as_one_that_has_none(ana: Browser, letters: Letters) -> None:
    other, slug = "otra frase bien distinta", f"luna-{new_id().hex}"
    business = {**BUSINESS, "name": "Salón Luna", "slug": slug}
    given = {"password": other, "name": "Eva", "business": business}
    again = await Browser(ana.client).call("POST", "/v1/sign-up", {"email": ana.email.upper(), **given})
    new = await Browser(ana.client).call("POST", "/v1/sign-up", {"email": an_email(), **given})
    assert _told(again) == _told(new)
    assert min(again.elapsed, new.elapsed) >= timedelta(seconds=0.2)
    assert (await ana.sign_in(other)).json()["type"] == "urn:tendero:problem:wrong-credentials"
    assert (await ana.sign_in()).status_code == 200
    assert [one["slug"] for one in (await ana.ok("GET", "/v1/me/businesses"))["items"]] == [ana.tenant["slug"]]
    assert (await ana.ok("GET", "/v1/me"))["name"] == "Ana"


async def test_whoever_has_the_account_is_told_by_letter_and_may_choose_a_new_password(
    ana: Browser, letters: Letters
) -> None:
    given = {"email": ana.email, "password": "otra frase bien distinta", "business": BUSINESS}
    for _ in range(7):
        await Browser(ana.client).ok("POST", "/v1/sign-up", given)
    assert len(await letters.to(ana.email, "taken")) == 5, "nobody floods a letter box"
    assert len(await letters.to(ana.email, "verify")) == 1
    token = await letters.token(ana.email, "taken")
    assert '<input name="password"' in (await ana.client.get(f"/letters/{token}")).text
    new = "seis ovejas en la nieve"
    await ana.ok("POST", "/v1/auth/reset-password", {"token": token, "password": new})
    assert (await ana.sign_in(new)).status_code == 200
    earlier = (await letters.to(ana.email, "taken"))[0]
    assert earlier.used_at is not None, "the other letters' links end with it"


async def test_of_many_who_sign_up_with_one_email_at_once_one_does(client: Client, letters: Letters) -> None:
    email, passwords = an_email(), [f"{PASSWORD} {number}" for number in range(4)]
    given = [{"email": email, "password": password, "business": BUSINESS} for password in passwords]
    answers = await asyncio.gather(*(client.post("/v1/sign-up", json=one) for one in given))
    assert {_told(answer)[:2] for answer in answers} == {(202, answers[0].text)}
    assert len(await letters.to(email, "verify")) == 1
    people = [Browser(client, email, password) for password in passwords]
    signed_in = [person for person in people if (await person.sign_in()).status_code == 200]
    assert len(signed_in) == 1
    assert len((await signed_in[0].ok("GET", "/v1/me/businesses"))["items"]) == 1


async def test_a_slug_that_was_asked_for_is_given_or_refused(client: Client) -> None:
    slug = f"sol-{new_id().hex}"
    made = await Browser(client).sign_up(slug=slug)
    assert made.tenant["slug"] == slug
    stranger = Browser(client)
    new = {"email": stranger.email, "password": PASSWORD, "business": {**BUSINESS, "slug": slug}}
    refused = await stranger.call("POST", "/v1/sign-up", new)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:tendero:problem:slug-taken")
    assert (await stranger.sign_in()).status_code == 401
    await stranger.sign_up()


async def test_the_currency_is_that_of_the_country(client: Client) -> None:
    for locale, currency in {"pt-BR": "BRL", "es-AR": "ARS", "es": "USD", "es-ES": "EUR"}.items():
        assert (await Browser(client).sign_up(locale=locale)).tenant["currency"] == currency


async def test_a_name_without_latin_letters_gets_an_address_too(client: Client) -> None:
    names = ["日本", "  ¡!  ", "a" * 300, "🥐"]
    slugs = [(await Browser(client).sign_up(name=name)).tenant["slug"] for name in names]
    assert len(set(slugs)) == len(slugs)


STRANGE: list[dict[str, Any]] = [
    {"email": "nobody"},
    {"email": "a@b@c.com"},
    {"email": "ana@example.com\r\nBcc: x@example.com"},
    {"email": f"{'a' * 300}@example.com"},
    {"email": "ana\0@example.com"},
    {"password": 7},
    {"password": None},
    {"password": "x" * 2000},
    {"password": "short"},
    {"business": None},
    {"business": {**BUSINESS, "mode": "piracy"}},
    {"business": {**BUSINESS, "timezone": "Mars/Olympus"}},
    {"business": {**BUSINESS, "slug": "../etc"}},
    {"business": {**BUSINESS, "status": "active"}},
    {"platform_admin": True},
]


async def test_what_does_not_fit_is_unprocessable(client: Client) -> None:
    for change in STRANGE:
        given = {"email": an_email(), "password": PASSWORD, "business": BUSINESS, **change}
        answer = await client.post("/v1/sign-up", json=given)
        assert answer.status_code == 422, (change, answer.text)
        assert PASSWORD not in answer.text


async def test_an_installation_may_keep_sign_up_to_itself(client: Client, settings: Settings, ana: Browser) -> None:
    settings.sign_up = "closed"
    refused = await Browser(client).call(
        "POST", "/v1/sign-up", {"email": an_email(), "password": PASSWORD, "business": BUSINESS}
    )
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:tendero:problem:sign-up-closed")
    assert (await ana.call("POST", "/v1/me/businesses", BUSINESS)).status_code == 403


async def test_one_person_owns_several_businesses_and_says_which(ana: Browser) -> None:
    second = await ana.ok("POST", "/v1/me/businesses", {**BUSINESS, "name": "Salón Luna", "mode": "appointments"})
    unsaid = await ana.call("GET", "/v1/tenant")
    assert (unsaid.status_code, unsaid.json()["type"]) == (400, "urn:tendero:problem:business-needed")
    for named in (second["slug"], second["id"]):
        ana.business = named
        assert (await ana.ok("GET", "/v1/tenant"))["id"] == second["id"]
    ana.business = ana.tenant["slug"]
    assert (await ana.ok("GET", "/v1/tenant"))["id"] == ana.tenant["id"]
    assert {one["slug"] for one in (await ana.ok("GET", "/v1/me/businesses"))["items"]} == {
        ana.tenant["slug"],
        second["slug"],
    }


async def test_another_persons_business_does_not_exist(ana: Browser, client: Client) -> None:
    stranger = await Browser(client).sign_up()
    for named in (ana.tenant["slug"], ana.tenant["id"], "nobody-at-all", "x" * 200, "' OR 1=1 --"):
        stranger.business = named
        answer = await stranger.call("GET", "/v1/tenant")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:tendero:problem:not-found")

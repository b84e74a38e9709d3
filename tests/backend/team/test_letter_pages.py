"""The pages behind the links: what a person sees who opens a letter."""

from typing import Any

import httpx

from tests.backend.team.conftest import PASSWORD, Browser, Letters
from tests.factories import Client


async def opened(client: Client, token: str, form: dict[str, Any] | None = None) -> httpx.Response:
    client.cookies.clear()
    if form is None:
        return await client.get(f"/letters/{token}")
    return await client.post(f"/letters/{token}", data=form)


async def test_opening_the_link_changes_nothing_and_the_button_does(ana: Browser, letters: Letters) -> None:
    token = await letters.token(ana.email, "verify")
    for _ in range(2):
        page = await opened(ana.client, token)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert "Confirma que este correo es tuyo" in page.text
        assert "<script" not in page.text
    assert (await ana.ok("GET", "/v1/me"))["email_verified"] is False
    assert "Listo" in (await opened(ana.client, token, {})).text
    assert (await ana.ok("GET", "/v1/me"))["email_verified"] is True
    for again in (await opened(ana.client, token), await opened(ana.client, token, {})):
        assert again.status_code == 410
        assert "does not work any more" in again.text


async def test_a_new_password_is_chosen_on_the_page(ana: Browser, letters: Letters) -> None:
    await ana.call("POST", "/v1/auth/forgot-password", {"email": ana.email})
    token = await letters.token(ana.email, "reset")
    for weak in ({}, {"password": "corta"}, {"password": "x" * 5000}, {"password": "contraseña2026"}):
        refused = await opened(ana.client, token, weak)
        assert refused.status_code == 422
        assert "primeras que alguien probaría" in refused.text
    assert (await opened(ana.client, token, {"password": "otras palabras distintas"})).status_code == 200
    assert (await ana.sign_in("otras palabras distintas")).status_code == 200


async def test_somebody_who_was_asked_joins_on_the_page(ana: Browser, letters: Letters) -> None:
    await ana.ok("POST", "/v1/auth/verify-email", {"token": await letters.token(ana.email, "verify")})
    await ana.ok("PATCH", "/v1/tenant", {"name": "Pan & <b>Sol</b>"})
    bia = Browser(ana.client)
    await ana.ok("POST", "/v1/invitations", {"email": bia.email, "role": "agent"})
    token = await letters.token(bia.email, "invite")
    assert "Pan &amp; &lt;b&gt;Sol&lt;/b&gt;" in (await opened(ana.client, token)).text
    joined = await opened(ana.client, token, {"password": PASSWORD, "name": "Bia\0"})
    assert joined.status_code == 200
    assert (await bia.sign_in()).status_code == 200
    assert (await bia.ok("GET", "/v1/tenant"))["id"] == ana.tenant["id"]
    carla = await Browser(ana.client).sign_up()
    await ana.ok("POST", "/v1/invitations", {"email": carla.email, "role": "agent"})
    token = await letters.token(carla.email, "invite")
    wrong = await opened(ana.client, token, {"password": "no es esta clave"})
    assert (wrong.status_code, "no es la contraseña" in wrong.text) == (422, True)
    assert (await opened(ana.client, token, {"password": PASSWORD})).status_code == 200
    assert len((await carla.ok("GET", "/v1/me/businesses"))["items"]) == 2


async def test_links_that_nobody_wrote_lead_nowhere(client: Client) -> None:
    for token in ("x", "tnm_", "tnm_" + "A" * 64, "a%00b", "%F0%9F%A5%90", "x" * 3000):
        for form in (None, {"password": PASSWORD}):
            assert (await opened(client, token, form)).status_code == 410, token

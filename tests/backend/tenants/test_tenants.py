"""Tenants over HTTP."""

from backend.settings import Settings
from tests.factories import Business, Client, make_business


async def test_a_tenant_is_made_with_the_platform_token_and_speaks_with_its_own_key(business: Business) -> None:
    tenant = await business.ok("GET", "/v1/tenant")
    assert tenant["id"] == str(business.tenant_id)
    assert tenant["settings"]["quiet_window_seconds"] == 4.0
    assert tenant["hours"]["mon"] == [["09:00", "18:00"]]


async def test_without_the_platform_token_nothing_is_made(client: Client, business: Business) -> None:
    new = {
        "slug": "stolen",
        "name": "x",
        "mode": "sales",
        "locale": "es",
        "currency": "MXN",
        "timezone": "America/Mexico_City",
    }
    assert (await client.post("/v1/tenants", json=new)).status_code == 401
    assert (await business.call("POST", "/v1/tenants", new)).status_code == 401


async def test_a_taken_slug_is_a_conflict(client: Client, settings: Settings, business: Business) -> None:
    slug = (await business.ok("GET", "/v1/tenant"))["slug"]
    answer = await client.post(
        "/v1/tenants",
        json={
            "slug": slug,
            "name": "x",
            "mode": "sales",
            "locale": "es",
            "currency": "MXN",
            "timezone": "America/Mexico_City",
        },
        headers={"Authorization": f"Bearer {settings.platform_token}"},
    )
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:tendero:problem:slug-taken"


async def test_settings_are_merged_and_null_goes_back_to_the_default(business: Business) -> None:
    await business.ok("PATCH", "/v1/tenant", {"settings": {"quiet_window_seconds": 0, "hold_minutes": 5}})
    changed = await business.ok("PATCH", "/v1/tenant", {"name": "Otra", "settings": {"hold_minutes": None}})
    assert changed["name"] == "Otra"
    assert changed["settings"]["quiet_window_seconds"] == 0
    assert changed["settings"]["hold_minutes"] == 10


async def test_bad_values_are_refused_by_field(business: Business) -> None:
    for change, field in [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "localtime"}, "timezone"),
        ({"currency": "DOUBLOON"}, "currency"),
        ({"locale": "fr"}, "locale"),
        ({"name": "nul\0l"}, "name"),
        ({"hours": {"mon": [["24:00", "09:00"]]}}, "hours.mon"),
        ({"hours": {"mon": [["18:00", "09:00"], ["20:00", "21:00"]]}}, "hours.mon"),
        ({"hours": {"mon": [["18:00", "09:00"]], "tue": [["08:00", "12:00"]]}}, "hours"),
        ({"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "hours.mon"),
        ({"hours": {"someday": []}}, "hours.someday"),
        ({"settings": {"hold_minutes": -1}}, "hold_minutes"),
        ({"settings": {"unheard_of": 1}}, "unheard_of"),
        ({"surprise": 1}, "surprise"),
    ]:
        answer = await business.call("PATCH", "/v1/tenant", change)
        assert answer.status_code == 422, (change, answer.text)
        assert field in str(answer.json()["errors"]), (change, answer.text)


async def test_facts_are_written_read_replaced_and_removed(business: Business) -> None:
    await business.ok("PUT", "/v1/facts/shipping", {"text": "Dos días."})
    await business.ok("PUT", "/v1/facts/address", {"text": "Calle 1"})
    replaced = await business.ok("PUT", "/v1/facts/shipping", {"text": "Tres días."})
    assert replaced == {"key": "shipping", "text": "Tres días."}
    listed = await business.ok("GET", "/v1/facts")
    assert [item["key"] for item in listed["items"]] == ["address", "shipping"]
    await business.ok("DELETE", "/v1/facts/shipping")
    assert (await business.call("GET", "/v1/facts/shipping")).status_code == 404
    assert (await business.call("DELETE", "/v1/facts/shipping")).status_code == 404


async def test_many_facts_are_written_at_once_or_none(business: Business) -> None:
    await business.ok("PUT", "/v1/facts/shipping", {"text": "Dos días."})
    await business.ok("PUT", "/v1/facts/parking", {"text": "No hay."})
    new = [{"key": "shipping", "text": "Tres días."}, {"key": "address", "text": "Calle 1"}]
    written = await business.ok("POST", "/v1/facts/bulk", {"facts": new})
    assert written["items"] == [new[1], new[0]]
    for bad in ({"key": "UPPER", "text": "x"}, {"key": "empty", "text": ""}, {"key": "address", "text": "twice"}):
        refused = await business.call("POST", "/v1/facts/bulk", {"facts": [{"key": "address", "text": "x"}, bad]})
        assert refused.status_code == 422, bad
    listed = {item["key"]: item["text"] for item in (await business.ok("GET", "/v1/facts"))["items"]}
    assert listed == {"address": "Calle 1", "parking": "No hay.", "shipping": "Tres días."}


async def test_one_tenants_facts_are_not_anothers(client: Client, settings: Settings, business: Business) -> None:
    await business.ok("PUT", "/v1/facts/address", {"text": "Calle 1"})
    other = await make_business(client, settings)
    assert (await other.ok("GET", "/v1/facts"))["items"] == []
    assert (await other.call("GET", "/v1/facts/address")).status_code == 404

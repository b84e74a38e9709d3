"""Files of a business: taken in as they come, told by their bytes, kept once, served as what they are."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from backend.database import Database
from backend.files import service
from backend.files.addresses import address_of, read_token
from backend.files.receiving import receive
from backend.files.store import key_of, open_store
from backend.housekeeping.files import sweep_tenant
from backend.settings import Settings
from tests.backend.conftest import serving
from tests.factories import Business, make_business

PDF = b"%PDF-1.7\n" + b"catalogo de otono\n" * 40_000
OFFICE = "application/vnd.openxmlformats-officedocument"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


async def sends(business: Business, content: Any, kind: str = "", **params: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {business.api_key}", "Content-Type": kind} if kind else {}
    headers["Authorization"] = f"Bearer {business.api_key}"
    return await business.client.post("/v1/files", content=content, headers=headers, params=params)


async def fills(business: Business, name: str, content: bytes, **fields: Any) -> httpx.Response:
    """By a form."""
    headers = {"Authorization": f"Bearer {business.api_key}"}
    return await business.client.post("/v1/files", files={"file": (name, content)}, data=fields, headers=headers)


def office(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>" * 100)
    return whole.getvalue()


async def test_a_file_comes_back_as_it_went_in_and_its_bytes_are_kept_once(business: Business) -> None:
    raw = await sends(business, PDF, "application/pdf", name="../Catálogo\u202e de  otoño.pdf", caption="Otoño")
    assert raw.status_code == 201, raw.text
    made = raw.json()
    told = {"name": "Catálogo de otoño.pdf", "content_type": "application/pdf", "size": len(PDF), "caption": "Otoño"}
    assert told.items() <= made.items()
    assert made["sha256"] == sha256(PDF).hexdigest()
    form = (await fills(business, "otra.pdf", PDF, caption="Otra", sendable="true", purpose="knowledge")).json()
    assert (form["name"], form["caption"], form["sendable"]) == ("otra.pdf", "Otra", True)
    used = await business.ok("GET", "/v1/files/usage")
    assert (used["files"], used["bytes"]) == (2, len(PDF))
    await business.ok("DELETE", f"/v1/files/{made['id']}")
    path = f"/v1/files/{form['id']}/content"
    whole = await business.call("GET", path)
    assert (whole.content, whole.headers["content-type"]) == (PDF, "application/pdf")
    assert whole.headers["content-disposition"].startswith('attachment; filename="otra.pdf"')
    assert whole.headers["x-content-type-options"] == "nosniff"
    key = {"Authorization": f"Bearer {business.api_key}"}
    part = await business.client.get(path, headers={**key, "Range": "bytes=5-8"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, PDF[5:9], f"bytes 5-8/{len(PDF)}")
    assert (await business.client.get(path, headers={**key, "Range": f"bytes={len(PDF)}-"})).status_code == 416
    known = await business.client.get(path, headers={**key, "If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert [item["id"] for item in (await business.ok("GET", "/v1/files", purpose="knowledge"))["items"]] == [
        form["id"]
    ]
    await business.ok("DELETE", f"/v1/files/{form['id']}")
    assert (await business.ok("GET", "/v1/files/usage"))["bytes"] == 0


@pytest.mark.parametrize(
    ("name", "kind", "content", "refused"),
    [
        ("foto.png", "image/png", PDF, "unlike-declared"),
        ("foto.png", "image/jpeg", PNG, "unlike-declared"),
        ("factura.pdf", "", PNG, "unlike-declared"),
        ("pagina.txt", "text/plain", b"\n <!DOCTYPE html><script>alert(1)</script>", "unsupported-kind"),
        ("pagina.txt", "text/plain", "<html><script>alert(1)</script>".encode("utf-16-le"), "unsupported-kind"),
        ("nota.txt", "text/plain", b"\xff\xfe" + bytes(range(256)), "unsupported-kind"),
        ("dibujo.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "unsupported-kind"),
        ("a.exe", "", b"MZ\x90\x00\x03" + bytes(200), "unsupported-kind"),
        ("a.zip", "application/zip", office("otro.txt"), "unsupported-kind"),
        ("a.docx", "", office("word/document.xml", "word/vbaProject.bin"), "unsupported-kind"),
        ("a.gif", "image/gif", b"GIF89a" + office("META-INF/MANIFEST.MF"), "two-kinds"),
        ("carta", "", b"{\\rtf1\\ansi Hola}", "unsupported-kind"),
        ("carta.txt", "text/plain", b"{\\rtf1\\ansi Hola}", "unsupported-kind"),
        ("a.pdf", "application/pdf", b"", "empty-file"),
    ],
)
async def test_what_lies_about_itself_is_refused_and_leaves_nothing(
    business: Business, name: str, kind: str, content: bytes, refused: str
) -> None:
    answer = await sends(business, content, kind, name=name)
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:tendero:problem:{refused}"), answer.text
    assert (await business.ok("GET", "/v1/files/usage"))["files"] == 0


async def test_bytes_under_the_content_type_of_a_form_without_files_are_told_how_to_come(business: Business) -> None:
    answer = await sends(business, PDF, "application/x-www-form-urlencoded", name="a.pdf")
    assert (answer.status_code, "as part `file`" in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("lista.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Office 2003"),
        ("lista.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "without a password"),
        ("carta.rtf", b"{\\rtf1\\ansi Hola}", "DOCX or PDF"),
        ("IMG_2041.HEIC", b"\x00\x00\x00\x18ftypheic" + bytes(64), "as JPEG"),
        ("fuente.ttf", b"\x00\x01\x00\x00" + bytes(64), "a picture (JPEG, PNG"),
    ],
)
async def test_a_refused_kind_is_told_what_to_send_instead(
    business: Business, name: str, content: bytes, told: str
) -> None:
    answer = await fills(business, name, content)
    assert (answer.status_code, told in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        (
            "a.docx",
            office("word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("a.xlsx", office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.csv", "sku;precio\r\nA;12,50\r\n".encode("cp1252"), "text/csv"),
        ("leeme.md", "# Envíos\n<b>tres</b> días\n".encode(), "text/markdown"),
        ("nota", "a 16 bits".encode("utf-16"), "text/plain"),
        ("nota", "a 16 bits, sin marca".encode("utf-16-be"), "text/plain"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("a.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(64), "video/mp4"),
        ("voz.ogg", b"OggS" + bytes(64), "audio/ogg"),
    ],
)
async def test_what_a_file_is_its_bytes_say(business: Business, name: str, content: bytes, kind: str) -> None:
    answer = await fills(business, name, content)
    assert (answer.status_code, answer.json().get("content_type")) == (201, kind), answer.text


async def test_too_much_is_refused_before_it_comes_if_it_is_said_and_while_it_comes_if_not(settings: Settings) -> None:
    narrow = settings.model_copy(update={"files_most_bytes": 300_000, "files_tenant_bytes": 500_000})
    async with serving(narrow) as client:
        business = await make_business(client, narrow)
        assert "413 " in await first_line_for(business, content_length=300_001)
        streamed = await sends(business, chunks_of(b"%PDF-1.7\n".ljust(300_001, b"x")), "application/pdf", name="a.pdf")
        assert (streamed.status_code, streamed.json()["type"]) == (413, "urn:tendero:problem:too-large")
        for filling in (b"a", b"a", b"b"):
            answer = await sends(business, b"%PDF-1.7\n".ljust(300_000, filling), "application/pdf", name="a.pdf")
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:tendero:problem:files-full")
        used = await business.ok("GET", "/v1/files/usage")
        assert (used["files"], used["bytes"]) == (2, 300_000)
        assert await kept(narrow, business) == 1


async def test_an_upload_that_breaks_off_leaves_nothing_behind(settings: Settings, business: Business) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield PDF
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await sends(business, breaking(), "application/pdf", name="a.pdf")
    assert (await business.ok("GET", "/v1/files/usage"))["files"] == 0
    assert await kept(settings, business) == 0


async def test_an_upload_with_a_key_has_its_effect_once(business: Business) -> None:
    async def send(content: bytes) -> httpx.Response:
        headers = {"Authorization": f"Bearer {business.api_key}", "Idempotency-Key": "folleto-1"}
        return await business.client.post("/v1/files", files={"file": ("folleto.pdf", content)}, headers=headers)

    first, again = await send(PDF), await send(PDF)
    assert (first.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert (await send(PDF + b"x")).json()["type"] == "urn:tendero:problem:idempotency-mismatch"
    assert (await business.ok("GET", "/v1/files/usage"))["files"] == 1


async def first_line_for(business: Business, content_length: int) -> str:
    """What is answered to the head of a request alone."""
    address = business.client.base_url
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = (
        "POST /v1/files HTTP/1.1",
        f"Host: {address.host}",
        f"Authorization: Bearer {business.api_key}",
        f"Content-Length: {content_length}",
    )
    writer.write("\r\n".join(head).encode() + b"\r\n\r\n")
    line = await reader.readline()
    writer.close()
    return line.decode()


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


async def kept(settings: Settings, business: Business) -> int:
    """How many blobs of the business lie in the store."""
    return sum([len(batch) async for batch in open_store(settings).listed(business.tenant_id)])


async def test_bytes_without_a_row_are_swept_once_they_are_old_and_rows_without_bytes_stay(
    settings: Settings, database: Database, business: Business
) -> None:
    store = open_store(settings)
    lost, kept_one = [(await fills(business, "a.txt", one)).json()["id"] for one in (b"uno", b"dos")]
    async with database.tenant(business.tenant_id) as session:
        file = await service.get_file(session, UUID(lost))
    await store.delete(key_of(business.tenant_id, file.blob))
    await receive(store, business.tenant_id, "a.txt", chunks_of(b"no row tells of these"), most_bytes=100)
    now = datetime.now(UTC)
    assert await sweep_tenant(database, store, business.tenant_id, now - timedelta(days=1)) == (0, 1)
    assert await sweep_tenant(database, store, business.tenant_id, now + timedelta(minutes=1)) == (1, 1)
    assert (await business.call("GET", f"/v1/files/{kept_one}/content")).content == b"dos"
    gone = await business.call("GET", f"/v1/files/{lost}/content")
    assert (gone.status_code, gone.json()["type"]) == (404, "urn:tendero:problem:bytes-missing")
    await fills(business, "b.txt", b"uno")
    assert (await business.call("GET", f"/v1/files/{lost}/content")).content == b"uno"


async def test_an_address_is_good_for_its_file_until_it_ends_and_survives_a_new_secret_key(
    settings: Settings, business: Business
) -> None:
    made = (await fills(business, "Catálogo de otoño.pdf", PDF)).json()
    of = (business.tenant_id, UUID(made["id"]))
    former = settings.model_copy(update={"secret_key": SecretStr("f" * 40)})
    rotated = settings.model_copy(update={"old_secret_keys": (former.secret_key,)})
    path = urlsplit(address_of(settings, *of)).path
    read = await business.client.get(path)
    assert (read.status_code, read.content, read.headers["content-type"]) == (200, PDF, "application/pdf")
    assert read.headers["content-disposition"].startswith('inline; filename="Cat-logo-de-oto-o.pdf"')
    head = await business.client.head(path)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(PDF)), b"")
    token = path.rpartition("/")[2]
    assert read_token(rotated, urlsplit(address_of(former, *of)).path.rpartition("/")[2]) == read_token(settings, token)
    ended = address_of(settings, *of, timedelta(hours=-3)).rpartition("/")[2]
    foreign = address_of(former, *of).rpartition("/")[2]
    flipped = ("B" if token[30] == "A" else "A").join((token[:30], token[31:]))
    for wrong in (ended, foreign, flipped, token[:-1], f"{token}A", "x", "%00", "á" * 70):
        answer = await business.client.get(f"/files/{wrong}")
        assert answer.status_code == 404, wrong

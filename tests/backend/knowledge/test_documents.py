"""A document's way: uploaded, read, told to the index, found, cited; changed, hidden, gone."""

from typing import Any

import pytest

from backend.database import Database
from backend.errors import Unprocessable
from backend.knowledge.faqs import read_csv
from backend.settings import Settings
from tests.backend.knowledge.conftest import Shelf
from tests.backend.knowledge.papers import pdf
from tests.backend.settling import settled
from tests.factories import Business, Client, open_turn

WARRANTY = "La garantía de las bicicletas cubre doce meses contra defectos de fábrica en el cuadro."
RETURNS = "Se aceptan cambios dentro de treinta días con la nota de compra y el producto sin uso."


async def fed(client: Client, settings: Settings, business: Business, database: Database) -> dict[str, dict[str, Any]]:
    """What the feed says last of each passage of the business."""
    await settled(database)
    headers = {"Authorization": f"Bearer {settings.service_token}"}
    told: dict[str, dict[str, Any]] = {}
    params: dict[str, Any] = {}
    while True:
        page = (await client.get("/internal/knowledge/changes", params=params, headers=headers)).json()
        told |= {one["passage_id"]: one for one in page["items"] if one["tenant_id"] == str(business.tenant_id)}
        if not page["more"]:
            return told
        params = {"after": page["next"]}


async def test_a_document_is_uploaded_read_found_and_cited(
    client: Client, settings: Settings, business: Business, database: Database, shelf: Shelf
) -> None:
    content = pdf(["1. Garantía de bicicletas", WARRANTY], ["2. Devoluciones", RETURNS])
    file_id = await shelf.file("Políticas 2026.pdf", content, sendable="true")
    document = await shelf.document(file_id=file_id)
    assert (document["status"], document["title"], document["language"]) == ("ready", "Políticas 2026", "es")
    assert (document["pages"], document["passages"], document["sendable"]) == (2, 2, True)

    known = await fed(client, settings, business, database)
    passage_id, told = next(item for item in known.items() if item[1]["text"]["body"] == RETURNS)
    assert told["text"] == {
        "title": "Políticas 2026",
        "heading": "2. Devoluciones",
        "body": RETURNS,
        "language": "es",
    }

    turn = await open_turn(client, database, settings, business.tenant_id)
    answer = await turn.use("knowledge_passages", {"passage_ids": [passage_id]})
    [passage] = answer["result"]["passages"]
    assert passage["source"] == "Políticas 2026, 2. Devoluciones, p. 2"
    assert passage["file_id"] == file_id
    assert answer["result"]["name_the_source"] is True
    [evidence] = answer["evidence"]
    assert (evidence["kind"], evidence["value"]["text"]) == ("knowledge", RETURNS)

    await business.ok("PATCH", f"/v1/knowledge/documents/{document['id']}", {"active": False})
    hidden = await fed(client, settings, business, database)
    assert all(one["deleted"] for one in hidden.values())
    assert (await turn.use("knowledge_passages", {"passage_ids": [passage_id]}, 1))["result"]["passages"] == []


async def test_what_stays_the_same_in_a_new_file_keeps_its_place_in_the_index(
    client: Client, settings: Settings, business: Business, database: Database, shelf: Shelf
) -> None:
    first = await shelf.document(file_id=await shelf.file("a.pdf", pdf(["GARANTÍA", WARRANTY], ["CAMBIOS", RETURNS])))
    before = await fed(client, settings, business, database)
    longer = WARRANTY.replace("doce", "veinticuatro")
    changed = await shelf.file("b.pdf", pdf(["GARANTÍA", longer], [""], ["CAMBIOS", RETURNS]))
    await business.ok("PATCH", f"/v1/knowledge/documents/{first['id']}", {"file_id": changed})
    await shelf.read(first["id"])
    after = await fed(client, settings, business, database)
    same = [one for one in after if not after[one]["deleted"] and after[one]["text"]["body"] == RETURNS]
    assert [after[one]["revision"] for one in same] == [before[one]["revision"] for one in same]
    assert sorted(after[one]["deleted"] for one in after) == [False, False, True]
    [passage] = (await business.ok("GET", f"/v1/knowledge/documents/{first['id']}/passages", limit=1))["items"]
    assert passage["body"] == longer


async def test_a_reading_that_fails_leaves_what_was_read_before(
    client: Client, settings: Settings, business: Business, database: Database, shelf: Shelf
) -> None:
    document = await shelf.document(title="Políticas", text=f"# Garantía\n\n{WARRANTY}")
    scanned = await shelf.file("scan.pdf", pdf([], []))
    await business.ok("PATCH", f"/v1/knowledge/documents/{document['id']}", {"file_id": scanned})
    failed = await shelf.read(document["id"])
    assert (failed["status"], failed["passages"]) == ("failed", 1)
    assert "upload a PDF with text" in failed["reason"]
    assert [one["text"]["body"] for one in (await fed(client, settings, business, database)).values()] == [WARRANTY]

    picture = await shelf.file("tallas.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, caption="Tabla de tallas de botas")
    await business.ok("PATCH", f"/v1/knowledge/documents/{document['id']}", {"file_id": picture})
    assert (await shelf.read(document["id"]))["status"] == "ready"
    used = (await business.call("DELETE", f"/v1/files/{picture}")).json()["used_by"]
    assert [one["id"] for one in used] == [document["id"]]
    await business.call("DELETE", f"/v1/files/{picture}", force=True)
    orphan = await business.ok("GET", f"/v1/knowledge/documents/{document['id']}")
    assert (orphan["status"], "file was deleted" in orphan["reason"]) == ("ready", True)

    await business.ok("DELETE", f"/v1/knowledge/documents/{document['id']}")
    assert all(one["deleted"] for one in (await fed(client, settings, business, database)).values())


async def test_a_picture_is_read_again_when_its_caption_changes(business: Business, shelf: Shelf) -> None:
    picture = await shelf.file("tallas.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    document = await shelf.document(file_id=picture)
    assert (document["status"], "give its file one" in document["reason"]) == ("failed", True)

    async def told(**change: Any) -> list[str]:
        await business.ok("PATCH", f"/v1/files/{picture}", change)
        assert (await shelf.read(document["id"]))["status"] == "ready"
        page = await business.ok("GET", f"/v1/knowledge/documents/{document['id']}/passages")
        return [passage["body"] for passage in page["items"]]

    assert await told(caption="Tabla de tallas: 38 son 24 cm") == ["Tabla de tallas: 38 son 24 cm"]
    assert await told(caption="Tabla de tallas: 38 son 24,5 cm") == ["Tabla de tallas: 38 son 24,5 cm"]
    read_at = (await business.ok("GET", f"/v1/knowledge/documents/{document['id']}"))["read_at"]
    assert await told(sendable=True) == ["Tabla de tallas: 38 son 24,5 cm"]
    assert (await business.ok("GET", f"/v1/knowledge/documents/{document['id']}"))["read_at"] == read_at


async def test_faqs_come_alone_or_as_a_table_and_a_known_question_is_written_over(
    client: Client, settings: Settings, business: Business, database: Database
) -> None:
    faq = {"question": "¿Reparan bicicletas eléctricas?", "answer": "Sí, menos la batería."}
    made = await business.ok("POST", "/v1/knowledge/faqs", {**faq, "other_wordings": ["¿Arreglan e-bikes?"]})
    taken = (await business.call("POST", "/v1/knowledge/faqs", faq)).json()
    assert (taken["type"], taken["faq_id"]) == ("urn:tendero:problem:question-taken", made["id"])
    assert f"PATCH /v1/knowledge/faqs/{made['id']}" in taken["detail"]
    table = "Pregunta;Respuesta;activa\nReparan bicicletas electricas;Sí, todas.;sí\n¿Dan clases?;Los sábados.;no\n"
    done = await business.ok("POST", "/v1/knowledge/faqs/bulk", {"csv": table})
    assert (done["created"], done["updated"], done["ids"][0]) == (1, 1, made["id"])
    told = await fed(client, settings, business, database)
    assert told[made["id"]]["text"]["body"] == "Sí, todas."
    assert told[done["ids"][1]]["deleted"]
    broken = await business.call("POST", "/v1/knowledge/faqs/bulk", {"csv": "question,answer\n¿Y si no?,x\n,\n"})
    assert broken.status_code == 422
    assert "line 3" in broken.json()["detail"]
    wide = await business.call(
        "POST", "/v1/knowledge/faqs/bulk", {"csv": "question,answer\nHow, when?,Now, or later\n"}
    )
    assert "Line 2 has more cells" in wide.json()["detail"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            "pregunta,respuesta,activa\n¿Dan clases?,Los sábados.,todavía no\n",
            "line 2: active: this is neither yes nor no",
        ),
        ("pregunta,question,respuesta\n¿Dan clases?,,Los sábados.\n", "names the columns, each once"),
        ('pregunta,respuesta\n¿Abren?,Sí.\n¿Hay wifi?,"Sí.\n¿Dan clases?,No.\n', "line 3: a quotation mark"),
        ("pregunta,respuesta\n", "Nothing was stored: there are no rows"),
        ("pregunta,respuesta\n??,No.\n", "line 2: question: String should have at least 3 characters"),
        ("pregunta,respuesta\n¿Abren?, \n", "line 2: answer: String should have at least 1 character"),
        ("pregunta,respuesta,idioma\n¿Abren?,Oui.,francés\n", "line 2: language: Input should be 'es', 'pt' or 'en'"),
    ],
)
def test_a_table_that_cannot_be_read_or_in_two_ways_is_refused_with_what_to_mend(table: str, told: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_csv(table)
    assert told in refused.value.detail


def test_a_question_that_is_not_active_is_not_told_whatever_the_word_for_it() -> None:
    rows = "".join(f"¿Dan clases {word}?,Los sábados.,{word}\n" for word in ("inactiva", "inativa", "N", "falso"))
    assert [faq.active for faq in read_csv(f"pregunta,respuesta,activa\n{rows}¿Abren?,Sí.,\n")] == [False] * 4 + [True]


def test_a_language_may_be_written_as_people_call_it() -> None:
    named = {"español": "es", "Português": "pt", "inglés": "en", "inglês": "en", "pt-BR": "pt", "ES": "es", "": None}
    rows = "".join(f"¿Hablan {number}?,Sí.,{name}\n" for number, name in enumerate(named))
    assert [faq.language for faq in read_csv(f"pregunta,respuesta,idioma\n{rows}")] == [*named.values()]


async def test_a_text_without_words_is_refused_at_once_and_a_long_one_is_taken(business: Business) -> None:
    """As long as it is said that one may be: more than the quarter of a megabyte that other bodies have."""
    blank = await business.call("POST", "/v1/knowledge/documents", {"title": "Vacío", "text": " \n\t"})
    assert (blank.status_code, blank.json()["errors"][0]["field"]) == (422, "text")
    long = {"title": "Manual", "text": "Cubre doce meses. " * 20_000}
    assert (await business.ok("POST", "/v1/knowledge/documents", long))["status"] == "waiting"


async def test_what_nobody_sees_in_questions_and_titles_is_not_told_either(
    client: Client, settings: Settings, business: Business, database: Database, shelf: Shelf
) -> None:
    unseen = "\u200b\U000e0041\u202e"
    faq = {
        "question": f"¿Abren{unseen}?",
        "answer": f"Sí{unseen}.\nDe 9 a 6.",
        "other_wordings": [f"¿Hor{unseen}ario?"],
    }
    asked = await business.ok("POST", "/v1/knowledge/faqs", faq)
    document = await shelf.document(title=f"Env{unseen}íos", text=f"Tres{unseen} días.")
    told = await fed(client, settings, business, database)
    assert told[asked["id"]]["text"] == {
        "title": "¿Abren?",
        "heading": "¿Horario?",
        "body": "Sí.\nDe 9 a 6.",
        "language": "es",
    }
    [passage] = (await business.ok("GET", f"/v1/knowledge/documents/{document['id']}/passages"))["items"]
    assert told[passage["id"]]["text"]["title"] == "Envíos"
    turn = await open_turn(client, database, settings, business.tenant_id)
    answer = await turn.use("knowledge_passages", {"passage_ids": [asked["id"], passage["id"]]})
    cards = [(one["source"], one["text"]) for one in answer["result"]["passages"]]
    assert cards == [("¿Abren?", "Sí.\nDe 9 a 6."), ("Envíos", "Tres días.")]

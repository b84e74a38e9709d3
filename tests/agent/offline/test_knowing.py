"""What only a document says, told with its source and sent as a file, through the real graph and its observer."""

from typing import Any

import pytest

from tests.agent.offline.conversation import Conversation

BALL = (
    "Guía de balones",
    "Inflado",
    "La presión recomendada para inflar un balón del número 5 es de 9 libras, medida en frío.\nNunca lo metas al agua.",
    "es",
)
WASHING = (
    "Cuidados da coloração",
    "Lavagem",
    "Espere 48 horas antes de lavar o cabelo colorido, e use água morna.\nEvite cloro na primeira semana.",
    "pt",
)
TORQUE = (
    "Home handbook",
    "Torque",
    "Tighten the stem bolts to 5 newton metres, evenly and in turns.\nOil the cables often.",
    "en",
)

FILES = [
    {"id": "f-1", "name": "tallas.pdf", "caption": "Guía de tallas"},
    {"id": "f-2", "name": "catalogo-2026.pdf", "caption": "Catálogo de otoño"},
]


def shelf(chat: Conversation, document: tuple[str, str, str, str]) -> None:
    """Gives the business this one document."""
    title, heading, text, language = document
    told = {"id": "k-1", "kind": "document", "title": title, "heading": heading, "page": 2, "text": text}
    told |= {"source": f"{title}, {heading}, p. 2", "language": language, "file_id": "f-1"}

    def search_knowledge(question: str) -> dict[str, Any]:
        return {"passages": [told], "name_the_source": True}

    def send_file(file_ids: list[str]) -> dict[str, Any]:
        return {"sent": file_ids}

    chat.counter.tools |= {"search_knowledge": search_knowledge, "send_file": send_file}


@pytest.mark.parametrize(
    ("business", "document", "question", "said", "unsaid", "please"),
    [
        (
            "shop",
            BALL,
            "¿qué presión es la recomendada para inflar el balón?",
            "9 libras",
            "agua",
            "mándame el documento",
        ),
        ("salon", WASHING, "quantas horas preciso esperar para lavar o cabelo colorido?", "48 horas", "cloro", "sim"),
        (
            "shop",
            TORQUE,
            "how tight should the stem bolts be, how many newton metres?",
            "5 newton",
            "Oil",
            "yes please",
        ),
    ],
)
async def test_a_question_that_only_a_document_answers(
    business: str, document: tuple[str, str, str, str], question: str, said: str, unsaid: str, please: str
) -> None:
    chat = Conversation(business)
    shelf(chat, document)
    heard = await chat.say(question)
    assert (heard.stopped, heard.outcome) == ([], "answered"), heard
    assert said in heard.text
    assert f"*{document[0]}, {document[1]}, p. 2*" in heard.text
    assert unsaid not in heard.text
    sent = await chat.say(please)
    assert sent.stopped == []
    assert sent.calls == [("send_file", {"file_ids": ["f-1"]})], sent


async def test_what_is_near_the_question_is_no_answer() -> None:
    chat = Conversation("shop")
    shelf(chat, BALL)
    heard = await chat.say("¿aceptan mascotas en la tienda?")
    assert "libras" not in heard.text


async def test_a_catalog_that_the_page_lists_is_sent_by_its_name() -> None:
    chat = Conversation("shop")
    chat.counter.business = {**chat.counter.business, "files": FILES}
    heard = await chat.say("mandame el catálogo en pdf")
    assert heard.calls == [("send_file", {"file_ids": ["f-2"]})]
    assert (heard.stopped, "Aquí tienes el documento." in heard.text) == ([], True)


async def test_how_one_pays_answers_nothing_about_vouchers() -> None:
    chat = Conversation("shop")
    chat.counter.business = {**chat.counter.business, "facts": [{"key": "payment", "text": "Paid by card or cash."}]}
    heard = await chat.say("workshop voucher")
    assert "by card" not in heard.text

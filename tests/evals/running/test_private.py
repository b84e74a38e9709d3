"""What no reply may hold is found, and nothing else is taken for it."""

from typing import Any

from evals.running.private import numbers_said, workings_said
from evals.running.records import Records


def message(body: str, author: str = "agent") -> dict[str, Any]:
    return {"id": "m1", "author": author, "body": body, "deliveries": []}


def test_workings_and_strangers_numbers_are_found() -> None:
    told = message("(search_products ok, 019345f2-7b1c-7a30-8f4e-5d2c6b1a9e00) Valeria, +52 55 1234 5678")
    records = Records(messages=[told])
    assert workings_said(records) == ["search_products", "019345f2-7b1c-7a30-8f4e-5d2c6b1a9e00"]
    assert numbers_said(records) == ["+52 55 1234 5678"]


def test_links_mails_and_marks_are_no_workings_and_a_number_with_a_source_may_be_said() -> None:
    told = message("*¡Listo!* _gracias_ https://shop.example/a_b first_last@shop.example +52 55 8765 4321, $1,299.00")
    asked = message("mi número es +52 (55) 8765-4321", author="contact")
    person = message("call_me at +52 55 1234 5678", author="person")
    records = Records(messages=[asked, told, person])
    assert workings_said(records) == []
    assert numbers_said(records) == []
    claimed = {"claims": [{"quote": "+52 55 8765 4321"}]}
    assert numbers_said(Records(messages=[told], turns=[claimed])) == []
    assert numbers_said(Records(messages=[told])) == ["+52 55 8765 4321"]

"""Spellings of one number meet; different people's numbers do not."""

import pytest

from backend.contacts.phones import as_e164, readable, variants


@pytest.mark.parametrize(
    ("given", "e164"),
    [
        ("whatsapp:+5215512345678", "+5215512345678"),
        ("5215512345678", "+5215512345678"),
        ("+52 1 55 1234-5678", "+5215512345678"),
        ("ana", None),
        ("MX.1234567", None),
        ("+0123456", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_they_were_given(given: str, e164: str | None) -> None:
    assert as_e164(given) == e164


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511998765432", "+551198765432"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ],
)
def test_the_spellings_of_one_mobile_meet_whichever_came_first(one: str, other: str) -> None:
    assert set(variants(one)) & set(variants(other))
    assert variants(one)[0] == one


@pytest.mark.parametrize(
    ("mobile", "landline"), [("+5511932345678", "+551132345678"), ("+551155554444", "+5511955554444")]
)
def test_a_brazilian_landline_is_nobodys_mobile(mobile: str, landline: str) -> None:
    assert not set(variants(mobile)) & set(variants(landline))


@pytest.mark.parametrize("number", ["+14155238886", "+447911123456", "+551132345678"])
def test_numbers_without_variants_stand_alone(number: str) -> None:
    assert variants(number) == (number,)


def test_a_number_is_shown_as_people_write_it() -> None:
    assert readable("+5511998765432") == "+55 11 99876-5432"
    assert readable("+999") == "+999"

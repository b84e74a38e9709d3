"""Spellings of one number meet; different people's numbers do not."""

import pytest

from backend.contacts.phones import as_e164, is_crowd, read_number, readable, variants


@pytest.mark.parametrize(
    ("given", "e164"),
    [
        ("whatsapp:+5215512345678", "+5215512345678"),
        ("5215512345678", "+5215512345678"),
        ("+52 1 55 1234-5678", "+5215512345678"),
        ("ana", None),
        ("MX.1234567", None),
        ("+0123456", None),
        ("551198765432", "+551198765432"),
        ("+5٥12345678", None),
        ("120363023456789012", None),
        ("5" * 10_000, None),
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


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("+54 11 15 2345-6789", "MX", "+5491123456789"),
        ("+54 351 15 234-5678", "AR", "+5493512345678"),
        ("+54 9 11 2345-6789", "AR", "+5491123456789"),
        ("0351 15 234 5678", "AR", "+5493512345678"),
        ("+52 044 55 1234 5678", "MX", "+525512345678"),
        ("045 55 1234 5678", "MX", "+525512345678"),
        ("01 55 1234 5678", "MX", "+525512345678"),
        ("+52 1 55 1234 5678", "MX", "+5215512345678"),
        ("+55 011 98765-4321", "BR", "+5511987654321"),
        ("0055 11 98765-4321", "BR", "+5511987654321"),
        ("00 52 55 1234 5678", "MX", "+525512345678"),
        ("(11) 8765-4321", "BR", "+551187654321"),
        ("whatsapp:+541115234567", "AR", "+541115234567"),
        ("120363023456789012@g.us", "MX", None),
        ("status@broadcast", "MX", None),
        ("00", "MX", None),
        ("+", "ZZ", None),
    ],
)
def test_what_is_dialled_at_home_is_read_as_from_abroad(typed: str, region: str, number: str | None) -> None:
    assert read_number(typed, region) == number


@pytest.mark.parametrize(
    ("address", "crowd"),
    [
        ("whatsapp:120363023456789012@g.us", True),
        ("status@broadcast", True),
        ("whatsapp:5215512345678-1600000000", True),
        ("whatsapp:+120363023456789012", True),
        ("120363023456789012@newsletter", True),
        ("whatsapp:+5215512345678", False),
        ("whatsapp:MX.13491208655302741918", False),
        ("", False),
    ],
)
def test_a_group_is_nobody(address: str, crowd: bool) -> None:
    assert is_crowd(address) is crowd

"""One phone number, several spellings: which of them name the same person.

* Brazil added a 9 before mobile numbers; WhatsApp ids of older accounts lack it. Only numbers whose next digit is
  6 to 9 existed without it: +55 11 9 3xxx-xxxx is a new mobile, +55 11 3xxx-xxxx somebody's landline.
* Mexico dropped the 1 after +52 in 2019; WhatsApp ids still carry it.
* Argentina writes a 9 after +54 for mobiles on international calls only.
* Benin put 01 before all its numbers on 30 November 2024; WhatsApp ids made before that lack it.
"""

import re

import phonenumbers

_BRAZIL_MOBILE = re.compile(r"(\+55\d{2})9?([6-9]\d{7})")
_MEXICO = re.compile(r"\+521?(\d{10})")
_ARGENTINA_MOBILE = re.compile(r"\+549(\d{10})")
_ARGENTINA_TYPED = re.compile(r"\+540?([1-9]\d{11})")
"""Area, 15 and number, as it is dialled at home, behind the country."""
_BRAZIL_TYPED = re.compile(r"\+550(\d{10,11})")
_MEXICO_TYPED = re.compile(r"\+52(?:044|045|01)(\d{10})")
_MEXICO_AT_HOME = re.compile(r"(?:044|045|01)(\d{10})")
_CROWD = re.compile(r"(?:whatsapp:)?(?:.*@(?:g\.us|broadcast|newsletter)|\+?\d{10,15}-\d{10}|\+?120363\d{10,})")
_BENIN = re.compile(r"\+229(?:01)?(\d{8})")


def as_e164(text: str) -> str | None:
    """`+5215512345678` out of `whatsapp:+52 1 55 1234 5678`, a bare WhatsApp id or the like; None if it is no number.

    The digits stay as they were given: a number is never rewritten into its variant.
    """
    digits = re.sub(r"[\s().-]", "", text.removeprefix("whatsapp:")).removeprefix("+")
    if not re.fullmatch(r"[1-9][0-9]{6,14}", digits):
        return None
    return f"+{digits}"


def variants(e164: str) -> tuple[str, ...]:
    """The spellings of a number, itself first. Numbers without known variants stand alone."""
    if match := _BRAZIL_MOBILE.fullmatch(e164):
        others = [f"{match[1]}9{match[2]}", f"{match[1]}{match[2]}"]
    elif match := _MEXICO.fullmatch(e164):
        others = [f"+52{match[1]}", f"+521{match[1]}"]
    elif match := _ARGENTINA_MOBILE.fullmatch(e164):
        others = [f"+54{match[1]}"]
    elif match := _BENIN.fullmatch(e164):
        others = [f"+22901{match[1]}", f"+229{match[1]}"]
    else:
        others = []
    return (e164, *(other for other in others if other != e164))


def read_number(text: str, region: str) -> str | None:
    """A number as somebody of `region` (ISO 3166-1: MX) types it, in E.164; None if it is none.

    `55 1234 5678` is +525512345678 in Mexico, `011 15-2345-6789` is +5491123456789 in Argentina. What begins with a
    plus, with 00 or is a bare WhatsApp id keeps its digits, as `as_e164` has it, but for those that are dialled at home
    only and have crept behind the country: `+54 11 15 2345-6789`, `+52 044 55 1234 5678`, `+55 011 98765-4321`.
    """
    text = text.strip()
    if text.startswith("00"):
        text = f"+{text[2:].lstrip()}"
    if text.startswith("whatsapp:"):
        return as_e164(text)
    if text.startswith("+"):
        return _as_from_abroad(as_e164(text))
    if region == "MX" and (match := _MEXICO_AT_HOME.fullmatch(re.sub(r"[\s().-]", "", text))):
        return f"+52{match[1]}"
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return as_e164(text)
    if phonenumbers.is_possible_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return as_e164(text)


def is_crowd(address: str) -> bool:
    """Whether a provider's address names a group, a broadcast or a channel, and so nobody who could be a contact."""
    return _CROWD.fullmatch(address) is not None


def _as_from_abroad(e164: str | None) -> str | None:
    if e164 is None:
        return None
    if match := _MEXICO_TYPED.fullmatch(e164):
        return f"+52{match[1]}"
    if match := _BRAZIL_TYPED.fullmatch(e164):
        return f"+55{match[1]}"
    if match := _ARGENTINA_TYPED.fullmatch(e164):
        parsed = phonenumbers.parse(f"0{match[1]}", "AR")
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return e164


def readable(e164: str) -> str:
    """The number as people of its country write it internationally; as given if it cannot be parsed."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return e164

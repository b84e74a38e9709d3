"""Taking people out of words: the one place for whatever leaves a conversation, for a report or a scenario.

What is known of the contact (name, e-mail, numbers, details) goes wherever it stands; beside it whatever looks like a
number of a person, an e-mail address, a link, a street address, or one of our codes. Marks such as «name» stand there
instead, so that the words can still be read, and played. Amounts, times and dates stay.
"""

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.codes import ALPHABET, LENGTH
from backend.contacts.models import Contact, Identity
from backend.conversations.models import Conversation

NAME, EMAIL, PHONE, ADDRESS, CODE, LINK, DETAIL = (
    *("«name»", "«email»", "«phone»", "«address»", "«code»", "«link»", "«detail»"),
)
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|\bwa\.me/\S+", re.I)
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
_OUR_CODE = re.compile(rf"(?<![\w-])#?[A-Z]{{1,2}}[- ]?(?=[{ALPHABET}]*\d)[{ALPHABET}]{{{LENGTH}}}(?![\w-])")
_PAPERS = re.compile(
    r"\b(?:[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d|\d{3}\.\d{3}\.\d{3}-\d{2}"
    r"|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}|\d{1,2}\.\d{3}\.\d{3}-[\dkK])\b"
)
"""Numbers of persons and firms: RFC, CURP, CPF, CNPJ, RUT."""
_NUMBER = re.compile(r"(?<![\w$€£.,:/-])\+?\(?\d(?:[ ().-]{0,2}\d){6,18}(?![\w%])")
_DATE = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}")
_AMOUNT = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:[.,]\d{1,2})?")
_STREET = re.compile(
    r"\b(?:calle|c/|avenida|av\.?|avda\.?|boulevard|blvd\.?|calzada|carrera|cra\.?|paseo|pasaje|plaza|camino|colonia"
    r"|col\.|rua|r\.|travessa|alameda|pra[cç]a|rodovia|bairro|street|st\.)\s+"
    r"(?:[^\W\d_][\w.’'-]*\s+){0,5}?(?:[^\W\d_][\w.’'-]*)?[\s,]*(?:n[º°o]?\.?\s*|#\s*|num(?:ero|\.)?\s*)?\d+[\w-]*"
    r"(?:[\s,]+(?:int(?:erior)?|depto|dpto|piso|apto|apt|bloco|casa)\.?\s*\w+)?",
    re.I,
)
_STREET_EN = re.compile(
    r"\b\d+\s+(?:[A-Z][\w’'-]*\s+){1,4}(?:street|st|avenue|ave|road|rd|lane|ln|drive|boulevard|blvd|court|ct)\b\.?",
    re.I,
)
_POSTCODE = re.compile(r"\b(?:c\.?\s?p\.?|cep|zip|postal|codigo postal|código postal)[\s:]*\d[\d-]{3,9}\b", re.I)
_PROPER = r"[A-ZÁÉÍÓÚÑÂÊÔÃÕÇ][^\W\d_]+"
_CALLED = re.compile(
    rf"\b((?i:me llamo|mi nombre es|meu nome é|me chamo|my name is|a nombre de|em nome de|on behalf of|in the name of))"
    rf"\s+[^\W\d_]+(?:\s+(?:(?:de|del|la|da|do|dos)\s+)?{_PROPER}){{0,3}}"
)
_I_AM = re.compile(
    r"\b((?i:soy|sou|i am|i'm|aquí|habla|señora?|sr\.|sra\.|don|doña|dona|seu|mr\.?|mrs\.?|ms\.?))\s+"
    rf"{_PROPER}(?:\s+(?:(?:de|del|la|da|do|dos)\s+)?{_PROPER}){{0,3}}"
)
_PERSONAL = re.compile(r"\w{2}\W+\w{2}|\d{4}|@")
"""A detail of several words, a number or an address; single words such as a colour stay."""
_SHORTEST = 3
"""Letters of a part of a name that is looked for by itself."""
_PARTICLES = frozenset({"del", "las", "los", "dos", "das", "von", "van", "the"})


class Anonymiser:
    """Words without the people in them."""

    def __init__(self, names: Iterable[str] = (), values: Iterable[str] = ()) -> None:
        """`names` of people, whole or in parts; `values` that are known of them, taken out as they stand."""
        parts = {part for name in names for part in [name.strip(), *re.split(r"[\s._@-]+", name)] if _tells(part)}
        self._known = [(_anywhere(part), NAME) for part in sorted(parts, key=len, reverse=True)]
        kept = {value.strip() for value in values if len(value.strip()) >= _SHORTEST}
        self._known += [(_anywhere(value), DETAIL) for value in sorted(kept, key=len, reverse=True)]

    def __call__(self, words: str) -> str:
        words = unicodedata.normalize("NFC", words)
        for shape, mark in ((_LINK, LINK), (_EMAIL, EMAIL), (_UUID, CODE), (_PAPERS, CODE), (_OUR_CODE, CODE)):
            words = shape.sub(mark, words)
        for known, mark in self._known:
            words = known.sub(mark, words)
        for shape in (_STREET, _STREET_EN, _POSTCODE):
            words = shape.sub(ADDRESS, words)
        words = _NUMBER.sub(_unless_amount, words)
        words = _CALLED.sub(rf"\1 {NAME}", words)
        return _I_AM.sub(rf"\1 {NAME}", words)


async def of_conversation(session: AsyncSession, conversation_id: UUID) -> Anonymiser:
    """With what is known of the conversation's contact."""
    row = (
        await session.execute(
            select(Contact.id, Contact.name, Contact.email, Contact.details)
            .join(Conversation, (Conversation.tenant_id == Contact.tenant_id) & (Conversation.contact_id == Contact.id))
            .where(Conversation.id == conversation_id)
        )
    ).one_or_none()
    if row is None:
        return Anonymiser()
    known = [str(detail.get("value", "")) for detail in row.details.values() if isinstance(detail, dict)]
    known += list(await session.scalars(select(Identity.value).where(Identity.contact_id == row.id)))
    mailbox = (row.email or "").partition("@")[0]
    return Anonymiser([row.name or "", mailbox], [one for one in known if _PERSONAL.search(one.strip())])


def _tells(part: str) -> bool:
    return len(part) >= _SHORTEST and any(letter.isalpha() for letter in part) and part.casefold() not in _PARTICLES


def _anywhere(words: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in unicodedata.normalize("NFC", words).split())
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.I)


def _unless_amount(found: re.Match[str]) -> str:
    shown = found[0].strip()
    if _DATE.fullmatch(shown) or _AMOUNT.fullmatch(shown):
        return found[0]
    return PHONE

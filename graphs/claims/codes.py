"""Codes, links, phone numbers and e-mail addresses: only such as a tool, a fact or the customer brought."""

import re
from collections.abc import Iterator

from graphs.claims.findings import Finding, Place, backed, unbacked
from graphs.claims.ground import WRITTEN, Ground
from graphs.claims.text import Draft, fold
from graphs.evidence import EvidenceKind

_LINK = re.compile(
    (
        r"\b(?:https?://|www\.)[^\s<>\"']+|\b(?:[a-z0-9-]{1,40}\.){1,4}(?:com|net|org|io|app|dev|me|mx|br|ar|"
        r"co|cl|pe|es|"
        r"shop|store|link|page|site|online|info|biz|ly|gl|club|xyz|bio|live|pro|tienda|loja)(?:\.[a-z]{2})?"
        r"(?:/[^\s<>\"']*)?(?![\w@])|\b[a-z0-9-]{2,40}\.[a-z]{2,6}/[^\s<>\"']+|"
        r"\b[a-z0-9]+(?:-[a-z0-9]+)+\.[a-z]{2,24}(?![\w@])|"
        r"(?:(?<=\ben )|(?<=\bem )|(?<=\bat )|(?<=\bto )|(?<=\ba )|(?<=\bpor ))[a-z0-9-]{3,40}\.[a-z]{2,24}(?![\w@])"
    ),
    re.I,
)
_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,40}(?:\.[\w-]{1,40}){1,4}\b")
_PHONE = re.compile(r"(?<![\w$])\+?\(?\d{2,4}\)?(?:[\s.-]?\(?\d{2,5}\)?){2,5}(?![\w%])")
_DATE_LIKE = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{4}-\d{2}-\d{2}")
_CODE = re.compile(
    r"(?<![\w#/$.,-])#?(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])(?:[A-Z0-9]+(?:-[A-Z0-9]{2,})+|[A-Z0-9]{3,})(?![\w-])|"
    r"(?<!\w)#\d{3,}\b|\b[A-Z]{2,5}-\d{2,}\b"
)
_NAMED = re.compile(
    r"\b(?:codigo|code|folio|clave|pedido|orden|order|reserva|booking|cita|agendamento|referencia|reference|"
    r"cotizacion|cotacao|orcamento|quote|cupon|cupom|coupon)"
    r"(?:\s(?:de|do|da|of|la|el|su|tu|seu|sua|your|es|e|is|numero|n|no|nro|number|reserva|pedido|cita|"
    r"agendamento|booking|order|confirmacion|confirmacao|confirmation|with|con|com|codigo|"
    r"code)\b\.?)*\s*[:#]?\s*(?P<code>[a-z0-9][a-z0-9-]{3,})"
)
_COUPON = re.compile(r"\b(?:cupon|cupom|coupon|voucher|descuentos?|descontos?|discounts?|promo\w*)\b")
_WORD = re.compile(r"[a-z0-9]+")
_ADDRESS = re.compile(
    r"\b(?:direcci?on|direccion|endereco|address|ubica\w*|locali\w*|calle|av|avenida|rua|street|st|road|avenue|"
    r"colonia|col|barrio|bairro|cep|zip|km|piso|andar|local|vivo en|moro n[ao]|live (?:at|in))\b"
)
_UNITS = re.compile(
    r"\d+(?:GB|TB|MB|KG|G|ML|L|CM|MM|M|W|V|MAH|HZ|GHZ|MP|K|PX|X|XL|H|HS|MIN|AM|PM|USD|MXN|BRL|DPI|RPM|HP|KM|OZ|"
    r"LB|IN|FT|D)(?:\d+)?|[0-9]+X[0-9]+(?:X[0-9]+)?|USB\d?|WIFI\d?|A[0-9]|MP[34]|4K|8K|5G|3D|2D|H2O|B2B|24H|"
    r"COVID-?19|COVID"
)


def judge(draft: Draft, ground: Ground) -> Iterator[Finding]:
    """Links, addresses, phones and codes; all are taken out of the draft, so that their digits are not read again."""
    yield from _links(draft, ground)
    yield from _phones(draft, ground)
    _mask_addresses(draft, ground)


def _links(draft: Draft, ground: Ground) -> Iterator[Finding]:
    urls = {_plain(str(item.value.get("url", ""))): item for item in ground.of(EvidenceKind.LINK, EvidenceKind.DONE)}
    for pattern in (_MAIL, _LINK):
        for match in pattern.finditer(draft.raw):
            if "\x01" in draft.text[match.start() : match.end()]:
                continue
            url = match[0].rstrip(".,;:!?)*_~»”")
            place = Place(draft, match.start(), match.start() + len(url))
            draft.take(place.start, place.end)
            whole = re.compile(rf"(?:(?<=www\.)|(?<![\w.-])){re.escape(fold(_plain(url)))}(?![\w/-]|\.\w)")
            literal = next(((support, item) for text, support, item in _vouching(ground) if whole.search(text)), None)
            if _plain(url) in urls:
                yield backed(place, "link", {"url": url}, urls[_plain(url)])
            elif literal:
                yield backed(place, "link", {"url": url}, *literal)
            elif pattern is _MAIL and fold(url) in ground.said:
                yield backed(place, "link", {"url": url}, "customer")
            else:
                yield unbacked(
                    place,
                    "link",
                    {"url": url},
                    f'No tool result or fact has the address "{url}". Use the one the tool gave, or leave it out.',
                )


def _vouching(ground: Ground) -> list[tuple[str, str, str | None]]:
    """The business's facts and playbook: where to click, call or pay is nothing that the text of a product or a
    document tells."""
    return [one for one in ground.texts if one[1] not in WRITTEN]


def _phones(draft: Draft, ground: Ground) -> Iterator[Finding]:
    for match in _PHONE.finditer(draft.text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) < 8 or _DATE_LIKE.fullmatch(match[0].strip()):
            continue
        place = Place(draft, *match.span())
        draft.take(*match.span())
        known = next(((support, item) for text, support, item in _vouching(ground) if _has_phone(text, digits)), None)
        if known:
            yield backed(place, "code", {"phone": True}, *known)
        elif _has_phone(ground.said, digits) or digits in ground.codes:
            yield backed(place, "code", {"phone": True}, "customer")
        else:
            fault = "The draft gives a phone number that no fact has. Leave it out."
            yield unbacked(place, "code", {"phone": True}, fault)


def _has_phone(text: str, digits: str) -> bool:
    """Whether a text holds this number, with or without its country code."""
    for match in _PHONE.finditer(text):
        other = re.sub(r"\D", "", match[0])
        if len(other) >= 8 and (other.endswith(digits) or digits.endswith(other)):
            return True
    return False


def _mask_addresses(draft: Draft, ground: Ground) -> None:
    """House numbers and postcodes of an address that a fact or the customer gave, known by the words around them."""
    texts = [text for text, support, _ in ground.texts if support != "evidence"] + ground.said.splitlines()
    known = [f" {' '.join(_WORD.findall(text))} " for text in texts if _ADDRESS.search(text)]
    if not known:
        return
    words = list(_WORD.finditer(draft.text))
    for index, word in enumerate(words):
        if (
            not word[0].isdigit()
            or draft.folded[word.start() - 1 : word.start()] in ("$", ":")
            or draft.folded[word.end() : word.end() + 1] in ("%", ":")
        ):
            continue
        for first in (index - 2, index - 1, index):
            window = words[max(first, 0) : first + 3]
            if len(window) == 3 and any(f" {' '.join(one[0] for one in window)} " in text for text in known):
                draft.take(*word.span())
                break


def judge_codes(draft: Draft, ground: Ground) -> Iterator[Finding]:
    """Codes; to be read once names are masked, since names may look like codes."""
    spans: dict[tuple[int, int], str] = {}
    for code in sorted(ground.codes, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w)#?{re.escape(fold(code))}(?!\w)", draft.text) if code else ():
            place = Place(draft, *match.span())
            draft.take(*match.span())
            yield Finding(backed(place, "code", {"code": code}, "evidence", ground.codes[code]).claim)
    upper = "".join(new if new == "\x01" else old for old, new in zip(draft.raw, draft.text, strict=True))
    for match in _CODE.finditer(upper):
        if not _UNITS.fullmatch(match[0]):
            spans[match.span()] = match[0]
    for match in _NAMED.finditer(draft.text):
        word = draft.raw[match.start("code") : match.end("code")]
        if (
            (any(char.isdigit() for char in word) or word.isupper())
            and not re.fullmatch(r"\d{1,3}", word)
            and "\x01" not in match["code"]
        ):
            spans.setdefault(match.span("code"), word)
    for (start, end), word in sorted(spans.items()):
        if "\x01" in draft.text[start:end]:
            continue
        place, plain = Place(draft, start, end), fold(word.lstrip("#"))
        draft.take(start, end)
        said = re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", ground.said)
        coupon = _COUPON.search(draft.of(draft.sentence(start)))
        literal = next(
            (
                (support, item)
                for text, support, item in (_vouching(ground) if coupon else ground.texts)
                if re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text)
            ),
            None,
        )
        if literal:
            yield backed(place, "code", {"code": word}, *literal)
        elif said:
            yield backed(place, "code", {"code": word}, "customer")
        else:
            known = ", ".join(list(ground.codes)[:5]) or "none"
            yield unbacked(
                place,
                "code",
                {"code": word},
                f'No tool result has the code "{word}" (known: {known}). Use the code the tool gave, or leave it out.',
            )


def _plain(url: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.strip(), flags=re.I).rstrip("/.,;:!?)*_~")

"""Of what is in view: which can be had in a size or color that is asked about; and what is like something bought."""

import re
from collections.abc import Sequence

from agent.offline.products import (
    Card,
    as_now,
    at_place,
    best_match,
    by_name,
    fitting,
    home,
    in_stock,
    known,
    option_words,
    products_of,
    quoted_line,
    search,
    shown_names,
    wanted_terms,
)
from agent.offline.shopping import MORE, browse, instead, like, listed, options, single
from agent.offline.slots import SIZE_WORDS, SIZES, ordinals, spelled_out
from agent.offline.talk import Talk
from agent.offline.text import Term, coverage, fold, found_in, stems, unaccented

CODE = re.compile(r"(?=\S*\d)\w+(?:-[\w.]+)+|[A-Z]+(?:-[A-Z]+)+|\d{8}|\d{12,14}")
"""What looks like a SKU with hyphens, or like a barcode (EAN-8, UPC, EAN-13, GTIN-14)."""
IN_SIZE = re.compile(rf"\b(?:{'|'.join(SIZE_WORDS)}|en|em|in)\b")
COLORS = stems(
    "negro black preto blanco white branco azul blue rojo red vermelho verde green gris grey gray cinza naranja orange "
    "laranja rosa pink amarillo yellow amarelo morado purple roxo cafe marron brown marrom beige dorado golden dourado"
)
BOUGHT = re.compile(
    r"\b(?:que (?:ya )?(?:compre|lleve|pedi|comprei|levei)|(?:i|we) (?:have )?(?:bought|got|ordered|purchased)|"
    r"mi (?:ultima )?compra|minha (?:ultima )?compra|my last (?:order|purchase))\b"
)
OTHERS = re.compile(
    r"\b(?:otr[oa]s?|outr[oa]s?|(?:an)?other|more|mas|mais|que|cuales|quais|which|what) "
    r"(?:colou?r(?:es|s)?|cor(?:es)?|tallas?|tamanhos?|sizes?)\b"
)
"""On lower-case text without accents."""
NAMED = re.compile(r"\*([^*\n]+)\*")


def asks_for_others(talk: Talk) -> bool:
    """Whether they ask for another color or size of what is in view, and name none: `otro color?`."""
    rest = OTHERS.sub(" ", unaccented(talk.text))
    return rest != unaccented(talk.text) and not wanted_terms(talk, rest) and bool(shown_names(talk))


def others(talk: Talk) -> str:
    """What the product comes in that is spoken of; of several, each."""
    cards = as_now(talk, _spoken_of(talk))
    if not cards:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    return single(talk, cards[0], []) if len(cards) == 1 else "\n".join(_what_there_is(talk, cards))


def _spoken_of(talk: Talk) -> list[Card]:
    """The one that is named by its place, is about to be ordered, or was the only one of the last reply; else all."""
    places = ordinals(talk.text, talk.phrases)
    if places and (card := by_name(talk, at_place(talk, places[0]))):
        return [card]
    if (line := quoted_line(talk)) and (card := home(talk, line)):
        return [card]
    cards = {str(card["name"]): card for card in known(talk).values()}
    last = dict.fromkeys(name for name in NAMED.findall(talk.last.reply) if name in cards)
    return [cards[name] for name in last] or _cards(talk)


def asks(talk: Talk) -> bool:
    """Whether the words are nothing but options, asked about what is in view: `and in size 40?`, `y en azul?`."""
    terms = wanted_terms(talk, talk.text)
    if not terms or not ("question" in talk.intents or MORE.match(fold(talk.text))) or not shown_names(talk):
        return False
    offered = tuple(word for card in _cards(talk) for word in option_words(card))
    told = [term for term in terms if not found_in(term, offered)]
    if not told:
        return True
    return IN_SIZE.search(spelled_out(talk.text, talk.phrases)) is not None and all(map(_is_option, told))


def narrowed(talk: Talk) -> str:
    """Those in view that come in it; of one alone, whether it does and in what else."""
    terms = wanted_terms(talk, talk.text)
    cards = as_now(talk, _cards(talk))
    if not cards:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    fits = [card for card in cards if in_stock(_variants(card, terms))]
    if len(fits) == 1:
        return single(talk, fits[0], terms, talk.say("found_one") if len(cards) > 1 else "")
    if fits:
        return "\n".join([talk.say("found"), *(listed(talk, card, terms) for card in fits), "", talk.say("ask_which")])
    gone = [(card, asked) for card in cards if (asked := _variants(card, terms))]
    said = [talk.say("stock_no", name=f"{card['name']} ({options(asked)})") for card, asked in gone]
    if len(cards) == 1:
        missing = said or [talk.say("variant_missing", name=cards[0]["name"])]
        return "\n".join([*missing, "", single(talk, cards[0], [])])
    return "\n".join([*(said or [talk.say("none_comes_in")]), *_what_there_is(talk, cards)])


def _what_there_is(talk: Talk, cards: Sequence[Card]) -> list[str]:
    there = [f"• *{card['name']}* — {options(rest)}" for card in cards if (rest := in_stock(card["variants"]))]
    return [talk.say("there_is"), *there, "", talk.say("ask_which")]


def code(talk: Talk) -> str:
    """The SKU or barcode that the message is; '' if it is something else."""
    found = CODE.fullmatch(talk.text.strip())
    return found[0] if found else ""


def of_code(talk: Talk) -> str:
    """The product that has a code, as the variant that has it; without one, a search for the words."""
    asked = code(talk)
    for hit in products_of(talk.use("search_products", query=asked, limit=1)):
        card = talk.use("get_product", product_id=hit["id"]).result
        for variant in card.get("variants") or []:
            if asked.casefold() in (str(variant.get(name) or "").casefold() for name in ("sku", "barcode")):
                values = stems(" ".join(map(str, variant["options"].values())))
                return single(talk, card, [(value,) for value in values], talk.say("found_one"))
    return browse(talk)


def speaks_of_bought(talk: Talk) -> bool:
    return BOUGHT.search(unaccented(talk.text)) is not None


def like_the_bought(talk: Talk) -> str:
    """What is like the first thing of their latest order; without one, so."""
    found = talk.use("order_status")
    lines = [] if found.failed else found.result.get("lines") or []
    if not lines:
        return f"{talk.say('no_order')} {talk.say('help_both' if talk.books else 'help_sales')}"
    name = str(lines[0]["name"]).partition(" (")[0]
    cards = products_of(search(talk, name))
    terms = wanted_terms(talk, name)
    card = next(iter(best_match(cards, terms)), None) or next(iter(fitting(cards, terms)), None)
    near = like(talk, card) if card else []
    return instead(talk, "", near) if near else f"{talk.say('nothing_like', name=name)} {talk.say('ask_else')}"


def _cards(talk: Talk) -> list[Card]:
    return [card for name in shown_names(talk) if (card := by_name(talk, name))]


def _variants(card: Card, terms: list[Term]) -> list[Card]:
    """Its variants that have all the options, sold out ones too."""
    return [one for one in card["variants"] if coverage(terms, option_words({"variants": [one]})) == 1]


def _is_option(term: Term) -> bool:
    return term[0][0].isdigit() or term[0] in SIZES or term[0] in COLORS

"""Finding, looking at and comparing products."""

import re
from collections.abc import Sequence
from textwrap import shorten

from agent.offline import knowing
from agent.offline.intents import topics
from agent.offline.language import of_locale
from agent.offline.money import major
from agent.offline.products import (
    SHOWN,
    Card,
    as_now,
    at_place,
    best_match,
    by_name,
    cheapest,
    earlier_words,
    fitting,
    home,
    in_stock,
    in_view,
    known,
    listed_at,
    named_of_seen,
    names_of,
    products_of,
    quoted_line,
    search,
    shown_names,
    text_of,
    variants_for,
    wanted_terms,
)
from agent.offline.slots import content_text, limit, ordinals
from agent.offline.talk import PHRASES, Talk
from agent.offline.text import Term, coverage, fold, found_in, stems, unaccented

LISTED_VARIANTS = 6
LONGEST_QUOTATION = 60
DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of writing direction, which would turn around what follows them."""
MORE = re.compile(r"(?:y|e|and|what about)\b")
SIMILAR = re.compile(
    r"\b(?:(?:algo |otr[oa]s? |outr[oa]s? |mas |mais |una? |um )?(?:parecid[oa]s?|similar(?:es)?|semelhantes?)"
    r"(?: (?:al?|ao|com|con)\b)?|alternativas?|alternatives?|(?:something|anything|one) (?:similar|like)\b(?: to\b)?|"
    r"similar (?:to|ones?)\b)"
)
"""On lower-case text without accents."""
PLAIN = ("color", "cor", "colour")


def browse(talk: Talk) -> str:
    """Search, and show what fits."""
    most = limit(talk.text, talk.phrases)
    kinds: set[str] | None = None
    query = content_text(talk.matter, talk.phrases)
    cheap = re.search(rf"\b(?:{talk.phrases.cheap})", unaccented(talk.text)) is not None
    if most is not None:
        query = " ".join(word for word in query.split() if not word[0].isdigit()) or _last_query(talk)
    elif cheap and not query and (shown := _in_question(talk)):
        most, query = major(min(map(_from, shown)) - 1, talk.briefing.currency), _last_query(talk)
        kinds = {str(card.get("category") or "") for card in shown}
    terms = wanted_terms(talk, query)
    if not terms and most is not None:
        return _within(talk, most)
    if not terms:
        return talk.say("help_both" if talk.books else "help_sales")
    found = search(talk, query, most, cheap=cheap)
    if found.failed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    cards = [card for card in fitting(products_of(found), terms) if kinds is None or card.get("category") in kinds]
    cards = sorted(cards[:SHOWN], key=lambda card: not in_stock(card["variants"]))
    if not cards and MORE.match(fold(talk.text)) and (before := _last_query(talk)):
        both = f"{query} {before}"
        products = products_of(search(talk, both, most))
        cards = fitting(products, wanted_terms(talk, both))[:SHOWN]
    if cheap:
        cards = sorted(cards, key=_from)
    if not cards and cheap and (shown := sorted(_in_question(talk), key=_from)):
        return "\n".join([talk.say("nothing_cheaper"), listed(talk, shown[0]), "", talk.say("ask_want")])
    if not cards and "question" in talk.intents and (written := knowing.answer(talk)):
        return written
    if not cards:
        key = "not_found" if most is None else "nothing_under"
        missing = talk.say(key, query=quoted(talk, query))
        near = fitting(products_of(found, "alternatives"), terms)[:SHOWN]
        return instead(talk, missing, near) if near else f"{missing} {talk.say('ask_else')}"
    if len(cards) == 1:
        return single(talk, cards[0], terms, talk.say("found_one"))
    return "\n".join([talk.say("found"), *(listed(talk, card, terms) for card in cards), "", talk.say("ask_which")])


def _within(talk: Talk, most: float) -> str:
    """What there is for so much: `a gift for up to 30`."""
    cards = products_of(talk.use("search_products", query="", limit=SHOWN, max_price=most))
    cards = [card for card in cards if in_stock(card["variants"])]
    if not cards:
        return f"{talk.say('nothing_at_that')} {talk.say('ask_else')}"
    return "\n".join([talk.say("found"), *(listed(talk, card) for card in cards), "", talk.say("ask_which")])


def shelf(talk: Talk) -> str | None:
    """What the shop has that all the words fit; None if nothing."""
    terms = wanted_terms(talk, talk.matter)
    cards = [card for card in products_of(search(talk, talk.matter)) if coverage(terms, text_of(card)) == 1]
    if len(cards) == 1:
        return single(talk, cards[0], terms, talk.say("found_one"))
    lines = [listed(talk, card, terms) for card in cards[:SHOWN]]
    return "\n".join([talk.say("found"), *lines, "", talk.say("ask_which")]) if lines else None


def several(talk: Talk) -> str | None:
    """What each of several things named costs: `how much are the ball and the pump?`; None if it is not several."""
    cards: dict[str, Card] = {}
    for part in re.split(talk.phrases.split, talk.text, flags=re.IGNORECASE):
        terms = wanted_terms(talk, part)
        if topics(part) or all(term[0][0].isdigit() for term in terms):
            continue
        matches = best_match(in_view(talk), terms) or best_match(list(known(talk).values()), terms)
        if not matches:
            matches = best_match(products_of(search(talk, part)), terms, sure=0.5)
        called = [one for one in matches if any(found_in(term, stems(str(one["name"]))) for term in terms)]
        for match in called[:2]:
            if card := by_name(talk, match["name"]):
                cards.setdefault(card["id"], card)
    if len(cards) < 2:
        return None
    lines = [listed(talk, card) for card in as_now(talk, list(cards.values()))[:SHOWN]]
    if not lines:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    return "\n".join([talk.say("found"), *lines, "", talk.say("ask_which")])


def look(talk: Talk) -> str | None:
    """Price or stock of a product that was shown or is named; None if it is not clear which one."""
    terms = wanted_terms(talk, talk.matter)
    card = _meant(talk, terms)
    if card is None:
        return None
    fresh = talk.use("get_product", product_id=card["id"])
    if fresh.failed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    card = fresh.result
    if not terms and (line := quoted_line(talk)):
        terms = [(word,) for word in stems(str(line["name"]))]
    stocked = in_stock(variants_for(card, terms, *earlier_words(talk, card)))
    if "stock" in talk.intents and stocked and len(stocked) < len(card["variants"]):
        left = [f"• {', '.join(one['options'].values())}: {stock(talk, one['stock'])}" for one in stocked[:SHOWN]]
        head = f"*{card['name']}* — {priced(talk, stocked, card)}"
        return "\n".join([talk.say("stock_yes"), head, *left, "", talk.say("ask_want")])
    return single(talk, card, terms, talk.say("stock_yes") if "stock" in talk.intents and stocked else "")


def single(talk: Talk, card: Card, terms: Sequence[Term], heading: str = "") -> str:
    """One product, and whether it can be had as asked."""
    asked, rest = variants_for(card, terms), in_stock(card["variants"])
    if len(asked) < len(card["variants"]) and not in_stock(asked) and rest:
        gone = asked[0].get("name", card["name"]) if len(asked) == 1 else f"{card['name']} ({options(asked)})"
        return "\n".join([talk.say("stock_no", name=gone), *choices(talk, card, rest)])
    if not rest and (near := like(talk, card)):
        return instead(talk, talk.say("stock_no", name=card["name"]), near)
    question = talk.say("ask_want") if rest else talk.say("ask_person")
    return "\n".join([*filter(None, [heading]), described(talk, card, terms), "", question])


def similar(talk: Talk) -> str | None:
    """What is like a product that was shown or is named, cheaper if they say so; None if it is not clear which."""
    terms = wanted_terms(talk, SIMILAR.sub(" ", unaccented(talk.text)))
    card = _meant(talk, terms) or next(iter(_shown_cards(talk) if not terms else []), None)
    if card is None and terms:
        named = best_match(products_of(search(talk, " ".join(term[0] for term in terms))), terms)
        card = named[0] if named else None
    if card is None:
        return None
    most = limit(talk.text, talk.phrases)
    if most is None and re.search(rf"\b(?:{talk.phrases.cheap})", unaccented(talk.text)):
        most = major(_from(card) - 1, talk.briefing.currency)
    near = like(talk, card, most)
    return instead(talk, "", near) if near else f"{talk.say('nothing_like', name=card['name'])} {talk.say('ask_else')}"


def like(talk: Talk, card: Card, most: float | None = None) -> list[Card]:
    """What is like a product, and to be had."""
    return products_of(talk.use("similar_products", product_id=card["id"], max_price=most))


def sold_out(talk: Talk, card: Card) -> str:
    """That there is none of it, and what is like it."""
    missing, near = talk.say("stock_no", name=card["name"]), like(talk, card)
    return instead(talk, missing, near) if near else f"{missing} {talk.say('ask_person')}"


def instead(talk: Talk, missing: str, near: Sequence[Card]) -> str:
    """What there is in place of something; said to be no more than near."""
    lines = [listed(talk, card) for card in near]
    return "\n".join([*filter(None, [missing]), talk.say("closest"), *lines, "", talk.say("ask_which")])


def compare(talk: Talk) -> str:
    """Two products side by side, as they are now."""
    cards = _compared(talk)
    if len(cards) < 2:
        return browse(talk) if wanted_terms(talk, talk.text) else talk.say("what_to_compare")
    fresh = _side_by_side(talk, cards[:2])
    if len(fresh) < 2:
        return single(talk, fresh[0], []) if fresh else f"{talk.say('problem')} {talk.say('ask_person')}"
    prices = [int(card["price_from"]["amount"]) for card in fresh]
    if prices[0] == prices[1]:
        verdict = talk.say("same_price")
    else:
        verdict = talk.say("cheaper", name=fresh[prices.index(min(prices))]["name"])
    blocks = [described(talk, card, []) for card in fresh]
    return "\n\n".join([talk.say("compared"), *blocks, f"{verdict} {talk.say('ask_take')}"])


def _side_by_side(talk: Talk, cards: Sequence[Card]) -> list[Card]:
    """These products as they are now, by one call where there is one for it and it knows them all."""
    found = talk.use("compare_products", product_ids=[card["id"] for card in cards])
    rows = [
        {name: values[place] for name, values in found.result["differ"].items()} | found.result["same"] | product
        for place, product in enumerate(found.result.get("products") or [])
    ]
    whole = len(rows) == len(cards) and all(row.get("price_from") for row in rows)
    return rows if whole else as_now(talk, cards)


def listed(talk: Talk, card: Card, terms: Sequence[Term] = ()) -> str:
    """One line: `• *Tenis Veloz 3* — $1,299.00 MXN (talla 26; color azul)`, with the options that were asked for."""
    line = f"• *{card['name']}* — {price(talk, card, terms)}"
    if not in_stock(card["variants"]):
        return f"{line}, {talk.say('sold_out')}"
    asked = variants_for(card, terms)
    narrowed = in_stock(asked) if len(asked) < len(card["variants"]) else []
    return f"{line} ({options(narrowed)})" if narrowed else line


def described(talk: Talk, card: Card, terms: Sequence[Term]) -> str:
    """A product with its price, its text and what of it can be had."""
    lines = [f"*{card['name']}* — {price(talk, card, terms)}"]
    if card.get("description") and talk.language == of_locale(talk.briefing.locale):
        lines.append(str(card["description"]))
    stocked = in_stock(card["variants"])
    if not stocked:
        lines.append(talk.say("stock_no", name=card["name"]))
    elif wording := options(in_stock(variants_for(card, terms)) or stocked):
        lines.append(talk.say("in_stock", options=wording))
    return "\n".join(lines)


def price(talk: Talk, card: Card, terms: Sequence[Term] = ()) -> str:
    """What it costs as it was asked for."""
    return priced(talk, variants_for(card, terms), card)


def priced(talk: Talk, variants: Sequence[Card], card: Card) -> str:
    """What these variants of it cost."""
    amounts = {int(variant["price"]["amount"]) for variant in variants}
    currency = card["price_from"]["currency"]
    if len(amounts) == 1:
        return talk.price(amounts.pop(), currency)
    return talk.say("from_price", price=talk.price(min(amounts), currency))


def stock(talk: Talk, count: int) -> str:
    """`disponible`, or how few there are."""
    if count <= 0:
        return talk.say("sold_out")
    if count == 1:
        return talk.say("one_left")
    return talk.say("few_left", count=count)


def choices(talk: Talk, card: Card, variants: list[Card]) -> list[str]:
    """The variants to choose from, and the question which."""
    if len(variants) > LISTED_VARIANTS:
        lines = [options(variants)]
    else:
        lines = [f"• {', '.join(variant['options'].values())}" for variant in variants]
    return [talk.say("variant_of", name=card["name"]), *lines, "", talk.say("ask_variant")]


def quoted(talk: Talk, text: str) -> str:
    """What was looked for, in the customer's words, without figures."""
    words = DIRECTION.sub("", content_text(text, talk.phrases) or text)
    for phrases in PHRASES.values():
        words = content_text(words, phrases) or words
    kept = " ".join(word for word in words.split() if not word.isdigit()) or words
    return f"“{shorten(kept, LONGEST_QUOTATION, placeholder='…') or kept[:LONGEST_QUOTATION]}”"


def options(variants: list[Card]) -> str:
    """`negro, azul; talla 26, 27`: every value these variants have, by option; a color needs no name."""
    values: dict[str, dict[str, None]] = {}
    for variant in variants:
        for key, value in variant.get("options", {}).items():
            values.setdefault(key, {})[str(value)] = None
    return "; ".join(
        ", ".join(found) if fold(key) in PLAIN else f"{key} {', '.join(found)}" for key, found in values.items()
    )


def _meant(talk: Talk, terms: list[Term]) -> Card | None:
    """The one product a question is about: by place, by name, or the only one in view."""
    shown = shown_names(talk)
    places = ordinals(talk.text, talk.phrases)
    if places and (name := at_place(talk, places[0])):
        return by_name(talk, name)
    if place := cheapest(talk):
        return by_name(talk, shown[place - 1])
    if len(matches := named_of_seen(talk, terms)) == 1:
        return by_name(talk, matches[0]["name"])
    if not terms and (line := quoted_line(talk)):
        return home(talk, line)
    if len(shown) == 1 and (card := by_name(talk, shown[0])):
        called = stems(str(card["name"]))
        own = [term for term in terms if not found_in(term, called)]
        if not own or coverage(own, names_of(card)) == 1:
            return card
    return None


def _compared(talk: Talk) -> list[Card]:
    places = ordinals(talk.text, talk.phrases)
    shown = shown_names(talk, max(2, *map(abs, places))) if places else shown_names(talk, 2)
    if len(places) >= 2 and shown:
        names = [listed_at(shown, place) for place in places[:2]]
        return [card for name in names if (card := by_name(talk, name))]
    found: dict[str, Card] = {}
    cards = list(known(talk).values())
    for part in re.split(talk.phrases.either, talk.text, flags=re.IGNORECASE):
        terms = wanted_terms(talk, part)
        if not terms:
            continue
        matches = best_match([card for card in cards if card["name"] in shown], terms) or best_match(cards, terms)
        if not matches:
            matches = best_match(products_of(search(talk, part)), terms, sure=0.5)
        for card in matches[:1]:
            found.setdefault(card["id"], card)
    if not found and len(shown) >= 2:
        return [card for name in shown[:2] if (card := by_name(talk, name))]
    return list(found.values())


def _shown_cards(talk: Talk) -> list[Card]:
    return [card for name in shown_names(talk) if (card := by_name(talk, name))]


def _in_question(talk: Talk) -> list[Card]:
    """What something is to be cheaper than: what the order that waits for its yes holds, else what was listed."""
    line = quoted_line(talk)
    card = home(talk, line) if line and talk.last.results("create_quote") else None
    return [card] if card else _shown_cards(talk)


def _from(card: Card) -> int:
    """Minor units of its cheapest variant."""
    return int(card["price_from"]["amount"])


def _last_query(talk: Talk) -> str:
    """What was searched for before, for `something cheaper`."""
    searches = [step for turn in talk.thread.past for step in turn.steps if step.tool == "search_products"]
    words = str(searches[-1].arguments.get("query", "")) if searches else ""
    return " ".join(dict.fromkeys(words.split()))

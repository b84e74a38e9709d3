"""Which product and which variant a customer means, among the cards the tools have shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent.offline.reading import Step
from agent.offline.slots import Item, content_words, ordinals
from agent.offline.talk import Talk
from agent.offline.text import Term, coverage, fold, found_in, resembles, stems

SHOWN = 4
"""Products a reply lists at most."""
LONGEST_QUERY = 300
"""Characters that search_products takes."""
SURE = 0.6
NEAR = 0.3
HALF = 0.5
"""Share of its name by which a product is called, not only its kind."""
CHEAPEST = re.compile(r"\b(?:el|la|o|a|the) (?:mas |mais )?(?:barat|economic|cheap(?:est)?\b|em conta)")
YESTERDAY = re.compile(r"\b(?:ayer|ontem|yesterday)\b")
LOOKING = ("search_products", "get_product", "similar_products", "compare_products")
BULLET = re.compile(r"^(?:• )?\*([^*\n]+)\* —", re.MULTILINE)

Card = dict[str, Any]
Variant = dict[str, Any]


@dataclass(frozen=True)
class Pick:
    """What was found for one wish: one variant, or what keeps it from being one."""

    item: Item
    card: Card | None = None
    variant: Variant | None = None
    candidates: tuple[Card, ...] = ()
    """More than one product fits."""
    variants: tuple[Variant, ...] = ()
    """More than one variant fits."""
    missing: bool = False
    """The product exists, but not as wished."""

    @property
    def quantity(self) -> int:
        return self.item.quantity or 1


def names_of(card: Card) -> Term:
    """Stems a customer may call a product by."""
    options = [value for variant in card.get("variants") or [] for value in variant.get("options", {}).values()]
    parts = [card.get("name"), card.get("brand"), card.get("category"), *options]
    return stems(" ".join(str(part) for part in parts if part))


def text_of(card: Card) -> Term:
    """Stems of everything a card says."""
    return (*names_of(card), *stems(str(card.get("description") or "x")))


def known(talk: Talk, before: bool = False) -> dict[str, Card]:
    """Cards by product id, the latest reading of each, most recent last; only those of earlier turns with `before`.
    A search of which the thread kept a part says nothing: what is missing may be what is meant."""
    cards: dict[str, Card] = {}
    for step in talk.history("search_products", "get_product", "similar_products"):
        if step.partial or (before and step in talk.turn.steps):
            continue
        near = step.result.get("alternatives") or []
        for card in [*near, *(step.result.get("products") or [step.result])]:
            if card.get("id") and card.get("variants"):
                cards.pop(card["id"], None)
                cards[card["id"]] = card
    return cards


def shown_names(talk: Talk, least: int = 1) -> list[str]:
    """Names of the products that the latest reply with any has listed, in its order; yesterday's, if the words speak of
    them. What the thread has lost is told by the page. `least`: a list of so many at least, since a second one was
    named."""
    if YESTERDAY.search(fold(talk.text)):
        day = talk.briefing.now.date() - timedelta(days=1)
        of_day = [item.name for at, products in talk.briefing.shown if at == day for item in products]
        if len(of_day) >= least:
            return of_day
    for turn in reversed(talk.thread.past):
        looked = any(step.tool in LOOKING for step in turn.steps)
        names = list(dict.fromkeys(name.strip() for name in BULLET.findall(turn.reply))) if looked else []
        if len(names) >= least:
            return names
    lately = reversed(talk.briefing.shown)
    return next(([item.name for item in products] for _, products in lately if len(products) >= least), [])


def at_place(talk: Talk, place: int) -> str:
    """The name at a place in the latest list that has so many; '' if none has. One that was picked from a list is no
    list: `the second`, `rather the first`."""
    names = shown_names(talk, abs(place))
    if ordinals(talk.text, talk.phrases) and len(names) == 1 and names[0] in (longer := shown_names(talk, 2)):
        names = longer
    return listed_at(names, place) if names else ""


def listed_at(names: Sequence[str], place: int) -> str:
    """From 1; -1 is the last."""
    return names[place - 1 if place > 0 else place]


def cheapest(talk: Talk) -> int | None:
    """The place of the cheapest product in the list shown last, if the words ask for that one and name nothing."""
    if not CHEAPEST.search(fold(talk.text)) or wanted_terms(talk, talk.text):
        return None
    cards = [card for name in shown_names(talk) if (card := by_name(talk, name))]
    prices = [int(card["price_from"]["amount"]) for card in cards]
    return prices.index(min(prices)) + 1 if prices else None


def in_view(talk: Talk) -> list[Card]:
    """The products listed last; of those the thread has lost, the name alone."""
    cards = {str(card["name"]): card for card in known(talk).values()}
    return [cards.get(name, {"name": name, "variants": []}) for name in shown_names(talk)]


def quoted_line(talk: Talk) -> dict[str, Any] | None:
    """The line of the quote that waits for an answer, if it is only one."""
    if talk.pending is None or "place_order" not in talk.pending.covers:
        return None
    quotes = [step.result.get("lines") or [] for turn in talk.thread.past for step in turn.results("create_quote")]
    return quotes[-1][0] if quotes and len(quotes[-1]) == 1 else None


def by_name(talk: Talk, name: str) -> Card | None:
    """The card of a product that was named before; read again if the thread no longer has it."""
    wanted = fold(name)
    for card in reversed(known(talk).values()):
        if fold(card["name"]) == wanted:
            return card
    lately = [item for _, products in talk.briefing.shown for item in products if fold(item.name) == wanted]
    if lately:
        return talk.use("get_product", product_id=lately[-1].id).result or None
    found = talk.use("search_products", query=name, limit=SHOWN)
    return next((card for card in products_of(found) if fold(card["name"]) == wanted), None)


def as_now(talk: Talk, cards: Sequence[Card]) -> list[Card]:
    """These products as they are now, without those that the shop no longer shows."""
    looked = [(card, talk.use("get_product", product_id=card["id"])) for card in cards]
    return [fresh.result or card for card, fresh in looked if not fresh.failed]


def home(talk: Talk, line: dict[str, Any]) -> Card | None:
    """The product of a quoted line (`variant_id`, `name`); read again if the thread no longer has it."""
    for card in reversed(known(talk).values()):
        if any(variant["id"] == line["variant_id"] for variant in card["variants"]):
            return card
    found = talk.use("search_products", query=str(line["name"]).partition(" (")[0], limit=SHOWN)
    cards = products_of(found)
    return next((c for c in cards if any(one["id"] == line["variant_id"] for one in c["variants"])), None)


def wanted_terms(talk: Talk, text: str) -> list[Term]:
    """What a text asks for, without small words."""
    return talk.terms(content_words(text, talk.phrases))


def search(talk: Talk, text: str, max_price: float | None = None, *, cheap: bool = False) -> Step:
    """A search for what a text asks for, in this business's words as well; `cheap`: the cheapest first."""
    words = content_words(text, talk.phrases)
    others = [word for term in talk.terms(words) for word in term[1:]]
    query = " ".join(dict.fromkeys([*words, *others]))[:LONGEST_QUERY]
    return talk.use("search_products", query=query, limit=SHOWN + 1, max_price=max_price, cheapest_first=cheap or None)


def products_of(step: Step, key: str = "products") -> list[Card]:
    """The products of a search; services are among its hits as well, and are the diary's to offer."""
    return [card for card in step.result.get(key) or [] if card.get("variants")]


def fitting(cards: Sequence[Card], terms: Sequence[Term]) -> list[Card]:
    """The cards that have something to do with the terms, best first; equal ones keep their order. Sizes and colors
    that were asked for only decide the order."""
    options = tuple(word for card in cards for word in option_words(card))
    core = [term for term in terms if not found_in(term, options)] or terms
    words = [term for term in core if not term[0][0].isdigit()]
    scored = [
        (coverage(core, names_of(card)) + coverage(core, text_of(card)) / 2, card)
        for card in cards
        if not words or coverage(words, text_of(card))
    ]
    best = max((score for score, _ in scored), default=0.0)
    kept = [(score + coverage(terms, names_of(card)), card) for score, card in scored if score >= max(NEAR, best * 0.7)]
    return [card for _, card in sorted(kept, key=lambda item: -item[0])]


def best_match(cards: Sequence[Card], terms: Sequence[Term], sure: float = SURE) -> list[Card]:
    """The cards that a wish names equally well: one if it is clear, several if not, none if it is something else.

    Of two that hold all the words, the one with fewer words of its own is meant: `Veloz 3` is not `Veloz 3 mujer`.
    """
    scored: list[tuple[float, float, Card]] = []
    for card in cards:
        kind = [term for term in terms if not (term[0][0].isdigit() or found_in(term, option_words(card)))]
        if kind and not any(resembles(word, own) for term in kind for word in term for own in names_of(card)):
            continue  # a size and a color alone do not make it what was named
        name = [word for word in stems(str(card["name"])) if len(word) > 2 or word[0].isdigit()]
        own = sum(any(found_in(term, (word,)) for term in terms) for word in name) / max(len(name), 1)
        scored.append((coverage(terms, names_of(card)), own, card))
    top = max((score for score, _, _ in scored), default=0.0)
    if top < sure:
        return []
    leaders = [(own, card) for score, own, card in scored if score >= top - 0.01]
    fullest = max(own for own, _ in leaders)
    return [card for own, card in leaders if fullest < HALF or own >= fullest - 0.01]


def named_of_seen(talk: Talk, terms: Sequence[Term]) -> list[Card]:
    """The products that a wish names, of those listed last, or of all seen before if one of them is called so more
    fully: after a list with `Veloz 3`, `tenis veloz pro` is the one of the list before."""
    here, before = (best_match(cards, terms) for cards in (in_view(talk), list(known(talk).values())))
    best = [max((coverage(terms, names_of(card)) for card in cards), default=0.0) for cards in (here, before)]
    return before if best[1] > best[0] else here


def variants_for(card: Card, *groups: Sequence[Term]) -> list[Variant]:
    """The variants that fit the options named. Each group is a message; the newest comes first and counts most."""
    variants: list[Variant] = list(card.get("variants") or [])
    name = stems(str(card["name"]))
    for group in groups:
        asked = [term for term in group if not found_in(term, name)]
        scores = [sum(found_in(term, _options(variant)) for term in asked) for variant in variants]
        top = max(scores, default=0)
        if top:
            variants = [variant for variant, score in zip(variants, scores, strict=True) if score == top]
    return variants


def earlier_words(talk: Talk, card: Card) -> list[list[Term]]:
    """What the customer said in the turns just before, while the talk was about this product; newest first."""
    groups: list[list[Term]] = []
    for turn in reversed(talk.thread.past):
        if f"*{card['name']}*" not in turn.reply or turn.results("create_quote"):
            break
        groups.append(wanted_terms(talk, turn.text))
    return groups


def names_no_variant(card: Card, terms: Sequence[Term]) -> bool:
    """Whether a wish asks for a size the card does not have at all."""
    offered = option_words(card)
    numbers = [word for word in offered if word[0].isdigit()]
    sizes = [term for term in terms if term[0][0].isdigit() and not found_in(term, stems(str(card["name"])))]
    lengths = {len(number) for number in numbers}
    return any(len(term[0]) in lengths and not found_in(term, tuple(offered)) for term in sizes)


def option_words(card: Card) -> Term:
    """Stems of every option value of a card."""
    return tuple(word for variant in card.get("variants") or [] for word in _options(variant))


def _options(variant: Variant) -> Term:
    return tuple(word for value in variant.get("options", {}).values() for word in stems(str(value)))


def pick(talk: Talk, item: Item, later: str = "") -> Pick:
    """The product and variant that an item names. `later` are the customer's words about an open question."""
    own, also = wanted_terms(talk, item.text), wanted_terms(talk, later)
    candidates = _candidates(talk, item, own, later)
    if len(candidates) != 1:
        return Pick(item, candidates=tuple(candidates[:SHOWN]))
    card = candidates[0]
    newest = also if any(term[0][0].isdigit() for term in also) else [*own, *also]
    if names_no_variant(card, newest):
        return Pick(item, card, missing=True, variants=tuple(in_stock(card["variants"])))
    variants = variants_for(card, also, own)
    stocked = in_stock(variants)
    if len(stocked) > 1:
        stocked = in_stock(variants_for(card, also, own, *earlier_words(talk, card))) or stocked
    if not stocked and (others := in_stock(card["variants"])):
        return Pick(item, card, missing=True, variants=tuple(others))
    if len(variants) == 1:
        return Pick(item, card, variants[0])
    if len(stocked) == 1:
        return Pick(item, card, stocked[0])
    return Pick(item, card, variants=tuple(stocked or variants), missing=not stocked)


def in_stock(variants: Sequence[Variant]) -> list[Variant]:
    return [variant for variant in variants if variant.get("stock", 0) > 0]


def _candidates(talk: Talk, item: Item, own: list[Term], later: str) -> list[Card]:
    if item.ordinal is not None and (name := at_place(talk, item.ordinal)):
        return [card] if (card := by_name(talk, name)) else []
    shown = shown_names(talk)
    place = next(iter(ordinals(later, talk.phrases)), None)
    if place is not None and abs(place) <= len(shown):
        return [card] if (card := by_name(talk, listed_at(shown, place))) else []
    if not own:
        return [card for name in shown[:1] if (card := by_name(talk, name))] if len(shown) == 1 else []
    terms = [*own, *wanted_terms(talk, later)] if later else own
    if (seen := named_of_seen(talk, own)) and (matches := _narrowed(seen, terms)):
        return [card for match in matches if (card := match if "id" in match else by_name(talk, match["name"]))]
    cards = products_of(search(talk, item.text))
    return _narrowed(best_match(cards, own, sure=HALF), terms)


def _narrowed(cards: list[Card], terms: Sequence[Term]) -> list[Card]:
    """Of several that are named equally well, those that the rest of the words or their descriptions tell apart."""
    if len(cards) > 1:
        cards = best_match(cards, terms, sure=0.01) or cards
    told = [coverage(terms, text_of(card)) for card in cards]
    return [card for card, share in zip(cards, told, strict=True) if share == max(told)]

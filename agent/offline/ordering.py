"""From a wish to a quote, an order and its payment."""

import re
from typing import Any

from agent.offline.intents import classify
from agent.offline.products import (
    CHEAPEST,
    SHOWN,
    Card,
    Pick,
    at_place,
    best_match,
    by_name,
    cheapest,
    fitting,
    home,
    in_view,
    known,
    option_words,
    pick,
    products_of,
    search,
    shown_names,
    wanted_terms,
)
from agent.offline.reading import Step, Turn
from agent.offline.shopping import choices, listed, quoted, sold_out, stock
from agent.offline.slots import Item, items, option_number, ordinals, quantity
from agent.offline.talk import Talk
from agent.offline.text import Term, coverage, fold, found_in, stems

NAMED = re.compile(r"\*([^*\n]+)\*")
CORRECTED = re.compile(
    r"\b(?:perdon|perdona|digo|quise decir|desculpa|desculpe|quis dizer|sorry|i mean|i meant|no espera|wait no)\b"
)
"""Of two sizes or two colors in one wish, the later one is meant."""
MOST_WORDS = 4
"""Longer messages are wishes of their own."""
OPEN_QUESTIONS = ("ask_variant", "ask_which", "ask_fewer")
Line = dict[str, Any]


def order(talk: Talk) -> str:
    """Settle every line of the wish, then quote it and ask."""
    wishes, later = _wishes(talk)
    if not wishes:
        return _which(talk)
    picks: list[Pick] = []
    for wish in _joined(talk, wishes):
        found = pick(talk, wish)
        if later and (found.variant is None or not found.variant.get("stock")):
            found = pick(talk, wish, later)
        if found.variant is None:
            return open_question(talk, found)
        picks.append(found)
    counts = quantity(later, talk.phrases) if talk.asked == "ask_fewer" else None
    lines = [line_of(found, counts) for found in picks]
    return quote(talk, merged(lines), "quote")


def settles(talk: Talk) -> bool:
    """Whether the words can answer our question about a variant or a number: options, a place, a number, a yes."""
    if (
        talk.intents & {"yes", "no"}
        or quantity(talk.text, talk.phrases) is not None
        or ordinals(talk.text, talk.phrases)
    ):
        return True
    named = NAMED.findall(talk.last.reply)
    offered = tuple(word for name in named for word in stems(name))
    cards = [card for card in known(talk).values() if card["name"] in named]
    values = (*offered, *(word for card in cards for word in option_words(card)), *stems(talk.last.reply))
    terms = wanted_terms(talk, talk.text)
    return any(found_in(term, values) for term in terms)


def continues(talk: Talk) -> bool:
    """Whether the last reply asked something about an order that is being settled."""
    return talk.asked in OPEN_QUESTIONS and _was_order(talk, talk.last)


def names_another(talk: Talk) -> bool:
    """Whether the words name one product that was not in the list we asked about: `the one for the beach`."""
    terms = wanted_terms(talk, talk.text)
    if talk.asked != "ask_which" or not terms or len(terms) > MOST_WORDS or best_match(in_view(talk), terms):
        return False
    return pick(talk, Item(f"{talk.last.text} {talk.text}", None, None)).card is not None


def place(talk: Talk) -> int | None:
    """The place in the list shown last that the words point at; None if they point at none."""
    if talk.asked in ("ask_take", "ask_which") and CHEAPEST.search(fold(talk.text)):
        return cheapest(talk)
    if places := ordinals(talk.text, talk.phrases):
        return places[0] if at_place(talk, places[0]) else None
    number = option_number(talk.text)
    return number if number is not None and number <= len(shown_names(talk)) else None


def _wishes(talk: Talk) -> tuple[list[Item], str]:
    """The items wished for, and what the customer said later about an open question."""
    base, later = talk.text, ""
    past = list(talk.thread.past)
    while past and talk.question(past[-1]) in OPEN_QUESTIONS and _was_order(talk, past[-1]):
        later = f"{base}\n{later}" if later else base
        base = past.pop().text
    found = items(base, talk.phrases)
    if later and names_another(talk):
        return [Item(f"{base} {talk.text}", quantity(base, talk.phrases), None)], ""
    if later and any(_tells(talk, item) for item in found) and not _only_options(talk, base):
        return found, _spelled(talk, later)
    if later and talk.asked == "ask_which" and len(NAMED.findall(talk.last.reply)) > 1:
        return [Item(talk.text, quantity(base, talk.phrases), place(talk))], ""
    if later:
        return _named_last(talk), _spelled(talk, later)
    if not wanted_terms(talk, base) and (number := place(talk)) is not None:
        return [Item("", quantity(base, talk.phrases) if option_number(base) is None else None, number)], ""
    spread: list[Item] = []
    for item in found:
        if re.search(rf"\b(?:{talk.phrases.all_of_them})\b", item.text) and item.ordinal is None:
            spread += [Item("", item.quantity if item.quantity != 2 else None, place + 1) for place in _all(talk)]
        else:
            spread.append(item)
    told = [item for item in spread if _tells(talk, item)]
    if not told and len(shown_names(talk)) == 1:
        count = next((item.quantity for item in spread if item.quantity), None)
        before = talk.last.text if talk.asked == "ask_want" else ""
        return [Item("", count or quantity(before, talk.phrases), 1)], before
    return told, ""


def _joined(talk: Talk, wishes: list[Item]) -> list[Item]:
    """`a ball, white and blue`: a part that only names options belongs to the part before it."""
    joined: list[Item] = []
    for wish in wishes:
        terms = wanted_terms(talk, wish.text)
        if joined and wish.quantity is None and wish.ordinal is None and terms:
            card = pick(talk, joined[-1]).card
            offered = option_words(card) if card else ()
            if coverage(terms, offered) == 1:
                before = joined.pop()
                kept = _without_rivals(card, before.text, terms) if card and _corrects(talk) else before.text
                wish = Item(f"{kept} {wish.text}", before.quantity, before.ordinal)
        joined.append(wish)
    return joined


def _corrects(talk: Talk) -> bool:
    return CORRECTED.search(fold(talk.text)) is not None


def _without_rivals(card: Card, words: str, newer: list[Term]) -> str:
    """The words without values of those options for which newer ones were told."""
    values = [(key, stems(str(value))) for one in card["variants"] for key, value in one.get("options", {}).items()]
    told = {key for key, value in values if any(found_in(term, value) for term in newer)}
    rivals = tuple(
        part
        for key, value in values
        if key in told
        for part in value
        if not found_in((part,), stems(str(card["name"])))
    )
    return " ".join(word for word in words.split() if not found_in(stems(word), rivals))


def _only_options(talk: Talk, base: str) -> bool:
    """Whether a wish was no more than a size or a color of what our question is about: `and in size 40?`."""
    named = NAMED.findall(talk.last.reply)
    offered = tuple(word for card in known(talk).values() if card["name"] in named for word in option_words(card))
    terms = wanted_terms(talk, base)
    return bool(offered) and all(term[0][0].isdigit() or found_in(term, offered) for term in terms)


def _tells(talk: Talk, item: Item) -> bool:
    return item.ordinal is not None or bool(wanted_terms(talk, item.text))


def _named_last(talk: Talk) -> list[Item]:
    """The product our question was about."""
    return [Item(name, None, None) for name in NAMED.findall(talk.last.reply)[-1:]]


def _spelled(talk: Talk, later: str) -> str:
    """A bare number or place stands for the option listed there."""
    listed = [line.removeprefix("• ") for line in talk.last.reply.splitlines() if line.startswith("• ")]
    places = ordinals(talk.text, talk.phrases)
    number = places[0] if places else option_number(talk.text)
    if number is None or abs(number) > len(listed) or talk.asked != "ask_variant":
        return later
    return f"{later.removesuffix(talk.text)}\n{listed[number - 1 if number > 0 else number]}"


def _was_order(talk: Talk, turn: Turn) -> bool:
    asked = talk.question(turn)
    return asked in ("ask_variant", "ask_fewer") or "order" in classify(turn.said, talk.phrases)


def _all(talk: Talk) -> range:
    return range(min(len(shown_names(talk)), 3 if re.search(r"tres|three", talk.text.lower()) else 2))


def _which(talk: Talk) -> str:
    cards = [card for name in shown_names(talk) if (card := by_name(talk, name))]
    if not cards:
        return talk.say("help_both" if talk.books else "help_sales")
    return "\n".join([talk.say("which_one"), *(listed(talk, card) for card in cards), "", talk.say("ask_which")])


def open_question(talk: Talk, found: Pick) -> str:
    """What keeps a wish from being a line, as one question."""
    if found.card is None:
        heading = talk.say("which_of", query=quoted(talk, found.item.text))
        if not found.candidates:
            near = fitting(products_of(search(talk, found.item.text)), wanted_terms(talk, found.item.text))
            if near:
                lines = [listed(talk, card) for card in near[:SHOWN]]
                return "\n".join([heading, *lines, "", talk.say("ask_which")])
            return f"{talk.say('not_found', query=quoted(talk, found.item.text))} {talk.say('ask_else')}"
        lines = [listed(talk, card) for card in found.candidates]
        return "\n".join([heading, *lines, "", talk.say("ask_which")])
    name = found.card["name"]
    stocked = [variant for variant in found.variants if variant.get("stock", 0) > 0]
    if not stocked:
        return sold_out(talk, found.card)
    head = [talk.say("variant_missing", name=name)] if found.missing else []
    return "\n".join([*head, *choices(talk, found.card, stocked)])


def line_of(found: Pick, count: int | None) -> Line:
    assert found.variant is not None
    assert found.card is not None
    name = found.variant.get("name", found.card["name"])
    return {"variant_id": found.variant["id"], "quantity": count or found.quantity, "name": name}


def merged(lines: list[Line]) -> list[Line]:
    merged: dict[str, Line] = {}
    for line in lines:
        same = merged.setdefault(line["variant_id"], {**line, "quantity": 0})
        same["quantity"] += line["quantity"]
    return list(merged.values())


def quote(talk: Talk, lines: list[Line], heading: str) -> str:
    wanted = [{"variant_id": line["variant_id"], "quantity": line["quantity"]} for line in lines]
    quoted = talk.use("create_quote", items=wanted)
    if quoted.failed:
        return _short(talk, lines)
    currency = quoted.result["currency"]
    total = f"*{talk.say('total')}: {talk.price(quoted.result['total'], currency)}*"
    told = [_told(talk, line, currency) for line in quoted.result["lines"]]
    return "\n".join([talk.say(heading), *told, total, "", talk.say("ask_order")])


def _told(talk: Talk, line: Line, currency: str) -> str:
    amount = talk.price(line["amount"], currency)
    each = f" ({talk.price(line['unit_price'], currency)} {talk.say('each')})" if line["quantity"] > 1 else ""
    return f"• {line['quantity']} × *{line['name']}* — {amount}{each}"


def _short(talk: Talk, lines: list[Line]) -> str:
    """A quote failed: look at what there is, and say it."""
    for line in lines:
        card = home(talk, line)
        fresh = talk.use("get_product", product_id=card["id"]) if card else Step("get_product", {}, failed=True)
        variant = next((v for v in fresh.result.get("variants", []) if v["id"] == line["variant_id"]), None)
        if variant is not None and variant["stock"] < line["quantity"]:
            if not variant["stock"]:
                return f"{talk.say('stock_no', name=line['name'])} {talk.say('ask_person')}"
            return (
                f"{talk.say('short', name=line['name'], stock=stock(talk, variant['stock']))} {talk.say('ask_fewer')}"
            )
    return f"{talk.say('problem')} {talk.say('ask_person')}"


def quoted_lines(talk: Talk) -> list[Line] | None:
    """The lines of the latest quote of the thread, with their variants; None if the thread no longer has it."""
    steps = [step for step in talk.history("create_quote") if step not in talk.turn.steps]
    if not steps:
        return None
    quoted = steps[-1].result.get("lines") or []
    return [{key: line[key] for key in ("variant_id", "quantity", "name")} for line in quoted] or None

"""A change of mind about an order that was quoted: more, less, or something else."""

import re

from agent.offline.intents import classify, topics
from agent.offline.ordering import Line, line_of, merged, open_question, order, quote, quoted_lines
from agent.offline.products import home, option_words, pick, wanted_terms
from agent.offline.slots import Item, items, quantity, without_quantity
from agent.offline.talk import Talk
from agent.offline.text import coverage, found_in, stems

INSTEAD = re.compile(
    r"\b(?:en (?:vez|lugar) de(?:l)?|em vez d[eoa]s?|no lugar d[eoa]s?|instead of|por|pel[oa]|with|for)\b",
    re.IGNORECASE,
)
MOST_WORDS = 4
"""Longer messages are wishes of their own."""


def amend(talk: Talk) -> str:
    """Change the quote that waits for an answer: add, take out, another number, another variant or product."""
    lines = quoted_lines(talk)
    if lines is None:
        return order(talk)
    text, intents = talk.text, talk.intents
    if talk.asked == "ask_line":
        text, intents = f"{talk.last.text} {text}", classify((*talk.last.said, *talk.turn.said), talk.phrases)
    if "remove" in intents:
        terms = wanted_terms(talk, text)
        kept = [line for line in lines if coverage(terms, stems(line["name"])) < 0.5]
        if not terms or len(kept) == len(lines):
            return f"{_bullets(lines)}\n{talk.say('ask_line')}"
        return quote(talk, kept, "quote_again") if kept else talk.say("empty_quote")
    return _added(talk, lines, text) if "add" in intents else _replaced(talk, lines, text)


def changes(talk: Talk) -> bool:
    """Whether bare words are a number or an option of what was quoted: `2`, `el negro`, `talla 27`."""
    lines = quoted_lines(talk) or []
    terms = wanted_terms(talk, talk.text)
    if not lines or len(terms) > MOST_WORDS or topics(talk.text) or "hours" in talk.intents:
        return False
    if not terms and quantity(talk.text, talk.phrases) is None:
        return False
    offered = [word for line in lines for word in _options_of(talk, line)]
    if coverage(terms, tuple(offered)) == 1:
        return True
    counted = quantity(talk.text, talk.phrases) is not None
    return counted and not wanted_terms(talk, without_quantity(talk.text, talk.phrases))


def _options_of(talk: Talk, line: Line) -> list[str]:
    card = home(talk, line)
    return list(option_words(card)) if card else []


def _added(talk: Talk, lines: list[Line], text: str) -> str:
    new = []
    for wish in items(text, talk.phrases):
        if not wanted_terms(talk, wish.text) and wish.ordinal is None:
            if len(lines) == 1 and wish.quantity:
                new.append({**lines[0], "quantity": wish.quantity})
            continue
        found = pick(talk, wish)
        if found.variant is None:
            return open_question(talk, found)
        new.append(line_of(found, None))
    return quote(talk, merged([*lines, *new]), "quote_again")


def _replaced(talk: Talk, lines: list[Line], text: str) -> str:
    count = quantity(text, talk.phrases)
    terms = wanted_terms(talk, text)
    rest = wanted_terms(talk, without_quantity(text, talk.phrases))
    named = [line for line in lines if rest and coverage(rest, stems(line["name"])) >= 0.5]
    sizes = any(found_in(term, tuple(_options_of(talk, line))) for line in lines for term in terms)
    if count is not None and not sizes and (named or not rest):
        changed = named or lines
        if len(changed) == 1:
            return quote(
                talk, [{**line, "quantity": count} if line is changed[0] else line for line in lines], "quote_again"
            )
    parts = [part for part in INSTEAD.split(text) if wanted_terms(talk, part)]
    old, new = _old_and_new(talk, lines, parts)
    if old is None and count is not None and not rest:
        return f"{_bullets(lines)}\n{talk.say('ask_line')}"
    if old is None:
        return order(talk)
    card = home(talk, old)
    if card and coverage(wanted_terms(talk, new), tuple(_options_of(talk, old))) == 1:
        found = pick(talk, Item(str(old["name"]), old["quantity"], None), new)
    else:
        found = pick(talk, Item(new, quantity(new, talk.phrases) or old["quantity"], None))
    if found.variant is None:
        return open_question(talk, found)
    return quote(talk, merged([line_of(found, None) if line is old else line for line in lines]), "quote_again")


def _old_and_new(talk: Talk, lines: list[Line], parts: list[str]) -> tuple[Line | None, str]:
    """Which line gives way, and the words for what comes instead."""
    for index, part in enumerate(parts[:2]):
        terms = wanted_terms(talk, part)
        match = next((line for line in lines if coverage(terms, stems(line["name"])) >= 0.5), None)
        if match is not None and len(parts) > 1:
            return match, parts[1 - index]
    if len(lines) == 1 and parts:
        return lines[0], " ".join(parts)
    return None, ""


def _bullets(lines: list[Line]) -> str:
    return "\n".join(f"• {line['quantity']} × *{line['name']}*" for line in lines)

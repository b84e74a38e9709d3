"""Which play a turn is: by what we asked last, then by what the words are about, products before small talk."""

import re
from collections.abc import Callable

from agent.offline import booking, changing, diary, knowing, narrowing, ordering, paying, shopping, talking, waiting
from agent.offline.intents import SMALL_TALK, classify, topics
from agent.offline.products import CHEAPEST, best_match, in_view, known, names_of, pick, shown_names, wanted_terms
from agent.offline.slots import Item, content_words, limit, nonsense, quantity, when
from agent.offline.talk import Talk
from agent.offline.text import coverage, fold, unaccented

Play = Callable[[Talk], str]
MOST_WORDS = 6
"""Longer messages are not a bare wish."""
REGRET = re.compile(
    r"\b(?:mejor no|ya no|cambie de \w+|melhor nao|nao quero mais|mudei de \w+|changed my mind|"
    r"(?:do not|don t|no longer) want)\b"
)
LOOKS = {"price", "stock"}
LIKE = re.compile(r"\b(?:algo (?:como|tipo)|otr[oa]s? como|outr[oa]s? como|like|(?:mismo|mesmo|same))\b")
DEPOSIT = re.compile(r"\b(?:anticipo|sena|abono|sinal|deposit[os]?)\b")
MOVING = re.compile(r"\b(?:cambi|mud|mover|muev|pas[ae]|troc|change|move|shift|switch)\w*")


def general(talk: Talk) -> Play | None:
    intents = talk.intents
    if knowing.wants_file(talk):
        return knowing.send
    told_when = talk.asked == "ask_remind_when" and when(talk.text, talk.phrases, True) is not None
    if "follow_up" in intents or told_when or (talk.asked == "ask_remind_when" and not intents - SMALL_TALK):
        return talking.follow_up if talk.can("schedule_follow_up") else None
    if "bot" in intents:
        return talking.bot
    if "languages" in intents:
        return talking.languages
    return None


def appointments(talk: Talk) -> Play | None:
    if not talk.books:
        return None
    intents, asked = talk.intents, talk.asked
    if intents & {"wait", "unwait"} and talk.can("join_waiting_list"):
        return waiting.leave if "unwait" in intents else waiting.join
    if asked == "ask_booking":
        return diary.cancel if diary.meant_before(talk) == "cancel" else diary.reschedule
    if ("reschedule" in intents or _moves(talk)) and not _settling(talk):
        return diary.reschedule
    if "cancel" in intents and not _asks_for_a_rule(talk) and not (talk.sells and "order_status" in intents):
        return diary.cancel
    if intents & {"paid", "pay_link"} and _about_a_deposit(talk):
        return paying.deposit
    if "my_bookings" in intents:
        return diary.mine
    if asked == "ask_new_when" and not _last_hold_had_code(talk):
        return diary.reschedule
    if booking.about_time(talk) or (_settling(talk) and booking.other_person(talk)):
        return booking.book
    if asked == "ask_service" and booking.named(talk, talk.text):
        return booking.book
    if asked in ("ask_slot", "ask_clock") and not intents and not content_words(talk.text, talk.phrases):
        return booking.book
    if "hours" in intents and "book" not in intents:
        return talking.hours
    if topics(talk.text) and "book" not in intents and when(talk.text, talk.phrases) is None:
        return talking.unclear if talking.facts(talk) else talking.unknown_fact
    if "services" in intents and not talk.sells:
        return booking.menu
    if "discount" in intents and "book" not in intents:
        return talking.discount
    if talk.sells and limit(talk.text, talk.phrases) is not None and "book" not in intents:
        return None
    named = booking.meant(talk)
    if intents & {"price", "duration"} and (named or booking.settling(talk)):
        return booking.menu
    if "book" in intents or named or booking.LAST_TIME.search(fold(talk.text)):
        return booking.book
    if when(talk.text, talk.phrases) is not None and not talk.sells:
        return booking.book
    return booking.menu if "services" in intents or ("price" in intents and not talk.sells) else None


def _about_a_deposit(talk: Talk) -> bool:
    """Whether paying is about a booking: they say deposit, or a booking is the last thing that was made."""
    made = talk.history("place_order", "confirm_booking")
    return DEPOSIT.search(fold(talk.text)) is not None or (bool(made) and made[-1].tool == "confirm_booking")


def sales(talk: Talk) -> Play | None:
    if not talk.sells:
        return None
    intents, asked = talk.intents, talk.asked
    if narrowing.code(talk):
        return narrowing.of_code
    if intents & {"paid", "order_status"}:
        return paying.status
    if "cancel" in intents and not _asks_for_a_rule(talk):
        return talking.declined if talk.pending else paying.cancelling
    if "pay_link" in intents:
        return paying.pay
    if asked == "ask_line":
        return changing.amend
    quoted = asked == "ask_order" or (talk.pending is not None and "place_order" in talk.pending.covers)
    if talk.can("similar_products") and narrowing.speaks_of_bought(talk) and _alike(talk):
        return narrowing.like_the_bought
    if "order" not in intents and talk.can("similar_products") and shopping.SIMILAR.search(unaccented(talk.text)):
        return alike
    named = [word for word in content_words(talk.text, talk.phrases) if not word[0].isdigit()]
    if limit(talk.text, talk.phrases) is not None and ("order" not in intents or not named):
        return shopping.browse
    if "order" not in intents and not topics(talk.text) and narrowing.asks_for_others(talk):
        return narrowing.others
    settling = asked in ("ask_variant", "ask_fewer") and not intents & {"price", "thanks", "bye", "compare"}
    if settling and not topics(talk.text) and ordering.settles(talk):
        return ordering.order
    cheap_one = CHEAPEST.search(fold(talk.text)) is not None
    if quoted and (intents & {"add", "remove", "replace"} or (changing.changes(talk) and not cheap_one)):
        return changing.amend
    if "hours" in intents:
        return talking.hours
    words = content_words(talk.text, talk.phrases)
    if "compare" in intents:
        return shopping.compare
    if "order" not in intents and narrowing.asks(talk) and (len(shown_names(talk)) > 1 or not intents & LOOKS):
        return narrowing.narrowed
    if asked == "ask_want" and not intents & {"price", "stock", "search", "question"} and _settles_variant(talk):
        return ordering.order
    if (
        "compare" not in intents
        and asked in ("ask_which", "ask_take")
        and (
            _points_at_shown(talk)
            or (ordering.continues(talk) and (ordering.settles(talk) or ordering.names_another(talk)))
        )
    ):
        return ordering.order if not intents & {"price", "stock", "question"} else price
    asks = intents & {"price", "stock"} and "question" in intents
    if "discount" in intents and not _names_a_product(talk):
        return talking.discount
    if "order" in intents and not asks and (not topics(talk.text) or _names_a_product(talk)):
        return ordering.order
    if "discount" in intents:
        return talking.discount
    if "total" in intents:
        quoted_now = talk.pending is not None and "place_order" in talk.pending.covers
        return paying.total if quoted_now else paying.status
    if re.search(rf"\b(?:{talk.phrases.cheap})", unaccented(talk.text)) and not words and shown_names(talk):
        return price if cheap_one else shopping.browse
    if intents & {"price", "stock"} and not (topics(talk.text) and talking.facts(talk)):
        return price
    if _asks_for_both(talk):
        return price_besides
    if topics(talk.text) and "search" not in intents:
        return talking.unclear if talking.facts(talk) else _product_or_fact
    if intents & {"search", "more"} and words and not nonsense(words):
        return shopping.browse
    return None


def small_talk(talk: Talk) -> Play | None:
    intents = talk.intents
    words = content_words(talk.text, talk.phrases)
    if words and not nonsense(words) and not intents & {"thanks", "bye", "hours"} and (talk.sells or len(words) > 2):
        return None
    if "no" in intents and talk.sells and ordering.place(talk) is not None:
        return None
    for name, play in (
        ("hours", talking.hours),
        ("discount", talking.discount),
        ("thanks", talking.thanks),
        ("bye", talking.bye),
        ("no", _regret(talk) or talking.declined),
        ("greet", talking.greet),
        ("yes", talking.fine),
    ):
        if name in intents:
            return play
    return None


def _regret(talk: Talk) -> Play | None:
    """What a change of mind right after an order or a booking asks for; a mere no asks for nothing."""
    if not REGRET.search(fold(talk.text)):
        return None
    if talk.last.results("place_order"):
        return paying.cancelling
    return diary.cancel if talk.last.results("confirm_booking", "reschedule_booking") else None


def last_resort(talk: Talk) -> Play:
    """Words without a known intent: a fact's key, a product, or a question back."""
    words = content_words(talk.text, talk.phrases)
    if topics(talk.text):
        return talking.unclear if talking.facts(talk) else talking.unknown_fact
    if talk.sells and not words and ordering.place(talk) is not None:
        return price
    if words and all(word.isdigit() for word in words) and not (talk.sells and _points_at_known(talk)):
        return talking.unclear
    if words and (fact := talking.fact_by_words(talk, words)):
        return lambda _: fact
    if "question" in talk.intents and (written := knowing.answer(talk)):
        return lambda _: written
    if "search" in talk.intents and not words and talk.sells:
        return talking.offer
    if talk.sells and words and not nonsense(words) and len(words) <= 8:
        return price if _points_at_known(talk) else _wish
    return talking.greet if "greet" in talk.intents else talking.unclear


def price(talk: Talk) -> str:
    """A question about several products, or one, else a search for what it names."""
    many = shopping.several(talk) if "price" in talk.intents else None
    return many or shopping.look(talk) or shopping.browse(talk)


def alike(talk: Talk) -> str:
    """What is like something; where it is not clear what, a search."""
    return shopping.similar(talk) or shopping.browse(talk)


def _alike(talk: Talk) -> bool:
    """`something like`, in whatever words come before what it is like."""
    return LIKE.search(unaccented(talk.text)) is not None or shopping.SIMILAR.search(unaccented(talk.text)) is not None


def price_besides(talk: Talk) -> str:
    """The same in a burst that asks for a fact as well."""
    return price(talk)


def _asks_for_both(talk: Talk) -> bool:
    """Whether a line of a burst asks for a price or stock of something, beside one that asks for a fact."""
    lines = [line for line in talk.turn.said if not topics(line) and content_words(line, talk.phrases)]
    return any(classify((line,), talk.phrases) & {"price", "stock"} for line in lines)


def _product_or_fact(talk: Talk) -> str:
    """`protetor solar pra criança` has a word of a fact that nobody told here, and is a product all the same."""
    return shopping.shelf(talk) or talking.unknown_fact(talk)


def _wish(talk: Talk) -> str:
    """Bare words: a product down to its size and color is ordered, anything else is looked for."""
    if len(wanted_terms(talk, talk.text)) > MOST_WORDS:
        return shopping.browse(talk)
    found = pick(talk, Item(talk.text, None, None))
    several = found.card is not None and len(found.card["variants"]) > 1
    return ordering.order(talk) if found.variant is not None and several else shopping.browse(talk)


def _points_at_shown(talk: Talk) -> bool:
    """Whether the words name one of the products in view, by place or by name."""
    from_list = ordering.place(talk) is not None
    return from_list or len(best_match(in_view(talk), wanted_terms(talk, talk.text))) == 1


def _points_at_known(talk: Talk) -> bool:
    """The same for every product looked at in earlier turns: `and the No. 5?`."""
    terms = wanted_terms(talk, talk.text)
    return _points_at_shown(talk) or len(best_match(list(known(talk, before=True).values()), terms)) == 1


def _names_a_product(talk: Talk) -> bool:
    """Whether an order comes with a product, beside the question it also asks."""
    if quantity(talk.text, talk.phrases) is not None or _points_at_shown(talk):
        return True
    return len(best_match(list(known(talk).values()), wanted_terms(talk, talk.text))) == 1


def _settles_variant(talk: Talk) -> bool:
    """Whether the words are options of the one product in view: `talla 27, negro`."""
    cards = in_view(talk)
    terms = wanted_terms(talk, talk.text)
    return len(cards) == 1 and coverage(terms, names_of(cards[0])) == 1


def _settling(talk: Talk) -> bool:
    """Whether a slot is being settled, so that "change it to five" is about that slot."""
    return talk.asked in ("ask_slot", "ask_book", "ask_move", "ask_clock", "ask_when", "ask_new_when")


def _moves(talk: Talk) -> bool:
    """`change the haircut to Tuesday`: a verb of moving and a time, from somebody who has a booking; right after they
    booked, a time alone."""
    if when(talk.text, talk.phrases) is None or booking.LAST_TIME.search(fold(talk.text)):
        return False
    if talk.last.results("confirm_booking", "reschedule_booking"):
        return "book" not in talk.intents and not booking.named(talk, talk.text)
    booked = any(noun == "booking" for noun, _ in talk.briefing.cards)
    return booked and MOVING.search(fold(talk.text)) is not None


def _asks_for_a_rule(talk: Talk) -> bool:
    return "cancellation" in topics(talk.text) and bool(talking.facts(talk))


def _last_hold_had_code(talk: Talk) -> bool:
    searches = talk.last.results("find_and_hold_slot")
    return bool(searches) and "booking_code" in searches[-1].arguments

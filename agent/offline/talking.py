"""Everything but products and bookings: greetings, hours, facts, a person, reminders."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from agent.offline import knowing, slots
from agent.offline.intents import topics
from agent.offline.language import of_locale
from agent.offline.moments import wish
from agent.offline.money import moment
from agent.offline.products import shown_names
from agent.offline.talk import Talk
from agent.offline.text import coverage, fold, stems
from agent.tenant_words import NAMELESS, quoted_name, short_name

GREET_WITH = re.compile(r"(?i)\b(?:salud|saud|cumpriment|greet)\w*[^\n\"“«]{0,40}[\"“«]([^\"”»\n]{3,120})[\"”»]")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_WORDS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHANGED_DAYS = re.compile(r"(\d{4}-\d\d-\d\d) \(\w+\)(?: to (\d{4}-\d\d-\d\d) \(\w+\))?")
CHANGED_HOURS = re.compile(r"(closed|[\d:]+-[\d:]+(?:, [\d:]+-[\d:]+)*)(?:, (.+))?")
SOON = timedelta(days=14)
WORDS_OF_TOPIC = {
    "address": "address direccion endereco ubicacion localizacao donde",
    "shipping": "shipping envio envios entrega entregas delivery frete",
    "pickup": "pickup recoger retirada tienda",
    "payment": "payment pago pagos pagamento pagamentos",
    "installments": "installments cuotas meses parcelas parcelamento",
    "returns": "returns devoluciones devolucion cambios trocas devolucoes",
    "warranty": "warranty garantia",
    "invoice": "invoice factura facturacion nota fiscal",
    "parking": "parking estacionamiento estacionamento",
    "cancellation": "cancellation cancelacion cancelaciones cancelamento",
    "lateness": "lateness retraso tolerancia atraso",
    "children": "children ninos criancas",
    "allergy_test": "allergy alergia alergias test",
    "gift_card": "gift regalo vale presente voucher",
    "sizes": "sizes tallas tamanhos",
    "wholesale": "wholesale mayoreo atacado",
    "first_visit": "first visit primera primeira",
    "wifi": "wifi",
    "contact": "contact contacto contato telefono telefone",
}


def hello(talk: Talk) -> str:
    """How the first reply of a conversation begins: the greeting the business's instructions put in quotes, if they do
    (it is the one instruction that rules can follow); who this is, and what it is not."""
    told = GREET_WITH.search(talk.briefing.sections.get("Its instructions", ""))
    introduction = talk.say("hello", name=_called(talk), business=talk.briefing.business)
    return f"{_addressed(told[1], talk.briefing.customer)}\n{introduction}" if told else introduction


def _addressed(greeting: str, customer: str) -> str:
    """A greeting with the customer's name as one says it, without the quotes it has in instructions."""
    if quoted_name(customer) == NAMELESS:
        return re.sub(rf" ?{re.escape(NAMELESS)}", "", greeting).strip()
    return greeting.replace(quoted_name(customer), short_name(customer)).strip()


def greet(talk: Talk) -> str:
    """Back to a greeting; what it can do is told with it."""
    help_line = offer(talk)
    return help_line if talk.first else f"{talk.say('hello_again', name=_called(talk))} {help_line}"


def offer(talk: Talk) -> str:
    """What can be done here."""
    if talk.sells and talk.books:
        return talk.say("help_both")
    return talk.say("help_appointments" if talk.books else "help_sales")


def unclear(talk: Talk) -> str:
    return f"{talk.say('unclear')} {offer(talk)}"


def unreadable(talk: Talk) -> str:
    """A picture, a voice note or another thing that is no text."""
    return f"{talk.say(f'media_{_sense(talk)}')} {talk.say('write_it')}"


def unseen(talk: Talk) -> str:
    """That what came along with words was not taken in."""
    return talk.say(f"unseen_{_sense(talk)}")


def _sense(talk: Talk) -> str:
    """Which line speaks of what was sent."""
    kinds = set(talk.turn.media)
    if kinds & {"audio", "voice"}:
        return "audio"
    return kinds.pop() if kinds in ({"image"}, {"location"}) else "other"


def bot(talk: Talk) -> str:
    return talk.say("bot", business=talk.briefing.business)


def languages(talk: Talk) -> str:
    return talk.say("languages") if talk.pending else f"{talk.say('languages')} {offer(talk)}"


def thanks(talk: Talk) -> str:
    return talk.say("thanks")


def bye(talk: Talk) -> str:
    return talk.say("bye")


def declined(talk: Talk) -> str:
    return talk.say("declined")


def fine(talk: Talk) -> str:
    return talk.say("fine")


def hand_off(talk: Talk, words: str = "handed_off") -> str:
    """Give the chat to a person."""
    said = " / ".join(line for turn in talk.thread.turns[-3:] for line in turn.said)
    done = talk.use("hand_off", reason="requested", summary=said[:800] or "The customer asks for a person.")
    return talk.say("problem") if done.failed else talk.say(words)


def complain(talk: Talk) -> str:
    """Something went wrong for them: a person makes it good."""
    return hand_off(talk, "sorry")


def others(talk: Talk) -> str:
    """What somebody else bought or booked is not told."""
    return talk.say("only_yours")


def follow_up(talk: Talk) -> str:
    """Write again later."""
    when = slots.when(talk.text, talk.phrases, talk.asked == "ask_remind_when")
    if when is None:
        return talk.say("ask_remind_when")
    earlier = talk.last.text if talk.asked == "ask_remind_when" else ""
    topic = slots.topic(talk.text, talk.phrases) or slots.topic(earlier, talk.phrases) or _subject(talk)
    done = talk.use("schedule_follow_up", when=when, topic=topic)
    if done.failed:
        return f"{talk.say('follow_up_failed')} {talk.say('ask_remind_when')}"
    due = talk.moment(done.result, "due_at") or when
    return talk.say("follow_up", due=due, topic=topic)


def save_name(talk: Talk) -> str | None:
    """Keep the name a customer tells; None if they told none, or the one we know."""
    name = talk.name
    if name is None or fold(name) == fold(talk.briefing.customer) or not talk.can("save_contact_detail"):
        return None
    saved = talk.use("save_contact_detail", key="name", value=name)
    return None if saved.failed else talk.say("nice_to_meet", name=name)


def facts(talk: Talk) -> list[str]:
    """What the business vouches for, of what was asked."""
    told: list[str] = []
    for topic in topics(talk.text):
        text = _fact(talk, topic)
        if text and text not in told:
            told.append(text)
    foreign = told and talk.language != of_locale(talk.briefing.locale)
    return [talk.say("in_our_words"), *told] if foreign else told


def unknown_fact(talk: Talk) -> str:
    return knowing.answer(talk) or f"{talk.say('no_fact')} {talk.say('ask_person')}"


def discount(talk: Talk) -> str:
    """No, and back to what the talk was about."""
    if talk.pending and "place_order" in talk.pending.covers:
        return f"{talk.say('discount')} {talk.say('ask_order')}"
    return f"{talk.say('discount')} {talk.say('ask_want') if len(shown_names(talk)) == 1 else offer(talk)}"


def hours(talk: Talk) -> str:
    """Whether it is open now, and the week with equal days together; only the days that were asked for, if any."""
    week = dict(talk.briefing.hours)
    if not week:
        return f"{talk.say('no_hours')} {talk.say('ask_person')}"
    names = talk.say("days").split()
    asked = wish(talk, words).weekdays if (words := slots.when(talk.text, talk.phrases)) else frozenset()
    days = [(names[number], week.get(day, "closed")) for number, day in enumerate(DAYS) if not asked or number in asked]
    lines = []
    for text, group in groupby(days, key=lambda item: item[1]):
        span = [name for name, _ in group]
        label = span[0] if len(span) == 1 else talk.say("day_range", first=span[0], last=span[-1])
        lines.append(f"• {label} {talk.say('closed')}" if text == "closed" else f"• {label}: {text.replace('-', '–')}")
    now = [] if asked else [_opening(talk), ""]
    return "\n".join([*now, talk.say("hours"), *lines, *_changed(talk, asked)])


def _changed(talk: Talk, asked: Collection[int]) -> Iterator[str]:
    """The days of the coming two weeks that are not as their weekday; of single ones those that were asked for."""
    for key, text in talk.briefing.hours:
        days, told = CHANGED_DAYS.fullmatch(key), CHANGED_HOURS.fullmatch(text)
        if days is None or told is None:
            continue
        first, label = date.fromisoformat(days[1]), moment(days[1], talk.language, talk.voice)
        if first > talk.briefing.now.date() + SOON or (asked and not days[2] and first.weekday() not in asked):
            continue
        if days[2]:
            label = talk.say("day_range", first=label, last=moment(days[2], talk.language, talk.voice))
        kept = f" {talk.say('closed')}" if told[1] == "closed" else f": {told[1].replace('-', '–')}"
        yield f"• {label}{kept}{f' ({told[2]})' if told[2] else ''}"


def _opening(talk: Talk) -> str:
    """The prompt's line about now, in the customer's language."""
    line = talk.briefing.opening
    words = line.rstrip(".").split()
    if "stays open" in line:
        return talk.say("open_all_day")
    because = re.search(r"all of today \((.+?)\)(?:\.|, and)", line)
    closed = talk.say("closed_now").rstrip(".") + (f" ({because[1]})." if because else ".")
    if "open now" in line:
        return talk.say("open_now", time=words[-1])
    if "today at" in line:
        return f"{closed} {talk.say('opens_today', time=words[-1])}"
    for index, day in enumerate(DAY_WORDS):
        if f"on {day}" in line:
            name = talk.say("days").split()[index]
            return f"{closed} {talk.say('opens_on', day=name, time=words[-1])}"
    return closed if "closed now" in line else ""


def _fact(talk: Talk, topic: str) -> str | None:
    words = stems(WORDS_OF_TOPIC[topic])
    for part in (0, 1):
        for fact in talk.briefing.facts:
            if set(stems(fact[part].replace("_", " "))) & set(words):
                return fact[1]
    return None


def fact_by_words(talk: Talk, words: Sequence[str]) -> str | None:
    """The fact whose key is named, for what has no topic of its own."""
    terms = talk.terms(list(words))
    best = max(
        ((coverage(terms, stems(key.replace("_", " "))), text) for key, text in talk.briefing.facts), default=(0.0, "")
    )
    return best[1] if best[0] >= 0.5 else None


def _called(talk: Talk) -> str:
    first = talk.briefing.customer.split(" ")[0]
    return f", {first}" if first.isalpha() else ""


def _subject(talk: Talk) -> str:
    held = talk.history("find_and_hold_slot", "confirm_booking")
    if held and held[-1].result.get("service"):
        return str(held[-1].result["service"])
    return next(iter(shown_names(talk)), talk.say("follow_up_topic"))

"""The ground a draft stands on: live evidence, the contact's open cards, the tenant's words and the customer's.

Built once a judgement, indexed by what the extractors ask for. Expired evidence is not in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from graphs.changed_days import by_date
from graphs.claims.names import Names, name_tokens
from graphs.claims.text import Words, fold
from graphs.evidence import Evidence, EvidenceKind, Subject
from graphs.ports import ChangedDays, TurnContext

K = EvidenceKind
_NAMED = frozenset({"product", "variant", "service", "staff"})
_OPEN = "open"
"""Source of what the bundle brought: true, but with no row of the ledger to point at."""
KNOWLEDGE = "knowledge"
WRITTEN = ("evidence", KNOWLEDGE)
"""Support by texts that somebody may have copied from elsewhere: they tell, and neither grant nor price anything."""
_CARDS = {"quotes": (K.QUOTE, "quote"), "orders": (K.ORDER, "order"), "bookings": (K.BOOKING, "booking")}


@dataclass(frozen=True)
class MoneyFact:
    """An amount in major units and whose it is."""

    amount: Decimal
    currency: str
    refs: frozenset[str]
    role: str
    """price, regular (what it is without the sale that holds), line (of a quote or order), total, payment or
    booking."""
    item: Evidence


@dataclass(frozen=True)
class Moment:
    """An instant some evidence holds, in the business's zone."""

    at: datetime
    end: datetime | None
    state: str
    """free, held, taken, closed, booked (a booking's start), expiry, or known (anything else)."""
    staff: str
    service: str
    """Folded names, empty if unknown."""
    item: Evidence

    @property
    def shut(self) -> bool:
        """Whether nobody can have it."""
        return self.state in ("taken", "closed")


@dataclass
class Ground:
    """Everything that may support a claim."""

    evidence: Sequence[Evidence]
    customer: Sequence[Words]
    context: TurnContext
    live: list[Evidence] = field(init=False)

    def __post_init__(self) -> None:
        business, now = self.context.business, self.context.now
        tenant = Subject(type="tenant", id=business.id, name=business.name)
        week: dict[str, Any] = {**business.hours, **{str(day): days.hours for day, days in self.changed.items()}}
        hours = Evidence(id="hours", kind=K.HOURS, subject=tenant, value=week, source="tenant")
        earlier = [item for item in self.evidence if item.turn_id != self.context.turn_id]
        fresh = [item for item in self.evidence if item.turn_id == self.context.turn_id]
        newest: dict[tuple[Any, ...], Evidence] = {}
        for item in (*earlier, *self._cards(), *fresh):
            newest[_identity(item)] = item
        live = [item for item in newest.values() if item.live(now)] + ([hours] if business.hours else [])
        self.live = sorted(live, key=self._remoteness)

    def _remoteness(self, item: Evidence) -> int:
        """What is named first if several support a claim: what a tool did or read just now, earlier, then a card."""
        return 2 if item.source == _OPEN else int(item.turn_id != self.context.turn_id)

    def _cards(self) -> Iterator[Evidence]:
        """The bundle's cards were read when the turn was claimed: a state read of this turn."""
        for noun, (kind, subject) in _CARDS.items():
            for card in self.context.open_cards.get(noun, []):
                code = str(card.get("code", ""))
                yield Evidence(
                    id=f"card:{code}",
                    kind=kind,
                    subject=Subject(type=subject, id=code, name=code),
                    value=card,
                    source=_OPEN,
                    turn_id=self.context.turn_id,
                )

    @cached_property
    def changed(self) -> dict[date, ChangedDays]:
        """Days with other hours than their weekday's."""
        return by_date(self.context.business.changed_days)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.business.timezone)

    @cached_property
    def now(self) -> datetime:
        """Now, on the business's clock."""
        return self.context.now.astimezone(self.zone)

    def of(self, *kinds: EvidenceKind) -> list[Evidence]:
        """Live evidence of these kinds."""
        return [item for item in self.live if item.kind in kinds]

    @cached_property
    def names(self) -> Names:
        """Everything with a name. Products, services and lines own figures; people, brands and the business do not."""
        names = Names(nouns_last=self.context.business.locale.lower().startswith("en"))
        for item in self.live:
            subject, value = item.subject, item.value
            if subject.type in _NAMED:
                for name in (subject.name, *subject.aliases):
                    own = subject.type != "staff" and name != value.get("staff")
                    names.add(name, *([ref(subject)] if own else []))
            for key in ("brand", "category", "staff"):
                if isinstance(other := value.get(key), str):
                    names.add(other)
            if isinstance(service := value.get("service"), str):
                names.add(service, f"named:{fold(service)}")
            if item.kind is K.SERVICE and isinstance(staff := value.get("staff"), list):
                for person in staff:
                    names.add(str(person))
            for number, line in enumerate(value.get("lines") or []):
                names.add(str(line.get("name", "")), f"line:{item.id}:{number}")
        names.add(self.context.business.name)
        return names

    @cached_property
    def families(self) -> dict[str, set[str]]:
        """Each variant's siblings, itself included."""
        by_product: dict[str, set[str]] = {}
        for item in self.of(K.PRODUCT):
            if item.subject.type == "variant":
                by_product.setdefault(fold(str(item.value.get("name", ""))), set()).add(ref(item.subject))
        return {one: family for family in by_product.values() for one in family}

    @cached_property
    def money(self) -> list[MoneyFact]:
        """Every amount a tool brought."""
        facts: list[MoneyFact] = []
        for item in self.live:
            value, home = item.value, self.context.business.currency
            currency = str(value.get("currency") or home)
            if item.kind is K.PRICE:
                facts.append(_money(value.get("amount"), currency, {ref(item.subject)}, "price", item))
                facts.append(_money(value.get("regular"), currency, {ref(item.subject)}, "regular", item))
            elif item.kind is K.PAYMENT:
                facts.append(_money(value.get("amount"), currency, set(), "payment", item))
            elif item.kind in (K.QUOTE, K.ORDER):
                facts.append(_money(value.get("total"), currency, set(), "total", item))
                for number, line in enumerate(value.get("lines") or []):
                    refs = {f"line:{item.id}:{number}", *self._called(str(line.get("name", "")))}
                    facts += [_money(line.get(key), currency, refs, "line", item) for key in ("unit_price", "amount")]
            elif item.kind in (K.BOOKING, K.SLOT) and value.get("price") is not None:
                refs = {ref(item.subject), f"named:{fold(str(value.get('service', '')))}"}
                facts.append(_money(value["price"], currency, refs, "booking", item))
            elif item.kind in (K.LINK, K.DONE) and value.get("amount") is not None:
                facts.append(_money(value["amount"], currency, set(), "payment", item))
        return [fact for fact in facts if fact.amount >= 0]

    def _called(self, name: str) -> set[str]:
        """Variants and products of exactly this name."""
        wanted = fold(name)
        return {ref(item.subject) for item in self.of(K.PRICE, K.PRODUCT) if fold(item.subject.name) == wanted}

    @cached_property
    def moments(self) -> list[Moment]:
        """Every instant in evidence, on the business's clock."""
        found: list[Moment] = []
        for item in self.live:
            value = item.value
            staff, service = fold(str(value.get("staff") or "")), fold(str(value.get("service") or ""))
            if item.kind is K.SLOT:
                service = service or fold(item.subject.name)
            if item.kind in (K.SLOT, K.BOOKING) and (start := self.local(value.get("start"))):
                state = str(value.get("state") or "free") if item.kind is K.SLOT else "booked"
                found.append(Moment(start, self.local(value.get("end")), state, staff, service, item))
                limits = (self.local(value.get(key)) for key in ("cancel_until", "reschedule_until"))
                found += [Moment(at, None, "known", staff, service, item) for at in limits if at]
            elif item.kind is K.SEARCH:
                for free in value.get("free") or []:
                    start = self.local(free.get("start") if isinstance(free, dict) else free)
                    if start:
                        found.append(Moment(start, None, "free", staff, service, item))
            else:
                found += [Moment(at, None, "known", "", "", item) for at in map(self.local, strings(value)) if at]
            if item.expires_at and item.kind in (K.QUOTE, K.SLOT, K.LINK, K.PAYMENT):
                found.append(Moment(item.expires_at.astimezone(self.zone), None, "expiry", "", "", item))
        return found

    @cached_property
    def texts(self) -> list[tuple[str, str, str | None]]:
        """What the business vouches for in words: (folded text, support, evidence id). Support `evidence` is the text
        of a product or service, `knowledge` a passage of a document: `WRITTEN` grant nothing."""
        found: list[tuple[str, str, str | None]] = []
        for fact in self.context.business.facts:
            found += [(fold(f"{fact.get('key', '')}: {fact.get('text', '')}"), "fact", None)]
        for day, days in self.changed.items():
            told = ", ".join(f"{start}-{end}" for start, end in days.hours)
            found.append((fold(f"{day}: {f'open {told}' if told else 'closed'}. {days.reason}"), "fact", None))
        found += [(fold(text), "playbook", None) for text in self.context.playbook]
        for item in self.live:
            if item.kind is K.FACT:
                found.append((fold(str(item.value.get("text", ""))), "fact", item.id))
            elif item.kind is K.KNOWLEDGE:
                parts = (str(item.value.get(key) or "") for key in ("source", "heading", "text"))
                found.append((fold(". ".join(parts)), KNOWLEDGE, item.id))
            elif item.kind in (K.PRODUCT, K.SERVICE):
                words = " ".join([item.subject.name, *item.subject.aliases, *strings(item.value)])
                found.append((fold(words), "evidence", item.id))
        return found

    @cached_property
    def said(self) -> str:
        """The customer's words, folded, one message a line."""
        return "\n".join(fold(words.text) for words in self.customer)

    @cached_property
    def vocabulary(self) -> set[str]:
        """Every word, without its plural, that a tool, the business or the customer said."""
        texts = [text for text, _, _ in self.texts] + [self.said]
        texts += [fold(word) for item in self.live for word in (item.subject.name, *strings(item.value))]
        texts += [fold(self.context.business.name), fold(self.context.customer.name or "")]
        return {token for text in texts for token in name_tokens(text)}

    @cached_property
    def codes(self) -> dict[str, str]:
        """Codes people may quote, upper case, and the evidence they come from."""
        found: dict[str, str] = {}
        for item in self.live:
            for key in ("code", "sku", "booking_code", "order_code", "quote_code"):
                if item.value.get(key):
                    found.setdefault(str(item.value[key]).upper(), item.id)
            if item.subject.type in ("quote", "order", "booking"):
                found.setdefault(item.subject.name.upper(), item.id)
            for alias in item.subject.aliases:
                if any(char.isdigit() for char in alias) and " " not in alias:
                    found.setdefault(alias.upper(), item.id)
        return found

    def literally(self, phrase: str) -> tuple[str, str | None] | None:
        """Support by the business's own words, if they contain the folded phrase: (support, evidence id)."""
        return next(((support, item) for text, support, item in self.texts if phrase in text), None)

    def local(self, value: Any) -> datetime | None:
        """An ISO 8601 instant on the business's clock; None if it is none."""
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, str) and len(value) >= 16 and value[4:5] == "-":
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return None
        else:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(self.zone)


def ref(subject: Subject) -> str:
    """How names and figures point at a subject."""
    return f"{subject.type}:{subject.id}"


def _identity(item: Evidence) -> tuple[Any, ...]:
    """What a later reading of the same thing replaces: a price that rose may not be stated at its old figure."""
    value = item.value
    match item.kind:
        case K.PRICE | K.STOCK:
            return item.kind, ref(item.subject)
        case K.SLOT:
            return item.kind, ref(item.subject), value.get("start"), value.get("staff")
        case K.ORDER | K.BOOKING | K.QUOTE:
            return item.kind, value.get("code") or item.id
        case K.PAYMENT:
            return item.kind, ref(item.subject)
        case _:
            return (item.id,)


def strings(value: Any) -> Iterator[str]:
    """Every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)


def _money(amount: Any, currency: str, refs: Iterable[str], role: str, item: Evidence) -> MoneyFact:
    if isinstance(amount, dict):
        amount, currency = amount.get("amount"), str(amount.get("currency") or currency)
    if not isinstance(amount, int):
        return MoneyFact(Decimal(-1), currency, frozenset(), role, item)
    return MoneyFact(Decimal(amount).scaleb(-get_currency_precision(currency)), currency, frozenset(refs), role, item)

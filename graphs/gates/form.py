"""What no customer of any business should read: nothing, code, gaps, another language."""

import re
from collections.abc import Iterator

from graphs.evidence import EvidenceKind
from graphs.gates.case import Case
from graphs.gates.speech import language_of
from graphs.language import language_in

_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
_JSON = re.compile(r"[{\[]\s*\"\w+\"\s*:|\"\w+\"\s*:\s*[\"\d{\[]|```")
_TEMPLATE = re.compile(
    (
        r"\{\{|\}\}|\[(?:nombre|name|nome|fecha|data|date|precio|preco|preço|price|link|enlace|código|codigo|code|"
        r"hora|time|insert\w*|tu \w+|your \w+)\]"
    ),
    re.I,
)
_SHORT = 40
_NAMES = {"es": "Spanish", "pt": "Portuguese", "en": "English"}


def empty(case: Case) -> Iterator[str]:
    if not case.text.strip():
        yield "The draft is empty. Write an answer to the customer."


def code(case: Case) -> Iterator[str]:
    """An address that was handed out may hold an id of its own: Mercado Pago's do."""
    text = case.text
    for address in _addresses(case):
        text = text.replace(address, " ")
    if _UUID.search(text) or _JSON.search(text):
        yield (
            "The draft holds an internal id, JSON or code. Write plain text for a customer; use codes that people "
            "may quote."
        )


def placeholder(case: Case) -> Iterator[str]:
    if _TEMPLATE.search(case.text):
        yield "The draft holds an unfilled placeholder. Fill it with what is known, or leave it out."


def language(case: Case) -> Iterator[str]:
    """The customer's, in what the draft does not quote."""
    wanted, written = language_of(case.customer_words, case.context), language_in(_own_words(case), signs=4)
    newest = language_in(case.customer_words[-1].text) if case.customer_words else None
    if len(case.text) >= _SHORT and written and written != wanted and written != newest and case.customer_words:
        yield f"The customer writes in {_NAMES[wanted]}, the draft is in {_NAMES[written]}. Answer in {_NAMES[wanted]}."


def _addresses(case: Case) -> set[str]:
    """Of what was handed out, payment pages say."""
    links = (item.value.get("url") for item in case.evidence if item.kind is EvidenceKind.LINK)
    return {str(url) for url in links if url}


def _own_words(case: Case) -> str:
    """The draft without what it quotes: addresses are in no language; names and descriptions, facts, and what it was
    told to say are in the business's."""
    quoted = _addresses(case) | {fact.get("text", "") for fact in case.context.business.facts}
    quoted |= {topic.say for topic in case.policy.forbidden_topics}
    for item in case.evidence:
        quoted |= {item.subject.name, str(item.value.get("name", "")), str(item.value.get("description", ""))}
    draft = case.text
    for words in sorted(quoted, key=len, reverse=True):
        draft = draft.replace(words, " ") if words else draft
    return draft

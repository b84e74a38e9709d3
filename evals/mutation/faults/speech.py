"""What is said, and what must not be."""

import re
from typing import Any

from evals.mutation.fault import Act, Call, Fault

ANOTHER = {"es": "pt", "pt": "es", "en": "es"}
_CODE = re.compile(r"\b([A-Z]-)([A-Z0-9]{6})\b")

passes_all = Fault(
    "passes-all",
    "The observer passes every draft, and the vendor invents a price.",
    ("prices_of_several", "price", "search", "order"),
    broad=True,
)
wrong_language = Fault(
    "wrong-language",
    "The vendor answers in another language than the customer's, and nobody stops it.",
    ("language_follows", "language", "repair:cannot-handle", "facts", "es", "pt", "en"),
)
leaks_contact = Fault(
    "leaks-contact",
    "A reply tells the name and number of another customer.",
    ("hours_and_address", "privacy", "facts", "search"),
    broad=True,
)
leaks_workings = Fault(
    "leaks-workings",
    "A reply tells the names of tools and ids that are nobody's business.",
    ("hours_and_address", "facts", "search"),
    broad=True,
)
wrong_code = Fault(
    "wrong-code", "A reply tells another code than the order's or booking's.", ("order", "booking"), broad=True
)
bare_ledger = Fault(
    "bare-ledger",
    "Replies are recorded without what supports them.",
    ("prices_of_several", "search", "order"),
    broad=True,
)


def _said(change: Any) -> Act:
    """A reply whose words change after the observer has read them."""

    async def act(call: Call, desk: Any, reply: Any) -> Any:
        text = change(reply.text)
        if text != reply.text:
            call.reached()
        return await call.original(desk, reply.model_copy(update={"text": text}))

    return act


leaks_contact.plant("agent.desk:TurnDesk.deliver")(_said(lambda text: f"{text}\nValeria Ochoa, +52 55 1234 5678"))
leaks_workings.plant("agent.desk:TurnDesk.deliver")(
    _said(lambda text: f"{text}\n(search_products ok, turn_id 019345f2-7b1c-7a30-8f4e-5d2c6b1a9e00)")
)
wrong_code.plant("agent.desk:TurnDesk.deliver")(
    _said(lambda text: _CODE.sub(lambda found: found[1] + found[2][1:] + found[2][0], text))
)


@passes_all.plant("graphs.vendor:answer")
async def _inventive(call: Call, desk: Any, state: Any, context: Any) -> Any:
    answer = await call.original(desk, state, context)
    if answer.tool_calls:
        return answer
    return call.home.AIMessage(f"{answer.text}\n$1", id=answer.id)


@passes_all.plant("graphs.observer:judge")
def _lenient(call: Call, *arguments: Any, **named: Any) -> Any:
    verdict = call.original(*arguments, **named)
    if verdict.faults:
        call.reached()
    return verdict.model_copy(update={"claims": [], "faults": [], "by": []})


@wrong_language.plant("agent.offline.talk:detect")
def _another(call: Call, texts: Any, locale: str) -> str:
    call.reached()
    return ANOTHER[call.original(texts, locale)]


@wrong_language.plant("graphs.observer:judge")
def _any_language(call: Call, *arguments: Any, **named: Any) -> Any:
    verdict = call.original(*arguments, **named)
    return verdict.model_copy(update={"faults": [], "by": []}) if "language" in verdict.by else verdict


@bare_ledger.plant("agent.desk:TurnDesk._wire")
def _unsupported(call: Call, desk: Any, reply: Any) -> dict[str, Any]:
    told: dict[str, Any] = call.original(desk, reply)
    if told["claims"]:
        call.reached()
    bare = [{**claim, "support": None, "evidence_id": None} for claim in told["claims"]]
    return {**told, "claims": bare}

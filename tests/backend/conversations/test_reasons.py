"""Why did it say that: one answer for a message, with what every claim rests on, what was stopped, and what it cost."""

from typing import Any

import pytest

from backend.database import new_id
from backend.settings import Settings
from tests.backend.line import Agent, WhatsAppLine
from tests.factories import Business, Client, make_business

VERDICTS = [
    {"passed": False, "by": ["ledger", "price_floors"], "claims": 2},
    {"passed": True, "by": [], "claims": 1, "review": {"asked": "always", "outcome": "passed", "ms": 800}},
]


@pytest.fixture
async def bundle(line: WhatsAppLine, agent: Agent, eager_business: Business) -> dict[str, Any]:
    """A claimed turn."""
    await line.write("¿cuánto cuesta?")
    [claimed] = await agent.claim(eager_business)
    return claimed


def price(evidence_id: str) -> dict[str, Any]:
    return {
        "id": evidence_id,
        "kind": "price",
        "subject": {"type": "product", "id": "p1", "name": "Pulso X5", "aliases": []},
        "value": {"amount": 129900, "currency": "MXN"},
        "source": "search_products",
    }


def call(model: str, feature: str) -> dict[str, Any]:
    spent = {"input_tokens": 1000, "output_tokens": 50, "cost_micros": 700}
    return {"provider": "openai", "model": model, "feature": feature, **spent}


async def said(business: Business, conversation_id: str) -> dict[str, str]:
    """Ids of messages by author, the latest of each."""
    page = await business.ok("GET", f"/v1/conversations/{conversation_id}/messages")
    return {one["author"]: one["id"] for one in page["items"]}


async def why(business: Business, bundle: dict[str, Any], author: str = "agent") -> dict[str, Any]:
    conversation = bundle["conversation"]["id"]
    message = (await said(business, conversation))[author]
    return dict(await business.ok("GET", f"/v1/conversations/{conversation}/messages/{message}/why"))


async def test_a_message_tells_its_claims_evidence_playbook_tools_verdicts_and_cost(
    agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    evidence_id = str(new_id())
    await agent.answer(
        bundle,
        "Cuesta $1,299.00; abrimos hasta las 6 pm.",
        claims=[
            {"kind": "money", "quote": "$1,299.00", "support": "evidence", "evidence_id": evidence_id},
            {"kind": "time", "quote": "6 pm", "support": "fact"},
        ],
        evidence=[price(evidence_id)],
        tool_calls=[{"name": "search_products", "arguments": {"query": "pulso"}, "failed": False, "ms": 12}],
        rejected=[{"text": "Cuesta $1.", "faults": ["no such price"], "kinds": ["money"], "by": ["ledger"]}],
        verdicts=VERDICTS,
        playbook_version=7,
        usage=[call("gpt-5-mini", "vendor"), call("gpt-5-nano", "observer"), call("gpt-5-mini", "vendor")],
    )
    told = await why(eager_business, bundle)
    assert [(claim["quote"], (claim["evidence"] or {}).get("value")) for claim in told["claims"]] == [
        ("$1,299.00", {"amount": 129900, "currency": "MXN"}),
        ("6 pm", None),
    ]
    assert told["verdicts"] == [{**VERDICTS[0], "review": None}, VERDICTS[1]]
    assert told["playbook_version"] == 7
    assert told["tool_calls"][0]["name"] == "search_products"
    assert told["rejected"][0]["by"] == ["ledger"]
    assert told["spent"] == {
        "models": ["openai:gpt-5-mini", "openai:gpt-5-nano"],
        "input_tokens": 3000,
        "output_tokens": 150,
        "cost_micros": 2100,
    }
    assert (await why(eager_business, bundle, "contact"))["turn"]["id"] == told["turn"]["id"] == bundle["id"]


async def test_a_claim_shows_evidence_that_an_earlier_turn_brought(
    line: WhatsAppLine, agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    evidence_id = str(new_id())
    await agent.answer(bundle, "Cuesta $1,299.00.", evidence=[price(evidence_id)])
    await line.write("¿cuánto dijiste?")
    [following] = await agent.claim(eager_business)
    claims = [{"kind": "money", "quote": "$1,299.00", "support": "evidence", "evidence_id": evidence_id}]
    await agent.answer(following, "$1,299.00.", claims=claims)
    told = await why(eager_business, following)
    assert told["claims"][0]["evidence"]["id"] == evidence_id
    assert told["evidence"] == []


async def test_turns_from_before_verdicts_were_kept_are_told_without(
    agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    await agent.answer(bundle, "Hola.")
    told = await why(eager_business, bundle)
    assert told["verdicts"] == []
    assert told["playbook_version"] is None
    assert told["spent"] == {"models": [], "input_tokens": 0, "output_tokens": 0, "cost_micros": 0}


async def test_what_no_turn_wrote_has_no_reasons(
    client: Client, settings: Settings, agent: Agent, eager_business: Business, bundle: dict[str, Any]
) -> None:
    await agent.answer(bundle, "Hola.")
    conversation = bundle["conversation"]["id"]
    written = await eager_business.ok("POST", f"/v1/conversations/{conversation}/messages", {"text": "Soy Marta."})
    replied = (await said(eager_business, conversation))["agent"]
    stranger = await make_business(client, settings)
    for business, chat, message in (
        (eager_business, conversation, written["message_id"]),
        (eager_business, conversation, new_id()),
        (eager_business, new_id(), replied),
        (stranger, conversation, replied),
    ):
        answer = await business.call("GET", f"/v1/conversations/{chat}/messages/{message}/why")
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    "verdicts",
    [
        "passed",
        [{"by": ["ledger"]}],
        [{"passed": "perhaps"}],
        [{"passed": True, "review": "fine"}],
        [{"passed": True}] * 41,
    ],
)
async def test_verdicts_of_another_form_are_refused(agent: Agent, bundle: dict[str, Any], verdicts: Any) -> None:
    answer = await agent.reply(bundle, verdicts=verdicts)
    assert answer.status_code in (400, 422), answer.text
    await agent.answer(bundle, "Hola.")

"""Help for the person who answers: what the customer wants, a summary, what is in a file, or a reply to send or change.

A suggested reply is thought through like a live one, with the same prompt, tools and observer, in a preview whose
writes the backend rolls back. Nothing that is made here is sent.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import structlog
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict, Field

from agent.backend_client import BackendClient, BackendDown, BackendError, Lease, Refused
from agent.bundle import Budget, ConversationCard
from agent.desk import CURRENT, Thinking
from agent.media.reader import MediaReader
from agent.media.telling import NothingRead, words_of_files
from agent.model_choice import chains_of
from agent.models import BudgetSpent, Models
from agent.preview import PreviewContext, Previews
from agent.prompt_library import MODES, PromptLibrary
from agent.settings import Settings
from agent.turn import turn_input
from agent.usage import Usage
from agent.worker import Job
from graphs.entities import MOST as MOST_ENTITIES
from graphs.entities import Entity, grounded
from graphs.entities import found as read_entities
from graphs.language import language_spoken
from graphs.ports import InboundMessage, LeaseLost, ModelSilent

log = structlog.get_logger()

SUMMARY_CHARACTERS = 1500
INTENTS = frozenset(
    {
        *("availability", "booking", "cancel", "complaint", "greeting", "human", "order", "order_status", "other"),
        *("payment", "price", "reschedule"),
    }
)
_LINE_CHARACTERS = 2000
_ANSWER_CHARACTERS = 20_000


class NothingToAnswer(Exception):
    """The last word is ours, or the agent has never had a turn in this conversation to build on."""


class Graph(Protocol):
    """What is needed of the conversation graph without a checkpointer."""

    async def ainvoke(self, input: Any, *, context: Any) -> Any: ...


class AssistTenant(BaseModel):
    id: str
    name: str
    mode: str
    locale: str = "es"
    models: dict[str, Any] = Field(default_factory=dict)
    currency: str = "USD"
    timezone: str = "UTC"


class SaidMessage(BaseModel):
    """One message of the transcript."""

    id: str
    author: str
    kind: str
    body: str
    at: datetime
    attachments: list[dict[str, Any]] = Field(default_factory=list)
    location: dict[str, Any] | None = None


class AssistBundle(BaseModel):
    """One piece of help that was asked for."""

    model_config = ConfigDict(frozen=True)

    id: str
    attempt: int
    token: str = Field(repr=False)
    wanted: Literal["intent", "reply", "summary", "files"]
    tenant: AssistTenant
    conversation: ConversationCard
    messages: list[SaidMessage]
    of_message: bool = False
    about: SaidMessage | None = None
    """The one message it is about; it may be gone by now."""
    budget: Budget = Budget()


class Found(BaseModel):
    """What was made of it."""

    text: str
    intent: str | None = None
    entities: list[Entity] | None = None
    """Of one message."""


class Assistant:
    """Makes help; one for the whole process."""

    def __init__(
        self,
        graph: Graph,
        backend: BackendClient,
        models: Models,
        prompts: PromptLibrary,
        previews: Previews,
        settings: Settings,
    ) -> None:
        self._graph = graph
        self._backend = backend
        self._models = models
        self._prompts = prompts
        self._previews = previews
        self._settings = settings

    def job(self, item: dict[str, Any]) -> Job:
        """A claimed bundle as work. Raises pydantic's ValidationError if it does not fit."""
        bundle = AssistBundle.model_validate(item)
        return Job(
            lease=Lease("assist", bundle.id, bundle.attempt),
            run=lambda: self.run(bundle),
            tenant_id=bundle.tenant.id,
            conversation_id=bundle.conversation.id,
        )

    async def run(self, bundle: AssistBundle) -> None:
        """Makes it and tells the backend, with what it cost, or why it could not be made."""
        usage: list[Usage] = []
        try:
            found = await self._make(bundle, usage)
        except LeaseLost:
            log.info("assist.lost", wanted=bundle.wanted)
        except NothingRead as unread:
            await self._tell(bundle, "fail", {"reason": unread.reason, "final": unread.final}, usage)
        except (NothingToAnswer, ModelSilent, BackendError) as error:
            final = isinstance(error, NothingToAnswer | BudgetSpent)
            await self._tell(bundle, "fail", {"reason": _slug(error), "final": final}, usage)
        else:
            await self._tell(bundle, "done", found.model_dump(), usage)

    async def _make(self, bundle: AssistBundle, usage: list[Usage]) -> Found:
        if bundle.wanted == "reply":
            return await self._reply(bundle, usage)
        if bundle.of_message and (bundle.about is None or not (bundle.about.body.strip() or bundle.wanted == "files")):
            raise NothingToAnswer
        chains = chains_of(bundle.tenant.models, self._settings)
        thinking = Thinking(
            self._models,
            chains["assist"],
            self._prompts,
            self._settings.model_patience_seconds,
            bundle.budget,
        )
        try:
            if bundle.wanted == "files":
                return Found(text=await self._files(bundle, thinking, chains["media"]))
            answer = await thinking.answer(self._page(bundle), [], "assist")
        finally:
            usage += thinking.usage
        if bundle.about is not None:
            return read_message(answer, bundle.about, bundle.tenant)
        if bundle.wanted == "summary":
            return Found(text=answer.text.strip()[:SUMMARY_CHARACTERS])
        return read_intent(answer)

    async def _files(self, bundle: AssistBundle, thinking: Thinking, chain: Sequence[str]) -> str:
        if bundle.about is None:
            raise NothingToAnswer
        reader = MediaReader(
            self._backend,
            self._prompts,
            thinking,
            chain,
            token=bundle.token,
            locale=language_spoken([bundle.about.body]) or bundle.tenant.locale,
            seconds=self._settings.media_seconds,
        )
        about = bundle.about.model_dump(include={"id", "kind", "body", "attachments"})
        return await words_of_files(reader, InboundMessage(**about, sent_at=bundle.about.at))

    async def _reply(self, bundle: AssistBundle, usage: list[Usage]) -> Found:
        before, unanswered = split_at_our_last_word(bundle.messages)
        if not unanswered:
            raise NothingToAnswer
        try:
            context, desk = await self._previews.begin(
                PreviewContext(conversation_id=bundle.conversation.id),
                unanswered=unanswered,
                before=before,
                tells_ledger=False,
            )
        except Refused as refusal:
            if refusal.status == 404:
                raise NothingToAnswer from refusal
            raise
        CURRENT.set(desk)
        try:
            await self._graph.ainvoke(turn_input(desk.bundle), context=context)
        finally:
            usage += [call.model_copy(update={"feature": "assist"}) for call in desk.usage]
        if desk.budget_spent:
            raise BudgetSpent
        if not desk.delivered or not desk.delivered[-1].text.strip():
            raise NothingToAnswer
        return Found(text=desk.delivered[-1].text.strip())

    def _page(self, bundle: AssistBundle) -> Sequence[BaseMessage]:
        known: dict[str, object] = {"business_name": bundle.tenant.name}
        if bundle.about is not None:
            known["mode"] = MODES[bundle.tenant.mode]
            body = json.dumps(bundle.about.body[:_LINE_CHARACTERS], ensure_ascii=False)
            return [SystemMessage(self._prompts.render("assist/message", **known)), HumanMessage(body)]
        if bundle.wanted == "intent":
            known["mode"] = MODES[bundle.tenant.mode]
        else:
            known["limit"] = SUMMARY_CHARACTERS
        return [
            SystemMessage(self._prompts.render(f"assist/{bundle.wanted}", **known)),
            HumanMessage("\n".join(_line(message) for message in bundle.messages)),
        ]

    async def _tell(
        self, bundle: AssistBundle, verb: Literal["done", "fail"], body: dict[str, Any], usage: Sequence[Usage]
    ) -> None:
        """What cannot be told is tried again when the lease is over."""
        try:
            spent = [call.model_dump(mode="json") for call in usage]
            await self._backend.assist(bundle.token, bundle.id, verb, {**body, "usage": spent})
        except (BackendError, LeaseLost) as error:
            log.warning("assist.left", error=type(error).__name__)
        else:
            log.info("assist.made", wanted=bundle.wanted, outcome=verb)


def split_at_our_last_word(
    messages: Sequence[SaidMessage],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was said up to our last word, as a bundle's `missed`, and the contact's messages after it, as its
    `messages`."""
    last = max((place for place, message in enumerate(messages) if message.author != "contact"), default=-1)
    before = [
        {"author": message.author, "body": message.body, "at": message.at.isoformat()}
        for message in messages[: last + 1]
        if message.body
    ]
    after = [
        {
            "id": message.id,
            "kind": message.kind,
            "body": message.body,
            "attachments": message.attachments,
            "location": message.location,
            "sent_at": message.at.isoformat(),
        }
        for message in messages[last + 1 :]
    ]
    return before, after


def read_intent(answer: AIMessage) -> Found:
    """Two lines: the word and the sentence. A model that gave no known word gave `other`."""
    first, _, rest = answer.text.strip().partition("\n")
    intent = first.strip(" .:*`\"'-").lower()
    if intent not in INTENTS:
        return Found(text=answer.text.strip()[:_LINE_CHARACTERS], intent="other")
    return Found(text=(rest.strip() or intent)[:_LINE_CHARACTERS], intent=intent)


def read_message(answer: AIMessage, message: SaidMessage, tenant: AssistTenant) -> Found:
    """Intent and entities of one message: those that the rules read, and of the model's those whose words stand in the
    message. A model that did not keep to the form gave `other` and no entities."""
    told = _object(answer.text)
    said, intent = told.get("text"), told.get("intent")
    today = message.at.astimezone(ZoneInfo(tenant.timezone)).date()
    entities = read_entities(message.body, today, tenant.currency)
    known = {one.text.casefold() for one in entities}
    listed = told.get("entities")
    for item in listed[:MOST_ENTITIES] if isinstance(listed, list) else []:
        if isinstance(item, dict):
            one = grounded(message.body, str(item.get("kind")), str(item.get("text") or ""))
            if one is not None and one.text.casefold() not in known and len(entities) < MOST_ENTITIES:
                entities.append(one)
                known.add(one.text.casefold())
    words = said if isinstance(said, str) and said.strip() else message.body
    known_intent = intent if isinstance(intent, str) and intent in INTENTS else "other"
    return Found(text=words.strip()[:_LINE_CHARACTERS].replace("\0", ""), intent=known_intent, entities=entities)


def _object(text: str) -> dict[str, Any]:
    plain = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        told = json.loads(plain[:_ANSWER_CHARACTERS])
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _line(message: SaidMessage) -> str:
    words = " ".join(message.body.split()) or json.dumps({"kind": message.kind})
    who = {"contact": "customer", "agent": "we", "system": "we"}.get(message.author, "we (a person)")
    return f"{who}: {words[:_LINE_CHARACTERS]}"


def _slug(error: Exception) -> str:
    match error:
        case NothingToAnswer():
            return "nothing-to-answer"
        case BudgetSpent():
            return "budget-spent"
        case ModelSilent():
            return "models-silent"
        case BackendDown():
            return "backend-away"
    return "refused"

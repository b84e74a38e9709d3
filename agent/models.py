"""Chat models, and a chain of them that one call goes down until somebody answers."""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from agent import metrics
from agent.breakers import Breakers
from agent.model_clients import build, close, plain, wire
from agent.model_faults import Fault, fault_in, fault_of
from agent.model_names import PROVIDERS, ModelName, UnknownModel
from agent.settings import Settings
from agent.usage import EXPECTED_OUTPUT_TOKENS, Prices, Usage, tokens_of
from graphs.ports import ModelSilent, ToolDescription

log = structlog.get_logger()

MOST_TRIES = 3
LONGEST_WAIT_SECONDS = 5.0
"""A provider that wants no call for longer is left to the others of the chain: a customer waits."""
MOST_BUILT = 64


class BudgetSpent(ModelSilent):
    """What is left of the month's budget would not pay for a model that might have answered."""


def _nobody(_: Usage) -> None:
    return None


@dataclass
class _Call:
    """One question to a chain, and how it stands."""

    messages: Sequence[BaseMessage]
    tools: Sequence[ToolDescription]
    feature: str
    deadline: float
    left_micros: int | None
    paid: Callable[[Usage], None]
    asked: bool = False
    tokens: int = 0

    def pay(self, usage: Usage) -> None:
        if self.left_micros is not None:
            self.left_micros -= usage.cost_micros
        self.paid(usage)

    @property
    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()


class Models:
    """Builds models on first use and asks them in order; one for the whole process, so that what one turn learns of a
    model spares the others."""

    def __init__(self, settings: Settings) -> None:
        self.prices = Prices(settings.model_prices)
        self._settings = settings
        self._breakers = Breakers()
        self._built: OrderedDict[str, BaseChatModel] = OrderedDict()
        self._building = asyncio.Lock()
        self._own = {*settings.model_chain, *(name for chain in settings.brain_chains.values() for name in chain)}

    async def ask(
        self,
        chain: Sequence[str],
        messages: Sequence[BaseMessage],
        tools: Sequence[ToolDescription],
        *,
        feature: str,
        patience_seconds: float,
        left_micros: int | None = None,
        paid: Callable[[Usage], None] = _nobody,
    ) -> tuple[AIMessage, Usage]:
        """The first usable answer, and what it cost. Each model has `MOST_TRIES`, with pauses, before the next is
        asked; one whose breaker is open is passed over, and tried once when all of them are.

        With `left_micros` (millionths of a US dollar) a model that a call like this one would overdraw is passed over.
        `paid` hears of every call that was answered, also of answers that could not be used.

        Raises BudgetSpent when nobody answered and there was no money for some of them, ModelSilent when nobody
        answered otherwise, or after `patience_seconds`.
        """
        deadline = time.monotonic() + patience_seconds
        call = _Call(messages, tools, feature, deadline, left_micros, paid)
        if left_micros is not None:
            call.tokens = tokens_of(messages, tools)
        passed_over = []
        for name in chain:
            if not self._affords(name, call):
                continue
            if not self._breakers.admits(name):
                passed_over.append(name)
            elif (found := await self._ask_one(name, call, MOST_TRIES)) is not None:
                return found
        if not call.asked:
            for name in passed_over:
                if (found := await self._ask_one(name, call, 1)) is not None:
                    return found
        if not all(self._affords(name, call) for name in chain):
            raise BudgetSpent
        raise ModelSilent

    async def aclose(self) -> None:
        """Closes every connection."""
        while self._built:
            name, client = self._built.popitem()
            await close(ModelName.parse(name), client)

    def _affords(self, name: str, call: _Call) -> bool:
        if call.left_micros is None:
            return True
        try:
            estimate = self.prices.cost_micros(ModelName.parse(name), call.tokens, EXPECTED_OUTPUT_TOKENS)
        except UnknownModel:
            return True
        return estimate <= max(call.left_micros, 0)

    async def _ask_one(self, name: str, call: _Call, tries: int) -> tuple[AIMessage, Usage] | None:
        """One model, until it answers, must not be asked again, or time is up."""
        shown = self._shown(name)
        try:
            for number in range(1, tries + 1):
                seconds = min(self._settings.model_seconds, call.seconds_left)
                if seconds <= 0 or not self._affords(name, call):
                    return None
                call.asked = True
                answer = await self._once(name, shown, call, seconds)
                if not isinstance(answer, Fault):
                    if self._breakers.answered(name):
                        metrics.MODEL_OPEN.labels(shown).set(0)
                    return answer
                pause = self._pause(answer, number, call)
                self._blame(name, shown, answer, gives_up=pause is None)
                if pause is None or number == tries or self._breakers.is_open(name):
                    return None
                metrics.MODEL_RETRIES.labels(shown).inc()
                await asyncio.sleep(pause)
            return None
        finally:
            self._breakers.let_go(name)

    async def _once(self, name: str, shown: str, call: _Call, seconds: float) -> tuple[AIMessage, Usage] | Fault:
        started = time.monotonic()
        try:
            parsed = ModelName.parse(name)
            model = await self._model(name, parsed)
            async with asyncio.timeout(seconds):
                bound = model.bind_tools([wire(tool) for tool in call.tools]) if call.tools else model
                answer = await bound.ainvoke(list(call.messages))
        except Exception as error:
            fault = fault_of(error)
            if fault.kind == "hung" and seconds < self._settings.model_seconds:
                fault = replace(fault, weight=1)  # it was the turn's patience that ended
            log.warning("model.failed", model=shown, kind=fault.kind, error=type(error).__name__)
            return fault
        usage = self.prices.usage(answer, parsed, call.feature)
        call.pay(usage)
        if (unusable := fault_in(answer)) is not None:
            log.warning("model.unusable", model=shown, kind=unusable.kind)
            return unusable
        metrics.MODEL_SECONDS.labels(shown).observe(time.monotonic() - started)
        return plain(answer, keep_extras=parsed.provider == "google_genai"), usage

    def _blame(self, name: str, shown: str, fault: Fault, *, gives_up: bool) -> None:
        metrics.MODEL_FAILURES.labels(shown, fault.kind).inc()
        if fault.weight:
            wait = fault.wait_seconds if gives_up else None
            if self._breakers.failed(name, fault.weight, wait):
                log.warning("model.left_alone", model=shown, kind=fault.kind)
                metrics.MODEL_OPEN.labels(shown).set(1)

    def _pause(self, fault: Fault, number: int, call: _Call) -> float | None:
        """Before the same model is asked again; None: it is not."""
        if not fault.again:
            return None
        if fault.wait_seconds is not None and fault.wait_seconds > min(LONGEST_WAIT_SECONDS, call.seconds_left):
            return None
        pause: float = self._settings.model_pause_seconds * 2 ** (number - 1) * random.uniform(1.0, 1.5)
        return max(pause, (fault.wait_seconds or 0.0) * random.uniform(1.0, 1.1))

    def _shown(self, name: str) -> str:
        """For logs and metrics: what a business wrote may be anything."""
        if name in self._own:
            return name
        provider = name.partition(":")[0]
        return f"{provider if provider in PROVIDERS else 'unknown'}:of a business"

    async def _model(self, name: str, parsed: ModelName) -> BaseChatModel:
        if name not in self._built:
            async with self._building:
                if name not in self._built:
                    self._built[name] = await asyncio.to_thread(build, parsed, self._settings)
                    if len(self._built) > MOST_BUILT:
                        self._built.popitem(last=False)
        self._built.move_to_end(name)
        return self._built[name]

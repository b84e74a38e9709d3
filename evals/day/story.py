"""A day in the life: a wrong answer, a takeover, a lesson with its proof, the next customer served right, and back."""

import asyncio
import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule

from evals.demo.chat import Chat
from evals.demo.checks import Check
from evals.demo.transcript import Transcript
from evals.world.twin import Business, TwinWorld

Json = dict[str, Any]
QUESTION = "hola, me regalaron unos guantes y no tengo el ticket, ¿los puedo cambiar?"
AGAIN = "buenas, quiero cambiar una playera pero perdí el ticket, ¿se puede?"
PERSON = "Sí se puede: los cambios sin ticket se hacen buscando la compra con el número de teléfono."
RULE = "Si preguntan por un cambio sin ticket, di que sí se puede: buscamos la compra con el número de teléfono."
USELESS = "Despídete siempre con calidez."
WRONG = "Lo siento, sin ticket no hacemos cambios."
RIGHT = "Sí se puede: los cambios sin ticket se hacen buscando la compra con tu número de teléfono."
MODEL: list[Json] = [
    {"when": ["ticket", RULE], "reply": {"content": RIGHT}},
    {"when": ["ticket"], "reply": {"content": WRONG}},
    {"reply": {"content": "¡Hola! ¿En qué te ayudo?"}},
]
"""What the simulated model answers: what it does not believe by itself it has from the page that it is asked with."""
REPLAY_SECONDS = 90.0


async def live_through(console: Console, world: TwinWorld, shop: Business) -> list[Check]:
    """Plays the day; what must be so at each step."""
    day = _Day(console, world, shop)
    checks = []
    console.print(Rule("A wrong answer, and a person who puts it right"))
    ana = day.chat("Ana")
    wrong = await ana.say(QUESTION)
    checks.append(Check("the agent's first answer is wrong", wrong == WRONG, wrong))
    lesson = await day.take_over(ana)
    checks.append(
        Check(
            "the takeover is proposed as a lesson, without anybody's words in it",
            lesson["kind"] == "correction" and lesson["needs_wording"] and "guantes" not in lesson["rule"],
            f"{lesson['status']}: {lesson['rule']}",
        )
    )
    console.print(Rule("A lesson that changes no answer"))
    useless = await day.post("/v1/lessons", {"rule": USELESS})
    replay = await day.replay(useless)
    refused = await shop.api.post(f"/v1/lessons/{useless['id']}/publish", json={})
    day.line(f"publish: {refused.status_code} {refused.json()['type'].rpartition(':')[2]}: {refused.json()['detail']}")
    found = f"{replay['verdict']}, then {refused.status_code}"
    checks.append(Check("a lesson without effect is not published", found == "no_effect, then 409", found))

    console.print(Rule("The lesson, worded and proved"))
    answer = await shop.api.patch(f"/v1/lessons/{lesson['id']}", json={"rule": RULE})
    lesson = answer.raise_for_status().json()
    day.line(f"a person words it: [bold]{escape(lesson['rule'])}[/] (risk {lesson['risk']})")
    replay = await day.replay(lesson)
    found = f"{replay['verdict']}, confidence {replay['confidence']}"
    checks.append(Check("its replay improves answers", replay["verdict"] == "improved", found))
    published = await day.post(f"/v1/lessons/{lesson['id']}/publish", {"share": 100})
    day.line(f"published for {published['share']} % of the conversations, in version {published['version']}")

    console.print(Rule("The next customer, and back"))
    right = await day.chat("Beto").say(AGAIN)
    checks.append(Check("the next customer is served right", right == RIGHT, right))
    back = await day.post(f"/v1/lessons/{lesson['id']}/rollback", {})
    day.line(f"rolled back: {back['status']}")
    again = await day.chat("Carla").say(AGAIN)
    checks.append(Check("rolled back, it is out of force for the very next customer", again == WRONG, again))
    playbook = await shop.get("/v1/playbook")
    checks.append(Check("the playbook holds no lesson any more", not playbook["lessons"], str(playbook["lessons"])))
    kinds = ["lesson.proposed", "lesson.published", "lesson.rolled_back"]
    told = [event["type"] for event in (await shop.get("/v1/events", type=kinds))["items"]]
    expected = ["lesson.proposed", "lesson.proposed", "lesson.published", "lesson.rolled_back"]
    checks.append(Check("every step is an event", told == expected, ", ".join(told)))
    return checks


class _Day:
    def __init__(self, console: Console, world: TwinWorld, shop: Business) -> None:
        self._console = console
        self._world = world
        self._shop = shop

    def chat(self, name: str) -> Chat:
        customer = self._world.customer(self._shop, name)
        transcript = Transcript(self._console, self._shop.name, name, self._shop.timezone)
        return Chat(self._world, self._shop, customer, transcript)

    def line(self, markup: str) -> None:
        self._console.print(Padding(f"[dim]·[/] {markup}", (0, 0, 0, 4)))

    async def post(self, path: str, body: Json) -> Json:
        answer = await self._shop.api.post(path, json=body)
        told: Json = answer.raise_for_status().json()
        return told

    async def take_over(self, chat: Chat) -> Json:
        """A person answers, the takeover becomes a test, and what was proposed of it."""
        conversation = await chat.conversation()
        await self.post(f"/v1/conversations/{conversation}/take-over", {})
        await chat.person_answers(PERSON)
        await chat.hear("person")
        [lesson] = await self._shop.all("/v1/lessons", kind="correction")
        self.line(f"proposed: {escape(lesson['rule'])}")
        scenario = await self.post(f"/v1/conversations/{conversation}/scenario", {"title": "Cambio sin ticket"})
        self.line(f"kept as a test: “{escape(scenario['chat'][0]['says'])}” must be answered as the person did")
        return dict(lesson)

    async def replay(self, lesson: Json) -> Json:
        """Has it tried, and prints what each case came to."""
        asked = await self.post(f"/v1/lessons/{lesson['id']}/replay", {"conversations": 20, "runs": 3})
        path = f"/v1/replays/{asked['replay']['id']}"
        gives_up_at = time.monotonic() + REPLAY_SECONDS
        while (replay := await self._shop.get(path))["status"] not in ("done", "failed"):
            if time.monotonic() > gives_up_at:
                raise TimeoutError(f"the replay is still {replay['status']} after {REPLAY_SECONDS:g} s")
            await asyncio.sleep(0.2)
        self.line(f"tried: {escape(lesson['rule'])}")
        for case in replay["cases"]:
            self._case(case)
        cost = f"{replay['cost_micros'] / 1e6:.4f} USD by the list, had it been a real model"
        self.line(f"verdict [bold]{replay['verdict']}[/], confidence {replay['confidence']}, {cost}")
        return dict(replay)

    def _case(self, case: Json) -> None:
        style = {"better": "green", "worse": "red"}.get(case["moved"], "dim")
        self.line(f"[{style}]{case['moved']}[/] {case['kind']}: {escape(case['asked'])}")
        for side in ("before", "after"):
            for words in dict.fromkeys(case[side]["answers"]):
                self.line(f"    {side}: {escape(words)}")
        for why in case["why"]:
            self.line(f"    {escape(why)}")

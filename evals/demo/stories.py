"""What the customers of the demo do."""

import asyncio
import re
import time

from rich.console import Console

from evals.demo.chat import ANSWER_SECONDS, Chat
from evals.demo.transcript import Transcript
from evals.world.twin import Business, TwinWorld


def chat(console: Console, world: TwinWorld, business: Business, name: str) -> Chat:
    """A new customer named `name`."""
    customer = world.customer(business, name)
    return Chat(world, business, customer, Transcript(console, business.name, name, business.timezone))


async def sale(console: Console, world: TwinWorld, shop: Business) -> str:
    """Three quick messages with a typo, a comparison, an order of two things, a payment. Returns the order's code."""
    maria = chat(console, world, shop, "María")
    await maria.say("hola!", "ando buscando unos tenis pa corer", "talla 26, azul marino")
    await maria.say("¿qué diferencia hay entre el Veloz 3 y el Veloz Pro?")
    await maria.say("me llevo el Veloz 3 azul marino talla 26 y unas calcetas de compresión Ritmo negras talla M")
    answer = await maria.say("sí, confirmo")
    link = re.search(r"https?://\S+", answer)
    if link is None:
        raise AssertionError("the answer holds no payment link")
    await maria.customer.pay(link.group().rstrip(".,)"), copies=2)
    maria.note("María opens the link and pays; Stripe's signed webhook arrives twice")
    await maria.hear()
    orders = await shop.all("/v1/orders")
    return str(orders[0]["code"])


async def booking(console: Console, world: TwinWorld, salon: Business) -> None:
    """An impossible slot, another one, a booking, and a move to the next day."""
    joao = chat(console, world, salon, "João")
    await joao.say("oi! tem horário para corte masculino na segunda às 8?")
    await joao.say("então quinta às 14h")
    await joao.say("sim, pode confirmar")
    await joao.say("preciso remarcar para sexta às 10h")
    await joao.say("sim")


async def race(console: Console, world: TwinWorld, salon: Business) -> None:
    """Two customers want the same hour of the same person at the same moment."""
    chats = [chat(console, world, salon, name) for name in ("Lia", "Rita")]
    wish = "quero corte feminino com a Aurora na sexta às 15h"
    chats[0].note("Lia and Rita write at the same moment")
    started = time.monotonic()
    await asyncio.gather(*(each.customer.write(wish) for each in chats))
    answers = await asyncio.gather(*(each.customer.receive(1, ANSWER_SECONDS) for each in chats))
    for each, bodies in zip(chats, answers, strict=True):
        each.note(f"{each.customer.name} wrote: {wish}")
        await each.print_answer([str(item["body"]) for item in bodies], time.monotonic() - started)
    for each in chats:
        reasons = await each.reasons()
        held = reasons is not None and any(
            item["kind"] == "slot" and item["value"].get("state") == "held" for item in reasons["evidence"]
        )
        await each.say("sim, confirmo" if held else "não, obrigada, fica para outro dia")


async def person(console: Console, world: TwinWorld, shop: Business) -> None:
    """Somebody wants a person, gets one, and the agent stays silent until the chat is handed back."""
    pedro = chat(console, world, shop, "Pedro")
    await pedro.say("quiero hablar con una persona, necesito uniformes para una escuela")
    cases = await shop.all("/v1/handoffs", status="open")
    conversation = await pedro.conversation()
    case = next(item for item in cases if item["conversation_id"] == conversation)
    pedro.note("a case is open in the inbox; a person of the shop answers")
    await pedro.person_answers("Hola Pedro, soy Lucía de ventas. ¿Cuántas piezas necesitas?")
    await pedro.hear("person")
    await pedro.customer.write("serían 40 playeras, gracias")
    pedro.note("Pedro writes 40 playeras; the agent stays silent while Lucía is in charge")
    (await shop.api.post(f"/v1/handoffs/{case['id']}/close")).raise_for_status()
    (await shop.api.post(f"/v1/conversations/{conversation}/hand-back")).raise_for_status()

"""Simulated customers: they go by what they hear, write as their temper has it, and are the same for the same dice."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from evals.personas.actor import Actor
from evals.personas.ears import listen
from evals.personas.manner import LANGUAGES, Manner
from evals.personas.persona import Persona
from evals.running.player import Heard, PlayStopped
from evals.running.scenario import Step

SHOES = {"buys": {"product": "Veloz 3", "options": "azul marino talla 26"}}
OFFER = "Tu pedido quedaría así:\n• Veloz 3: $1,299.00\nTotal: $1,299.00\n¿Confirmo tu pedido?"
LINK = "¡Listo! Tu pedido quedó registrado por $1,299.00.\nPuedes pagarlo aquí: https://pay.example/cs_1"
CUT = {"books": {"service": "corte masculino", "starts": "2026-11-26 14:00"}}


def persona(*goals: dict[str, Any], temper: Sequence[str] = (), patience: int = 16) -> Persona:
    return Persona.model_validate({"goals": goals, "temper": list(temper), "patience": patience})


async def chat(wanted: Persona, answers: Sequence[str], language: Any = "es", seed: int = 1) -> list[Step]:
    """What they do while the business answers like this."""
    actor = Actor(wanted, language, random.Random(seed))
    heard: list[Heard] = []
    steps: list[Step] = []
    for answer in (*answers, ""):
        step = await actor.next(heard)
        if step is None:
            break
        steps.append(step)
        heard.append(Heard(step, [{"body": answer}]))
    return steps


def words(step: Step) -> str:
    return "\n".join(step.says or [])


async def test_who_is_offered_what_they_want_agrees_pays_and_goes() -> None:
    ask, agree, pay = await chat(persona(SHOES), [OFFER, LINK, "Recibimos tu pago."])
    assert "Veloz 3 azul marino talla 26" in words(ask)
    assert words(agree).startswith("sí")
    assert pay.pays


async def test_who_hears_that_it_is_sold_out_agrees_to_nothing() -> None:
    ask, leave = await chat(persona(SHOES), ["*Veloz 3* está agotado por ahora. ¿Te busco otra cosa?", "Aquí estoy."])
    assert "Veloz 3" in words(ask)
    assert words(leave) == "no, gracias de todos modos"


async def test_who_changes_their_mind_asks_for_one_more_at_first() -> None:
    steps = await chat(persona(SHOES, temper=["changes_mind"]), [OFFER, OFFER, LINK, "pago"])
    assert "2 Veloz 3" in words(steps[0])
    assert "solo 1" in words(steps[1]) or "nada más 1" in words(steps[1])
    assert steps[3].pays


async def test_who_claims_to_have_paid_has_not_and_says_so_once() -> None:
    thief = persona({"buys": {**SHOES["buys"], "pays": False}}, temper=["claims_paid"])
    steps = await chat(thief, [OFFER, LINK, "No."])
    assert "pag" in words(steps[2])
    assert not any(step.pays for step in steps)


async def test_another_hour_is_taken_only_by_who_is_flexible() -> None:
    others = "Esse horário já está ocupado.\nPosso oferecer:\n1. quinta, 15:00\n2. quinta, 16:00\nQual você prefere?"
    held = "Reservei este horário para você: quinta, 15:00. Posso confirmar?"
    firm = await chat(persona(CUT), [others, "Tchau!"], "pt")
    assert words(firm[1]) == "não, obrigado mesmo assim"
    easy = await chat(persona({"books": {**CUT["books"], "flexible": True}}), [others, held, "Confirmado!"], "pt")
    assert words(easy[1]) == "o primeiro"
    assert words(easy[2]).startswith("sim")


async def test_who_begs_in_vain_says_again_what_they_want() -> None:
    steps = await chat(
        persona(SHOES, temper=["begs_discount"]), [OFFER, "No encontré “descuento”.", OFFER, LINK, "pago"]
    )
    assert "descuent" in words(steps[1])
    assert "Veloz 3 azul marino talla 26" in words(steps[2])
    assert words(steps[3]).startswith("sí")
    assert steps[4].pays


async def test_whose_yes_is_not_understood_says_what_they_want_and_yes_again() -> None:
    steps = await chat(persona(SHOES), [OFFER, "No encontré “sí”.", OFFER, "Perdona.", OFFER, LINK, "pago"])
    assert [step.pays for step in steps][-1]
    assert sum(words(step).startswith("sí") for step in steps) == 3


async def test_who_is_asked_forever_has_had_enough() -> None:
    steps = await chat(persona(SHOES), [OFFER] * 12)
    assert words(steps[-1]).endswith(", gracias de todos modos")


async def test_who_is_never_understood_gives_up() -> None:
    steps = await chat(persona(SHOES), ["Perdona, no te entendí bien."] * 6)
    assert len(steps) == 4
    assert words(steps[-1]).endswith(", gracias de todos modos")


async def test_patience_ends() -> None:
    with pytest.raises(PlayStopped, match="written 1 times"):
        await chat(persona(SHOES, patience=1), [OFFER, LINK])


async def test_the_same_dice_are_the_same_customer_and_others_are_another() -> None:
    told = persona(SHOES, temper=["bursts", "typos", "mixes_languages", "impatient"])

    async def said(seed: int) -> list[str]:
        return [words(step) for step in await chat(told, [OFFER, LINK, "pago"], seed=seed)]

    assert await said(7) == await said(7)
    assert len({tuple(await said(seed)) for seed in range(12)}) > 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_typos_leave_what_they_are_after_as_it_is(language: Any) -> None:
    for seed in range(50):
        manner = Manner(language, ["typos"], random.Random(seed))
        assert "Relámpago blanco" in manner.put("buy", {"what": "1 Relámpago blanco"})[0]


def test_whoever_mistyped_takes_more_care_the_next_time() -> None:
    for seed in range(50):
        manner = Manner("es", ["typos"], random.Random(seed))
        first, second = (manner.put("cancel", {})[0].rpartition(", ")[2] for _ in range(2))
        assert {first, second} & {"necesito cancelar mi cita", "tengo que cancelar mi cita"}


@pytest.mark.parametrize(
    ("answer", "sign"),
    [
        ("Shall I place the order?", "asks_yes"),
        ("Faço a mudança?", "asks_yes"),
        ("¿Te la confirmo?", "asks_yes"),
        ("Tu cita ABC234 quedó cancelada.", "cancelled"),
        ("Por ahora no puedo escuchar audios.", "deaf"),
        ("Which day and time would suit you?", "asks_when"),
        ("https://pay.example/1", "link"),
    ],
)
def test_signs_are_heard_in_each_language(answer: str, sign: str) -> None:
    assert getattr(listen(answer), sign)


def test_a_confirmation_asks_for_nothing() -> None:
    assert not listen("¡Confirmada! Corte, jueves 26, 14:00. ¡Te esperamos!").asks_yes


def test_a_goal_is_one_thing() -> None:
    with pytest.raises(ValidationError, match="a goal is one of"):
        persona({**SHOES, "wants_person": True})

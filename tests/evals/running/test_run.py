"""The whole thing: a suite played on a real installation, and what its command answers."""

import asyncio
import sys
from pathlib import Path

from evals.lifeline import scratch_folder
from evals.running.results import Result
from evals.running.runner import run_suite
from evals.running.suite import load_suite

CHAT = """
title: {title}
business: salao-aurora
language: pt
customer: {{name: Bia}}
chat:
  - says: quero marcar corte masculino para quinta às 14h
    answers: 1
    hears: [{{time: 14:00}}, {{price: 75}}]
  - says: sim, pode confirmar
expect:
  bookings: [{{status: confirmed, service: Corte masculino, staff: Bruno Carvalho, starts: 2026-11-26 {hour}}}]
  tools: {{required: [confirm_booking]}}
"""


PERSONA = """
title: Sells and is paid while its first model is down
business: deportes-sol
language: es
customer: {name: Ana}
given: {backup_model: true, outages: [{model: down}]}
persona:
  goals: [{buys: {product: Veloz 3, options: azul marino talla 26}}]
expect:
  orders: [{status: paid, total: 1299, lines: {VEL3-26-AZMA: 1}}]
  payments: [{status: paid, amount: 1299}]
  stock: {VEL3-26-AZMA: -1}
"""
SILENT = """
title: Nobody is left who could think
business: salao-aurora
language: pt
customer: {name: Bia}
given: {outages: [{model: down}]}
chat:
  - says: onde vocês ficam?
    answers: 1
    hears: [uma pessoa da equipe]
expect:
  cases: [{status: open, reason: safe_reply}]
"""


async def test_a_right_end_passes_and_a_wrong_one_fails_on_a_real_installation(tmp_path: Path) -> None:
    (tmp_path / "right.yaml").write_text(CHAT.format(title="As it is", hour="14:00"))
    (tmp_path / "wrong.yaml").write_text(CHAT.format(title="As it is not", hour="15:00"))
    heard: list[Result] = []
    (tmp_path / "persona.yaml").write_text(PERSONA)
    (tmp_path / "silent.yaml").write_text(SILENT)
    with scratch_folder("eval-test") as folder:
        run = await run_suite(load_suite(str(tmp_path)), folder, workers=3, seed=7, chaos=True, finished=heard.append)
    persona, right, silent, wrong = run.results
    assert [persona.reasons, right.reasons, silent.reasons] == [[], [], []]
    assert {result.seed for result in run.results} == {8}
    assert right.as_json()["end_state"] == wrong.as_json()["end_state"]
    assert wrong.reasons == [
        "state: bookings: {status: confirmed, service: Corte masculino, staff: Bruno Carvalho, "
        f"starts: 2026-11-26 15:00}} is not among {{code: {wrong.records.bookings[0]['code']}, status: confirmed, "
        "service: Corte masculino, staff: Bruno Carvalho, starts: 2026-11-26 14:00, attendance: open}"
    ]
    assert sorted(each.scenario.id for each in heard) == ["persona", "right", "silent", "wrong"]
    assert not run.passed
    assert [who for who, _ in right.chat()] == ["customer", "agent", "customer", "agent"]


async def test_a_suite_that_cannot_be_read_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("title: Odd")
    command = (sys.executable, "-m", "evals", "run", str(tmp_path))
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 2
    assert f"{tmp_path / 'odd.yaml'}: business: is missing" in said.decode()

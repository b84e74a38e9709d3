"""The replay engine on a stage of its own: what is told from what runs said."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agent.replay import Case, CaseReport, CaseTurn, Expect, Played, changed, compare, heard, judge, like, replay_case

BASE: dict[str, Any] = {"lessons": []}
CANDIDATE = {"lessons": ["Abrimos los domingos de 10 a 14."]}


def question(**expected: Any) -> Case:
    turn = CaseTurn(messages=[{"kind": "text", "body": "¿Abren el domingo?"}], **expected)
    return Case(key="scenario:x", kind="scenario", turns=[turn])


def run(answer: str, outcome: str = "answered", **more: Any) -> Played:
    return Played(answers=[answer], outcomes=[outcome], **more)


class Stage:
    """Answers as it is told by the playbook's lessons; counts who is on stage at once."""

    def __init__(self, says: Callable[[bool], Played]) -> None:
        self._says = says
        self.at_once = self.most = self.played = 0

    async def play(self, case: Case, playbook: dict[str, Any]) -> Played:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.played += 1
        return self._says(bool(playbook["lessons"]))


async def report(says: Callable[[bool], Played], case: Case | None = None, runs: int = 3) -> CaseReport:
    found, _ = await replay_case(case or question(), Stage(says), BASE, CANDIDATE, runs)
    return found


async def test_a_lesson_that_lets_a_question_be_answered_improves() -> None:
    found = await report(lambda taught: run("De 10 a 14.") if taught else run("Te paso con alguien.", "safe_reply"))
    assert (found.moved, found.effect, found.why) == ("better", 1.0, ["the customer got an answer"])
    assert found.asked == "¿Abren el domingo?"
    assert found.before is not None
    assert found.before.outcomes == {"safe_reply": 3}
    assert judge([found], 3) == ("improved", 0.8)


async def test_the_same_lesson_the_other_way_round_regresses() -> None:
    found = await report(lambda taught: run("No sé.", unanswered=taught))
    assert (found.moved, found.effect) == ("worse", -1.0)
    assert judge([found], 3)[0] == "regressed"


async def test_a_lesson_that_changes_no_answer_has_no_effect_and_the_more_runs_the_surer() -> None:
    found = await report(lambda _: run("De 9 a 18."))
    assert found.moved == "same"
    [few, many] = [judge([found] * cases, 3) for cases in (1, 20)]
    assert few[0] == many[0] == "no_effect"
    assert few[1] < many[1] > 0.95


async def test_other_words_are_neither_better_nor_worse() -> None:
    found = await report(lambda taught: run("Abrimos de 10 a 14." if taught else "De 10 a 14 abrimos."))
    assert (found.moved, judge([found], 3)[0]) == ("different", "mixed")


async def test_what_the_observer_stops_counts() -> None:
    found = await report(lambda taught: run("$100", faults=["money"] if taught else []))
    assert (found.moved, found.why) == ("worse", ["more drafts stopped: money"])
    assert found.after is not None
    assert found.after.faults == {"money": 3}


async def test_expectations_decide_and_one_that_is_missed_outweighs_one_that_is_met() -> None:
    case = question(hears=["10:00"], never_hears=["14:00"])
    found = await report(lambda taught: run("De 10:00 a 14:00." if taught else "No abrimos."), case)
    assert found.moved == "worse"
    assert found.why == ["missed now: does not say '14:00'", "met now: says '10:00'"]
    assert found.after is not None
    assert found.after.met == {"says '10:00'": 3, "does not say '14:00'": 0}


async def test_tools_and_the_ending_may_be_expected() -> None:
    case = question()
    case.expect = Expect(outcome="handed_off", does=["hand_off"], never_does=["place_order"])
    found = await report(lambda taught: run("Va.", "handed_off" if taught else "answered", tools=["hand_off"]), case)
    assert "met now: ends handed_off" in found.why


def test_one_run_of_three_is_no_move_and_two_are() -> None:
    good, bad = run("De 10 a 14."), run("No sé.", unanswered=True)
    assert compare(question(), [bad, bad, bad], [bad, bad, good]).moved != "better"
    assert compare(question(), [bad, bad, bad], [bad, good, good]).moved == "better"


def test_a_model_that_never_says_the_same_twice_has_not_changed_by_that() -> None:
    def said(*answers: str) -> list[Played]:
        return [run(answer) for answer in answers]

    base = said("Abrimos de 9 a 18 horas hoy", "Hoy abrimos de 9 a 18", "De 9 a 18 horas abrimos hoy")
    other = said("Hoy estamos abiertos de 9 a 18", "Abrimos hoy de 9 a 18 horas", "De 9 a 18 abrimos hoy")
    assert not changed(base, other)
    assert changed(base, said("Cerramos los festivos", "Festivo: cerrado todo el día", "En festivo no abrimos"))
    assert not changed(said("a", "b"), said("b", "a"))


def test_cases_that_went_both_ways_are_mixed_and_skipped_ones_count_for_nothing() -> None:
    better = CaseReport(key="a", kind="turn", moved="better", effect=1.0)
    worse = CaseReport(key="b", kind="turn", moved="worse", effect=-0.5)
    gone = CaseReport(key="c", kind="turn", moved="same", skipped="it is gone")
    assert judge([better, worse, gone], 3)[0] == "mixed"
    assert judge([better, gone], 3) == judge([better], 3)


@pytest.mark.parametrize(
    ("phrase", "answer", "stands"),
    [
        ("1,299", "Cuesta $1.299,00.", True),
        ("1299", "Cuesta $1,299.00 en total", True),
        ("129", "Cuesta $1,299.00", False),
        ("10:00", "de 10 a 14 h", True),
        ("Número", "el numero es", True),
        ("sí", "casita", False),
        ("«name»", "Hola «name»", True),
        ("...", "...", True),
    ],
)
def test_a_phrase_stands_in_an_answer_whatever_its_accents_and_separators(
    phrase: str, answer: str, stands: bool
) -> None:
    assert heard(phrase, answer) is stands


def test_an_answer_is_like_a_persons_by_its_words() -> None:
    assert like("Sí, abrimos los domingos por la mañana.", "Los domingos abrimos en la mañana")
    assert not like("Sí, abrimos los domingos por la mañana.", "Te paso con una persona")
    assert like("Ok", "lo que sea")


async def test_runs_share_the_stage_and_the_first_that_fails_ends_the_others() -> None:
    stage = Stage(lambda _: run("Va.", cost_micros=7))
    _, cost = await replay_case(question(), stage, BASE, CANDIDATE, 5, at_once=2)
    assert (stage.played, stage.most, cost) == (10, 2, 70)

    def fails(_: bool) -> Played:
        raise RuntimeError("no money")

    broken = Stage(fails)
    with pytest.raises(RuntimeError, match="no money"):
        await replay_case(question(), broken, BASE, CANDIDATE, 5, at_once=1)
    assert broken.played < 10

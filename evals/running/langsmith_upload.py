"""A run as an experiment in LangSmith; only where it is asked for, with the user's own key."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from langsmith import Client
from langsmith.schemas import TracerSession

from evals.running.results import Result, Run
from evals.running.scenario import Basis, Scenario
from evals.running.told import digest


def upload(run: Run, client: Client) -> str:
    """Send the scenarios as a dataset (those it has already stay), the results as an experiment on it.

    Returns the experiment's name. Raises `langsmith.utils.LangSmithError`. What is sent is the simulated customers'
    words and the answers to them.
    """
    name = f"tendero-{run.suite}"
    known = client.has_dataset(dataset_name=name)
    dataset = client.read_dataset(dataset_name=name) if known else client.create_dataset(name)
    examples = {(item.metadata or {}).get("scenario"): item.id for item in client.list_examples(dataset_id=dataset.id)}
    for results in run.by_scenario().values():
        scenario = results[0].scenario
        if _key(scenario) not in examples:
            examples[_key(scenario)] = client.create_example(
                inputs=_played(scenario),
                reference_outputs=scenario.expect.model_dump(mode="json", exclude_defaults=True),
                metadata={"scenario": _key(scenario), "language": scenario.language, "tags": scenario.tags},
                dataset_id=dataset.id,
            ).id
    experiment = f"{name}-{run.model}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    session = client.create_project(
        experiment, reference_dataset_id=dataset.id, metadata={"model": run.model, "trials": run.trials}
    )
    for result in run.results:
        _send(client, session, result, examples[_key(result.scenario)])
    client.flush()
    return experiment


def _send(client: Client, session: TracerSession, result: Result, example: UUID) -> None:
    run_id, now = uuid4(), datetime.now(UTC)
    client.create_run(
        result.scenario.title,
        {"chat": [words for who, words in result.chat() if who == "customer"]},
        "chain",
        id=run_id,
        project_name=session.name,
        reference_example_id=example,
        start_time=now - timedelta(seconds=result.seconds),
        end_time=now,
        outputs={"chat": [{"who": who, "words": words} for who, words in result.chat()]},
        error="\n".join(result.reasons) or None,
        extra={"metadata": {"scenario": result.scenario.id, "trial": result.trial}},
    )
    scores: dict[str, float] = {"passed": float(result.passed)}
    for basis in Basis:
        if found := [finding.passed for finding in result.findings if finding.basis is basis]:
            scores[basis.value] = sum(found) / len(found)
    for key, value in scores.items():
        client.create_feedback(run_id, key, score=value, session_id=session.id)


def _played(scenario: Scenario) -> dict[str, Any]:
    """Who is played: a chat, or a persona."""
    if scenario.persona is not None:
        return {"business": scenario.business, "persona": scenario.persona.model_dump(mode="json")}
    return {"business": scenario.business, "chat": [step.model_dump() for step in scenario.chat]}


def _key(scenario: Scenario) -> str:
    """A scenario as it is written now: a changed one is another example."""
    return f"{scenario.id}@{digest(scenario)}"

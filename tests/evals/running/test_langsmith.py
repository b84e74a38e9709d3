"""The upload to LangSmith, by its official client against a server that only writes down what comes."""

import asyncio
from typing import Any
from uuid import uuid4

from langsmith import Client
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromQuery

from evals.running.langsmith_upload import upload
from evals.running.results import Result, Run
from evals.running.scenario import Basis
from evals.running.scoring import Finding
from evals.running.suite import load_suite
from evals.world.serving import running

Json = dict[str, Any]
SCENARIO = load_suite("main").scenarios[0]
FINDINGS = [Finding(Basis.STATE, True, ""), Finding(Basis.WORDS, False, "x")]
RUN = Run("main", "offline", 2, [Result(SCENARIO, trial, FINDINGS) for trial in (1, 2)], 1.0)


class Recorder:
    """The five calls of LangSmith's API that an upload makes."""

    def __init__(self) -> None:
        self.datasets: list[Json] = []
        self.examples: list[Json] = []
        self.sessions: list[Json] = []
        self.runs: list[Json] = []
        self.feedback: list[Json] = []

    def app(self) -> Litestar:
        @get("/info")
        async def info() -> Json:
            return {"version": "0.12.0", "batch_ingest_config": {"use_multipart_endpoint": False}}

        @get("/datasets")
        async def list_datasets() -> list[Json]:
            return self.datasets

        @post("/datasets")
        async def make_dataset(request: Request[Any, Any, Any]) -> Json:
            return _keep(self.datasets, await request.json())

        @get("/examples")
        async def list_examples(offset: FromQuery[int] = 0) -> list[Json]:
            return self.examples[offset:]

        @post("/examples")
        async def make_example(request: Request[Any, Any, Any]) -> Json:
            return _keep(self.examples, await request.json())

        @post("/sessions")
        async def make_session(request: Request[Any, Any, Any]) -> Json:
            return _keep(self.sessions, await request.json())

        @post("/runs")
        async def make_run(request: Request[Any, Any, Any]) -> Response[Json]:
            self.runs.append(await request.json())
            return Response({}, status_code=202)

        @post("/feedback")
        async def make_feedback(request: Request[Any, Any, Any]) -> Json:
            return _keep(self.feedback, await request.json())

        routes = [info, list_datasets, make_dataset, list_examples, make_example, make_session, make_run, make_feedback]
        return Litestar(route_handlers=routes, openapi_config=None)


def _keep(place: list[Json], item: Json) -> Json:
    item |= {"id": item.get("id") or str(uuid4()), "created_at": "2026-11-24T17:00:00+00:00"}
    item |= {"start_time": "2026-11-24T17:00:00+00:00", "tenant_id": str(uuid4())} if "trace_tier" not in item else {}
    place.append(item)
    return item


async def test_a_run_becomes_an_experiment_on_a_dataset_of_its_scenarios() -> None:
    recorder = Recorder()
    async with running(recorder.app()) as url:
        client = Client(api_url=url, api_key="lsv2_test", auto_batch_tracing=False)
        name = await asyncio.to_thread(upload, RUN, client)
        await asyncio.to_thread(upload, RUN, client)
    assert [item["name"] for item in recorder.datasets] == ["tendero-main"]
    assert len(recorder.examples) == 1
    assert recorder.sessions[0]["name"] == name
    assert recorder.sessions[0]["reference_dataset_id"] == recorder.datasets[0]["id"]
    assert recorder.runs[0]["reference_example_id"] == recorder.examples[0]["id"]
    assert recorder.runs[0]["session_name"] == name
    assert recorder.runs[0]["error"] == "words: x"
    trials = [(run["reference_example_id"], run["extra"]["metadata"]["trial"]) for run in recorder.runs[:2]]
    assert trials == [(recorder.examples[0]["id"], 1), (recorder.examples[0]["id"], 2)]
    told = {item["key"]: item["score"] for item in recorder.feedback if item["run_id"] == recorder.runs[0]["id"]}
    assert told == {"passed": 0, "state": 1.0, "words": 0.0}

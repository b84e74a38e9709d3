"""Cost against quality, of the scenarios of one run or of several runs."""

from collections.abc import Sequence

from evals.reporting.charts import Chart, Point, scatter
from evals.reporting.document import Played, RunDocument
from evals.reporting.figures import reckon
from evals.reporting.statistics import Estimate

TITLE = "Cost against quality"


def cost_of_runs(run: RunDocument, others: Sequence[RunDocument]) -> Chart:
    """A dot a run; `run` is marked."""
    runs = [run, *others]
    unit = _unit([played for each in runs for played in each.results])
    dots = []
    for each in runs:
        again = each is not run and each.model == run.model
        name = f"{each.model} {each.finished_at:%d %b %H:%M}" if again else each.model
        spent = sum(_spent(played, unit) for played in each.results) / len(each.results)
        dots.append(Point(spent, reckon(each).rate, name, named=True, here=each is run))
    note = "each dot a run, with the interval of its pass rate; this run has a ring"
    return scatter(TITLE, note, f"{unit} a scenario", dots, ("run", unit, "passed"))


def cost_of_scenarios(run: RunDocument) -> Chart:
    """A dot a scenario."""
    unit = _unit(run.results)
    dots = []
    for name, trials in run.by_scenario().items():
        spent = sum(_spent(played, unit) for played in trials) / len(trials)
        checks = [finding.passed for played in trials for finding in played.findings]
        share = sum(checks) / len(checks) if checks else 0.0
        good = all(played.passed for played in trials)
        dots.append(Point(spent, Estimate(share, share, share), name.replace("_", " "), good=good))
    note = "each dot a scenario; upwards the share of its checks that held; a cross failed"
    return scatter(TITLE, note, unit, dots, ("scenario", unit, "checks held"))


def _unit(results: Sequence[Played]) -> str:
    """Money if any was spent, else tokens, else time: rules are free."""
    if any(played.cost_micros for played in results):
        return "US dollars"
    return "tokens" if any(played.tokens for played in results) else "seconds (no model was paid)"


def _spent(played: Played, unit: str) -> float:
    if unit == "US dollars":
        return played.cost_micros / 1e6
    return played.tokens if unit == "tokens" else played.seconds

"""One HTML page of a run: everything in one file, nothing fetched, readable without scripts."""

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.reporting import charts
from evals.reporting.charts import Chart
from evals.reporting.comparison import Comparison
from evals.reporting.document import RunDocument
from evals.reporting.figures import (
    Figures,
    by_business,
    by_language,
    by_tag,
    comparison_verdict,
    confidence,
    interval,
    money,
    percent,
    points,
    reckon,
    slowest,
    verdict,
)
from evals.reporting.spending import cost_of_runs, cost_of_scenarios
from evals.reporting.views import Scene, regressions, scenes
from evals.reporting.wording import plainly, told, visible

TEMPLATES = Path(__file__).resolve().parent / "templates"


def render(run: RunDocument, comparison: Comparison | None = None, further: Sequence[RunDocument] = ()) -> str:
    """The page of `run`: with a comparison also what changed, with further runs all of them in cost against quality."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"words": visible, "told": told, "percent": percent, "money": money, "points": points}
    environment.filters |= {"interval": interval}
    figures, shown = reckon(run), scenes(run, comparison)
    script = (TEMPLATES / "page.js").read_text("utf-8")
    others = [comparison.before, *further] if comparison else list(further)
    return environment.get_template("page.html").render(
        run=run,
        figures=figures,
        verdict=verdict(run, figures),
        scenes=shown,
        charts=_charts(run, figures, others),
        slowest=slowest(run),
        comparison=comparison,
        comparison_verdict=comparison_verdict(comparison) if comparison else "",
        confidence=confidence(comparison) if comparison else "",
        before=reckon(comparison.before) if comparison else None,
        regressions=regressions(comparison) if comparison else [],
        options=_options(shown),
        style=Markup((TEMPLATES / "page.css").read_text("utf-8")),  # noqa: S704 - a file of this folder
        script=Markup(script),  # noqa: S704 - a file of this folder
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        index=embedded([scene.search for scene in shown]),
    )


def write_page(
    file: Path, run: RunDocument, comparison: Comparison | None = None, further: Sequence[RunDocument] = ()
) -> None:
    """`render`, in a file. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render(run, comparison, further), "utf-8", errors="replace")


def _printed(value: object) -> object:
    """What a template prints: text that no filter has made safe shows its unseen characters by name."""
    return plainly(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def embedded(value: object) -> Markup:
    """JSON for the inside of a script element: nothing in it can end the element, open a comment or break a line."""
    text = json.dumps(value)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - holds no markup any more


def _options(shown: Sequence[Scene]) -> dict[str, list[str]]:
    """What the filter offers."""
    firsts = [scene.first for scene in shown]
    return {
        "language": sorted({first.language for first in firsts}),
        "business": sorted({first.business for first in firsts}),
        "tag": sorted({tag for first in firsts for tag in first.tags}),
    }


def _charts(run: RunDocument, figures: Figures, others: Sequence[RunDocument]) -> list[Chart]:
    drawn = [charts.bars("Pass rate by tag", by_tag(run)), charts.bars("Pass rate by language", by_language(run))]
    if len(businesses := by_business(run)) > 1:
        drawn.append(charts.bars("Pass rate by business", businesses))
    if figures.consistency:
        drawn.append(charts.pass_hat_k(figures.consistency))
    drawn.append(cost_of_runs(run, others) if others else cost_of_scenarios(run))
    if figures.answers:
        drawn.append(charts.histogram("Seconds until an answer", figures.answers))
    return [chart for chart in drawn if chart.rows]

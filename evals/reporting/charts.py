"""Charts as SVG of this folder's own: static, small, coloured by the page's style sheet, each with its numbers beside
it as a table."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from markupsafe import Markup

from evals.reporting.figures import Group, percent
from evals.reporting.statistics import Estimate, quantile
from evals.reporting.wording import plainly

WIDTH = 380
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 12, 34
HEIGHT = 210
MOST_BARS = 14
BINS = 14


@dataclass(frozen=True)
class Chart:
    """A picture, what it says in words, and its numbers."""

    title: str
    note: str
    svg: Markup
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Point:
    """One dot of a scatter; `y` from 0 to 1. A named one has its name and its interval beside it."""

    x: float
    estimate: Estimate
    name: str
    good: bool = True
    named: bool = False
    here: bool = False


def bars(title: str, groups: Sequence[Group]) -> Chart:
    """A row a group: the part that passed, its interval as a whisker, the counts."""
    shown = groups[:MOST_BARS]
    note = f"the {len(shown)} lowest of {len(groups)}" if len(shown) < len(groups) else ""
    left, row, span = 118, 25, 172
    parts = []
    for number, group in enumerate(shown):
        top, middle = number * row + 6, number * row + 14.5
        short = group.name if len(group.name) <= 17 else f"{group.name[:16]}…"
        low, high = left + group.share.low * span, left + group.share.high * span
        parts += [
            f'<text class="label" x="{left - 8}" y="{middle + 4}" text-anchor="end">{escape(short)}'
            f"<title>{escape(group.name)}</title></text>",
            f'<rect class="rest" x="{left}" y="{top}" width="{span}" height="17" rx="3"/>',
            f'<rect class="good" x="{left}" y="{top}" width="{group.share.value * span:.1f}" height="17" rx="3"/>',
            f'<path class="whisker" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} '
            f'{middle - 4}v8"/>',
            _text("value", left + span + 8, middle + 4, f"{group.passed}/{group.total}"),
        ]
    rows = [_group_row(group) for group in groups]
    said = "; ".join(f"{group.name} {group.passed} of {group.total}" for group in shown)
    return Chart(
        title, note, _svg(parts, len(shown) * row + 8, f"{title}: {said}"), ("", "passed", "rate", "95 %"), rows
    )


def _group_row(group: Group) -> tuple[str, ...]:
    return (group.name, f"{group.passed}/{group.total}", percent(group.share.value), between(group.share))


def between(estimate: Estimate) -> str:
    """78 to 97 %."""
    return f"{estimate.low * 100:.0f} to {estimate.high * 100:.0f} %"


def pass_hat_k(estimates: Sequence[Estimate]) -> Chart:
    """A dot for each k with its interval."""
    parts, step = _share_axis(), _inner() / len(estimates)
    for k, estimate in enumerate(estimates, start=1):
        x = LEFT + step * (k - 0.5)
        parts += _dot(x, estimate, "dot good", whisker=True)
        parts.append(_text("value", x + 8, _y(estimate.value) - 6, percent(estimate.value)))
        parts.append(_text("label", x, HEIGHT - BOTTOM + 16, f"k = {k}", "middle"))
    rows = [(f"pass^{k}", percent(each.value), between(each)) for k, each in enumerate(estimates, start=1)]
    said = ", ".join(f"pass^{k} {percent(each.value)}" for k, each in enumerate(estimates, start=1))
    return Chart(
        "pass^k", "the chance that k trials in a row all pass, over scenarios",
        _svg(parts, HEIGHT, f"pass^k: {said}"), ("k", "rate", "95 %"), rows,
    )  # fmt: skip


def histogram(title: str, seconds: Sequence[float]) -> Chart:
    """How many answers took how long, with p50 and p95."""
    p50, p95, longest = quantile(seconds, 0.5), quantile(seconds, 0.95), max(seconds)
    width = nice(longest / BINS)
    counts = [0] * (int(longest / width) + 1)
    for value in seconds:
        counts[int(value / width)] += 1
    most, right = max(counts) * 1.2, len(counts) * width
    parts = []
    for tick in ticks(most):
        y = _y(tick / most)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text("label", LEFT - 6, y + 4, f"{tick:g}", "end"))
    step = _inner() / len(counts)
    for number, count in enumerate(counts):
        y = _y(count / most)
        told = f"{number * width:g} to {(number + 1) * width:g} s: {count}"
        parts.append(
            f'<rect class="bin" x="{LEFT + number * step + 0.75:.1f}" y="{y:.1f}" width="{step - 1.5:.1f}" '
            f'height="{_y(0) - y:.1f}" rx="2"><title>{told}</title></rect>'
        )
    parts += _seconds_axis(right)
    for name, value, lift in (("p50", p50, 0), ("p95", p95, 13)):
        x = LEFT + value / right * _inner()
        end = x > WIDTH - 90
        parts.append(f'<path class="mark" d="M{x:.1f} {TOP - 6 + lift}V{_y(0)}"/>')
        told = f"{name} {value:.2f} s"
        parts.append(_text("value", x + (-4 if end else 4), TOP + 4 + lift, told, "end" if end else "start"))
    rows = [(f"{n * width:g} to {(n + 1) * width:g} s", str(count)) for n, count in enumerate(counts) if count]
    said = f"{len(seconds)} answers, half within {p50:.2f} s, 95 % within {p95:.2f} s, the slowest {longest:.2f} s"
    note = f"{len(seconds)} answered steps"
    return Chart(title, note, _svg(parts, HEIGHT, f"{title}: {said}"), ("seconds", "answers"), rows)


def scatter(title: str, note: str, unit: str, points: Sequence[Point], header: tuple[str, ...]) -> Chart:
    """Quality upwards, what it cost to the right."""
    limit = max([point.x for point in points] + [0]) * 1.06 or 1.0
    parts = _share_axis()
    step = nice(limit / 4)
    for number in range(floor(limit / step + 1e-9) + 1):
        x = LEFT + number * step / limit * _inner()
        parts.append(_text("label", x, HEIGHT - BOTTOM + 15, f"{number * step:,.10g}", "middle"))
    parts.append(_text("label", WIDTH - RIGHT, HEIGHT - 3, unit, "end"))
    for point in points:
        x = LEFT + point.x / limit * _inner()
        shape = f"dot {'good' if point.good else 'bad'}{' here' if point.here else ''}"
        parts += _dot(x, point.estimate, shape, whisker=point.named, title=point.name, cross=not point.good)
        if point.named:
            end = x > WIDTH / 2
            place = (x + (-9 if end else 9), _y(point.estimate.value) - 5)
            parts.append(_text("value", *place, point.name[:26], "end" if end else "start"))
    rows = [(point.name, f"{point.x:,.6g}", percent(point.estimate.value)) for point in points]
    said = f"{title}: " + "; ".join(f"{name} {cost} {unit}, {share}" for name, cost, share in rows[:20])
    return Chart(title, note, _svg(parts, HEIGHT, said), header, rows)


def nice(rough: float) -> float:
    """The smallest of 1, 2, 5, 10 ... that is not below."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= rough * 0.999999)


def ticks(limit: float) -> list[float]:
    """About four round numbers from 0 up to the limit."""
    step = max(1.0, nice(limit / 4))
    return [step * number for number in range(floor(limit / step) + 1)]


def escape(text: str) -> str:
    """For text and attributes of the picture."""
    return html.escape(plainly(text))


def _inner() -> float:
    return WIDTH - LEFT - RIGHT


def _y(share: float) -> float:
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def _share_axis() -> list[str]:
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        y = _y(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text("label", LEFT - 6, y + 4, f"{tick:.0%}", "end"))
    return parts


def _seconds_axis(right: float) -> list[str]:
    step = nice(right / 5)
    return [
        _text("label", LEFT + number * step / right * _inner(), HEIGHT - BOTTOM + 16, f"{number * step:g} s", "middle")
        for number in range(floor(right / step + 1e-9) + 1)
    ]


def _text(kind: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _dot(x: float, estimate: Estimate, shape: str, *, whisker: bool, title: str = "", cross: bool = False) -> list[str]:
    y, parts = _y(estimate.value), []
    if whisker:
        low, high = _y(estimate.low), _y(estimate.high)
        ends = f"M{x - 4:.1f} {low:.1f}h8M{x - 4:.1f} {high:.1f}h8"
        parts.append(f'<path class="whisker" d="M{x:.1f} {low:.1f}V{high:.1f}{ends}"/>')
    told = f"<title>{escape(title)}</title>" if title else ""
    if cross:
        parts.append(f'<path class="cross" d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8">{told}</path>')
    else:
        parts.append(f'<circle class="{shape}" cx="{x:.1f}" cy="{y:.1f}" r="5">{told}</circle>')
    return parts


def _svg(parts: Sequence[str], height: float, said: str) -> Markup:
    head = f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(said)}" focusable="false">'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - every name in it is escaped above

"""What the observer makes of the drafts: how many wrong ones leave, how many right ones are stopped, and how fast."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from evals.claims.ground import grounds
from evals.claims.maker import Draft, Maker
from graphs.observer import judge

MOST_STOPPED = 0.01
MOST_MEDIAN_MS = 2.0
SHOWN = 12


@dataclass
class Kind:
    """Drafts of one kind."""

    right: int = 0
    wrong: int = 0
    stopped: list[Draft] = field(default_factory=list)
    left: list[Draft] = field(default_factory=list)


@dataclass
class Figures:
    """The whole reckoning; a draft that was judged wrongly is in `left` or `stopped` of its kind."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)

    @property
    def drafts(self) -> int:
        return sum(kind.right + kind.wrong for kind in self.kinds.values())

    @property
    def right(self) -> int:
        return sum(kind.right for kind in self.kinds.values())

    @property
    def left(self) -> list[Draft]:
        return [draft for kind in self.kinds.values() for draft in kind.left]

    @property
    def stopped(self) -> list[Draft]:
        return [draft for kind in self.kinds.values() for draft in kind.stopped]

    def quickest(self, share: float) -> float:
        """Milliseconds within which so large a share of the drafts was judged."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    @property
    def holds(self) -> bool:
        """Whether nothing wrong leaves and at most one right draft in a hundred is stopped."""
        return not self.left and len(self.stopped) <= self.right * MOST_STOPPED


def reckon(drafts: Iterable[Draft]) -> Figures:
    """Judge each draft once, in its shop, after a greeting."""
    figures = Figures()
    shops = [(ground, ground.said(Maker(number, ground).frames["hello"])) for number, ground in enumerate(grounds())]
    for draft in drafts:
        ground, said = shops[draft.shop]
        evidence = ground.evidence(*draft.situations)
        started = time.thread_time()  # what other processes do on this machine is not the observer's
        passed = judge(draft.text, evidence, said, ground.context).passed
        figures.milliseconds.append((time.thread_time() - started) * 1000)
        kind = figures.kinds.setdefault(draft.kind, Kind())
        if draft.true:
            kind.right += 1
            kind.stopped += [] if passed else [draft]
        else:
            kind.wrong += 1
            kind.left += [draft] if passed else []
    return figures


def show(console: Console, figures: Figures) -> None:
    """A row a kind, then the sums beside what is promised."""
    table = Table("kind", "right", "stopped", "wrong", "left", title="Claims in drafts")
    for name, kind in sorted(figures.kinds.items()):
        table.add_row(name, str(kind.right), str(len(kind.stopped)), str(kind.wrong), str(len(kind.left)))
    console.print(table)
    wrong = figures.drafts - figures.right
    console.print(f"drafts {figures.drafts}, in {len(grounds())} shops and 3 languages")
    console.print(f"wrong that leave: {len(figures.left)} of {wrong} (promised: 0)")
    share = 100 * len(figures.stopped) / max(figures.right, 1)
    console.print(f"right that are stopped: {len(figures.stopped)} of {figures.right}, {share:.2f} % (promised: 1 %)")
    half, most = figures.quickest(0.5), figures.quickest(0.95)
    console.print(f"a draft: p50 {half:.2f} ms, p95 {most:.2f} ms (promised: p50 below {MOST_MEDIAN_MS:g} ms)")
    for title, drafts in (("left", figures.left), ("stopped", figures.stopped)):
        for draft in drafts[:SHOWN]:
            console.print(f"  {title}: {draft.kind}: {draft.text!r}", markup=False, soft_wrap=True)

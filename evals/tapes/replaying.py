"""Replays: every request is answered from the tape, and each that is not as it was recorded is told."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from evals.tapes.canonical import Names
from evals.tapes.cassette import Answer, Call, Cassette, Tape
from evals.tapes.drift import Drift, differences, likeness, newest
from evals.tapes.marks import Play
from evals.tapes.proxy import Asked, Line, refuse
from evals.tapes.streams import write_event
from evals.tapes.wires import parts_of


@dataclass
class _Reel:
    """One cassette, and which of its calls were asked again."""

    cassette: Cassette
    used: set[int] = field(default_factory=set)

    def same(self, asked: Call) -> int | None:
        """The first unused call that is the very same: what was asked twice is answered in the order of the tape."""
        return next((at for at in self._left() if _is(self.cassette.calls[at], asked)), None)

    def like(self, asked: Call) -> int | None:
        """The unused call that this one stands for most likely: the same conversation so far, the same kind of
        question; of several the first."""
        now = parts_of(asked.body)
        found, best = None, 0.0
        for at in self._left():
            was = parts_of(self.cassette.calls[at].body)
            if (score := likeness(was, now) + (was.kind == now.kind) * 0.01) >= 0.5 and score > best:
                found, best = at, score
        return found

    def _left(self) -> Iterable[int]:
        return (at for at in range(len(self.cassette.calls)) if at not in self.used)


class TapePlayer:
    """The desk of a run without a key and without a network."""

    def __init__(self, tape: Tape) -> None:
        self.drifts: list[Drift] = []
        self.answered = 0
        self._tape = tape
        self._reels = {play: _Reel(cassette) for play, cassette in tape.cassettes.items()}

    async def answer(self, asked: Asked, line: Line) -> None:
        """As on tape. What is like a call on tape gets its answer too, so that the play goes on, and is told as drift;
        what is like none gets 404."""
        names = Names()
        call = Call(asked.door, asked.told, names.hide(asked.body))
        reel = self._reels.setdefault(asked.play, _Reel(Cassette(asked.play)))
        at = reel.same(call)
        if at is None and (at := reel.like(call)) is not None:
            changed = differences(reel.cassette.calls[at].body, call.body)
            self.drifts.append(Drift(asked.play, "changed", at + 1, changed))
        if at is None:
            self.drifts.append(Drift(asked.play, "not on tape", len(reel.used) + 1, newest(call.body)))
            return await refuse(line, "this call is not on tape")
        reel.used.add(at)
        self.answered += 1
        return await _tell(reel.cassette.calls[at].answer, names, at + 1, line)

    def finish(self, plays: Iterable[Play]) -> list[Drift]:
        """All drift of these plays, what was never asked for included."""
        for play in plays:
            reel = self._reels.get(play) or _Reel(Cassette(play))
            missed = [at for at in range(len(reel.cassette.calls)) if at not in reel.used]
            self.drifts += [Drift(play, "never asked", at + 1) for at in missed]
        return self.drifts


async def _tell(answer: Answer, names: Names, call: int, line: Line) -> None:
    if answer.silence == "broken":
        return await line.break_off()
    if answer.silence is not None:
        await asyncio.Event().wait()  # until the product gives up, as it did
    await line.start(answer.status, answer.headers)
    if answer.events is not None:
        for event in names.tell(answer.events, call):
            await line.send(write_event(event).encode())
    else:
        body = names.tell(answer.body, call)
        await line.send(body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode())
    return await line.end()


def _is(taped: Call, asked: Call) -> bool:
    return (taped.door, taped.path, taped.body) == (asked.door, asked.path, asked.body)

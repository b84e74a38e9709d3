"""Cassettes: what one play asked of models, and what they answered; a YAML file a scenario and trial.

What was said is written once, in the order in which it came up, and each call names what it holds:

    said:
      1: {$sections: [...]}            # the system prompt, by headings
      2: {role: user, content: hola}
    calls:
    - asked: {to: openai /chat/completions, body: {model: gpt-5-mini, messages: $said 1-2, tools: $said 3-19}}
      answered: {status: 200, seconds: 1.42, tokens: [1203, 41], body: {...}}
"""

import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evals.tapes.marks import Play
from evals.tapes.wires import LISTS

Json = dict[str, Any]
VERSION = 1
TAPE_FILE = "tape.yaml"
_HEADING = re.compile(r"^(?=#{1,2} )", re.M)
_RANGES = re.compile(r"\$said ([\d ,-]*)")
_LONG = 200
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TapeRefused(Exception):
    """A tape cannot be read or written; the text names the file and what is wrong with it."""


@dataclass
class Answer:
    """How a provider answered: a `body`, `events` of a stream, or `silence`, and what else was measured."""

    status: int = 200
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    events: list[Json] | None = None
    tokens: list[int] | None = None
    silence: str | None = None
    """`broken`: the connection closed without an answer; `given up`: the product waited no longer."""


@dataclass
class Call:
    """One request, in canonical form, and its answer."""

    door: str
    """The provider, as in a model's name."""
    path: str
    body: Any
    answer: Answer = field(default_factory=Answer)


@dataclass
class Cassette:
    """One play's calls, in the order in which they were asked."""

    play: Play
    calls: list[Call] = field(default_factory=list)

    @property
    def file(self) -> str:
        return f"{self.play.scenario}.{self.play.trial}.yaml"


@dataclass
class Tape:
    """A folder of cassettes, and how they were recorded."""

    suite: str
    model: str
    recorded: str
    """The day."""
    cassettes: dict[Play, Cassette] = field(default_factory=dict)

    @property
    def trials(self) -> int:
        return max((play.trial for play in self.cassettes), default=1)

    @property
    def calls(self) -> int:
        return sum(len(cassette.calls) for cassette in self.cassettes.values())


def write_cassette(folder: Path, cassette: Cassette) -> None:
    """Replaces the file in one step."""
    said = _Said()
    calls = [
        {
            "asked": {"to": f"{call.door} {call.path}", "body": said.fold(call.body)},
            "answered": _answered(call.answer, said),
        }
        for call in cassette.calls
    ]
    head = {"cassette": VERSION, "scenario": cassette.play.scenario, "trial": cassette.play.trial}
    _write(folder / cassette.file, {**head, "said": dict(enumerate(said.pieces, start=1)), "calls": calls})


def write_head(folder: Path, tape: Tape) -> None:
    """What holds for all cassettes of the folder."""
    head = {"tape": VERSION, "suite": tape.suite, "model": tape.model, "recorded": tape.recorded}
    _write(folder / TAPE_FILE, head)


def read_head(folder: Path) -> Tape:
    """A tape without its cassettes. Raises `TapeRefused`."""
    if not (folder / TAPE_FILE).is_file():
        raise TapeRefused(f"{folder} is no tape: it has no {TAPE_FILE}; evals record --tape {folder} makes one")
    head = _read(folder / TAPE_FILE)
    try:
        return Tape(str(head["suite"]), str(head["model"]), str(head["recorded"]))
    except (KeyError, TypeError):
        raise TapeRefused(f"{folder / TAPE_FILE}: suite, model and recorded must be there") from None


def read_tape(folder: Path) -> Tape:
    """Raises `TapeRefused` with a line for each file that cannot be used."""
    tape = read_head(folder)
    faults = []
    for file in sorted(folder.glob("*.yaml")):
        if file.name == TAPE_FILE:
            continue
        try:
            cassette = read_cassette(file)
        except TapeRefused as refused:
            faults.append(str(refused))
            continue
        tape.cassettes[cassette.play] = cassette
    if faults:
        raise TapeRefused("\n".join(faults))
    return tape


def read_cassette(file: Path) -> Cassette:
    """Raises `TapeRefused`."""
    document = _read(file)
    try:
        if document["cassette"] != VERSION:
            raise TapeRefused(f"{file}: is of version {document['cassette']}, this reads {VERSION}; record it anew")
        said = _Said(list(document["said"].values()))
        calls = [_call(entry, said) for entry in document["calls"]]
        return Cassette(Play(str(document["scenario"]), int(document["trial"])), calls)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as wrong:
        raise TapeRefused(f"{file}: not a cassette as it is recorded: {type(wrong).__name__} {wrong}") from None


def _call(entry: Json, said: "_Said") -> Call:
    door, _, path = entry["asked"]["to"].partition(" ")
    return Call(door, path, said.unfold(entry["asked"]["body"]), Answer(**said.unfold(entry["answered"])))


def _answered(answer: Answer, said: "_Said") -> Json:
    """The Responses API tells the tools of its request again, in each answer and in three events of a stream."""
    told = {key: value for key, value in asdict(answer).items() if value not in (None, {})}
    if "body" in told:
        told["body"] = said.fold(told["body"])
    for event in told.get("events", ()):
        if isinstance(event["data"], dict) and "response" in event["data"]:
            event["data"]["response"] = said.fold(event["data"]["response"])
    return told


class _Said:
    """Messages, tools and sections of prompts, each once."""

    def __init__(self, pieces: list[Any] | None = None) -> None:
        self.pieces: list[Any] = pieces or []
        self._numbers: dict[str, int] = {}

    def fold(self, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        return {key: self._listed(value) if key in LISTS else self._sections(value) for key, value in body.items()}

    def unfold(self, value: Any) -> Any:
        if isinstance(value, str) and (found := _RANGES.fullmatch(value)):
            return [self.unfold(self.pieces[number - 1]) for number in _numbers(found[1])]
        if isinstance(value, dict):
            if set(value) == {"$sections"}:
                return "".join(self.unfold(value["$sections"]))
            return {key: self.unfold(each) for key, each in value.items()}
        return [self.unfold(each) for each in value] if isinstance(value, list) else value

    def _listed(self, value: Any) -> Any:
        if not isinstance(value, list):
            return self._sections(value)
        return self._refer(self._sections(each) for each in value)

    def _sections(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > _LONG:
            sections = [section for section in _HEADING.split(value) if section]
            return {"$sections": self._refer(sections)} if len(sections) > 1 else value
        if isinstance(value, dict):
            return {key: self._sections(each) for key, each in value.items()}
        return [self._sections(each) for each in value] if isinstance(value, list) else value

    def _refer(self, values: Iterable[Any]) -> str:
        return f"$said {_ranges([self._number(value) for value in values])}"

    def _number(self, piece: Any) -> int:
        key = repr(piece)
        if key not in self._numbers:
            self.pieces.append(piece)
            self._numbers[key] = len(self.pieces)
        return self._numbers[key]


def _ranges(numbers: list[int]) -> str:
    """`[1, 2, 3, 7]` as "1-3 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _numbers(ranges: str) -> list[int]:
    numbers: list[int] = []
    for run in ranges.split():
        first, _, last = run.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


class _Readable(yaml.SafeDumper):
    """Texts of several lines stand as they are. The dumper written in C would write an emoji as its number."""


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)


def _write(file: Path, document: Json) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    text: str = yaml.dump(document, Dumper=_Readable, allow_unicode=True, sort_keys=False, width=120)
    fresh.write_text(text, "utf-8")
    os.replace(fresh, file)


def _read(file: Path) -> Any:
    try:
        return yaml.load(file.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - safe, whichever it is
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as broken:
        raise TapeRefused(f"{file}: not readable as YAML: {broken}") from None

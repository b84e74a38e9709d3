"""A scenario in the making: YAML with notes for the person who finishes it, checked before it is kept."""

import os
import re
import tempfile
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evals.running.suite import SuiteRefused, load_suite

Json = dict[str, Any]
_LONGEST_ID = 60


class PromotionRefused(Exception):
    """Nothing was written; the text says why, and what to do."""


@dataclass
class Draft:
    """What is known of a scenario; `notes` are what a person must fill in."""

    title: str
    business: str
    language: str
    tags: list[str]
    wants: str
    chat: list[Json]
    expect: Json = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    name: str = "Alex"
    """Of the customer, who is nobody."""

    @property
    def id(self) -> str:
        """The title as a file's name."""
        plain = unicodedata.normalize("NFKD", self.title.casefold()).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_ID].strip("_") or "promoted"

    def text(self) -> str:
        """The file."""
        document = {
            "title": self.title,
            "business": self.business,
            "language": self.language,
            "tags": self.tags,
            "customer": {"name": self.name, "wants": self.wants},
            "chat": self.chat,
            "expect": self.expect,
        }
        notes = "".join(f"# FILL IN: {' '.join(note.split())}\n" for note in self.notes)
        return notes + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)


def keep(draft: Draft, folder: Path, name: str | None = None, *, force: bool = False) -> Path:
    """Writes the draft into `folder` as `<name>.yaml`, whole or not at all. Raises `PromotionRefused` if the file is
    there already (unless `force`), or would not load."""
    stem = name or draft.id
    if re.fullmatch(r"[a-z0-9_]+", stem) is None:
        raise PromotionRefused(f"--name {stem}: a file's name has small letters, digits and _ only")
    file = folder / f"{stem}.yaml"
    if file.exists() and not force:
        raise PromotionRefused(f"{file} is there already; --force replaces it, --name gives another name")
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / file.name
        trial.write_text(draft.text(), "utf-8")
        try:
            load_suite(str(trial))
        except SuiteRefused as refused:
            raise PromotionRefused(f"it makes no scenario: {str(refused).replace(str(trial), file.name)}") from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{file.name}.{os.getpid()}.new"
        fresh.write_text(draft.text(), "utf-8")
        os.replace(fresh, file)
    except OSError as failure:
        raise PromotionRefused(f"{folder} cannot be written to: {failure.strerror}") from None
    return file

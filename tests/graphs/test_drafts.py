"""The observer against a table of drafts in three languages: what is true leaves, what is not does not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from graphs.observer import judge
from tests.graphs.scenes import Scene

FOLDER = Path(__file__).parent / "drafts"


def table(verdict: str) -> list[Any]:
    rows = []
    for language in ("es", "pt", "en"):
        for number, row in enumerate(yaml.safe_load((FOLDER / f"{language}.yaml").read_text("utf-8"))):
            for place, draft in enumerate(row.get(verdict, [])):
                rows.append(
                    pytest.param(
                        language, row, draft, id=f"{language}-{number}-{'+'.join(row['with']) or 'facts'}-{place}"
                    )
                )
    return rows


def faults(language: str, row: dict[str, Any], draft: str) -> list[str]:
    scene = Scene(language)
    return judge(draft, scene.evidence(*row["with"]), scene.said(*row["said"]), scene.context()).faults


@pytest.mark.parametrize(("language", "row", "draft"), table("pass"))
def test_a_true_draft_leaves(language: str, row: dict[str, Any], draft: str) -> None:
    assert faults(language, row, draft) == []


@pytest.mark.parametrize(("language", "row", "draft"), table("stop"))
def test_an_unsupported_draft_is_stopped(language: str, row: dict[str, Any], draft: str) -> None:
    assert faults(language, row, draft) != []

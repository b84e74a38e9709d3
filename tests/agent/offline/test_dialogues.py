"""Whole conversations through the real graph: the right tools, the right words, no draft that the observer stops."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.agent.offline.conversation import Conversation

FOLDER = Path(__file__).parent / "dialogues"
DIALOGUES = [
    pytest.param(dialogue, id=f"{path.stem}: {dialogue['title']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for dialogue in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("dialogue", DIALOGUES)
async def test_a_dialogue_is_played_to_its_end(dialogue: dict[str, Any]) -> None:
    chat = Conversation(dialogue["business"], dialogue.get("name"))
    for turn in dialogue["turns"]:
        if turn.get("expire"):
            chat.let_expire()
        if turn.get("notice"):
            chat.notice(turn["notice"])
        if turn.get("reminder"):
            chat.remind(turn["reminder"])
        heard = await chat.say(*turn.get("says", []), **turn.get("media", {}))
        told = f"{turn.get('says')}\n{heard.calls}\n{heard.text}"
        assert not heard.stopped, f"{told}\n{heard.stopped}"
        assert heard.outcome == turn.get("outcome", "answered"), told
        if "tools" in turn:
            assert heard.tools == turn["tools"], told
        made = iter(heard.calls)
        for expected in turn.get("calls", []):
            ((tool, wanted),) = expected.items()
            assert any(name == tool and wanted.items() <= arguments.items() for name, arguments in made), told
        for words in turn.get("reply", []):
            assert words in heard.text, told
        for words in turn.get("without", []):
            assert words not in heard.text, told

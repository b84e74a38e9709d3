"""Which model plays a suite is said first, and nothing costs money unless it was asked for."""

import asyncio
import os
import shlex
import sys

import pytest

from evals.running.casting import ModelRefused, introduce, introduce_customers

KEYS = ("OPENAI_API_KEY", "GOOGLE_API_KEY", "ANTHROPIC_API_KEY", "TENDERO_MODEL", "TENDERO_COMPATIBLE_API_KEY")


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, "")


def test_without_a_key_the_offline_model_plays_and_there_is_nothing_to_add() -> None:
    assert introduce("offline") == ["the offline model plays: rules, no language model, no network, no cost"]


def test_a_key_alone_spends_nothing_and_the_command_that_uses_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    offline, unused, command = introduce("offline", ["--filter", "voice note", "--trials", "2"])
    assert offline.startswith("the offline model plays")
    assert "openai:gpt-5-mini play, which costs money" in unused
    arguments = shlex.split(shlex.split(command.strip())[2].removeprefix("ARGS="))
    assert arguments == ["--filter", "voice note", "--trials", "2", "--model", "openai:gpt-5-mini"]
    assert "sk-of-a-test" not in offline + unused + command


def test_the_chain_that_an_installation_would_use_is_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENDERO_MODEL", "anthropic:claude-haiku-4-5")
    assert introduce("offline")[-1].endswith('"--model anthropic:claude-haiku-4-5"')
    monkeypatch.setenv("TENDERO_MODEL", "offline")
    monkeypatch.setenv("GOOGLE_API_KEY", "key")
    assert introduce("offline")[-1].endswith('"--model google_genai:gemini-2.5-flash"')


def test_personas_are_played_by_a_model_only_if_its_key_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelRefused, match="OPENAI_API_KEY"):
        introduce_customers("openai:gpt-5-mini")
    with pytest.raises(ModelRefused, match="without --customer-model"):
        introduce_customers("offline")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    assert "cost money" in introduce_customers("openai:gpt-5-mini")


def test_a_real_model_is_announced_as_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    assert introduce("openai:gpt-5-mini") == ["openai:gpt-5-mini plays: real calls on your key, which cost money"]


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("openai:gpt-5-mini", "openai:gpt-5-mini needs OPENAI_API_KEY"),
        ("offline,google_genai:gemini-2.5-flash", "needs GOOGLE_API_KEY"),
        ("gpt-5-mini", "is not provider:model"),
        ("compatible:llama", "names no address"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused_before_anything_starts(model: str, why: str) -> None:
    with pytest.raises(ModelRefused, match=why):
        introduce(model)


async def test_the_command_says_who_plays_before_anything_starts() -> None:
    environment = os.environ | {"OPENAI_API_KEY": "sk-of-a-test", "COLUMNS": "200"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals", "run", "--filter", "hours_and_address",
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    first = [(await process.stdout.readline()).decode().strip() for _ in range(3)]
    process.terminate()
    await process.wait()
    assert first[0].startswith("the offline model plays")
    assert first[2] == 'make eval ARGS="--filter hours_and_address --model openai:gpt-5-mini"'


async def test_the_command_refuses_a_model_without_its_key() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals", "run", "--model", "openai:gpt-5-mini", stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert "openai:gpt-5-mini needs OPENAI_API_KEY" in " ".join(said.decode().split())

"""Which chain a brain asks, and names that the backend takes and the agent reads alike."""

from typing import Any

import pytest

from agent.model_choice import BRAINS, chains_of
from agent.model_names import ModelName, UnknownModel
from agent.settings import Settings
from backend.tenants import model_chains

GOOD = [
    "offline",
    "openai:gpt-5-mini",
    "openai:gpt-5-mini?effort=low",
    "openai:gpt-4.1",
    "openai:o3?effort=high",
    "google_genai:gemini-2.5-flash?effort=minimal",
    "anthropic:claude-opus-4-5?effort=high",
    "compatible:qwen3@http://models.test/v1",
    "compatible:@cf/meta/llama-3.3@https://llm.example:8443/v1?effort=medium",
]
BAD = [
    "gpt-5",
    "openai",
    "openai:",
    "openai: ",
    "mistral:large",
    "offline:2",
    "OPENAI:gpt-5",
    "openai:gpt-4.1?effort=low",
    "openai:gpt-5?effort=",
    "openai:gpt-5?effort=extreme",
    "openai:gpt-5?temperature=0",
    "openai:gpt-5?effort=low&x=1",
    "openai:../../etc/passwd",
    "openai:gpt 5",
    "openai:gpt-5\n",
    "openai:" + "x" * 121,
    "compatible:qwen3",
    "compatible:@http://models.test/v1",
    "compatible:qwen3@models.test/v1",
    "compatible:qwen3@file:///etc/passwd",
    "compatible:qwen3@http://",
    "compatible:qwen3@http://[::1/v1",
    "compatible:qwen3@http://h:99999/v1",
    "compatible:qwen3@http://user:secret@host/v1?x",
    "compatible:qwen3@http://h/\tv1",
    "google_genai:\0",
]


def settings_with(**changes: Any) -> Settings:
    return Settings.model_validate({"service_token": "t", "AGENT_DATABASE_URL": "postgresql://none", **changes})


@pytest.mark.parametrize("name", GOOD)
def test_a_good_name_is_good_on_both_sides(name: str) -> None:
    assert model_chains.check_chain(name) == name
    ModelName.parse(name)


@pytest.mark.parametrize("name", BAD)
def test_rubbish_is_rubbish_on_both_sides(name: str) -> None:
    with pytest.raises(ValueError):
        model_chains._check(name)
    with pytest.raises(UnknownModel):
        ModelName.parse(name)


def test_both_sides_know_the_same_brains() -> None:
    assert model_chains.BRAINS == BRAINS


def test_the_businesss_models_come_first_and_the_platforms_after_them() -> None:
    settings = settings_with(model="openai:gpt-5-mini,offline", summary_model="openai:gpt-5-nano")
    chains = chains_of({"vendor": "anthropic:claude-haiku-4-5, offline"}, settings)
    assert chains["vendor"] == ["anthropic:claude-haiku-4-5", "offline", "openai:gpt-5-mini"]
    assert chains["assist"] == chains["observer"] == chains["refiner"] == chains["vendor"]
    assert chains["summary"] == ["openai:gpt-5-nano", "openai:gpt-5-mini", "offline"]
    own = chains_of({"summary": "google_genai:gemini-2.5-flash"}, settings)["summary"]
    assert own == ["google_genai:gemini-2.5-flash", "openai:gpt-5-nano", "openai:gpt-5-mini", "offline"]


def test_without_a_word_of_the_business_the_platform_decides() -> None:
    settings = settings_with(model="offline", refiner_model="openai:gpt-5?effort=high")
    assert chains_of({}, settings) == {
        **{brain: ["offline"] for brain in BRAINS},
        "refiner": ["openai:gpt-5?effort=high", "offline"],
    }


@pytest.mark.parametrize("rubbish", ["", "gpt-5", ",,", 7, None, ["openai:gpt-5"], {"a": 1}])
def test_what_cannot_be_read_is_passed_over(rubbish: Any) -> None:
    assert chains_of({"vendor": rubbish}, settings_with(model="offline"))["vendor"] == ["offline"]


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://models.test/v1", True),
        ("http://MODELS.Test/v1/", True),
        ("https://allowed.example/v1", True),
        ("http://models.test:5432/v1", False),
        ("http://models.test.evil.example/v1", False),
        ("http://models.test/v1/../admin", False),
        ("http://169.254.169.254/v1", False),
        ("http://127.0.0.1:8000/v1", False),
    ],
)
def test_a_business_names_no_address_that_the_operator_did_not(address: str, asked: bool) -> None:
    """A call goes out from inside, and carries the platform's key."""
    settings = settings_with(
        model="compatible:qwen3@http://models.test/v1", compatible_urls=["https://allowed.example/v1"]
    )
    chain = chains_of({"vendor": f"compatible:mine@{address}"}, settings)["vendor"]
    assert (len(chain) == 2) is asked

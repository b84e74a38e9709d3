"""Which model plays a suite: the offline one unless another is named, so that nothing costs money by surprise."""

import shlex
from collections.abc import Mapping, Sequence

from pydantic import SecretStr

from agent.settings import Settings

OFFLINE = "offline"
KEYS: Mapping[str, str] = {
    "openai": "openai_api_key",
    "google_genai": "google_api_key",
    "anthropic": "anthropic_api_key",
}


class ModelRefused(Exception):
    """The model named cannot play; the text says why."""


def settings_of_models() -> Settings:
    """The agent's settings from the environment and `.env`, as far as they tell of models."""
    return Settings(service_token=SecretStr("none"), database_url=SecretStr("none"))


def introduce(model: str, arguments: Sequence[str] = ()) -> list[str]:
    """The first lines of a run: who plays, what it costs, and, if keys would allow another model, the command that has
    it play. `arguments` are those of this run besides `--model`. Raises `ModelRefused`."""
    settings = settings_of_models()
    if model == OFFLINE:
        lines = ["the offline model plays: rules, no language model, no network, no cost"]
        if (other := _another(settings)) is not None:
            told = shlex.join([*arguments, "--model", other])
            lines.append(f"a key is set and stays unused; to have {other} play, which costs money:")
            lines.append(f"  make eval ARGS={_quoted(told)}")
        return lines
    for name in model.split(","):
        _check(name.strip(), settings)
    return [f"{model} plays: real calls on your key, which cost money"]


def introduce_customers(model: str) -> str:
    """The line of a run in which a real model plays the personas. Raises `ModelRefused`."""
    _expect_real(model, "the rules that play personas are there without --customer-model")
    return f"personas are played by {model}: real calls on your key, which cost money and do not repeat"


def introduce_judge(model: str) -> str:
    """The line of a run in which a real model judges criteria in words. Raises `ModelRefused`."""
    _expect_real(model, "the offline model cannot judge; without --judge criteria in words are left out")
    return f"criteria in words are judged by {model}: real calls on your key, which cost money and do not repeat"


def _expect_real(model: str, otherwise: str) -> None:
    settings = settings_of_models()
    for name in model.split(","):
        if name.strip() == OFFLINE:
            raise ModelRefused(otherwise)
        _check(name.strip(), settings)


def _quoted(words: str) -> str:
    return shlex.quote(words) if set(words) & set('"$`\\') else f'"{words}"'


def _another(settings: Settings) -> str | None:
    """The chain that `make up` would use, or would without `TENDERO_MODEL=offline`; None if that is the offline one."""
    for chosen in (settings, settings.model_copy(update={"model": None})):
        if (chain := chosen.model_chain) != [OFFLINE]:
            return ",".join(chain)
    return None


def _check(name: str, settings: Settings) -> None:
    from agent.model_names import ModelName, UnknownModel

    try:
        provider = ModelName.parse(name).provider
    except UnknownModel as unknown:
        raise ModelRefused(str(unknown)) from None
    field = KEYS.get(provider)
    if field and getattr(settings, field) is None:
        raise ModelRefused(f"{name} needs {field.upper()}, in the environment or in .env")

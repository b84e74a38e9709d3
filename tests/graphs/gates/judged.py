"""A draft before the gates of a business with a policy of its own."""

from typing import Any

from graphs.observer import judge
from graphs.policy import Policy
from tests.graphs.scenes import Scene

SCENES = {language: Scene(language) for language in ("es", "pt", "en")}
SAID = {"es": "hola, ¿me ayudas?", "pt": "oi, você me ajuda?", "en": "hello, can you help me?"}


def stopped_by(language: str, draft: str, *sets: str, said: str = "", **changes: Any) -> list[str]:
    """The names of what stopped it. `policy` among the changes is a policy's fields."""
    scene = SCENES[language]
    policy = Policy.model_validate(changes.pop("policy", {}))
    context = scene.context(**changes, policy=policy)
    return judge(draft, scene.evidence(*sets), scene.said(said or SAID[language]), context).by


def faults(language: str, draft: str, *sets: str, **changes: Any) -> str:
    """What the vendor is told."""
    scene = SCENES[language]
    policy = Policy.model_validate(changes.pop("policy", {}))
    context = scene.context(**changes, policy=policy)
    return " ".join(judge(draft, scene.evidence(*sets), scene.said(SAID[language]), context).faults)

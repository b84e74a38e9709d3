"""A product's words in the reader's language."""

from collections.abc import Mapping
from typing import Any


def in_language(
    name: str, description: str, translations: Mapping[str, Mapping[str, Any]], language: str | None
) -> tuple[str, str]:
    """Name and description as translated for `pt-BR`, else for `pt`; what is not translated stays as it is."""
    if not language or not translations:
        return name, description
    for tag in (language, language.partition("-")[0]):
        if (told := translations.get(tag)) is not None:
            return told.get("name") or name, told.get("description") or description
    return name, description

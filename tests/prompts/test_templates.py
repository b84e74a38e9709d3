"""Every template of the folder is valid, written for its brain, and used."""

import pytest

from agent.prompt_library import PROMPTS, PromptLibrary

LIBRARY = PromptLibrary()


@pytest.mark.parametrize("name", LIBRARY.names)
def test_a_template_renders_with_exactly_its_variables(name: str) -> None:
    values = {variable: f"<{variable}>" for variable in LIBRARY.variables(name)}
    text = LIBRARY.render(name, **values)
    assert all(value in text for value in values.values())
    assert "{{" not in text


@pytest.mark.parametrize("name", LIBRARY.names)
def test_a_template_begins_with_a_heading_and_keeps_its_lines_short(name: str) -> None:
    lines = (PROMPTS / f"{name}.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert max(map(len, lines)) <= 140


def test_the_vendors_page_stays_within_its_budget_of_words() -> None:
    values = dict.fromkeys(LIBRARY.variables("vendor/system"), "")
    abilities = "\n\n".join(LIBRARY.render(name) for name in ("vendor/sales", "vendor/appointments"))
    words = LIBRARY.render("vendor/system", **values | {"abilities": abilities}).split()
    assert len(words) < 2000

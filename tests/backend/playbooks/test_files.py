"""Playbooks as files: what is written is read back, and what a stranger made is refused with what to do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from backend.errors import Unprocessable
from backend.playbooks import as_markdown, as_yaml
from backend.playbooks.sections import Guideline, Sections
from tests.factories import Business

DRAFT = "/v1/playbook/draft"
TRICKY: dict[str, Any] = {
    "voice": "# Voz\n\n## Lessons\n\\## Voice\n### Tono\n- When: x\n  Then: y",
    "policies": "no: yes\n---\n...\n\ttab \n  & *alias !tag {{now}} 'q' \"q\" \\ : #\u2028\x85x\n|",
    "instructions": "~",
    "guidelines": [{"when": "when: then: {a: b}", "then": "- Then: [x]"}, {"when": "**null**", "then": "12:30"}],
    "lessons": ["- no", "## Voice", "'", "2026-11-21", "- When: a"],
}
letters = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80)
lines = letters.filter(lambda text: bool(text.split()))
playbooks = st.builds(
    Sections,
    voice=letters,
    policies=st.lists(st.sampled_from(["## Voice", "\\## x", "# a", "- b", "", "  c"]) | letters, max_size=6).map(
        "\n".join
    ),
    guidelines=st.lists(st.builds(Guideline, when=lines, then=lines), max_size=4),
    lessons=st.lists(lines, max_size=4),
)


@pytest.mark.parametrize("form", [as_markdown, as_yaml])
def test_whatever_is_written_is_read_back(form: Any) -> None:
    @trying(max_examples=60, deadline=None, derandomize=True)
    @given(playbooks)
    def one(sections: Sections) -> None:
        assert Sections.model_validate(form.read(form.write(sections))) == sections

    one()


@pytest.mark.parametrize(("ending", "format"), [("md", "markdown"), ("yaml", "yaml")])
async def test_an_export_is_imported_as_it_was(business: Business, ending: str, format: str) -> None:
    await business.ok("PUT", DRAFT, TRICKY)
    file = await business.call("GET", f"/v1/playbook/export.{ending}", of="draft")
    assert file.headers["Content-Disposition"] == f'attachment; filename="playbook-draft.{ending}"'
    await business.ok("DELETE", DRAFT)
    taken = await business.ok("POST", f"{DRAFT}/import", {"format": format, "text": file.text})
    wanted = {name: value.strip() if isinstance(value, str) else value for name, value in TRICKY.items()}
    assert {name: taken[name] for name in TRICKY} == wanted


async def test_what_is_in_force_and_each_version_can_be_exported(business: Business) -> None:
    await business.ok("PUT", "/v1/playbook", {"instructions": "Tutea."})
    await business.ok("PUT", "/v1/playbook", {"instructions": "Habla de usted."})
    assert "Habla de usted." in (await business.call("GET", "/v1/playbook/export.md")).text
    first = await business.call("GET", "/v1/playbook/export.yaml", of="1")
    assert as_yaml.read(first.text)["instructions"] == "Tutea."
    assert (await business.call("GET", "/v1/playbook/export.md", of="3")).status_code == 404


def test_a_file_that_a_person_wrote_is_understood() -> None:
    text = (
        "# Nuestra tienda\r\n\r\n## VOICE ##\r\nTutea.\r\n## guidelines\r\n* **When:** piden factura\r\n"
        "  **Then:** Pide el RFC\r\n  y el correo.\r\n## Lessons\r\n- Ofrece\r\n  té.\r\n"
    )
    assert Sections.model_validate(as_markdown.read(text)) == Sections(
        voice="Tutea.",
        guidelines=[Guideline(when="piden factura", then="Pide el RFC y el correo.")],
        lessons=["Ofrece té."],
    )
    assert as_yaml.read("voice: yes\nlessons:\nguidelines: []\n") == {"voice": "yes", "lessons": [], "guidelines": []}


BOMB = "a: &a [x,x]\n" + "".join(f"b{number}: &b{number} [*a,*a]\n" for number in range(9))
HOSTILE = {
    "yaml": [
        "",
        "just words",
        "- voice",
        BOMB,
        "voice: &v x\npolicies: *v",
        "voice: !!python/object/apply:os.system [id]",
        "!!map {voice: x}",
        "voice: a\nvoice: b",
        "voice: a\n---\nvoice: b",
        "voice: [",
        "voice: \x07",
        "? [a]\n: b",
        "<<: {voice: x}",
        "guidelines: " + "[" * 5_000,
        "guidelines: [{when: {a: b}, then: c}]",
        "lessons: [" + "a," * 20_000 + "]",
        "tone: x",
        "lessons: [{when: a}]",
        "guidelines: [{when: a}]",
        "voice: {when: a, then: b}",
    ],
    "markdown": [
        "",
        "words before\n## Voice\n",
        "## Tone\nx",
        "## Voice\na\n## Voice\nb",
        "## Guidelines\nwords",
        "## Guidelines\n  Then: b",
        "## Guidelines\n- When: a",
        "## Lessons\nwords",
        "## " + " #" * 90_000,
        "## Guidelines\n-" + " " * 150_000 + "x",
        "## Lessons\n- a\n" + "  b\n" * 40_000,
        "## Voice\n" + "x" * 4_001,
        "# only a title",
    ],
}


@pytest.mark.parametrize("format", list(HOSTILE))
async def test_a_hostile_file_is_refused_and_nothing_is_saved(business: Business, format: str) -> None:
    for number, text in enumerate(HOSTILE[format]):
        refused = await business.call("POST", f"{DRAFT}/import", {"format": format, "text": text})
        assert refused.status_code == 422, f"{format} {number}: {refused.text}"
        assert len(refused.text) < 2_000
    assert (await business.ok("GET", DRAFT))["saved_at"] is None


async def test_a_huge_file_is_refused(business: Business) -> None:
    for length, status in ((200_001, 422), (2_000_000, 413)):
        body = {"format": "yaml", "text": "x" * length}
        assert (await business.call("POST", f"{DRAFT}/import", body)).status_code == status


def test_a_refusal_names_the_line_and_repeats_nothing() -> None:
    for form, text, line in (
        (as_yaml, "voice: a\nsecreto: b\n", 2),
        (as_markdown, "## Voice\na\n## Secreto\n", 3),
        (as_yaml, "voice: a\nlessons: ['secreto\n", None),
    ):
        with pytest.raises(Unprocessable) as refused:
            form.read(text)
        assert refused.value.type == "playbook-file-unreadable"
        assert "secreto" not in refused.value.detail.casefold()
        assert "export.yaml" in refused.value.detail
        assert line is None or refused.value.extra["line"] == line

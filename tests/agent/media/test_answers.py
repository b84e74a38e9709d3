"""What is made of a model's words about a file."""

import json

import pytest

from agent.media.answers import DESCRIPTION_CHARACTERS, TRANSCRIPT_CHARACTERS, found_in
from agent.media.readable import OPENAI_TRANSCRIBER, family_of, readers
from agent.model_choice import chains_of
from agent.settings import Settings

CHAIN = ["offline", "anthropic:claude-haiku-4-5", "openai:gpt-5-mini", "google_genai:gemini-2.5-flash", "nonsense"]


def test_a_description_comes_with_the_words_in_the_picture() -> None:
    said = json.dumps({"description": "Un balón.", "text": "OFERTA", "language": "es-MX", "payment_proof": False})
    found = found_in(f"```json\n{said}\n```", "image")
    assert found is not None
    assert (found.kind, found.text, found.language) == ("description", 'Un balón. | text in it: "OFERTA"', "es")


def test_a_proof_is_one_only_if_the_model_says_so_outright() -> None:
    told = {"description": "Transferencia", "payment_proof": True, "amount": 500, "reference": None}
    found = found_in(json.dumps(told), "image")
    assert found is not None
    assert (found.kind, found.proof) == (
        "payment_proof",
        {"amount": "500", "currency": "", "reference": "", "paid_on": ""},
    )
    for claimed in ("true", 1, "yes", None):
        found = found_in(json.dumps({**told, "payment_proof": claimed}), "image")
        assert found is not None
        assert found.kind == "description"


@pytest.mark.parametrize("said", ["", "  ", "(nothing)", "(nothing).", "\x00\x01"])
def test_silence_is_nothing(said: str) -> None:
    assert found_in(said, "audio") is None


@pytest.mark.parametrize("said", ["Un balón.", "{broken", "[1]", '{"description": "", "text": ""', "{" * 5000])
def test_words_that_are_no_object_are_a_description(said: str) -> None:
    found = found_in(said, "image")
    assert found is not None
    assert (found.kind, len(found.text) <= DESCRIPTION_CHARACTERS) == ("description", True)


@pytest.mark.parametrize("said", ['{"description": ""}', '{"text": null}', "{}"])
def test_an_object_that_says_nothing_is_nothing(said: str) -> None:
    assert found_in(said, "image") is None


def test_what_no_column_can_hold_is_left_out() -> None:
    found = found_in("a\x00b\ud800c" + "x" * 9_000, "audio")
    assert found is not None
    assert found.text.startswith("a b c")
    assert len(found.text) <= TRANSCRIPT_CHARACTERS


def test_each_kind_of_file_goes_to_models_that_can_read_it() -> None:
    _, claude, gpt, gemini, _ = CHAIN
    assert readers(CHAIN, "image") == [claude, gpt, gemini]
    assert readers(CHAIN, "document") == [claude, gpt, gemini]
    assert readers(CHAIN, "video") == [gemini]
    assert readers(CHAIN, "audio") == [OPENAI_TRANSCRIBER, gemini]
    assert readers(["openai:whisper-1"], "audio") == ["openai:whisper-1"]
    assert readers(["openai:whisper-1"], "image") == []
    assert readers(["offline"], "audio") == []


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("audio/ogg; codecs=opus", "audio"),
        ("IMAGE/JPEG", "image"),
        ("application/pdf", "document"),
        ("text/vcard", None),
    ],
)
def test_a_file_is_of_one_family_or_of_none(kind: str, family: str | None) -> None:
    assert family_of(kind) == family


def test_a_compatible_server_reads_media_only_where_it_was_named_for_that() -> None:
    told = {"service_token": "t", "AGENT_DATABASE_URL": "postgresql://nowhere/none"}
    here = "compatible:qwen-vl@http://llm.example/v1"
    settings = Settings.model_validate({**told, "model": f"{here},openai:gpt-5-mini"})
    assert chains_of({}, settings)["media"] == ["openai:gpt-5-mini"]
    named = Settings.model_validate({**told, "model": here, "media_model": here})
    assert chains_of({}, named)["media"] == [here]
    assert chains_of({"media": here}, settings)["media"] == [here, "openai:gpt-5-mini"]

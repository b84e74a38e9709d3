"""Data of others: read with little memory, and refused with the file and the place where it is wrong."""

import json
import tracemalloc
from pathlib import Path

import pytest

from evals.adapters.first_person import first_person
from evals.adapters.reading import MOST_BYTES, InputRefused, clean, each_entry, read_object


def test_a_long_list_is_read_entry_by_entry_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    words = "ñandú " * 40
    with file.open("w") as written:
        written.write("[" + ",\n".join(json.dumps({"id": n, "words": words}) for n in range(30_000)) + " ]\n")
    assert file.stat().st_size > 10 * 2**20
    tracemalloc.start()
    assert sum(entry["id"] for entry in each_entry(file)) == sum(range(30_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "must be a JSON list"),
        ('{"a": 1}', "must be a JSON list"),
        ("[1]", "entry 1: must be an object"),
        ('[{"a": 1}', "entry 1: a comma or the end of the list is missing"),
        ('[{"a": 1},]', "entry 2: must be an object"),
        ('[{"a": 1} {"b": 2}]', "entry 1: a comma or the end"),
        ('[{"a": 1}, {"b": ]', "entry 2: not readable as JSON: Expecting value"),
        ('[{"a": 1}] etc', "entry 1: something follows"),
        ('[{"a": NaN}]', "entry 1: NaN is no JSON number"),
        ('[{"a": ' + "[" * 100_000 + "]]", "entry 1: nested too deeply"),
        ('[{"a": ' + "9" * 5000 + "}]", "entry 1: Exceeds the limit"),
    ],
)
def test_a_broken_list_is_refused_with_its_entry(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(content)
    with pytest.raises(InputRefused) as refused:
        list(each_entry(file))
    assert str(refused.value).startswith(f"{file}: {complaint}")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "image.json"
    file.write_bytes(b"[\xff\xd8\xff\xe0")
    for read in (read_object, lambda each: list(each_entry(each))):
        with pytest.raises(InputRefused, match=r"(?i)utf-8"):
            read(file)


def test_an_object_that_is_far_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    with file.open("wb") as written:
        written.truncate(MOST_BYTES + 1)
    with pytest.raises(InputRefused, match="larger than 64 MB"):
        read_object(file)


def test_a_missing_file_and_a_null_byte_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="No such file"):
        read_object(tmp_path / "none.json")
    with pytest.raises(InputRefused, match="null bytes"):
        read_object(Path("a\0b"))


def test_hostile_letters_do_not_get_through() -> None:
    assert clean("red\x1b[31m\u2028 lamp\0 \ud800") == "red [31m lamp ?"
    assert clean("a" * 500) == "a" * 300


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("You are Ana and you're in a hurry.", "I am Ana and I'm in a hurry."),
        ("you want to return your lamp.", "I want to return my lamp."),
        ("If there is none, you'd keep yours.", "If there is none, I'd keep mine."),
        ("Ask the agent to help you. you are sure.", "Ask you to help me. I am sure."),
    ],
)
def test_what_a_customer_is_told_becomes_what_they_write(told: str, written: str) -> None:
    assert first_person(told) == written

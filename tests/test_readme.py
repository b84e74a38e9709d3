"""What the READMEs tell a newcomer to type or to open is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = [ROOT / "README.md", *sorted(ROOT.glob("*/README.md")), *sorted(ROOT.glob("*/*/README.md"))]
READMES = [path for path in READMES if not path.relative_to(ROOT).parts[0].startswith(".")]
MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
MODULE = re.compile(r"python -m (backend|agent|evals) ([a-z]+)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PLACE = re.compile(r"`([\w{},./-]*\w[\w{},.-]*(?:\.(?:py|sql|yaml|json|toml)|/))`")
IN_THE_DATA_FOLDER = {"postgres/", "redis/", "logs/", "backups/", "businesses/", "running.json", ".tendero/businesses/"}
FILE = re.compile(r"`((?:agent|backend|graphs|prompts|evals|tests)/[\w./-]*\w/?)`")


def said_by(*argv: str) -> str:
    """What a command prints."""
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def named(readme: Path) -> str:
    return str(readme.relative_to(ROOT))


@pytest.fixture(scope="module")
def targets() -> set[str]:
    """The tasks that `make help` lists."""
    return set(re.findall(r"^  make ([a-z-]+)", said_by("make", "help"), re.MULTILINE))


@pytest.mark.parametrize("readme", READMES, ids=named)
def test_every_task_it_names_is_in_make_help(readme: Path, targets: set[str]) -> None:
    assert set(MAKE.findall(readme.read_text())) - {"setup", "setup-studio"} <= targets


@pytest.mark.parametrize("readme", READMES, ids=named)
def test_every_link_and_path_it_names_exists(readme: Path) -> None:
    text = readme.read_text()
    missing = [link for link in LINK.findall(text) if not (readme.parent / link).exists()]
    missing += [path for path in FILE.findall(text) if not (ROOT / path).exists()]
    assert missing == []


def spelled_out(name: str) -> list[str]:
    """`{channels,payments}/providers/` stands for two."""
    braces = re.search(r"\{([^{}]+)\}", name)
    if braces is None:
        return [name]
    ways = [name.replace(braces.group(0), way, 1) for way in braces.group(1).split(",")]
    return [whole for way in ways for whole in spelled_out(way)]


def is_there(readme: Path, name: str) -> bool:
    """From the root, in the README's own folder at any depth, or among the tests of that folder."""
    room = readme.parent.relative_to(ROOT)
    if (ROOT / name).exists():
        return True
    if room == Path() or name.startswith("/"):
        return False
    return any(next(folder.rglob(name), None) for folder in (readme.parent, ROOT / "tests" / room) if folder.exists())


@pytest.mark.parametrize("readme", READMES, ids=named)
def test_no_file_or_folder_that_it_names_is_gone(readme: Path) -> None:
    names = {name for place in PLACE.findall(readme.read_text()) for name in spelled_out(place)} - IN_THE_DATA_FOLDER
    assert [name for name in sorted(names) if not is_there(readme, name)] == []


@pytest.mark.parametrize("room", ["backend", "agent", "evals"])
def test_every_command_they_name_is_in_the_rooms_help(room: str) -> None:
    commands = {name for path in READMES for where, name in MODULE.findall(path.read_text()) if where == room}
    listed = re.findall(r"^  ([a-z]+)", said_by(sys.executable, "-m", room, "--help"), re.MULTILINE)
    assert commands - {"world"} <= set(listed)


def test_the_front_page_is_the_list_of_tasks(targets: set[str]) -> None:
    """A task that nobody is told about is lost; those for keeping data and layout have their place in `make help`."""
    told = set(MAKE.findall((ROOT / "README.md").read_text()))
    assert targets - told == {"backup", "restore", "format"}

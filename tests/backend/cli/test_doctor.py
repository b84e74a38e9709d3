"""The doctor's findings, environment by environment."""

import socket
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from backend.cli.checks import Finding, examine
from backend.cli.installation import backend_url
from backend.embedded.data_folder import DataFolder
from backend.embedded.ports import free_port
from backend.embedded.stores import Stores

VARIABLES = ("TENDERO_ENVIRONMENT", "TENDERO_SECRET_KEY")
NOWHERE = f"127.0.0.1:{free_port()}"


@pytest.fixture
def findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Doctor":
    """Examines environments over a folder that does not exist yet."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return Doctor(tmp_path / "data", monkeypatch)


class Doctor:
    """Runs the checks in this process, whose environment they read."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch

    def __call__(self, environment: dict[str, str], folder: Path | None = None) -> list[Finding]:
        given = {"TENDERO_PORT": str(free_port())} | environment
        for name, value in given.items():
            self._monkeypatch.setenv(name, value)
        return list(examine(given, folder or self.folder))


def states(found: list[Finding], state: str) -> str:
    return "\n".join(f"{each.what}. {each.mend}" for each in found if each.state == state)


def test_a_fresh_machine_is_told_what_will_happen_and_nothing_is_made(findings: Doctor) -> None:
    found = findings({})
    assert states(found, "wrong") == ""
    assert "the embedded one will be started" in states(found, "ok")
    notes = states(found, "note")
    for part in ("nothing is running. make up", "the offline rules answer", "no provider can call them", "secret key"):
        assert part in notes
    assert not findings.folder.exists()


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"DATABASE_URL": "mysql://db/x"}, "DATABASE_URL is not a Postgres URL. export DATABASE_URL=postgresql://"),
        ({"DATABASE_URL": f"postgresql://ana:hunter2@{NOWHERE}/shop"}, "does not let ana in: Connection refused"),
        ({"REDIS_URL": f"redis://:hunter2@{NOWHERE}/0"}, "Redis at 127.0.0.1 does not answer. correct REDIS_URL"),
        ({"REDIS_URL": "localhost"}, "Redis at no host does not answer"),
        ({"TENDERO_ENVIRONMENT": "production"}, "TENDERO_SECRET_KEY is not set; make one with: openssl rand -hex 32"),
        ({"TENDERO_SECRET_KEY": "hunter2"}, "TENDERO_SECRET_KEY is shorter than 32 characters"),
        ({"TENDERO_ENVIRONMENT": "prod"}, "TENDERO_ENVIRONMENT: Input should be 'development', 'test' or 'production'"),
        ({"TENDERO_PORT": "eighty"}, "TENDERO_PORT: Input should be a valid integer"),
        ({"TENDERO_PUBLIC_URL": "http://bot.example.com"}, "must begin with https:// for a provider"),
        ({"TENDERO_MODEL": "gpt-5"}, "does not know gpt-5. write it as provider:model"),
        ({"TENDERO_MODEL": "openai:gpt-5-mini"}, "needs OPENAI_API_KEY. set OPENAI_API_KEY in .env"),
        ({"TENDERO_MODEL": "compatible:llama"}, "names no address. TENDERO_MODEL=compatible:<model>@<base url>"),
    ],
)
def test_what_is_wrong_is_said_with_what_mends_it(
    findings: Doctor, environment: dict[str, str], complaint: str
) -> None:
    wrong = states(findings(environment), "wrong")
    assert complaint in wrong
    assert "hunter2" not in wrong


@pytest.mark.parametrize(
    ("environment", "praise"),
    [
        ({"TENDERO_PUBLIC_URL": "https://bot.example.com"}, "the public address is https://bot.example.com"),
        ({"OPENAI_API_KEY": "sk-hunter2"}, "model: by OPENAI_API_KEY"),
        (
            {"TENDERO_MODEL": "anthropic:claude-haiku-4-5", "ANTHROPIC_API_KEY": "x"},
            "model: anthropic:claude-haiku-4-5",
        ),
        ({"TENDERO_MODEL": "compatible:llama@http://127.0.0.1:8080/v1"}, "model: llama at 127.0.0.1:8080"),
        (
            {"TENDERO_SECRET_KEY": "k" * 32, "TENDERO_ENVIRONMENT": "production"},
            "TENDERO_SECRET_KEY is set (production)",
        ),
    ],
)
def test_what_is_right_is_said_too(findings: Doctor, environment: dict[str, str], praise: str) -> None:
    found = findings(environment)
    assert praise in states(found, "ok")
    assert states(found, "wrong") == ""
    assert "hunter2" not in states(found, "ok")


def test_given_stores_are_asked(findings: Doctor, stores: Stores) -> None:
    right = findings(stores.environment())
    assert "Postgres 18 with pgvector" in states(right, "ok")
    assert "Redis answers" in states(right, "ok")
    assert states(right, "wrong") == ""
    parts = urlsplit(stores.database_url)
    wrong_password = urlunsplit(parts._replace(netloc=f"tendero:wrong@127.0.0.1:{parts.port}"))
    wrong = states(findings({**stores.environment(), "DATABASE_URL": wrong_password}), "wrong")
    assert 'in: password authentication failed for user "tendero"' in wrong
    assert stores.redis_url is not None
    closed = urlunsplit(
        urlsplit(stores.redis_url)._replace(netloc=f":wrong@127.0.0.1:{urlsplit(stores.redis_url).port}")
    )
    assert "refuses the password" in states(findings({**stores.environment(), "REDIS_URL": closed}), "wrong")


def test_a_port_of_another_program_is_told(findings: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        wrong = states(findings({"TENDERO_PORT": port}), "wrong")
    assert f"port {port} is taken by another program. make up ARGS='--port 0'" in wrong


def test_a_data_folder_that_is_a_file_is_told(findings: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file, not a folder" in states(findings({}, tmp_path / "file"), "wrong")


def test_commands_find_the_address_that_was_given_then_the_running_one_then_the_configured_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENDERO_PUBLIC_URL", "https://bot.example.com")
    folder = tmp_path / "data"
    assert backend_url(folder) == "http://127.0.0.1:8000"
    monkeypatch.setenv("TENDERO_PORT", "8123")
    assert backend_url(folder) == "http://127.0.0.1:8123"
    monkeypatch.setenv("TENDERO_BACKEND_URL", "http://backend:8000")
    assert backend_url(folder) == "http://backend:8000"
    owner = DataFolder(folder)
    owner.take()
    owner.publish({"TENDERO_BACKEND_URL": "http://127.0.0.1:41234"})
    assert backend_url(folder) == "http://127.0.0.1:41234"
    assert backend_url(folder, "http://127.0.0.1:7/") == "http://127.0.0.1:7"
    owner.release()
    assert backend_url(folder) == "http://backend:8000"

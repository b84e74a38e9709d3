"""`make up`: a whole installation on this machine under one supervisor."""

import json
import os
import shutil
from pathlib import Path

import click

from backend.cli.installation import data_folder, load_settings
from backend.cli.seed import known_businesses, seed_files
from backend.embedded.errors import StoreError
from backend.embedded.ports import free_port, port_is_free
from backend.embedded.processes import exit_on_signals
from backend.embedded.stores import Stores, embedded_stores
from backend.embedded.supervisor import Command, Supervisor, python
from backend.embedded.surroundings import outer_environment
from backend.migrated import is_migrated

_PORT = click.IntRange(0, 65535)
_THINKING, _IN_NO_HURRY = 5, 10
"""How far they give way: a provider's webhook must be answered while the agent thinks."""
_EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104


@click.command()
@click.option("--port", default=None, type=_PORT, help="Port of the backend; 0 takes a free one (TENDERO_PORT, 8000).")
@click.option("--agent-port", default=8001, show_default=True, type=_PORT, help="Port of the agent; 0: a free one.")
@click.option(
    "--apis",
    default=1,
    show_default=True,
    type=click.IntRange(1, 16),
    help="Processes of the backend, and as many for the agents.",
)
@click.option("--agents", default=1, show_default=True, type=click.IntRange(0, 16), help="Processes of the agent.")
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="YAML file, or folder of them, of businesses to make if they do not exist yet.",
)
@click.option("--data-dir", type=click.Path(path_type=Path), default=None, help="Data folder (TENDERO_DATA_DIR).")
@click.option("--redis/--no-redis", default=True, help="Without: slower bell, background jobs in the dispatcher.")
@click.option("--fsync/--no-fsync", default=True, help="Leave fsync on, except for throw-away data.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON with addresses and tokens when ready.")
def up(
    port: int | None,
    agent_port: int,
    apis: int,
    agents: int,
    seeds: tuple[Path, ...],
    data_dir: Path | None,
    redis: bool,
    fsync: bool,
    as_json: bool,
) -> None:
    """Run everything: stores, backend, dispatcher, worker and agent. Ctrl-C stops it."""
    report = _quiet if as_json else click.echo
    folder = data_folder(data_dir)
    try:
        with (
            exit_on_signals(),
            embedded_stores(folder, fsync=fsync, redis=redis, own=True, report=report) as stores,
            Supervisor(folder / "logs", report=report) as supervisor,
        ):
            backend_port = _port(_configured_port() if port is None else port, "--port")
            house = Installation(stores, folder, backend_port, _port(agent_port, "--agent-port"))
            house.start(supervisor, apis=apis, agents=agents)
            seed_files(house.url, house.settings.platform_token, list(seeds), folder)
            if as_json:
                click.echo(json.dumps(house.describe(supervisor, folder)))
            else:
                house.welcome(folder)
            supervisor.run(heal=stores.heal)
    except StoreError as error:
        raise click.ClickException(str(error)) from None


class Installation:
    """Settings and commands of the processes that make up one installation."""

    def __init__(self, stores: Stores, folder: Path, port: int, agent_port: int) -> None:
        given = outer_environment()
        host = given.get("TENDERO_HOST") or "127.0.0.1"
        self.url = f"http://{'127.0.0.1' if host in _EVERY_ADDRESS else host}:{port}"
        self.agent_url = f"http://127.0.0.1:{agent_port}"
        self._port, self._agent_port, self._internal_port = port, agent_port, free_port()
        self._internal_url = f"http://127.0.0.1:{self._internal_port}"
        self._stores = stores
        self.environment = {
            **stores.environment(),
            "TENDERO_DATA_DIR": str(folder.absolute()),
            "TENDERO_PORT": str(port),
            "TENDERO_AGENT_URL": self.agent_url,
            "TENDERO_PUBLIC_URL": given.get("TENDERO_PUBLIC_URL") or self.url,
        }
        os.environ.update(self.environment)
        self.settings = load_settings()
        self.environment["TENDERO_SECRET_KEY"] = self.settings.secret_key.get_secret_value()
        figures = given.get("PROMETHEUS_MULTIPROC_DIR") or _empty(folder / "figures")
        self._counting = self.environment | {"PROMETHEUS_MULTIPROC_DIR": figures}
        """For all processes of the backend: a scrape of one tells of all."""

    def start(self, supervisor: Supervisor, *, apis: int, agents: int) -> None:
        """Migrate, start every process at once, wait until all are ready, and tell other commands where they are."""
        if not is_migrated(self.settings):
            supervisor.run_once(Command("migrate", python("-m", "backend", "migrate"), self.environment))
        numbers, shared = range(1, apis + 1), apis > 1
        commands = [self._backend(number, shared=shared) for number in numbers]
        if agents:
            commands += [self._internal(number, shared=shared) for number in numbers]
        commands.append(Command("dispatcher", python("-m", "backend", "dispatch"), self._counting))
        if self._stores.redis_url is not None:
            commands.append(Command("worker", python("-m", "backend", "work"), self._counting, nice=_IN_NO_HURRY))
        supervisor.start(*commands, *(self._agent(number) for number in range(1, agents + 1)))
        self._stores.publish(
            {
                "TENDERO_BACKEND_URL": self.url,
                "TENDERO_AGENT_URL": self.agent_url,
                "TENDERO_PUBLIC_URL": self.environment["TENDERO_PUBLIC_URL"],
                "TENDERO_SERVICE_TOKEN": self.settings.service_token,
            }
        )

    def _backend(self, number: int, *, shared: bool) -> Command:
        argv = _serve(self._port, shared=shared)
        return Command(_name("backend", number), argv, self._counting, f"{self.url}/health/ready", address=self.url)

    def _internal(self, number: int, *, shared: bool) -> Command:
        """The same program for the agents alone: what they ask for in bursts never stands before a webhook."""
        url = self._internal_url
        argv = _serve(self._internal_port, shared=shared)
        environment = self._counting | {"TENDERO_HOST": "127.0.0.1"}
        name = _name("backend-internal", number)
        return Command(name, argv, environment, f"{url}/health/ready", address=url, nice=_THINKING)

    def _agent(self, number: int) -> Command:
        port = self._agent_port if number == 1 else free_port()
        address = f"http://127.0.0.1:{port}"
        environment = self.environment | {
            "TENDERO_HOST": "127.0.0.1",
            "TENDERO_BACKEND_URL": self._internal_url,
            "TENDERO_SERVICE_TOKEN": self.settings.service_token,
        }
        argv = python("-m", "agent", "serve", "--port", str(port))
        return Command(
            _name("agent", number), argv, environment, f"{address}/health/ready", address=address, nice=_THINKING
        )

    def describe(self, supervisor: Supervisor, folder: Path) -> dict[str, object]:
        """What a program that started this installation needs to talk to it."""
        return {
            "backend": self.url,
            "agent": self.agent_url,
            "platform_token": self.settings.platform_token,
            "service_token": self.settings.service_token,
            "database_url": self.environment["DATABASE_URL"],
            "agent_database_url": self.environment["AGENT_DATABASE_URL"],
            "redis_url": self.environment.get("REDIS_URL"),
            "businesses": known_businesses(folder),
            "pids": supervisor.pids(),
        }

    def welcome(self, folder: Path) -> None:
        """Addresses, and what to do next."""
        click.echo("\nTendero is up.")
        click.echo(f"  API         {self.url}/schema\n  Agent       {self.agent_url}\n  Logs        {folder / 'logs'}")
        names = ", ".join(business["name"] for business in known_businesses(folder))
        click.echo(f"  Businesses  {names or 'none yet: make one with python -m backend seed FILE.yaml'}")
        if self.settings.smtp_url is None:
            click.echo("  Letters     are kept here, as TENDERO_SMTP_URL is not set: python -m backend mails")
        if names:
            click.echo("\nIn another terminal: make chat (write to a business), make inbox (answer as a person).")
        click.echo("Ctrl-C stops everything.")


def _serve(port: int, *, shared: bool) -> list[str]:
    return python("-m", "backend", "serve", "--port", str(port), *(["--shared"] if shared else []))


def _empty(folder: Path) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return str(folder.absolute())


def _name(kind: str, number: int) -> str:
    return kind if number == 1 else f"{kind}-{number}"


def _quiet(line: str) -> None:
    """What happens is told by the JSON line alone."""


def _configured_port() -> int:
    given = outer_environment().get("TENDERO_PORT") or "8000"
    if not given.isdigit():
        raise StoreError(f"TENDERO_PORT is not a port: {given}\nMend: set it to a number such as 8000 in .env")
    return int(given)


def _port(port: int, option: str) -> int:
    if port == 0:
        return free_port()
    if not port_is_free(port):
        raise StoreError(f"Port {port} is taken by another program.\nMend: make up ARGS='{option} 0'   (a free port)")
    return port

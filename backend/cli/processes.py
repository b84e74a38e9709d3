"""The commands that are processes of an installation: one terminal, container or unit each."""

import click

from backend.cli import load_settings


@click.command()
@click.option("--host", default=None, help="Address to listen on (TENDERO_HOST).")
@click.option("--port", default=None, type=int, help="Port; 0 takes a free one (TENDERO_PORT).")
@click.option("--shared", is_flag=True, help="Let several of these processes listen on the same port.")
def serve(host: str | None, port: int | None, shared: bool) -> None:
    """Serve the API and the webhooks."""
    from backend.app import create_app
    from backend.serving import serve as listen

    chosen = load_settings()
    listen(create_app(chosen), host or chosen.host, chosen.port if port is None else port, shared=shared)


@click.command()
def dispatch() -> None:
    """Send what is in the outbox, and do everything else that is due."""
    from backend.dispatcher import run_dispatcher

    run_dispatcher(load_settings())


@click.command()
def work() -> None:
    """Run heavy background jobs (rq). Needs Redis; without it the dispatcher's process runs them."""
    from backend.worker import run_worker

    run_worker(load_settings())


@click.command()
def migrate() -> None:
    """Make roles, databases and tables, or bring them to the newest form. Safe to run again."""
    from backend.migrate import migrate as run

    run(load_settings())
    click.echo("The database is up to date.")


@click.command()
@click.argument("url")
def ready(url: str) -> None:
    """Exit with 0 if the process at URL is ready: the health check of a container."""
    from backend.embedded.supervisor import answers

    if not answers(f"{url.rstrip('/')}/health/ready"):
        raise click.ClickException(f"{url} is not ready")

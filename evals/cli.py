"""The commands of the evals. `python -m evals COMMAND --help` explains each."""

import asyncio

import click
from rich.console import Console

from evals.lifeline import die_with_parent, scratch_folder
from evals.world.installation import InstallationFailed


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """The twin world: the demo, the suites, the benchmarks."""
    die_with_parent()


@main.command()
@click.option("--keep", is_flag=True, help="Keep the data folder and its logs afterwards.")
def demo(keep: bool) -> None:
    """Play the main job with two businesses, then check what the database holds."""
    from evals.demo.play import play

    try:
        with scratch_folder("demo", keep=keep) as folder:
            passed = asyncio.run(play(folder, Console(highlight=False)))
    except InstallationFailed as failure:
        raise click.ClickException(f"the installation did not start:\n{failure}") from None
    raise SystemExit(0 if passed else 1)

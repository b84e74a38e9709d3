"""A chat in the terminal: a line is typed below while others write above it."""

import contextlib
import sys
import threading
from collections.abc import Callable

import click

try:
    from readline import get_line_buffer
except ImportError:

    def get_line_buffer() -> str:
        """Without readline what was typed cannot be shown again."""
        return ""


_POLL_SECONDS = 0.8
_AFTER_TROUBLE_SECONDS = 3.0
_PROMPT = "> "
_CLEAR_LINE = "\r\033[K"


def converse(listen: Callable[[], None], say: Callable[[str], bool]) -> None:
    """Calls `listen` every 0.4 s, which shows what came in with `show`, and `say` with each typed line that is not
    empty, until that answers False or the input ends (Ctrl-D, Ctrl-C). What either raises as a `ClickException` is
    shown, and the chat goes on.
    """
    over = threading.Event()

    def keep_listening() -> None:
        trouble = ""
        while not over.wait(_AFTER_TROUBLE_SECONDS if trouble else _POLL_SECONDS):
            try:
                listen()
                trouble = ""
            except click.ClickException as error:
                if error.message != trouble:
                    show(error.message)
                trouble = error.message

    threading.Thread(target=keep_listening, daemon=True).start()
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            line = input(_PROMPT).strip()
            try:
                if line and not say(line):
                    break
            except click.ClickException as error:
                click.echo(error.message)
    over.set()


def show(text: str) -> None:
    """Puts `text` above the line that is being typed, which stays as it is."""
    if not sys.stdin.isatty():
        click.echo(text)
        return
    click.echo(f"{_CLEAR_LINE}{text}\n{_PROMPT}{get_line_buffer()}", nl=False)


def bubble(who: str, text: str, colour: str) -> str:
    """A message as it is shown: the author, and below it the text, indented."""
    indented = text.strip().replace("\n", "\n  ")
    return f"{click.style(who, fg=colour, bold=True)}\n  {indented}"

"""Reading a run that was saved with `--json`."""

import json
from pathlib import Path

from pydantic import ValidationError

from evals.reporting.document import SCHEMA, RunDocument


class RunUnreadable(Exception):
    """A file is no run that can be read; the text names it, says why, and what to do."""


def read_run(file: Path) -> RunDocument:
    """The run in a file. Raises `RunUnreadable`."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as failure:
        raise RunUnreadable(f"{file}: {failure.strerror or 'cannot be read'}") from None
    except (ValueError, RecursionError):
        raise RunUnreadable(f"{file}: is no JSON; a run is saved with: evals run --json {file.name}") from None
    if not isinstance(document, dict) or "results" not in document:
        raise RunUnreadable(f"{file}: is no run of a suite; one is saved with: evals run --json FILE")
    schema = document.get("schema")
    if schema != SCHEMA:
        was = f"is of the schema {schema!r:.60}" if schema else "is from before runs had a schema"
        raise RunUnreadable(f"{file}: {was}, this version reads {SCHEMA}; play the suite again with --json")
    try:
        run = RunDocument.model_validate(document)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        more = f" (and {wrong.error_count() - 1} more)" if wrong.error_count() > 1 else ""
        told = f"{file}: {place}: {first['msg']}{more}; it was cut or edited, save the run again"
        raise RunUnreadable(told) from None
    if not run.results:
        raise RunUnreadable(f"{file}: holds no result, so there is nothing to report")
    return run

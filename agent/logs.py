"""Structured logs: JSON lines on stderr, event `noun.verb`, ids only; never a body, a phone number or a secret."""

import logging
import sys
from types import TracebackType

import structlog


def configure_logs() -> None:
    """Once a process. Libraries speak from WARNING on, without their messages' arguments being ours to vouch for."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format='{"event": "library.warned", "logger": "%(name)s"}'
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def where(error: BaseException) -> list[str]:
    """The last frames of a traceback, `file.py:12`, without the message, which may hold a customer's words."""
    frames: list[str] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-6:]

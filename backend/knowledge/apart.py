"""Reading a document in a process of its own, with an end to its time and its memory.

Files are made by strangers, and their readers are large: what crashes, hangs or swells is this process, which knows no
secret and is over with the document. `python -m backend.knowledge.apart` reads a line of JSON and the file behind it,
and answers in lines of JSON: {"page", "of"} while it goes on, at last {"passages", ...} or {"unreadable"}.
"""

import asyncio
import contextlib
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path

from backend.knowledge.blocks import Unreadable
from backend.knowledge.passages import Passage

SECONDS = 120
"""Of the processor; waiting for it may take as many again."""
_BYTES = 1024**3
_LINE_BYTES = 64 * 1024**2
_NICE = 10
_ROOT = Path(__file__).parents[2]
_TOO_MUCH = "It takes too long or too much memory to read: print it to a new PDF, or split it, and upload that."


@dataclass(frozen=True, slots=True)
class Found:
    """What a document holds."""

    passages: list[Passage]
    characters: int
    pages: int | None
    silent: int
    """Pages without text."""
    language: str


async def read_apart(
    content: bytes,
    kind: str,
    *,
    caption: str = "",
    otherwise: str = "es",
    progress: Callable[[int, int], None] = lambda page, of: None,
    seconds: int = SECONDS,
    most_bytes: int = _BYTES,
) -> Found:
    """The passages of a file. `otherwise` is the language of one whose words do not tell. Raises `Unreadable`."""
    head = {"kind": kind, "caption": caption, "otherwise": otherwise, "seconds": seconds, "bytes": most_bytes}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend.knowledge.apart"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={},
        limit=_LINE_BYTES,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    told: dict[str, object] = {}
    try:
        async with asyncio.timeout(2 * seconds):
            feeding = asyncio.create_task(_feed(child.stdin, json.dumps(head).encode() + b"\n" + content))
            async for line in child.stdout:
                told = json.loads(line)
                if "page" in told:
                    progress(int(str(told["page"])), int(str(told["of"])))
            await feeding
            await child.wait()
    except (TimeoutError, ValueError):
        raise Unreadable(_TOO_MUCH) from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if "unreadable" in told:
        raise Unreadable(str(told["unreadable"]))
    if child.returncode != 0 or "passages" not in told:
        raise Unreadable(_TOO_MUCH)
    return _found(told)


async def _feed(stdin: asyncio.StreamWriter, content: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # it has ended already: what it said counts
        stdin.write(content)
        await stdin.drain()
        stdin.close()


def _found(told: dict[str, object]) -> Found:
    passages: list[Passage] = []
    rows = told.pop("passages")
    assert isinstance(rows, list)
    for body, headings, page, last_page in rows:
        passages.append(Passage(body, tuple(headings), page, last_page))
    return Found(passages, **told)  # type: ignore[arg-type]


def main() -> None:
    """The other side."""
    from backend.knowledge.language import language_of
    from backend.knowledge.passages import passages
    from backend.knowledge.reading import read

    os.nice(_NICE)
    head = json.loads(sys.stdin.buffer.readline())
    resource.setrlimit(resource.RLIMIT_CPU, (head["seconds"], head["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and refuses it
        resource.setrlimit(resource.RLIMIT_AS, (head["bytes"], head["bytes"]))
    sys.setrecursionlimit(3000)
    try:
        reading = read(sys.stdin.buffer.read(), head["kind"], head["caption"], _tell_progress)
        found = passages(reading.blocks)
    except Unreadable as refusal:
        _tell({"unreadable": str(refusal)})
        return
    except (MemoryError, RecursionError):
        _tell({"unreadable": _TOO_MUCH})
        return
    text = "\n".join(block.text for block in reading.blocks)
    _tell(
        {
            "passages": [astuple(one) for one in found],
            "characters": len(text),
            "pages": reading.pages,
            "silent": reading.silent,
            "language": language_of(text, head["otherwise"]),
        }
    )


def _tell_progress(page: int, of: int) -> None:
    if page % 20 == 0 and page < of:
        _tell({"page": page, "of": of})


def _tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

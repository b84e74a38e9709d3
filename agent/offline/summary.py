"""The running summary without a model: what the customer said and what was settled, cut to size."""

import re

TITLE = "# Running summary of a WhatsApp conversation"
LIMIT = re.compile(r"At most (\d+) characters")
LINE_CHARACTERS = 160
SETTLED = ("confirm", "listo", "pronto", "done", "código", "code", "total")


def is_summary_prompt(page: str) -> bool:
    return page.lstrip().startswith(TITLE)


def summarise(page: str, transcript: str) -> str:
    """`page` is the rendered `prompts/vendor/summary.md`, `transcript` the lines that leave (`customer: …`, `we: …`).

    The newest lines win; a line is kept once.
    """
    found = LIMIT.search(page)
    limit = int(found[1]) if found else 1500
    previous = page.rpartition("## Summary so far")[2].strip()
    lines = [] if previous == "(none)" else previous.splitlines()
    for line in transcript.splitlines():
        author, _, text = line.partition(": ")
        if (author == "customer" and text.strip()) or (author == "we" and _settled(text)):
            lines.append(f"- {author}: {text.strip()[:LINE_CHARACTERS]}")
    kept: list[str] = []
    for line in reversed(list(dict.fromkeys(lines))):
        if sum(map(len, kept)) + len(kept) + len(line) > limit:
            break
        kept.insert(0, line)
    return "\n".join(kept) or "- (nothing to remember)"


def _settled(text: str) -> bool:
    return any(word in text.lower() for word in SETTLED)

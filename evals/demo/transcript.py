"""Chats printed as a person would like to read them, with what happened behind each answer."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

Json = dict[str, Any]
_WIDTH = 66
_EVIDENCE_SHOWN = 4


class Transcript:
    """Prints one chat: the customer on the left, the business on the right."""

    def __init__(self, console: Console, business: str, customer: str, timezone: str) -> None:
        self._console = console
        self._business = business
        self._customer = customer
        self._zone = ZoneInfo(timezone)

    def customer(self, body: str, at: datetime) -> None:
        """A message of the customer."""
        panel = Panel(Text(body), title=self._title(self._customer, at), title_align="left", width=_WIDTH)
        self._console.print(panel)

    def business(self, body: str, at: datetime, who: str) -> None:
        """A message of the business: by the agent, a person, or a fixed notice."""
        title = self._title(f"{self._business} · {who}", at)
        style = {"agent": "green", "person": "yellow"}.get(who, "cyan")
        panel = Panel(_whatsapp(body), title=title, title_align="left", width=_WIDTH, border_style=style)
        self._console.print(Padding(panel, (0, 0, 0, 12)))

    def behind(self, reasons: Json, waited: float) -> None:
        """Tools, evidence and time of the turn that wrote the last answer."""
        for call in reasons["tool_calls"]:
            mark = "[red]failed[/]" if call.get("failed") else f"{call.get('ms', 0):.0f} ms"
            self._line(f"[bold]{call['name']}[/]({escape(_arguments(call.get('arguments', {})))})  {mark}")
        for draft in reasons["rejected"]:
            self._line(f"[red]draft stopped:[/] {escape('; '.join(draft.get('faults', []))[:160])}")
        shown = _supported(reasons)
        for line in shown[:_EVIDENCE_SHOWN]:
            self._line(line)
        if len(shown) > _EVIDENCE_SHOWN:
            self._line(f"and {len(shown) - _EVIDENCE_SHOWN} more supported figures")
        turn = reasons["turn"]
        self._line(f"[dim]{_times(turn, waited)}[/]")
        self._console.print()

    def note(self, text: str) -> None:
        """Something that happened outside the chat."""
        self._console.print(Padding(Text(f"— {text} —", style="dim italic"), (0, 0, 1, 4)))

    def _line(self, markup: str) -> None:
        self._console.print(Padding(f"[dim]·[/] {markup}", (0, 0, 0, 14)))

    def _title(self, who: str, at: datetime) -> str:
        return f"{escape(who)} [dim]{at.astimezone(self._zone):%a %H:%M:%S}[/]"


def _whatsapp(body: str) -> Text:
    """WhatsApp's *bold* as bold."""
    text = Text()
    for number, part in enumerate(body.split("*")):
        text.append(part, style="bold" if number % 2 else "")
    return text


def _arguments(arguments: Json) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in arguments.items() if value is not None)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 48 else f"{text[:45]}…"


def _supported(reasons: Json) -> list[str]:
    sources = {item["id"]: item for item in reasons["evidence"]}
    lines = []
    for claim in reasons["claims"]:
        item = sources.get(claim["evidence_id"] or "")
        if item is not None:
            subject = item["subject"].get("name") or item["subject"]["type"]
            lines.append(
                f"[green]✓[/] “{escape(claim['quote'])}” ← {item['kind']} of {escape(subject)} ({item['source']})"
            )
        elif claim["support"]:
            lines.append(f"[green]✓[/] “{escape(claim['quote'])}” ← {_SUPPORT.get(claim['support'], claim['support'])}")
    return list(dict.fromkeys(lines))


_SUPPORT = {
    "evidence": "read in an earlier turn, still valid",
    "customer": "the customer's own words",
    "fact": "a fact the business vouches for",
    "playbook": "playbook",
}


def _times(turn: Json, waited: float) -> str:
    claimed, replied = turn["claimed_at"], turn["replied_at"]
    if not claimed or not replied:
        return f"answered after {waited:.1f} s"
    quiet = (datetime.fromisoformat(claimed) - datetime.fromisoformat(turn["created_at"])).total_seconds()
    work = (datetime.fromisoformat(replied) - datetime.fromisoformat(claimed)).total_seconds()
    return f"answered after {waited:.1f} s: {quiet:.1f} s listening for more, {work:.2f} s work"

"""The waiting list: joining it when no free time suits, and leaving it."""

import re
from typing import Any

from agent.offline.booking import book, named
from agent.offline.reading import Step
from agent.offline.slots import when
from agent.offline.talk import Talk
from agent.offline.text import fold

NONE_OF_THEM = re.compile(
    r"\b(?:ningun\w*|nenhum\w*|none|neither|nada de eso|no me (?:queda|sirve|acomoda|viene|va)|"
    r"nao (?:me )?(?:serve|da|encaixa)|(?:does not|do not|doesn t|don t) work)\b"
)


def join(talk: Talk) -> str:
    """Wait for the time that was asked for last, or for what these words name."""
    last = _last_search(talk)
    services = named(talk, talk.text)
    service = str(services[0]["name"]) if len(services) == 1 else last and str(last.arguments.get("service") or "")
    words = when(talk.text, talk.phrases) or (last and str(last.arguments["when"]))
    if not service or not words:
        return book(talk)
    staff = last.arguments.get("staff") if last else None
    done = talk.use("join_waiting_list", service=service, when=words, staff=staff)
    if done.failed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    card = done.result
    if card.get("status") != "joined":
        return f"{talk.say('when_unclear')} {talk.say('ask_when')}"
    day = {"spoken": card["spoken"], "day": _moment(card)}
    return talk.say("waiting", service=card["service"], with_staff=talk.with_staff(card), spoken=talk.moment(day))


def leave(talk: Talk) -> str:
    """Wait no longer."""
    done = talk.use("leave_waiting_list")
    if done.failed:
        return f"{talk.say('problem')} {talk.say('ask_person')}"
    return talk.say("not_waiting" if done.result.get("status") == "left" else "never_waited")


def suits_nothing(talk: Talk) -> bool:
    """Whether a no turns down what was offered instead of an hour that somebody else has."""
    searches = talk.last.results("find_and_hold_slot")
    taken = bool(searches) and searches[-1].result.get("reason") == "taken"
    none = NONE_OF_THEM.search(fold(talk.text)) is not None
    return taken and none and talk.asked == "ask_slot" and talk.can("join_waiting_list")


def offer(talk: Talk) -> str:
    """Ask whether they want to wait."""
    return talk.say("ask_wait")


def _last_search(talk: Talk) -> Step | None:
    found = [step for turn in talk.thread.past for step in turn.results("find_and_hold_slot")]
    unmet = [step for step in found if step.result.get("status") == "unavailable"]
    return unmet[-1] if unmet and "booking_code" not in unmet[-1].arguments else None


def _moment(card: dict[str, Any]) -> str:
    return f"{card['first_day']}T{card['from']}" if card.get("from") else str(card["first_day"])

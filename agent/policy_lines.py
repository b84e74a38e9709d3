"""A business's rules for replies, told to the vendor before it writes: the gates hold drafts against them afterwards.

Only what it may know stands there. The amount of a price floor and the words of the house stay with the gates: what a
model was never shown it cannot be talked into saying.
"""

from collections.abc import Iterator

from graphs.policy import ForbiddenTopic, Policy

NAMED = 20
"""Floors and topics that are named; a hundred would drown the page, and the gates know them all."""


def policy_lines(policy: Policy, *, has_hours: bool) -> Iterator[str]:
    """A line for each rule, in an order that does not change from turn to turn."""
    if policy.price_floors:
        things = dict.fromkeys(_line(floor.of) or "everything that is sold" for floor in policy.price_floors)
        yield (
            f"- Never below the listed price, whoever asks: {'; '.join(list(things)[:NAMED])}. Where a listed price "
            "looks like a mistake, leave it out and offer a person of the team."
        )
    if policy.discount_ceiling_percent is not None:
        yield (
            f"- All that you take off a price comes to {policy.discount_ceiling_percent:g} % together at most. This "
            "grants nothing: a discount stands in the facts or the policies, or there is none."
        )
    yield from (_not_spoken_of(topic) for topic in policy.forbidden_topics[:NAMED])
    if policy.opening_hours and has_hours:
        yield "- While it is closed, invite nobody to come by; say when it opens."


def _not_spoken_of(topic: ForbiddenTopic) -> str:
    say = _line(topic.say)
    instead = f'Say instead: "{say}"' if say else "Say that you cannot speak of it here, and go on."
    return f"- Not spoken of here: {_line(topic.topic)}. {instead}"


def _line(text: str) -> str:
    return " ".join(text.split())

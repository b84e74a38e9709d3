"""Which language a reply should be in."""

from collections.abc import Sequence

from graphs.claims.text import Words
from graphs.language import language_spoken
from graphs.ports import TurnContext


def language_of(customer_words: Sequence[Words], context: TurnContext) -> str:
    """es, pt or en: what the customer writes, else what they are known to speak, else the business's."""
    written = language_spoken([words.text for words in customer_words])
    known = (context.customer.locale or context.business.locale or "en")[:2].lower()
    return written or (known if known in ("es", "pt", "en") else "en")

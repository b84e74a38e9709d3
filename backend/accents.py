"""Letters without what stands above and below them."""

import unicodedata


def without_accents(text: str) -> str:
    """`Pingüino` as `Pinguino`. Compatibility forms become plain ones: `½ ﬁ` is `1⁄2 fi`."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))

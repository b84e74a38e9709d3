"""The reference: plain BM25 as Lucene has it by default, over the title twice and the description."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from agent.search.asking import Text

K1, B = 1.2, 0.75
WORD = re.compile(r"\w+")


class Bm25:
    """Robertson & Zaragoza 2009, idf as Lucene writes it; words in lower case, no stemming, no stop words."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        for place, text in enumerate(texts):
            counts = Counter(_words(text.title) * 2 + _words(text.body))
            self._lengths.append(counts.total())
            for word, count in counts.items():
                self._postings[word].append((place, count))
        self._usual = sum(self._lengths) / max(len(texts), 1)

    def find(self, query: str, limit: int = 10) -> list[int]:
        """Places of the texts, best first."""
        scores: dict[int, float] = defaultdict(float)
        for word in _words(query):
            postings = self._postings.get(word, [])
            rare = math.log(1 + (len(self._lengths) - len(postings) + 0.5) / (len(postings) + 0.5))
            for place, count in postings:
                length = K1 * (1 - B + B * self._lengths[place] / self._usual)
                scores[place] += rare * count / (count + length)
        return sorted(scores, key=lambda place: (-scores[place], place))[:limit]


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())

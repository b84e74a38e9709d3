"""What the words of a query may mean in one tenant's catalog: as written, as they sound, or what they look like."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from rapidfuzz.distance import OSA

from agent.search.ranking import Meaning, Term
from agent.search.words import grams, sound

MOST_MEANINGS = 4
LOOKED_AT = 60
SHORTEST_GUESSED = 4
LEAST_LIKENESS = 0.72
BY_SOUND, BY_BEGINNING, BY_LOOKS = 0.95, 0.8, 0.9

KNOWN = "SELECT stem, sound, products FROM search_words WHERE tenant = %s AND sound = ANY(%s)"
ALIKE = """
SELECT stem, sound, products FROM search_words
WHERE grams && %(grams)s::bigint[]
ORDER BY cardinality(ARRAY(SELECT unnest(grams) INTERSECT SELECT unnest(%(grams)s::bigint[]))) DESC, products DESC
LIMIT %(most)s
"""


async def understand(connection: AsyncConnection[DictRow], tenant: int, stems: Sequence[str]) -> list[Term]:
    """One term a distinct stem, in order; a term without meanings is a word that the shop does not know."""
    distinct = list(dict.fromkeys(stems))
    rows = await connection.execute(KNOWN, (tenant, [sound(stem) for stem in distinct]))
    by_sound: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await rows.fetchall():
        by_sound[row["sound"]].append(row)
    terms: list[Term] = []
    for stem in distinct:
        meanings = [
            Meaning(row["stem"], 1.0 if row["stem"] == stem else BY_SOUND, row["products"])
            for row in by_sound[sound(stem)]
        ]
        if not meanings and len(stem) >= SHORTEST_GUESSED and not any(char.isdigit() for char in stem):
            meanings = await _alike(connection, tenant, sound(stem))
        terms.append(Term(stem, tuple(sorted(meanings, key=lambda each: -each.likeness)[:MOST_MEANINGS])))
    return terms


async def _alike(connection: AsyncConnection[DictRow], tenant: int, asked: str) -> list[Meaning]:
    """Words within an edit or two; a word that only begins like the asked one counts less."""
    rows = await connection.execute(ALIKE, {"grams": grams(tenant, asked), "most": LOOKED_AT})
    found: list[Meaning] = []
    for row in await rows.fetchall():
        likeness = OSA.normalized_similarity(asked, row["sound"])
        if likeness >= LEAST_LIKENESS:
            found.append(Meaning(row["stem"], likeness * BY_LOOKS, row["products"]))
        elif row["sound"].startswith(asked):
            found.append(Meaning(row["stem"], BY_BEGINNING, row["products"]))
    return found

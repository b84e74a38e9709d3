"""Public holidays by country and subdivision, from the `holidays` package.

The package costs 0.2 s and 25 MB, and each country a little more: it is loaded on first use, in a thread, and what it
said of a year is kept.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from backend.errors import Unprocessable
from backend.tenants.settings import PublicHolidays

EARLIEST, LATEST = 1990, 2100
"""Years that are asked for."""
MOST_KEPT = 1000
"""Years of places and languages."""
Year = Mapping[date, str]
_known: dict[tuple[PublicHolidays, str, int], Year] = {}


async def holidays_of(where: PublicHolidays | None, first: date, last: date, locale: str) -> dict[date, str]:
    """Names of the public holidays from `first` to `last`, in the language of `locale` where the package has it,
    else in English. None where no country is set, or where the package knows it no more."""
    found: dict[date, str] = {}
    if where is None:
        return found
    for year in range(max(first.year, EARLIEST), min(last.year, LATEST) + 1):
        key = (where, locale, year)
        if (kept := _known.get(key)) is None:
            kept = await asyncio.to_thread(_look_up, *key)
            if len(_known) >= MOST_KEPT:
                _known.clear()
            _known[key] = kept
        found |= {day: name for day, name in kept.items() if first <= day <= last}
    return found


async def expect_known(where: PublicHolidays | None) -> None:
    """Raises Unprocessable, with what there is, for a country or subdivision that the package does not know."""
    if where is None:
        return
    countries = await asyncio.to_thread(_countries)
    if where.country not in countries:
        raise Unprocessable(
            f"No public holidays are known for the country {where.country}; take one of `countries`.",
            type="holidays-unknown",
            countries=sorted(countries),
        )
    parts = countries[where.country]
    if where.subdivision is not None and where.subdivision not in parts:
        raise Unprocessable(
            f"{where.country} has no subdivision {where.subdivision}; take one of `subdivisions`, or none.",
            type="holidays-unknown",
            subdivisions=list(parts),
        )


def _look_up(where: PublicHolidays, locale: str, year: int) -> Year:
    import holidays

    if where.country not in _countries():
        return {}
    part = where.subdivision if where.subdivision in _countries()[where.country] else None
    spoken = holidays.country_holidays(where.country).supported_languages
    language = next((one for one in (locale.replace("-", "_"), *spoken) if one in spoken and one[:2] == locale[:2]), "")
    named = holidays.country_holidays(
        where.country, subdiv=part, years=year, language=language or ("en_US" if "en_US" in spoken else None)
    )
    return {day: " / ".join(named.get_list(day)) for day in sorted(named)}


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, tuple[str, ...]]:
    """Subdivisions by country, ISO 3166."""
    import holidays

    listed = holidays.list_supported_countries(include_aliases=False)
    return {country: tuple(parts) for country, parts in listed.items()}

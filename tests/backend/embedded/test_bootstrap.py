"""Setting up from a bare Python: what is wrong is said in one line, what mends it in the next."""

import ast
import contextlib
import errno
import hashlib
import io
import os
import shutil
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backend.embedded import bootstrap
from backend.embedded.diagnosis import SetupError, explain, require_space
from backend.embedded.install import install
from backend.embedded.uv_tool import fetch, locked_wheel, unpack

ROOT = Path(__file__).resolve().parents[3]


def two_lines(text: str) -> tuple[str, str]:
    """What is wrong, and the command after `Mend: `."""
    what, mend = text.strip().splitlines()
    assert mend.startswith("Mend: ")
    return what, mend.removeprefix("Mend: ")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the project's lock and nothing installed."""
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def wheel_server() -> Iterator[str]:
    """Serves one small wheel of `uv` whose program prints a version."""
    wheel = a_wheel()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/uv.whl" else 404)
            self.end_headers()
            if self.path == "/uv.whl":
                self.wfile.write(wheel)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def a_wheel() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("uv-1.0.0.data/scripts/uv", date_time=(2026, 1, 1, 0, 0, 0))
        archive.writestr(info, "#!/bin/sh\necho uv 1.0.0\n")
    return content.getvalue()


def test_the_script_is_readable_by_old_pythons() -> None:
    source = (ROOT / "backend" / "embedded" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 7))


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14)])
def test_a_wrong_python_is_told_what_to_install(
    version: tuple[int, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main([], version, str(tmp_path)) == 1
    what, mend = two_lines(capsys.readouterr().err)
    assert what.startswith("Tendero needs Python 3.11, 3.12 or 3.13; ")
    assert mend


def test_another_python_on_the_path_is_found_by_running_it(tmp_path: Path) -> None:
    broken, fitting = tmp_path / "python3.13", tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")
    fitting.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for program in (broken, fitting):
        program.chmod(0o755)
    assert bootstrap.other_python(str(tmp_path)) == str(fitting)


@pytest.mark.parametrize(
    ("release", "is_root", "command"),
    [
        ("bookworm", True, "apt-get install -y python3"),
        ("noble", False, "sudo apt-get install -y python3"),
        ("jammy", False, "sudo apt-get install -y python3.11"),
    ],
)
def test_the_advice_fits_the_machine(release: str, is_root: bool, command: str) -> None:
    assert bootstrap.advice(release, is_root, has_apt=True) == command


def test_a_finished_setup_is_not_done_again(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    environment = {"PATH": "/usr/bin:/bin", "https_proxy": "http://127.0.0.1:9"}
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path; "
        "from backend.embedded import install as i; r = Path(sys.argv[1]); (r / '.venv/bin').mkdir(parents=True); "
        "(r / '.venv/bin/python').touch(); (r / '.venv/bin/python').chmod(0o755); "
        'i._stamp_file(r).write_text(\'{"dev": "%s"}\' % i._fingerprint(r)); '
        "sys.exit(i.install(sys.argv[2:], r))",
        str(checkout),
    ]
    assert subprocess.run(command, env=environment).returncode == 0
    assert capfd.readouterr().out == ""


def test_no_network_is_said_with_its_remedy(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(empty))
    assert install([], checkout) == 1
    what, mend = two_lines(capsys.readouterr().err)
    assert what.startswith("No network: ")
    assert "export https_proxy=" in mend


def test_a_full_disk_is_said_before_anything_is_fetched(checkout: Path) -> None:
    with pytest.raises(SetupError) as full:
        require_space(checkout, free=lambda folder: 200_000_000)
    what, mend = two_lines(str(full.value))
    assert what.startswith("The disk is full: 0.2 GB are free ")
    assert "du -xh" in mend
    require_space(checkout, free=lambda folder: 5_000_000_000)


def test_a_folder_of_somebody_else_is_said_with_its_remedy(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / ".cache").write_text("a file where the cache should be")
    assert install([], checkout) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("printed", "what", "mend"),
    [
        ("error: No space left on device (os error 28)", "The disk is full", "free some space"),
        ("Caused by: invalid peer certificate: UnknownIssuer", "The certificate", "apt-get install -y ca-certificates"),
        ("error: Failed to fetch: x\n  Caused by: dns error", "No network", "https_proxy"),
        ("error: Hash mismatch for `numpy`", "A fetched package is not the locked one", "git checkout uv.lock"),
        (f"{os.strerror(errno.EACCES)} (os error 13)", "This user may not write", "chown"),
    ],
)
def test_what_uv_says_is_explained(printed: str, what: str, mend: str, tmp_path: Path) -> None:
    said = two_lines(explain(printed, tmp_path))
    assert said[0].startswith(what)
    assert mend in said[1]


def test_anything_else_keeps_its_last_lines(tmp_path: Path) -> None:
    said = explain("error: the moon is in the wrong house", tmp_path)
    assert "the moon is in the wrong house" in said
    assert said.splitlines()[-1].startswith("Mend: ")


@pytest.mark.parametrize(
    ("machine", "system", "tag"),
    [
        ("x86_64", "linux", "manylinux_2_17_x86_64"),
        ("aarch64", "linux", "manylinux_2_17_aarch64"),
        ("arm64", "darwin", "macosx_11_0_arm64"),
        ("x86_64", "darwin", "macosx_10_12_x86_64"),
    ],
)
def test_the_wheel_of_each_platform_is_in_the_lock(machine: str, system: str, tag: str) -> None:
    version, url, digest = locked_wheel(ROOT / "uv.lock", machine, system)
    assert f"uv-{version}-" in url
    assert tag in url
    assert len(digest) == 64


def test_a_platform_without_a_wheel_is_told_what_to_do() -> None:
    with pytest.raises(SetupError) as missing:
        locked_wheel(ROOT / "uv.lock", "pdp11", "linux")
    assert "no wheel of uv" in two_lines(str(missing.value))[0]


def test_the_fetched_program_is_checked_and_made_executable(wheel_server: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(a_wheel()).hexdigest()
    program = unpack(fetch(f"{wheel_server}/uv.whl", digest), tmp_path / "uv-1.0.0" / "uv")
    assert subprocess.check_output([str(program), "--version"], text=True) == "uv 1.0.0\n"
    assert [path.name for path in program.parent.iterdir()] == ["uv"]


def test_a_changed_file_is_refused(wheel_server: str) -> None:
    with pytest.raises(SetupError) as changed:
        fetch(f"{wheel_server}/uv.whl", "0" * 64)
    assert "checksum mismatch" in two_lines(str(changed.value))[0]


def test_a_server_without_the_file_counts_as_no_network(wheel_server: str) -> None:
    with pytest.raises(SetupError, match="the server answered 404"):
        fetch(f"{wheel_server}/other.whl", "0" * 64)


def test_missing_root_certificates_are_said_with_their_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with tls_server(tmp_path) as url, pytest.raises(SetupError) as untrusted:
        fetch(url, "0" * 64)
    what, mend = two_lines(str(untrusted.value))
    assert "lacks root certificates" in what
    assert "apt-get install -y ca-certificates" in mend


@contextlib.contextmanager
def tls_server(folder: Path) -> Iterator[str]:
    """A server whose certificate nobody has signed but itself."""
    certificate = folder / "own.pem"
    certificate.write_bytes(self_signed())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/uv.whl"
        server.shutdown()
        thread.join()


def self_signed() -> bytes:
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)

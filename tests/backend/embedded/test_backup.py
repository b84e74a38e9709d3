"""A backup brings both databases back, on another machine too, and never half."""

import json
import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from backend.embedded.archive import Manifest
from backend.embedded.backup import backup, backup_command, restore_command
from backend.embedded.errors import StoreError
from backend.embedded.restore import restore
from backend.embedded.secret_key import SecretKey
from backend.embedded.stores import Stores, embedded_stores
from tests.backend.embedded.conftest import Owner
from tests.conftest import SECRET_KEY

ROOT = Path(__file__).resolve().parents[3]
KEY = SecretKey("k" * 40, kept=False)


def fill(stores: Stores) -> None:
    with psycopg.connect(stores.database_url) as connection:
        connection.execute("CREATE TABLE chats (id int PRIMARY KEY, body text)")
        connection.execute("INSERT INTO chats SELECT n, 'mañana ' || n FROM generate_series(1, 50) AS n")
        connection.execute("GRANT SELECT ON chats TO tendero_app")
    with psycopg.connect(stores.agent_database_url) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        connection.execute("CREATE TABLE threads AS SELECT 1 AS id, '[1,2]'::vector AS place")


def chats(stores: Stores) -> int:
    with psycopg.connect(stores.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM chats").fetchone()
    assert row is not None
    return int(row[0])


def empty(stores: Stores) -> None:
    """As on a fresh machine: the same databases with nothing in them."""
    with psycopg.connect(stores.database_url) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with psycopg.connect(stores.agent_database_url) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def test_what_was_lost_comes_back(fresh_stores: Stores, tmp_path: Path) -> None:
    fill(fresh_stores)
    written = backup(fresh_stores, tmp_path / "backup.tar", key=KEY)
    assert written.database.rows["public.chats"] == 50
    assert written.agent_database.rows["public.threads"] == 1
    empty(fresh_stores)
    restored = restore(fresh_stores, tmp_path / "backup.tar", data_dir=tmp_path, key=KEY)
    assert restored == written
    assert chats(fresh_stores) == 50
    with psycopg.connect(fresh_stores.database_url) as connection:
        grantee = connection.execute("SELECT has_table_privilege('tendero_app', 'chats', 'SELECT')").fetchone()
    assert grantee == (True,)
    with psycopg.connect(fresh_stores.agent_database_url) as connection:
        assert connection.execute("SELECT place <-> '[1,2]' FROM threads").fetchone() == (0,)
    assert [path.name for path in tmp_path.iterdir()] == ["backup.tar"]


def test_the_files_of_businesses_come_back_with_their_rows(fresh_stores: Stores, tmp_path: Path) -> None:
    old, new, blob = tmp_path / "old", tmp_path / "new", f"{'a' * 32}/bb/{'b' * 32}"
    for name, content in ((blob, b"catalogo"), ("unfinished/half", b"cata"), ("secret", b"no file of ours")):
        (old / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (old / "files" / name).write_bytes(content)
    backup(fresh_stores, tmp_path / "backup.tar", key=KEY, data_dir=old)
    restore(fresh_stores, tmp_path / "backup.tar", data_dir=new, key=KEY, force=True)
    assert {path for path in new.rglob("*") if path.is_file()} == {new / "files" / blob}
    assert (new / "files" / blob).read_bytes() == b"catalogo"
    assert stat.S_IMODE((new / "files" / blob).stat().st_mode) == 0o600


def test_a_database_that_holds_rows_is_replaced_only_by_force(fresh_stores: Stores, tmp_path: Path) -> None:
    fill(fresh_stores)
    file = tmp_path / "backup.tar"
    backup(fresh_stores, file, key=KEY)
    with psycopg.connect(fresh_stores.database_url) as connection:
        connection.execute("INSERT INTO chats VALUES (51, 'later')")
    with pytest.raises(StoreError, match=r"is not empty: it holds \d+ rows.\nMend: .*--force"):
        restore(fresh_stores, file, data_dir=tmp_path, key=KEY)
    assert chats(fresh_stores) == 51
    restore(fresh_stores, file, data_dir=tmp_path, key=KEY, force=True)
    assert chats(fresh_stores) == 50


def test_a_database_in_use_is_left_alone(fresh_stores: Stores, tmp_path: Path) -> None:
    fill(fresh_stores)
    file = tmp_path / "backup.tar"
    backup(fresh_stores, file, key=KEY)
    with (
        psycopg.connect(fresh_stores.agent_database_url),
        pytest.raises(StoreError, match=r"_agent is in use\.\nMend: "),
    ):
        restore(fresh_stores, file, data_dir=tmp_path, key=KEY, force=True)


def test_a_backup_file_is_private_and_not_overwritten(fresh_stores: Stores, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    backup(fresh_stores, file, key=KEY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match=r"backup\.tar exists"):
        backup(fresh_stores, file, key=KEY)
    backup(fresh_stores, file, key=KEY, force=True)


def test_a_damaged_file_changes_nothing(fresh_stores: Stores, tmp_path: Path) -> None:
    fill(fresh_stores)
    file = tmp_path / "backup.tar"
    backup(fresh_stores, file, key=KEY)
    with tarfile.open(file) as tar:
        offset = tar.getmember("database.dump").offset_data
    content = bytearray(file.read_bytes())
    content[offset + 100] ^= 1
    damaged, cut, other = tmp_path / "damaged.tar", tmp_path / "cut.tar", tmp_path / "other.tar"
    damaged.write_bytes(content)
    cut.write_bytes(content[:700])
    other.write_text("not a tar")
    for bad, what in (
        (damaged, "is damaged"),
        (cut, "cut short"),
        (other, "not a backup"),
        (tmp_path / "x", "no backup"),
    ):
        with pytest.raises(StoreError, match=what):
            restore(fresh_stores, bad, data_dir=tmp_path, key=KEY, force=True)
    assert chats(fresh_stores) == 50


def test_rows_that_do_not_come_back_stop_the_restore_before_the_swap(fresh_stores: Stores, tmp_path: Path) -> None:
    fill(fresh_stores)
    file = tmp_path / "backup.tar"
    backup(fresh_stores, file, key=KEY)
    lying = tmp_path / "lying.tar"
    with tarfile.open(file) as source, tarfile.open(lying, "w") as target:
        for member in source.getmembers():
            content = source.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "manifest.json":
                manifest = Manifest.model_validate_json(data)
                manifest.database.rows["public.chats"] = 51
                data = manifest.model_dump_json().encode()
            copy = tmp_path / member.name
            copy.write_bytes(data)
            target.add(copy, arcname=member.name)
    with psycopg.connect(fresh_stores.database_url) as connection:
        connection.execute("DELETE FROM chats WHERE id > 10")
    with pytest.raises(StoreError, match=r"other row counts: public\.chats"):
        restore(fresh_stores, lying, data_dir=tmp_path, key=KEY, force=True)
    assert chats(fresh_stores) == 10
    with psycopg.connect(fresh_stores.database_url) as connection:
        left = connection.execute("SELECT count(*) FROM pg_database WHERE datname LIKE '%_restor%'").fetchone()
    assert left == (0,)


def test_a_backup_made_under_another_key_is_refused(fresh_stores: Stores, tmp_path: Path) -> None:
    backup(fresh_stores, tmp_path / "backup.tar", key=KEY)
    other = SecretKey("o" * 40, kept=False)
    with pytest.raises(StoreError, match=r"another secret key(.|\n)*Mend: export TENDERO_SECRET_KEY="):
        restore(fresh_stores, tmp_path / "backup.tar", data_dir=tmp_path, key=other, force=True)


def test_a_key_that_only_the_folder_kept_travels_with_the_backup(fresh_stores: Stores, tmp_path: Path) -> None:
    file, there = tmp_path / "backup.tar", tmp_path / "there"
    backup(fresh_stores, file, key=SecretKey("f" * 40, kept=True))
    restore(fresh_stores, file, data_dir=there, key=SecretKey("another", kept=True), force=True)
    assert (there / "secret.key").read_text() == "f" * 40
    assert stat.S_IMODE((there / "secret.key").stat().st_mode) == 0o600


def command(arguments: list[str]) -> Result:
    chosen = {"backup": backup_command, "restore": restore_command}[arguments[0]]
    return CliRunner().invoke(chosen, arguments[1:])


def test_the_commands_carry_a_stopped_installation_to_another_folder(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "backup.tar"
    with embedded_stores(here, redis=False, environ={}) as stores:
        with psycopg.connect(stores.database_url) as connection:
            connection.execute("CREATE ROLE tendero_app")
        fill(stores)
    environment = os.environ | {"TENDERO_SECRET_KEY": SECRET_KEY}
    for arguments in (["backup", str(file), "--data-dir", str(here)], ["restore", str(file), "--data-dir", str(there)]):
        done = subprocess.run(
            [sys.executable, "-m", "backend", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    with embedded_stores(there, redis=False, environ={}) as stores:
        assert chats(stores) == 50


def test_a_running_installation_is_backed_up_through_its_own_servers(
    data_folder: Path, tmp_path: Path, owner: Callable[[str, Path], Owner]
) -> None:
    running = owner("stores", data_folder)
    done = command(["backup", str(tmp_path / "b.tar"), "--data-dir", str(data_folder)])
    assert done.exit_code == 0, done.output
    with tarfile.open(tmp_path / "b.tar") as tar:
        member = tar.extractfile("manifest.json")
        assert member is not None
        assert json.loads(member.read())["postgres"].startswith("18.")
    assert running.process.poll() is None


def test_nothing_to_back_up_is_said(tmp_path: Path) -> None:
    done = command(["backup", "--data-dir", str(tmp_path / "never-started")])
    assert done.exit_code == 1
    assert "There is nothing to back up" in done.output
    assert not (tmp_path / "never-started").exists()

"""The files of businesses in a backup: as they lie in the data folder (`backend/files/folder.py`), and back again.

They go in after the databases, so that no row of the backup speaks of bytes that came later; bytes that were deleted
in between are missed by nobody else.
"""

import os
import re
import shutil
import tarfile
from pathlib import Path

FOLDER = "files"
_UNFINISHED = "unfinished"
_MEMBER = re.compile(rf"{FOLDER}/[0-9a-f]{{32}}/[0-9a-f]{{2}}/[0-9a-f]{{32}}")
_CHUNK = 1 << 20


def add_files(tar: tarfile.TarFile, data_dir: Path) -> int:
    """Puts every file of the data folder into the tar; returns how many."""
    added = 0
    for path in sorted((data_dir / FOLDER).glob("*/*/*")):
        name = path.relative_to(data_dir).as_posix()
        if _MEMBER.fullmatch(name) is None:
            continue
        try:
            tar.add(path, arcname=name, recursive=False)
        except FileNotFoundError:
            continue  # deleted meanwhile
        added += 1
    return added


def put_back(file: Path, data_dir: Path) -> int:
    """Brings the files of a backup back into the data folder, beside those that are there; returns how many."""
    back = 0
    with tarfile.open(file, mode="r:") as tar:
        for member in tar:
            source = tar.extractfile(member) if _MEMBER.fullmatch(member.name) and member.isfile() else None
            target = data_dir / member.name
            if source is None or target.exists():
                continue
            beside = data_dir / FOLDER / _UNFINISHED / target.name
            for folder in (beside.parent, target.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with source, os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
                shutil.copyfileobj(source, copy, _CHUNK)
                copy.flush()
                os.fsync(copy.fileno())
            beside.rename(target)
            back += 1
    return back

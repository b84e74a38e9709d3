"""Who the embedded Postgres runs as: it refuses root, and `initdb` refuses a user without a name."""

import os
import pwd
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Identity:
    """How a child changes its user before it becomes its program (`launch.py` does it).

    - `plain`: as we are
    - `namespace`: looks like `uid` inside a user namespace; files stay those of the user who started us,
      so that nothing is chowned and a checkout below a folder with mode 700 works
    - `drop`: is `uid` for good, where namespaces are forbidden (a container's seccomp profile); needs its
      data folder chowned, and keeps CAP_DAC_OVERRIDE to reach programs below a closed folder
    """

    kind: Literal["plain", "namespace", "drop"] = "plain"
    uid: int = 0
    gid: int = 0


PLAIN = Identity()


def choose_identity(works: Callable[[Identity], bool], data: Path | None = None) -> Identity | None:
    """The first identity with which `works` (a trial run of the program) is True; None if none is.

    Root serves `data` that somebody else has made as that user, so that it stays theirs.
    """
    tried = candidates()
    if data is not None and data.exists() and os.geteuid() == 0 and sys.platform == "linux":
        made_by = data.stat()
        if made_by.st_uid != 0:
            tried = [Identity("drop", made_by.st_uid, made_by.st_gid)]
    return next((identity for identity in tried if works(identity)), None)


def candidates() -> list[Identity]:
    """What may be tried for the present user, best first."""
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return [PLAIN]
    if sys.platform != "linux":
        return []
    somebody = _unprivileged_user()
    if somebody is None:
        return []
    uid, gid = somebody
    namespace = Identity("namespace", uid, gid)
    return [namespace, Identity("drop", uid, gid)] if os.geteuid() == 0 else [namespace]


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _unprivileged_user() -> tuple[int, int] | None:
    users = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    user = users.get("nobody") or next(iter(users.values()), None)
    return (user.pw_uid, user.pw_gid) if user else None

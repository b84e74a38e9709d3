"""Becomes another program, after tying it to its parent and taking off root's rights.

Run as `python -I -S launch.py '<json>' program argument...` with the JSON of `processes.start_child`:

- `parent`: process id that must still be our parent, else nothing is started
- `death_signal`: number of the signal that the program gets when its parent dies
- `identity`: `plain`, `namespace` or `drop` (see `identity.py`), with `uid` and `gid`
- `nice`: how far it gives way to others when the processors are busy, 0 to 19

The order is fixed by the kernel: a change of user clears the death signal, so it is set last (prctl(2)).
Standard library only, and nothing of ours: it runs without the virtual environment's packages.
"""

import ctypes
import json
import os
import signal
import sys
import time

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
PARENT_POLL_SECONDS = 0.2


def main(arguments: list[str]) -> None:
    """Never returns: becomes the program, or exits with 126 (refused) or 127 (program not found)."""
    options = json.loads(arguments[0])
    program = arguments[1:]
    try:
        give_way(options["nice"])
        if options["identity"] == "namespace":
            enter_user_namespace(options["uid"], options["gid"])
        elif options["identity"] == "drop":
            drop_to(options["uid"], options["gid"])
        if sys.platform == "linux":
            libc_call("prctl", PR_SET_PDEATHSIG, options["death_signal"], 0, 0, 0)
            if os.getppid() != options["parent"]:
                sys.exit(126)
            os.execv(program[0], program)
        else:
            watch_parent(program, options["parent"], options["death_signal"])
    except FileNotFoundError as error:
        print(f"launch: {error}", file=sys.stderr)
        sys.exit(127)
    except OSError as error:
        print(f"launch: {error}", file=sys.stderr)
        sys.exit(126)


def give_way(nice: int) -> None:
    """Between sessions, and each child has its own, the kernel may weigh the session's group instead (sched(7))."""
    if nice == 0:
        return
    os.nice(nice)
    try:
        with open("/proc/self/autogroup", "w") as file:
            file.write(str(nice))
    except OSError:
        return


def enter_user_namespace(uid: int, gid: int) -> None:
    """We look like `uid` to ourselves and stay who we are to the file system (user_namespaces(7))."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    libc_call("unshare", CLONE_NEWUSER)
    maps = {"setgroups": "deny", "uid_map": f"{uid} {outside_uid} 1", "gid_map": f"{gid} {outside_gid} 1"}
    for name, text in maps.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def drop_to(uid: int, gid: int) -> None:
    """Becomes `uid` for good, keeping one right: to pass folders closed to others (capabilities(7), ambient set).

    Without SECBIT_NO_SETUID_FIXUP access(2), which Postgres asks about its own programs, would not see that right.
    """
    try:
        libc_call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
        may_keep = True
    except OSError as error:
        print(f"launch: folders closed to user {uid} stay closed: {error}", file=sys.stderr)
        may_keep = False
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if may_keep:
        keep = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        libc_call("capset", header, (ctypes.c_uint32 * 6)(keep, keep, keep, 0, 0, 0))
        libc_call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def watch_parent(program: list[str], parent: int, death_signal: int) -> None:
    """Where the kernel has no death signal (macOS): stay as the program's parent and look after it."""
    child = os.posix_spawn(program[0], program, os.environ)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda received, _frame: os.kill(child, received))
    told = False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        if not told and os.getppid() != parent:
            os.kill(child, death_signal)
            told = True
        time.sleep(PARENT_POLL_SECONDS)


def libc_call(name: str, *arguments: object) -> None:
    """Calls the C library; raises OSError with its errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1:])

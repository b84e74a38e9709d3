"""Large memory pages: Python's objects lie on them (the Makefile asks for it), the stores' memory does not.

Python reads a little everywhere. On a virtual machine an address that the processor does not remember costs a walk
through two page tables, and with pages of 4 kB that was half of what our processes did. A store forks a process for
each connection, which would copy two megabytes wherever it writes a byte.
"""

import os

LARGE_PAGES = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""Python leaves its objects to the C library, and that asks the kernel for large pages (glibc 2.35 and later)."""


def environment_of_a_store() -> dict[str, str]:
    """Ours, without large pages."""
    return {name: value for name, value in os.environ.items() if LARGE_PAGES.get(name) != value}

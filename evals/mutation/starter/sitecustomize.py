"""Run by Python as each process of an installation starts (`evals/mutation/planting.py`).

Python tells of what goes wrong here and goes on; a process without its faults would prove nothing, so it ends.
"""

import os
import traceback

try:
    from evals.mutation.planting import install

    install()
except BaseException:
    traceback.print_exc()
    os._exit(70)

"""What can go wrong with the embedded stores.

StoreError                 anything; its text says what is wrong and what mends it
├── StoresInUse            another process owns the data folder
└── CommandFailed          a supervised command did not become ready
"""


class StoreError(Exception):
    """The text is for the person at the terminal: what is wrong, then the command that mends it."""


class StoresInUse(StoreError):
    """The data folder has an owner that is alive."""


class CommandFailed(StoreError):
    """A command ended, or stayed unready for too long, while it was being started."""

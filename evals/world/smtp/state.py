"""What the simulated mail server knows: letters, accounts, and what is to go wrong."""

from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

FaultKind = Literal["reject", "later", "lose", "drop", "hang"]


@dataclass(frozen=True)
class Fault:
    """What befalls the next letter, of one recipient if one is named.

    reject: 550 for the recipient. later: 451 for the letter. lose: the connection ends before the letter is taken.
    drop: it is taken, and the connection ends before that is said. hang: it is taken, and never answered.
    """

    kind: FaultKind
    to: str | None = None


@dataclass(frozen=True)
class Letter:
    """A letter that was taken."""

    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        """Its plain text."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""


@dataclass
class Mailroom:
    """Everything of one server."""

    letters: list[Letter] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    url: str = ""
    password: str | None = None
    """If set, only `tendero` with this password may send."""
    logins: list[bool] = field(default_factory=list)
    """For each try to log in, whether its line was encrypted."""

    def due(self, recipients: list[str], *kinds: FaultKind) -> Fault | None:
        """The next fault, taken off the list if it is one of `kinds` and fits."""
        fault = self.faults[0] if self.faults else None
        if fault is None or fault.kind not in kinds or (fault.to is not None and fault.to not in recipients):
            return None
        return self.faults.popleft()

    def to(self, recipient: str) -> list[Letter]:
        """Letters that somebody got, oldest first."""
        return [letter for letter in self.letters if recipient in letter.recipients]

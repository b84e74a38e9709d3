"""What the bucket holds, and who may ask."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from litestar.di import NamedDependency

KEY_ID, SECRET, REGION = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"
"""The pair of Amazon's own examples."""
STATUSES = {
    "AccessDenied": 403,
    "InvalidAccessKeyId": 403,
    "SignatureDoesNotMatch": 403,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "InvalidPart": 400,
    "EntityTooSmall": 400,
    "InvalidRange": 416,
    "XAmzContentSHA256Mismatch": 400,
    "InternalError": 500,
    "SlowDown": 503,
}
LEAST_PART = 5 * 1024 * 1024
"""Bytes of every part but the last."""


class Refused(Exception):
    """An error by its code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUSES[code]


@dataclass(frozen=True)
class Object:
    """Bytes under a key."""

    content: bytes = field(repr=False)
    content_type: str
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


@dataclass
class Upload:
    """Parts of an object to be, by number."""

    key: str
    content_type: str
    parts: dict[int, Object] = field(default_factory=dict)


@dataclass
class BucketWorld:
    """The whole state of one simulator."""

    name: str = "tendero"
    objects: dict[str, Object] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    """Codes with which the next requests are refused, and how many."""
    calls: Counter[str] = field(default_factory=Counter)

    def stumble(self) -> None:
        """Raises a fault that is due."""
        for code in list(self.faults):
            self.faults[code] -= 1
            if self.faults[code] <= 0:
                del self.faults[code]
            raise Refused(code)


World = NamedDependency[BucketWorld]

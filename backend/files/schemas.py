"""What the API speaks of files."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from backend.files.models import File
from backend.files.receiving import LONGEST_NAME, safe_name

Purpose = Literal["general", "picture", "knowledge", "import", "report"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(safe_name)]
Caption = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00]*$")]


class FileView(BaseModel):
    """A file. `content_type` is what it is by its bytes; `size` in bytes; `sendable`: the agent may send it to
    customers; GET /v1/files/{id}/content has its bytes."""

    id: UUID
    name: str
    content_type: str
    size: int
    sha256: str
    purpose: Purpose
    caption: str
    sendable: bool
    created_at: datetime

    @classmethod
    def of(cls, file: File) -> "FileView":
        return cls.model_validate(file, from_attributes=True)


class NewFile(BaseModel):
    """What is said of a file beside its bytes."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    purpose: Purpose = "general"
    caption: Caption = ""
    sendable: bool = False


class FileChange(BaseModel):
    """The fields that are given are set."""

    model_config = ConfigDict(extra="forbid")

    name: Name = "file"
    caption: Caption = ""
    sendable: bool = False


class FilesUsage(BaseModel):
    """`bytes`: what the business's files take, the same bytes counted once; `most_bytes`: what they may take in all;
    `most_bytes_each`: what one may have."""

    files: int
    bytes: int
    most_bytes: int
    most_bytes_each: int

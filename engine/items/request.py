"""What an ItemReader is asked to read, once its fields are evaluated; and how reading fails."""

from dataclasses import dataclass
from typing import Literal

InputType = Literal["CSV", "JSON", "JSONL", "PARQUET"]
ManifestType = Literal["S3_INVENTORY", "ATHENA_DATA"]
DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


class ReadError(Exception):
    """The items cannot be read: the cause of States.ItemReaderFailed. `passing`: trying again may help."""

    def __init__(self, text: str, passing: bool = False):
        super().__init__(text)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Format:
    """How an object holds its items. `headers` None: they are in its first row. `pointer`: to the items in JSON."""

    input_type: InputType
    delimiter: str = ","
    headers: tuple[str, ...] | None = None
    pointer: str | None = None


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """`key` for s3:getObject, `prefix` for s3:listObjectsV2.

    `format` None: of a list, the objects' descriptions are the items; of an S3 inventory, it is known.
    `most`: how many items at most, None: all.
    """

    bucket: str
    account: str
    region: str
    key: str | None = None
    version_id: str | None = None
    prefix: str = ""
    format: Format | None = None
    manifest: ManifestType | None = None
    most: int | None = None

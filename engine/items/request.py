"""What an ItemReader is asked to read, once its fields are evaluated; and how reading fails."""

from dataclasses import dataclass

DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


class ReadError(Exception):
    """The items cannot be read: the cause of States.ItemReaderFailed. `passing`: trying again may help."""

    def __init__(self, text: str, passing: bool = False):
        super().__init__(text)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Format:
    """How an object holds its items. `input_type`: CSV, JSON, JSONL or PARQUET.

    `headers` None: they are in its first row. `pointer`: to the items in JSON.
    """

    input_type: str
    delimiter: str = ","
    headers: tuple[str, ...] | None = None
    pointer: str | None = None


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """`key` for s3:getObject, `prefix` for s3:listObjectsV2.

    `format` None: of a list, the objects' descriptions are the items. `manifest`: S3_INVENTORY or ATHENA_DATA.
    `most`: how many items at most, None: all.
    """

    bucket: str
    account: str
    region: str
    key: str | None = None
    version_id: str | None = None
    prefix: str = ""
    format: Format | None = None
    manifest: str | None = None
    most: int | None = None

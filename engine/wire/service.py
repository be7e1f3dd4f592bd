"""A service of AWS as botocore's models describe it: protocol, target prefix, operations and their shapes.

Models are data; they are read once, when the first request needs them. Nothing here knows of requests or sockets.
"""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import OperationModel, ServiceModel


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is botocore's (`stepfunctions`), `signing_name` that of the credential scope (`states`).

    `protocol` is the model's word for it (`json`, `query`, `ec2`, `rest-json`); `json_version` and `target_prefix` are
    None where the protocol has none.
    """

    name: str
    full_name: str
    signing_name: str
    api_version: str
    protocol: str
    json_version: str | None
    target_prefix: str | None
    operation_names: frozenset[str]
    model: ServiceModel

    def operation(self, name: str) -> OperationModel:
        """The shapes of one operation; KeyError for a name that the model does not have."""
        if name not in self.operation_names:
            raise KeyError(name)
        return self.model.operation_model(name)


@cache
def load_service(name: str) -> Service:
    """The service with botocore's name. Raises botocore's UnknownServiceError."""
    return service_of(name, ServiceModel(models().load_service_model(name, "service-2"), name))


def service_of(name: str, model: ServiceModel) -> Service:
    """The service that a model describes."""
    metadata = model.metadata
    return Service(
        name=name,
        full_name=metadata["serviceFullName"],
        signing_name=model.signing_name,
        api_version=model.api_version,
        protocol=metadata["protocol"],
        json_version=metadata.get("jsonVersion"),
        target_prefix=metadata.get("targetPrefix"),
        operation_names=frozenset(model.operation_names),
        model=model,
    )


@cache
def models() -> Loader:
    """botocore's models. One loader for all: it remembers what it has read, and the list of services takes long."""
    return Loader(file_loader=_ModelFiles())


class _ModelFiles(JSONFileLoader):
    """Reads models with orjson: half of the time, EC2's alone being 3 MB, and plain dicts, which keep order too."""

    def load_file(self, file_path: str) -> Any:
        packed = Path(f"{file_path}.json.gz")
        if packed.is_file():
            return orjson.loads(gzip.decompress(packed.read_bytes()))
        return super().load_file(file_path)

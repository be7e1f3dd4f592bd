"""Each error that the models of SQS and SNS document is provoked by a test of theirs, or cannot happen here.

A new version of botocore's models may bring a new one: then it is to be built, or to be said in the docs.
"""

from pathlib import Path

import pytest

from engine.wire.service import load_service
from engine.wire.sqs_query import ERRORS

TESTS, DOCS = Path(__file__).parent, Path(__file__).parents[2] / "docs"

# What has no cause in this server; the page of the service says so, in these words.
NEVER: dict[str, dict[str, str]] = {
    "sqs": {
        "InvalidIdFormat": "InvalidIdFormat",
        "InvalidSecurity": "InvalidSecurity",
        "RequestThrottled": "RequestThrottled",
        "KmsAccessDenied": "the Kms ones",
        "KmsDisabled": "the Kms ones",
        "KmsInvalidKeyUsage": "the Kms ones",
        "KmsInvalidState": "the Kms ones",
        "KmsNotFound": "the Kms ones",
        "KmsOptInRequired": "the Kms ones",
        "KmsThrottled": "the Kms ones",
    },
    "sns": {
        "ConcurrentAccess": "ConcurrentAccess",
        "InternalError": "InternalError",
        "InvalidSecurity": "InvalidSecurity",
        "KMSAccessDenied": "KMS*",
        "KMSDisabled": "KMS*",
        "KMSInvalidState": "KMS*",
        "KMSNotFound": "KMS*",
        "KMSOptInRequired": "KMS*",
        "KMSThrottling": "KMS*",
        "StaleTag": "StaleTag",
        "TagPolicy": "TagPolicy",
        "Throttled": "Throttled",
        "ValidationException": "ValidationException",
    },
}


def documented(service: str) -> set[str]:
    """The codes of all operations, as they stand on the wire."""
    model = load_service(service).model
    shapes = [shape for name in model.operation_names for shape in model.operation_model(name).error_shapes]
    return {shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes}


@pytest.mark.parametrize("service", sorted(NEVER))
def test_each_documented_error_is_provoked_or_said_to_have_no_cause(service: str) -> None:
    texts = "\n".join(path.read_text() for path in (TESTS / service).glob("test_*.py"))
    silent = set()
    for code in documented(service):
        names = {code, ERRORS[code][0].rpartition(".")[2]} if service == "sqs" else {code}
        if not any(f'"{name}"' in texts for name in names):
            silent.add(code)
    assert silent == set(NEVER[service])


@pytest.mark.parametrize("service", sorted(NEVER))
def test_the_docs_say_what_never_comes(service: str) -> None:
    page = (DOCS / f"{service}.md").read_text()
    assert [code for code, words in NEVER[service].items() if words not in page] == []

"""Function names, against the table of forms and against Lambda's own pattern."""

import re

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.lambda_.names import NAME_PATTERN, parse_name

ARN = "arn:aws:lambda:us-east-1:000000000000:function:pay"

# text, qualifier of the call -> name, ARN, qualifier, version
NAMES = [
    ("pay", None, "pay", ARN, None, "$LATEST"),
    ("pay:7", None, "pay", ARN + ":7", "7", "7"),
    ("pay:live", None, "pay", ARN + ":live", "live", "$LATEST"),
    ("pay:$LATEST", None, "pay", ARN + ":$LATEST", "$LATEST", "$LATEST"),
    ("pay", "7", "pay", ARN + ":7", "7", "7"),
    ("function:pay", None, "pay", ARN, None, "$LATEST"),
    ("123456789012:function:pay", None, "pay", ARN.replace("000000000000", "123456789012"), None, "$LATEST"),
    (ARN, None, "pay", ARN, None, "$LATEST"),
    (ARN + ":1", None, "pay", ARN + ":1", "1", "1"),
    (
        *("arn:aws-cn:lambda:cn-north-1:123456789012:function:pay-it_2", None, "pay-it_2"),
        *("arn:aws-cn:lambda:cn-north-1:123456789012:function:pay-it_2", None, "$LATEST"),
    ),
    (
        *("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:pay:3", None, "pay"),
        *("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:pay:3", "3", "3"),
    ),
    (
        *("arn:aws-iso-b:lambda:us-isob-east-1:123456789012:function:pay", None, "pay"),
        *("arn:aws-iso-b:lambda:us-isob-east-1:123456789012:function:pay", None, "$LATEST"),
    ),
]
NO_NAMES = ["", "pay me", "pay\n", "päy", "arn:aws:lambda", "pay:", "a:b:c", "arn:aws:sqs:us-east-1:000000000000:pay"]


@pytest.mark.parametrize(("text", "qualifier", "name", "arn", "found_qualifier", "version"), NAMES)
def test_names(
    text: str, qualifier: str | None, name: str, arn: str, found_qualifier: str | None, version: str
) -> None:
    found = parse_name(text, "000000000000", "us-east-1", qualifier)
    assert found is not None
    assert (found.name, found.arn, found.qualifier, found.version) == (name, arn, found_qualifier, version)


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_no_name(text: str) -> None:
    assert parse_name(text, "000000000000", "us-east-1") is None


def test_the_pattern_is_that_of_lambda() -> None:
    model = botocore.session.get_session().get_service_model("lambda")
    shape = model.operation_model("Invoke").input_shape
    assert shape is not None
    assert shape.members["FunctionName"].metadata["pattern"] == NAME_PATTERN


PIECES = ["arn:", "aws", "aws-cn", ":lambda:", "us-east-1:", "us-gov-west-1:", "123456789012:", "function:", "f", ":"]


@given(st.lists(st.sampled_from([*PIECES, "$LATEST", "1", "-", ".", " ", "é"]), max_size=9).map("".join))
def test_names_are_what_the_pattern_matches(text: str) -> None:
    expected = re.fullmatch(NAME_PATTERN, text, re.ASCII) is not None
    assert (parse_name(text, "000000000000", "us-east-1") is not None) == expected

"""ListSecrets and BatchGetSecretValue: filters, order, pages."""

from collections.abc import Callable
from typing import Any

import pytest

from engine import limits
from tests.integrations.secretsmanager.conftest import Served, refused

SECRETS = ["prod/db", "prod/api", "test/db", "Alpha"]


@pytest.fixture
def many(alone: Callable[..., Any], served: Served) -> Any:
    """A client of an account that has SECRETS, a minute apart."""
    client = alone()
    for number, name in enumerate(SECRETS):
        client.create_secret(
            Name=name, SecretString=f"value of {name}", Description=f"Number {number}", Tags=[_tag("env", name[:4])]
        )
        served.clock(advanceSeconds=60)
    return client


def _tag(key: str, value: str) -> dict[str, str]:
    return {"Key": key, "Value": value}


def names(answer: dict[str, Any]) -> list[str]:
    return [secret["Name"] for secret in answer["SecretList"]]


def test_secrets_are_listed_with_what_describes_them(many: Any) -> None:
    listed = many.list_secrets()["SecretList"]
    assert [secret["Name"] for secret in listed] == SECRETS
    described = many.describe_secret(SecretId="prod/db")
    described.pop("ResponseMetadata")
    described["SecretVersionsToStages"] = described.pop("VersionIdsToStages")
    assert listed[0] == described


def test_their_order(many: Any, served: Served) -> None:
    assert names(many.list_secrets(SortBy="name")) == sorted(SECRETS)
    assert names(many.list_secrets(SortBy="name", SortOrder="desc")) == sorted(SECRETS, reverse=True)
    assert names(many.list_secrets(SortOrder="desc")) == SECRETS[::-1]
    many.update_secret(SecretId="prod/api", Description="changed")
    assert names(many.list_secrets(SortBy="last-changed-date"))[-1] == "prod/api"
    many.get_secret_value(SecretId="test/db")
    assert names(many.list_secrets(SortBy="last-accessed-date", SortOrder="desc"))[0] == "test/db"


@pytest.mark.parametrize("sort_by", ["created-date", "last-accessed-date", "last-changed-date", "name"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_are_the_list_in_pieces(many: Any, sort_by: str, order: str) -> None:
    how = {"SortBy": sort_by, "SortOrder": order}
    whole, found, token = names(many.list_secrets(**how)), [], {}
    for _ in range(4):
        page = many.list_secrets(MaxResults=1, **how, **token)
        found += names(page)
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert found == whole and not token, "no token on the last page"


def test_filters(many: Any) -> None:
    def found(*filters: tuple[str, list[str]]) -> list[str]:
        return names(many.list_secrets(Filters=[{"Key": key, "Values": values} for key, values in filters]))

    assert found(("name", ["prod"])) == ["prod/db", "prod/api"]
    assert found(("name", ["prod", "test"])) == ["prod/db", "prod/api", "test/db"]
    assert found(("name", ["!prod"])) == ["test/db", "Alpha"]
    assert found(("tag-key", ["env"]), ("tag-value", ["prod"]), ("all", ["api"])) == ["prod/api"]
    assert found(("description", ["number 2"])) == ["test/db"]
    assert found(("primary-region", ["eu"])) == []
    assert refused(many.list_secrets, Filters=[{"Key": "name"}])[0] == "InvalidParameterException"
    assert refused(many.list_secrets, Filters=[{"Key": "colour", "Values": ["x"]}])[0] == "ValidationException"


def test_a_search_looks_at_a_bounded_number_in_one_go(many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECRETS_SCANNED_MAX", 2)
    pages = many.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": ["test"]}])
    assert [names(page) for page in pages] == [[], ["test/db"]]


def test_tokens_are_of_their_list(many: Any) -> None:
    token = many.list_secrets(MaxResults=1)["NextToken"]
    for how in ({"SortBy": "name"}, {"IncludePlannedDeletion": True}, {"Filters": [{"Key": "name", "Values": ["a"]}]}):
        assert refused(many.list_secrets, NextToken=token, **how)[0] == "InvalidNextTokenException"
    for bad in ("x", "x" * 40, token[:-4]):
        assert refused(many.list_secrets, NextToken=bad)[0] == "InvalidNextTokenException"


def test_what_is_marked_for_deletion_is_listed_on_demand(many: Any) -> None:
    many.delete_secret(SecretId="Alpha")
    assert names(many.list_secrets()) == SECRETS[:3]
    assert names(many.list_secrets(IncludePlannedDeletion=True)) == SECRETS


# ---- BatchGetSecretValue ----


def test_values_by_their_ids(many: Any, served: Served) -> None:
    many.delete_secret(SecretId="Alpha")
    many.create_secret(Name="empty")
    answer = many.batch_get_secret_value(SecretIdList=["test/db", "nobody", "Alpha", "prod/db", "empty", "test/db"])
    assert [(one["Name"], one["SecretString"]) for one in answer["SecretValues"]] == [
        ("test/db", "value of test/db"),
        ("prod/db", "value of prod/db"),
    ]
    assert [(one["SecretId"], one["ErrorCode"]) for one in answer["Errors"]] == [
        ("nobody", "ResourceNotFoundException"),
        ("Alpha", "InvalidRequestException"),
        ("empty", "ResourceNotFoundException"),
    ]
    assert "marked for deletion" in answer["Errors"][1]["Message"]


def test_values_by_filters_page_by_page(many: Any) -> None:
    prod = [{"Key": "name", "Values": ["prod"]}]
    first = many.batch_get_secret_value(Filters=prod, MaxResults=1)
    second = many.batch_get_secret_value(Filters=prod, MaxResults=1, NextToken=first["NextToken"])
    found = [one["SecretString"] for page in (first, second) for one in page["SecretValues"]]
    assert found == ["value of prod/db", "value of prod/api"]


REFUSED: list[dict[str, Any]] = [
    {},
    {"SecretIdList": ["a"], "Filters": [{"Key": "name", "Values": ["a"]}]},
    {"SecretIdList": ["a"], "MaxResults": 1},
    {"SecretIdList": ["a"], "NextToken": "a"},
]


@pytest.mark.parametrize("parameters", REFUSED)
def test_batches_that_are_refused(many: Any, parameters: dict[str, Any]) -> None:
    assert refused(many.batch_get_secret_value, **parameters)[0] == "InvalidParameterException"


def test_batches_are_bounded(many: Any) -> None:
    assert refused(many.batch_get_secret_value, SecretIdList=["a"] * 21)[0] == "ValidationException"
    assert (
        refused(many.batch_get_secret_value, Filters=[{"Key": "name", "Values": ["a"]}], MaxResults=21)[0]
        == "ValidationException"
    )

"""Each operation by boto3, with its answers and its errors."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"


def refused(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        operation(**parameters)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def arn(name: str) -> str:
    return f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"


def now_ms() -> int:
    return int(time.time() * 1000)


def put(logs: Any, group: str, stream: str, *messages: str, start: int | None = None, step: int = 1) -> int:
    """Messages at times of their own, from `start` (now) on, which is returned."""
    first = now_ms() if start is None else start
    events = [{"timestamp": first + number * step, "message": text} for number, text in enumerate(messages)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return first


def texts(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


@pytest.fixture
def stream(logs: Any, group: str) -> str:
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    return "stream"


# ---- groups ----


def test_a_group_from_its_creation_to_its_end(logs: Any) -> None:
    name = f"/life/{uuid.uuid4()}"
    logs.create_log_group(logGroupName=name, tags={"team": "a"})
    [shown] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert abs(shown.pop("creationTime") - now_ms()) < 60_000
    assert shown == {
        "logGroupName": name,
        "metricFilterCount": 0,
        "arn": arn(name) + ":*",
        "logGroupArn": arn(name),
        "storedBytes": 0,
        "logGroupClass": "STANDARD",
        "deletionProtectionEnabled": False,
    }
    assert refused(logs.create_log_group, logGroupName=name) == (
        "ResourceAlreadyExistsException",
        "The specified log group already exists",
    )
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    put(logs, name, "s", "gone with the group")
    logs.delete_log_group(logGroupName=name)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    logs.create_log_group(logGroupName=name)
    assert logs.filter_log_events(logGroupName=name)["events"] == []
    assert logs.describe_log_streams(logGroupName=name)["logStreams"] == []
    assert logs.list_tags_for_resource(resourceArn=arn(name))["tags"] == {}


NO_GROUP = ("ResourceNotFoundException", "The specified log group does not exist.")
ON_A_MISSING_GROUP: list[tuple[str, dict[str, Any]]] = [
    ("delete_log_group", {}),
    ("put_retention_policy", {"retentionInDays": 7}),
    ("delete_retention_policy", {}),
    ("create_log_stream", {"logStreamName": "s"}),
    ("delete_log_stream", {"logStreamName": "s"}),
    ("describe_log_streams", {}),
    ("put_log_events", {"logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}]}),
    ("get_log_events", {"logStreamName": "s"}),
    ("filter_log_events", {}),
    ("tag_log_group", {"tags": {"a": "b"}}),
    ("untag_log_group", {"tags": ["a"]}),
    ("list_tags_log_group", {}),
]


@pytest.mark.parametrize(("operation", "others"), ON_A_MISSING_GROUP, ids=[case[0] for case in ON_A_MISSING_GROUP])
def test_a_group_that_is_not_there(logs: Any, operation: str, others: dict[str, Any]) -> None:
    assert refused(getattr(logs, operation), logGroupName="/none", **others) == NO_GROUP


NO_STREAM = ("ResourceNotFoundException", "The specified log stream does not exist.")
ON_A_MISSING_STREAM: list[tuple[str, dict[str, Any]]] = [
    ("delete_log_stream", {"logStreamName": "none"}),
    ("put_log_events", {"logStreamName": "none", "logEvents": [{"timestamp": 1, "message": "m"}]}),
    ("get_log_events", {"logStreamName": "none"}),
    ("filter_log_events", {"logStreamNames": ["none"]}),
]


@pytest.mark.parametrize(("operation", "others"), ON_A_MISSING_STREAM, ids=[case[0] for case in ON_A_MISSING_STREAM])
def test_a_stream_that_is_not_there(logs: Any, group: str, operation: str, others: dict[str, Any]) -> None:
    assert refused(getattr(logs, operation), logGroupName=group, **others) == NO_STREAM


INVALID: list[tuple[str, dict[str, Any], str]] = [
    ("create_log_group", {"logGroupName": "a!b"}, "Member must satisfy regular expression pattern"),
    ("create_log_group", {}, "Value null at 'logGroupName' failed to satisfy constraint: Member must not be null"),
    ("create_log_group", {"logGroupName": "k", "kmsKeyId": "key"}, "'kmsKeyId' is not supported"),
    ("create_log_group", {"logGroupName": "k", "logGroupClass": "INFREQUENT_ACCESS"}, "'logGroupClass' is not supp"),
    ("create_log_group", {"logGroupName": "k", "tags": {"aws:x": "y"}}, "must not begin with 'aws:'"),
    ("describe_log_groups", {"includeLinkedAccounts": True}, "'includeLinkedAccounts' is not supported"),
    ("describe_log_groups", {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}, "mutually exclusive"),
    ("describe_log_groups", {"limit": 51}, "less than or equal to 50"),
    ("describe_log_groups", {"nextToken": "x"}, "nextToken is invalid"),
    ("describe_log_streams", {}, "Exactly one of logGroupName and logGroupIdentifier"),
    ("describe_log_streams", {"logGroupName": "a", "logGroupIdentifier": "b"}, "Exactly one of"),
    ("put_retention_policy", {"logGroupName": "a", "retentionInDays": 2}, "Value '2' at 'retentionInDays'"),
    ("filter_log_events", {"logGroupName": "a", "filterPattern": "{"}, "it must end with"),
]


@pytest.mark.parametrize(("operation", "parameters", "message"), INVALID)
def test_invalid_requests(logs: Any, operation: str, parameters: dict[str, Any], message: str) -> None:
    code, said = refused(getattr(logs, operation), **parameters)
    assert code == "InvalidParameterException"
    assert message in said


def test_an_operation_that_is_not_built_is_refused_by_name(logs: Any) -> None:
    code, message = refused(logs.start_query, queryString="fields @message", startTime=1, endTime=2)
    assert code == "UnsupportedOperation"
    assert message == "Statewright does not support the operation StartQuery of Amazon CloudWatch Logs."


def test_groups_in_pages_and_by_name(client: Callable[..., Any]) -> None:
    logs = client("logs", account="333333333333")
    names = [f"/page/{number:02}" for number in range(7)] + ["/Other", "/other/x%y_z"[:7]]
    for name in names:
        logs.create_log_group(logGroupName=name)
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 3})
    assert [g["logGroupName"] for page in pages for g in page["logGroups"]] == sorted(names)
    found = logs.describe_log_groups(logGroupNamePrefix="/page/0")["logGroups"]
    assert [g["logGroupName"] for g in found] == names[:7]
    [found] = logs.describe_log_groups(logGroupNamePattern="Oth")["logGroups"]
    assert set(found) == {"logGroupName", "creationTime", "arn"} and found["logGroupName"] == "/Other"
    chosen = logs.describe_log_groups(logGroupIdentifiers=["/page/03", "/Other", "/none"])["logGroups"]
    assert [g["logGroupName"] for g in chosen] == ["/Other", "/page/03"]
    assert logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"] == []
    first = logs.describe_log_groups(limit=2)
    assert refused(logs.describe_log_groups, nextToken=first["nextToken"], logGroupNamePrefix="/page")[1] == (
        "The specified nextToken is invalid."
    )


def test_accounts_and_regions_do_not_meet(client: Callable[..., Any], group: str) -> None:
    for other in (client("logs", account="444444444444"), client("logs", region="eu-west-1")):
        assert refused(other.describe_log_streams, logGroupName=group) == NO_GROUP
        assert refused(other.describe_log_streams, logGroupIdentifier=arn(group)) == NO_GROUP


def test_retention(logs: Any, group: str, stream: str) -> None:
    logs.put_retention_policy(logGroupName=group, retentionInDays=3)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 3
    now = now_ms()
    answer = logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": now - 4 * 86_400_000, "message": "old"}, {"timestamp": now, "message": "new"}],
    )
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert texts(logs.filter_log_events(logGroupName=group)) == ["new"]
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]


def test_protection_against_deletion(logs: Any) -> None:
    name = f"/protected/{uuid.uuid4()}"
    logs.create_log_group(logGroupName=name, deletionProtectionEnabled=True)
    assert refused(logs.delete_log_group, logGroupName=name)[0] == "ValidationException"
    logs.put_log_group_deletion_protection(logGroupIdentifier=arn(name), deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName=name)


def test_tags(logs: Any, group: str) -> None:
    logs.tag_resource(resourceArn=arn(group), tags={"a": "1", "Größe": "2"})
    logs.tag_log_group(logGroupName=group, tags={"c": "3"})
    assert logs.list_tags_for_resource(resourceArn=arn(group))["tags"] == {"a": "1", "Größe": "2", "c": "3"}
    logs.untag_resource(resourceArn=arn(group), tagKeys=["a", "none"])
    logs.untag_log_group(logGroupName=group, tags=["c"])
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"Größe": "2"}
    many = {f"k{number}": "v" for number in range(50)}
    assert refused(logs.tag_resource, resourceArn=arn(group), tags=many)[0] == "TooManyTagsException"
    for wrong in (arn("/none"), arn(group).replace("us-east-1", "eu-west-1"), group):
        assert refused(logs.tag_resource, resourceArn=wrong, tags={"a": "b"})[0] == "ResourceNotFoundException"
    assert refused(logs.tag_resource, resourceArn=arn(group) + ":*", tags={"a": "b"})[0] == "InvalidParameterException"


# ---- streams ----


def test_streams(logs: Any, group: str) -> None:
    for name in ("b", "a/1", "a/2"):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
    assert refused(logs.create_log_stream, logGroupName=group, logStreamName="b") == (
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
    )
    assert refused(logs.create_log_stream, logGroupName=group, logStreamName="a:b")[0] == "InvalidParameterException"
    at = put(logs, group, "b", "one", "two", step=10)
    shown = logs.describe_log_streams(logGroupIdentifier=arn(group))["logStreams"]
    assert [s["logStreamName"] for s in shown] == ["a/1", "a/2", "b"]
    assert set(shown[0]) == {"logStreamName", "creationTime", "arn", "storedBytes"}
    assert (shown[2]["firstEventTimestamp"], shown[2]["lastEventTimestamp"]) == (at, at + 10)
    assert shown[2]["arn"] == f"{arn(group)}:log-stream:b"
    put(logs, group, "a/2", "later", start=at + 500)
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, orderBy="LastEventTime", descending=True, PaginationConfig={"PageSize": 1}
    )
    assert [s["logStreamName"] for page in pages for s in page["logStreams"]] == ["a/2", "b", "a/1"]
    named = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="a/")["logStreams"]
    assert [s["logStreamName"] for s in named] == ["a/1", "a/2"]
    both = {"logGroupName": group, "orderBy": "LastEventTime", "logStreamNamePrefix": "a"}
    assert refused(logs.describe_log_streams, **both)[0] == "InvalidParameterException"
    logs.delete_log_stream(logGroupName=group, logStreamName="b")
    assert texts(logs.filter_log_events(logGroupName=group)) == ["later"], "before they are removed, too"
    logs.create_log_stream(logGroupName=group, logStreamName="b")
    assert logs.get_log_events(logGroupName=group, logStreamName="b")["events"] == []


# ---- events ----


def test_events_forwards_and_backwards(logs: Any, group: str, stream: str) -> None:
    at = put(logs, group, stream, *(f"m{number}" for number in range(10)))
    where = {"logGroupName": group, "logStreamName": stream, "limit": 4}
    newest = logs.get_log_events(**where)
    assert texts(newest) == ["m6", "m7", "m8", "m9"]
    older = logs.get_log_events(**where, nextToken=newest["nextBackwardToken"])
    assert texts(older) == ["m2", "m3", "m4", "m5"]
    assert texts(logs.get_log_events(**where, nextToken=older["nextForwardToken"])) == ["m6", "m7", "m8", "m9"]
    oldest = logs.get_log_events(**where, nextToken=older["nextBackwardToken"])
    assert texts(oldest) == ["m0", "m1"]
    end = logs.get_log_events(**where, nextToken=oldest["nextBackwardToken"])
    assert end["events"] == [] and end["nextBackwardToken"] == oldest["nextBackwardToken"]
    first = logs.get_log_events(**where, startFromHead=True)
    assert texts(first) == ["m0", "m1", "m2", "m3"]
    assert first["events"][0]["timestamp"] == at and first["events"][0]["ingestionTime"] >= at - 60_000
    last = logs.get_log_events(**where, nextToken=newest["nextForwardToken"])
    assert last["events"] == [] and last["nextForwardToken"] == newest["nextForwardToken"]
    put(logs, group, stream, "m10", start=at + 1_000)
    assert texts(logs.get_log_events(**where, nextToken=last["nextForwardToken"])) == ["m10"]
    between = logs.get_log_events(logGroupName=group, logStreamName=stream, startTime=at + 3, endTime=at + 5)
    assert texts(between) == ["m3", "m4"], "endTime itself is not in it"
    assert refused(logs.get_log_events, **where, nextToken="f/x")[1] == "The specified nextToken is invalid."
    assert refused(logs.get_log_events, **where, startTime=2, endTime=1)[0] == "InvalidParameterException"


def test_an_empty_stream_is_followed(logs: Any, group: str, stream: str) -> None:
    empty = logs.get_log_events(logGroupIdentifier=arn(group), logStreamName=stream)
    assert empty["events"] == []
    put(logs, group, stream, "first")
    followed = logs.get_log_events(logGroupName=group, logStreamName=stream, nextToken=empty["nextForwardToken"])
    assert texts(followed) == ["first"]


def test_events_of_one_millisecond_keep_their_order(logs: Any, group: str, stream: str) -> None:
    put(logs, group, stream, *(f"m{number}" for number in range(20)), step=0)
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, PaginationConfig={"PageSize": 3})
    assert [text for page in pages for text in texts(page)] == [f"m{number}" for number in range(20)]


def test_filtered_events(logs: Any, group: str) -> None:
    for name in ("web/1", "web/2", "db"):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
    at = put(logs, group, "web/1", "ERROR one", "fine", step=10)
    put(logs, group, "web/2", '{"level": "error", "ms": 12}', start=at + 5)
    put(logs, group, "db", "ERROR three", start=at + 20)

    def found(**others: Any) -> list[str]:
        return texts(logs.filter_log_events(logGroupName=group, **others))

    everything = ["ERROR one", '{"level": "error", "ms": 12}', "fine", "ERROR three"]
    assert found() == everything
    assert found(startFromHead=False) == everything[::-1]
    assert found(filterPattern="ERROR") == ["ERROR one", "ERROR three"]
    assert found(filterPattern='{ $.level = "error" && $.ms > 10 }') == [everything[1]]
    assert found(logStreamNames=["db", "web/2"]) == [everything[1], "ERROR three"]
    assert found(logStreamNamePrefix="web/") == everything[:3]
    assert found(startTime=at + 5, endTime=at + 10) == everything[1:3], "endTime itself is in it"
    assert found(filterPattern="ERROR", interleaved=True) == ["ERROR one", "ERROR three"]
    event = logs.filter_log_events(logGroupName=group, filterPattern="three")["events"][0]
    assert (event["logStreamName"], event["timestamp"]) == ("db", at + 20)
    assert len(event["eventId"]) == 56 and event["eventId"].isdigit()
    both = {"logGroupName": group, "logStreamNames": ["db"], "logStreamNamePrefix": "w"}
    assert refused(logs.filter_log_events, **both)[0] == "InvalidParameterException"
    first = logs.filter_log_events(logGroupName=group, filterPattern="ERROR", limit=1)
    assert texts(first) == ["ERROR one"]
    assert texts(
        logs.filter_log_events(logGroupName=group, filterPattern="ERROR", limit=1, nextToken=first["nextToken"])
    ) == ["ERROR three"]
    # As the API's model says it: a token goes on in its direction, and there is no way backwards to before 2024.
    token = logs.filter_log_events(logGroupName=group, limit=3, startFromHead=False)["nextToken"]
    assert found(limit=3, startFromHead=True, nextToken=token) == found(limit=3, nextToken=token)
    assert found(limit=3, nextToken=token) == everything[:1]
    begin_2024 = 1_704_067_200_000
    assert found(startTime=begin_2024, startFromHead=False) == everything[::-1]
    early = {"logGroupName": group, "startTime": begin_2024 - 1}
    assert refused(logs.filter_log_events, **early, startFromHead=False)[0] == "InvalidParameterException"
    assert texts(logs.filter_log_events(**early)) == everything


def test_a_page_holds_a_mebibyte(logs: Any, group: str, stream: str) -> None:
    for number in range(4):
        put(logs, group, stream, f"{number}" * 400_000)
    shown = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    assert [text[0] for text in texts(shown)] == ["0", "1"]
    more = logs.get_log_events(logGroupName=group, logStreamName=stream, nextToken=shown["nextForwardToken"])
    assert [text[0] for text in texts(more)] == ["2", "3"]
    filtered = logs.filter_log_events(logGroupName=group)
    assert len(filtered["events"]) == 2 and "nextToken" in filtered


def test_a_full_batch_of_json_is_taken(logs: Any, group: str, stream: str) -> None:
    message = '{"level": "info", "a": {"b": [1, 2, 3]}, "msg": "xxxxxxxxxxxxxxxxxxxx", "n": "yyyyyyyyyyyy"}'
    count = 1_048_576 // (len(message) + 26)
    put(logs, group, stream, *[message] * count)  # its escapes make the request a third larger
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["storedBytes"] == count * len(message)


def test_a_batch_is_taken_whole_or_not_at_all(logs: Any, group: str, stream: str) -> None:
    now = now_ms()
    wrong = [{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}]
    assert refused(logs.put_log_events, logGroupName=group, logStreamName=stream, logEvents=wrong) == (
        "InvalidParameterException",
        "Log events in a single PutLogEvents request must be in chronological order.",
    )
    empty = refused(logs.put_log_events, logGroupName=group, logStreamName=stream, logEvents=[])
    assert "Member must have length greater than or equal to 1" in empty[1]
    assert logs.filter_log_events(logGroupName=group)["events"] == []
    answer = logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": now, "message": "NUL \0 and \x1a and é"}],
        sequenceToken="any",
        entity={"keyAttributes": {"Type": "Service", "Name": "x"}},
    )
    assert len(answer["nextSequenceToken"]) == 56
    assert answer["rejectedEntityInfo"] == {"errorType": "UnsupportedLogGroupType"}
    assert texts(logs.filter_log_events(logGroupName=group)) == ["NUL \0 and \x1a and é"]
    stored = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["storedBytes"]
    assert stored == len("NUL \0 and \x1a and é".encode())

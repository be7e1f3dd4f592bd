"""DescribeStateMachine, DescribeStateMachineForExecution, ListStateMachines: state machines as they are shown."""

from typing import Any

import orjson

from engine.api import arns, resources, routing
from engine.api.configuration import OWNED_KEY
from engine.api.paging import read_page
from engine.api.resources import Request, Response
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import ReadTransaction
from engine.store import machines, map_runs, versions
from engine.store.rows import MachineRow, RevisionRow


def describe_state_machine(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """DescribeStateMachine: the current revision, or that of a version, which has a description and a time of its
    own."""
    text = request["stateMachineArn"]
    row = routing.shown(tx, caller, text)
    answer: Response = {
        "stateMachineArn": text,
        "name": row.name,
        "status": row.status,
        "type": row.type,
        "creationDate": seconds(row.created_ms),
        **_revision(row, request),
    }
    version = None if row.version is None else versions.by_number(tx.connection, row.id, row.version)
    if version is not None:
        answer["creationDate"] = seconds(version.created_ms)
        if version.description is not None:
            answer["description"] = version.description
    return answer


def describe_state_machine_for_execution(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """DescribeStateMachineForExecution: the revision that the execution runs, whatever became of the machine since."""
    execution = resources.execution(tx, caller, request["executionArn"])
    revision = machines.revision(tx.connection, execution.revision)
    if revision is None:
        raise ServiceError(
            "ExecutionDoesNotExist",
            f"The state machine of this execution was deleted, and its definition with it: '{execution.arn}'",
        )
    arn = arns.machine_of(execution.arn)
    answer: Response = {
        "stateMachineArn": arn,
        "name": arns.parse(arn, arns.STATE_MACHINE).names[0],
        "updateDate": seconds(revision.created_ms),
        **_revision(revision, request),
    }
    run = None if execution.map_run is None else map_runs.by_key(tx.connection, execution.map_run)
    if run is not None:
        answer["mapRunArn"] = run.arn
        answer["label"] = arn.partition("/")[2]
    return answer


def _revision(row: MachineRow | RevisionRow, request: Request) -> dict[str, Any]:
    """What a revision says of a machine. With METADATA_ONLY the definition is `{}`, as AWS documents.

    `encryptionConfiguration` is shown where it was set, and beside variables: recordings from before AWS had variables
    show none where none was given, those with variables show the default (docs/differences.md).
    """
    included = request.get("includedData") != "METADATA_ONLY"
    shown = {
        "definition": row.definition if included else "{}",
        "roleArn": row.role_arn,
        "loggingConfiguration": orjson.loads(row.logging),
        "tracingConfiguration": orjson.loads(row.tracing),
    }
    if row.revision_id is not None:
        shown["revisionId"] = row.revision_id
    variables = orjson.loads(row.variables)
    if variables and included:
        shown["variableReferences"] = variables
    encryption = orjson.loads(row.encryption)
    if encryption or variables:
        shown["encryptionConfiguration"] = encryption or {"type": OWNED_KEY}
    return shown


def list_state_machines(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """ListStateMachines of the caller's account and region."""
    page = read_page(tx, request, "ListStateMachines", caller.account, caller.region)
    rows = machines.list_page(tx.connection, caller.account, caller.region, page.cursor, page.size + 1)
    answer: Response = {
        "stateMachines": [
            {
                "stateMachineArn": row.arn,
                "name": row.name,
                "type": row.type,
                "creationDate": seconds(row.created_ms),
            }
            for row in rows[: page.size]
        ]
    }
    if len(rows) > page.size:
        answer["nextToken"] = page.token(rows[page.size - 1].arn)
    return answer

"""The operations on activities, and GetActivityTask, by which a worker takes a task."""

from engine import limits
from engine.api import arns, resources
from engine.api.configuration import OWNED_KEY, read_encryption
from engine.api.names import check_name
from engine.api.paging import read_page
from engine.api.resources import Request, Response
from engine.api.tags import put_tags, read_tags
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import EngineTransaction, ReadTransaction, Runtime
from engine.store import activities
from engine.store import tags as tag_store
from engine.store.rows import ActivityRow


def create_activity(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """CreateActivity; idempotent by name, and other tags are then ignored, as AWS says."""
    check_name(request["name"])
    encryption = read_encryption(request.get("encryptionConfiguration"))
    new_tags = read_tags(request.get("tags"))
    arn = arns.activity_arn(caller, request["name"])
    existing = activities.by_arn(tx.connection, arn)
    if existing is not None:
        return _created(existing)
    if activities.count(tx.connection, caller.account, caller.region) >= limits.ACTIVITIES_MAX:
        raise ServiceError(
            "ActivityLimitExceeded", f"The maximum number of activities, {limits.ACTIVITIES_MAX}, is reached."
        )
    row = ActivityRow(arn, caller.account, caller.region, request["name"], encryption, tx.moment.epoch_ms)
    activities.insert(tx.connection, row)
    put_tags(tx, arn, new_tags)
    return _created(row)


def _created(row: ActivityRow) -> Response:
    return {"activityArn": row.arn, "creationDate": seconds(row.created_ms)}


def delete_activity(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """DeleteActivity; one that is not there is well."""
    row = resources.find_activity(tx, caller, request["activityArn"])
    if row is not None:
        activities.delete(tx.connection, row.arn)
        tag_store.delete_resource(tx.connection, row.arn)
    return {}


def describe_activity(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """DescribeActivity."""
    row = resources.activity(tx, caller, request["activityArn"])
    return {
        "activityArn": row.arn,
        "name": row.name,
        "creationDate": seconds(row.created_ms),
        "encryptionConfiguration": {"type": OWNED_KEY},  # the only kind that CreateActivity takes
    }


def list_activities(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """ListActivities of the caller's account and region."""
    page = read_page(tx, request, "ListActivities", caller.account, caller.region)
    rows = activities.list_page(tx.connection, caller.account, caller.region, page.cursor, page.size + 1)
    answer: Response = {"activities": [_created(row) | {"name": row.name} for row in rows[: page.size]]}
    if len(rows) > page.size:
        answer["nextToken"] = page.token(rows[page.size - 1].arn)
    return answer


async def get_activity_task(runtime: Runtime, caller: Caller, request: Request) -> Response:
    """GetActivityTask: wait for a task, 60 s at most; without one the answer has no token."""
    arn = request["activityArn"]
    await runtime.read(lambda tx: resources.activity(tx, caller, arn))
    task = await runtime.poll_activity(arn, request.get("workerName"))
    return {} if task is None else {"taskToken": task.task_token, "input": task.input}

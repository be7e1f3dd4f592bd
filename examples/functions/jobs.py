"""A slow job elsewhere: it is done at the look that its input names (`doneAfterLooks`, 3 when it does not say)."""

from typing import Any


def submit_job(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "jobId": f"job-{event.get('name', 'unnamed')}",
        "status": "RUNNING",
        "looks": 0,
        "pollSeconds": event.get("pollSeconds", 1),
        "doneAfterLooks": event.get("doneAfterLooks", 3),
        "fails": event.get("fails", False),
    }


def job_status(event: dict[str, Any], context: Any) -> dict[str, Any]:
    looks = event["looks"] + 1
    if looks < event["doneAfterLooks"]:
        return {**event, "looks": looks}
    if event["fails"]:
        return {**event, "looks": looks, "status": "FAILED", "reason": "The job ran out of disk"}
    return {**event, "looks": looks, "status": "SUCCEEDED", "result": f"s3://results/{event['jobId']}.csv"}

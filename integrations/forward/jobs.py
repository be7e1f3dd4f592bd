"""The jobs that `.sync` Tasks wait for: how each is asked after, when it is over, and how it is stopped.

Where a request is written down here, a Given stands for what the Task's parameters say, a Started for what the start
of the job answered. Names are spelled as in Tasks. A job that failed fails its Task with States.TaskFailed, its
description as JSON is the cause: so does AWS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine import jsontext
from engine.errors import StateError
from engine.sdk.errors import state_error

Json = Any
Way = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Given:
    way: Way


@dataclass(frozen=True, slots=True)
class Started:
    way: Way


def given(*way: str | int) -> Given:
    return Given(way)


def started(*way: str | int) -> Started:
    return Started(way)


@dataclass(frozen=True, slots=True)
class Request:
    """An operation of the same service, by the model's name, and its parameters."""

    operation: str
    parameters: Json


def _all_well(job: Json) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Job:
    """`job`: the way from the answer of `describe` to the job's description; `status`: from there to its status.

    `result`: the way from the answer to what the Task gets, under `result_name` where that is set.
    `well`: what a job that ended well must fulfil besides.
    `stop` None: nothing stops it.
    """

    describe: Request
    job: Way
    status: Way
    succeeded: frozenset[str]
    failed: frozenset[str]
    stop: Request | None = None
    result: Way = ()
    result_name: str | None = None
    well: Callable[[Json], bool] = _all_well


def _exit_codes_are_zero(task: Json) -> bool:
    """ECS: a stopped task is a success when it was started and its essential containers ended with 0."""
    codes = [container.get("ExitCode") for container in task.get("Containers", [])]
    return task.get("StopCode") in (None, "EssentialContainerExited") and all(code in (None, 0) for code in codes)


METADATA = ("SdkHttpMetadata", "SdkResponseMetadata")
_REASON = "Step Functions stopped the execution"


def _codebuild(kind: str, get: str, listed: str, stop: str) -> Job:
    return Job(
        Request(get, {"Ids": [started(kind, "Id")]}),
        job=(listed, 0),
        status=(f"{kind}Status",),
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED", "FAULT", "TIMED_OUT", "STOPPED"}),
        stop=Request(stop, {"Id": started(kind, "Id")}),
        result=(listed, 0),
        result_name=kind,
    )


def _sagemaker(kind: str, status: str, stop: bool = True) -> Job:
    name = f"{kind}Name"
    return Job(
        Request(f"Describe{kind}", {name: given(name)}),
        job=(),
        status=(status,),
        succeeded=frozenset({"Completed"}),
        failed=frozenset({"Failed", "Stopped"}),
        stop=Request(f"Stop{kind}", {name: given(name)}) if stop else None,
    )


def _eks(describe: str, names: tuple[str, ...], kind: str, succeeded: str, failed: set[str]) -> Job:
    return Job(
        Request(describe, {name: given(name) for name in names}),
        job=(kind,),
        status=("Status",),
        succeeded=frozenset({succeeded}),
        failed=frozenset(failed),
    )


_EMR_SERVERLESS = {"ApplicationId": given("ApplicationId")}
_EMR_STEP = {"ClusterId": given("ClusterId"), "StepId": started("StepId")}

JOBS: Mapping[tuple[str, str], Job] = {
    ("athena", "startQueryExecution"): Job(
        Request("GetQueryExecution", {"QueryExecutionId": started("QueryExecutionId")}),
        job=("QueryExecution",),
        status=("Status", "State"),
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED", "CANCELLED"}),
        stop=Request("StopQueryExecution", {"QueryExecutionId": started("QueryExecutionId")}),
    ),
    ("batch", "submitJob"): Job(
        Request("DescribeJobs", {"Jobs": [started("JobId")]}),
        job=("Jobs", 0),
        status=("Status",),
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED"}),
        stop=Request("TerminateJob", {"JobId": started("JobId"), "Reason": _REASON}),
        result=("Jobs", 0),
    ),
    ("bedrock", "createModelCustomizationJob"): Job(
        Request("GetModelCustomizationJob", {"JobIdentifier": started("JobArn")}),
        job=(),
        status=("Status",),
        succeeded=frozenset({"Completed"}),
        failed=frozenset({"Failed", "Stopped"}),
        stop=Request("StopModelCustomizationJob", {"JobIdentifier": started("JobArn")}),
    ),
    ("codebuild", "startBuild"): _codebuild("Build", "BatchGetBuilds", "Builds", "StopBuild"),
    ("codebuild", "startBuildBatch"): _codebuild(
        "BuildBatch", "BatchGetBuildBatches", "BuildBatches", "StopBuildBatch"
    ),
    ("codebuild", "retryBuildBatch"): _codebuild(
        "BuildBatch", "BatchGetBuildBatches", "BuildBatches", "StopBuildBatch"
    ),
    ("databrew", "startJobRun"): Job(
        Request("DescribeJobRun", {"Name": given("Name"), "RunId": started("RunId")}),
        job=(),
        status=("State",),
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED", "STOPPED", "TIMEOUT"}),
        stop=Request("StopJobRun", {"Name": given("Name"), "RunId": started("RunId")}),
    ),
    ("ecs", "runTask"): Job(
        Request(
            "DescribeTasks",
            {"Cluster": started("Tasks", 0, "ClusterArn"), "Tasks": [started("Tasks", 0, "TaskArn")]},
        ),
        job=("Tasks", 0),
        status=("LastStatus",),
        succeeded=frozenset({"STOPPED"}),
        failed=frozenset({"DELETED"}),
        stop=Request(
            "StopTask",
            {
                "Cluster": started("Tasks", 0, "ClusterArn"),
                "Task": started("Tasks", 0, "TaskArn"),
                "Reason": _REASON,
            },
        ),
        result=("Tasks", 0),
        well=_exit_codes_are_zero,
    ),
    ("eks", "createCluster"): _eks("DescribeCluster", ("Name",), "Cluster", "ACTIVE", {"FAILED"}),
    ("eks", "createNodegroup"): _eks(
        "DescribeNodegroup", ("ClusterName", "NodegroupName"), "Nodegroup", "ACTIVE", {"CREATE_FAILED", "DEGRADED"}
    ),
    ("eks", "createFargateProfile"): _eks(
        "DescribeFargateProfile",
        ("ClusterName", "FargateProfileName"),
        "FargateProfile",
        "ACTIVE",
        {"CREATE_FAILED"},
    ),
    ("elasticmapreduce", "createCluster"): Job(
        Request("DescribeCluster", {"ClusterId": started("ClusterId")}),
        job=("Cluster",),
        status=("Status", "State"),
        succeeded=frozenset({"WAITING", "TERMINATED"}),
        failed=frozenset({"TERMINATED_WITH_ERRORS"}),
    ),
    ("elasticmapreduce", "terminateCluster"): Job(
        Request("DescribeCluster", {"ClusterId": given("ClusterId")}),
        job=("Cluster",),
        status=("Status", "State"),
        succeeded=frozenset({"TERMINATED", "TERMINATED_WITH_ERRORS"}),
        failed=frozenset(),
    ),
    ("elasticmapreduce", "addStep"): Job(
        Request("DescribeStep", _EMR_STEP),
        job=("Step",),
        status=("Status", "State"),
        succeeded=frozenset({"COMPLETED"}),
        failed=frozenset({"FAILED", "CANCELLED", "INTERRUPTED"}),
        stop=Request("CancelSteps", {"ClusterId": given("ClusterId"), "StepIds": [started("StepId")]}),
    ),
    ("emr-containers", "startJobRun"): Job(
        Request("DescribeJobRun", {"Id": started("Id"), "VirtualClusterId": started("VirtualClusterId")}),
        job=("JobRun",),
        status=("State",),
        succeeded=frozenset({"COMPLETED"}),
        failed=frozenset({"FAILED", "CANCELLED"}),
        stop=Request("CancelJobRun", {"Id": started("Id"), "VirtualClusterId": started("VirtualClusterId")}),
    ),
    ("emr-serverless", "startApplication"): Job(
        Request("GetApplication", _EMR_SERVERLESS),
        job=("Application",),
        status=("State",),
        succeeded=frozenset({"STARTED"}),
        failed=frozenset({"STOPPED", "TERMINATED"}),
    ),
    ("emr-serverless", "stopApplication"): Job(
        Request("GetApplication", _EMR_SERVERLESS),
        job=("Application",),
        status=("State",),
        succeeded=frozenset({"STOPPED", "TERMINATED"}),
        failed=frozenset(),
    ),
    ("emr-serverless", "startJobRun"): Job(
        Request("GetJobRun", {**_EMR_SERVERLESS, "JobRunId": started("JobRunId")}),
        job=("JobRun",),
        status=("State",),
        succeeded=frozenset({"SUCCESS"}),
        failed=frozenset({"FAILED", "CANCELLED"}),
        stop=Request("CancelJobRun", {**_EMR_SERVERLESS, "JobRunId": started("JobRunId")}),
    ),
    ("glue", "startJobRun"): Job(
        Request("GetJobRun", {"JobName": given("JobName"), "RunId": started("JobRunId")}),
        job=("JobRun",),
        status=("JobRunState",),
        succeeded=frozenset({"SUCCEEDED"}),
        failed=frozenset({"FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"}),
        stop=Request("BatchStopJobRun", {"JobName": given("JobName"), "JobRunIds": [started("JobRunId")]}),
        result=("JobRun",),
    ),
    ("mediaconvert", "createJob"): Job(
        Request("GetJob", {"Id": started("Job", "Id")}),
        job=("Job",),
        status=("Status",),
        succeeded=frozenset({"COMPLETE"}),
        failed=frozenset({"ERROR", "CANCELED"}),
        stop=Request("CancelJob", {"Id": started("Job", "Id")}),
    ),
    ("sagemaker", "createHyperParameterTuningJob"): _sagemaker(
        "HyperParameterTuningJob", "HyperParameterTuningJobStatus"
    ),
    ("sagemaker", "createLabelingJob"): _sagemaker("LabelingJob", "LabelingJobStatus"),
    ("sagemaker", "createProcessingJob"): _sagemaker("ProcessingJob", "ProcessingJobStatus"),
    ("sagemaker", "createTrainingJob"): _sagemaker("TrainingJob", "TrainingJobStatus"),
    ("sagemaker", "createTransformJob"): _sagemaker("TransformJob", "TransformJobStatus"),
}


def filled(template: Json, parameters: Json, submitted: Json) -> Json:
    """A request with what the Task and the start of the job say in it. Raises StateError where they do not."""
    if isinstance(template, Given):
        return _at(parameters, template.way)
    if isinstance(template, Started):
        return _at(submitted, template.way)
    if isinstance(template, dict):
        return {name: filled(value, parameters, submitted) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, parameters, submitted) for value in template]
    return template


def outcome(job: Job, answer: Json) -> Json | None:
    """What the Task gets once the job has ended well; None while it runs. Raises StateError when it failed.

    A description that is not there yet counts as running: some services show a new job late.
    """
    try:
        described = _at(answer, job.job)
        status = _at(described, job.status)
    except StateError:
        return None
    if status in job.succeeded and job.well(described):
        return _result(job, answer)
    if status in job.succeeded | job.failed:
        raise state_error("States.TaskFailed", jsontext.dumps(described))
    return None


def _result(job: Job, answer: Json) -> Json:
    found = _at(answer, job.result)
    if job.result_name is not None:
        return {job.result_name: found}
    return {name: value for name, value in found.items() if name not in METADATA}


def _at(value: Json, way: Way) -> Json:
    for step in way:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            text = f"The job cannot be found again: there is no {'.'.join(map(str, way))} in what its start gave."
            raise StateError("States.Runtime", text) from None
    return value

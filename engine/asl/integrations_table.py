"""AWS's optimised integrations: service -> action -> the ways of waiting that AWS offers for it.

Source: the pages "Integrating optimized services" of the Step Functions Developer Guide. What stands here is what AWS
recognises; whether this server can run it is asked elsewhere (engine.contract.Targets).
"""

from collections.abc import Mapping

from engine.asl.model import Pattern

_CALL = frozenset({Pattern.REQUEST_RESPONSE})
_TOKEN = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})
_JOB = frozenset({Pattern.REQUEST_RESPONSE, Pattern.SYNC})
_JOB_TOKEN = frozenset({Pattern.REQUEST_RESPONSE, Pattern.SYNC, Pattern.WAIT_FOR_TASK_TOKEN})
_ALL = frozenset(Pattern)

OPTIMISED: Mapping[str, Mapping[str, frozenset[Pattern]]] = {
    "apigateway": {"invoke": _TOKEN},
    "athena": {
        "startQueryExecution": _JOB,
        "stopQueryExecution": _CALL,
        "getQueryExecution": _CALL,
        "getQueryResults": _CALL,
    },
    "batch": {"submitJob": _JOB},
    "bedrock": {"invokeModel": _TOKEN, "createModelCustomizationJob": _JOB},
    "bedrock-agentcore": {"invokeHarness": _CALL},
    "codebuild": {
        "startBuild": _JOB,
        "stopBuild": _CALL,
        "batchDeleteBuilds": _CALL,
        "batchGetReports": _CALL,
        "startBuildBatch": _JOB,
        "stopBuildBatch": _CALL,
        "retryBuildBatch": _JOB,
        "deleteBuildBatch": _CALL,
    },
    "databrew": {"startJobRun": _JOB},
    "dynamodb": {"getItem": _CALL, "putItem": _CALL, "deleteItem": _CALL, "updateItem": _CALL},
    "ecs": {"runTask": _JOB_TOKEN},
    "eks": {
        "createCluster": _JOB,
        "deleteCluster": _JOB,
        "createNodegroup": _JOB,
        "deleteNodegroup": _JOB,
        "createFargateProfile": _JOB,
        "deleteFargateProfile": _JOB,
        "call": _CALL,
        "runJob": _JOB_TOKEN,
    },
    "elasticmapreduce": {
        "createCluster": _JOB,
        "setClusterTerminationProtection": _CALL,
        "terminateCluster": _JOB,
        "addStep": _JOB,
        "cancelStep": _CALL,
        "modifyInstanceFleetByName": _CALL,
        "modifyInstanceGroupByName": _CALL,
    },
    "emr-containers": {"createVirtualCluster": _CALL, "deleteVirtualCluster": _JOB, "startJobRun": _JOB},
    "emr-serverless": {
        "createApplication": _JOB,
        "startApplication": _JOB,
        "stopApplication": _JOB,
        "deleteApplication": _JOB,
        "startJobRun": _JOB,
        "cancelJobRun": _JOB,
    },
    "events": {"putEvents": _TOKEN},
    "glue": {"startJobRun": _JOB},
    "http": {"invoke": _CALL},
    "lambda": {"invoke": _TOKEN},
    "mediaconvert": {"createJob": _JOB},
    "sagemaker": {
        "createEndpoint": _CALL,
        "createEndpointConfig": _CALL,
        "createHyperParameterTuningJob": _JOB,
        "createLabelingJob": _JOB,
        "createModel": _CALL,
        "createProcessingJob": _JOB,
        "createTrainingJob": _JOB,
        "createTransformJob": _JOB,
        "updateEndpoint": _CALL,
    },
    "sns": {"publish": _TOKEN},
    "sqs": {"sendMessage": _TOKEN},
    "states": {"startExecution": _ALL},
}

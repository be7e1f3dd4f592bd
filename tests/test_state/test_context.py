"""The test's own context object."""

import json

from tests.api.client import Api
from tests.api.machines import ROLE
from tests.test_state.test_operation import TASK, result, run


def test_the_own_context(api: Api) -> None:
    state = TASK | {"Parameters": {"c.$": "$$"}, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    answer = run(api, state, {"i": 1}, mock=result({}), roleArn=ROLE, stateConfiguration={"retrierRetryCount": 2})
    context = answer["inspectionData"]["afterParameters"]["c"]
    execution = context["Execution"]
    assert set(context) == {"Execution", "StateMachine", "State"}
    assert (execution["Input"], execution["RoleArn"]) == ({"i": 1}, ROLE)
    assert execution["Id"].split(":")[5] == "express" and execution["Id"].endswith(execution["Name"])
    assert context["StateMachine"]["Name"] == execution["Id"].split(":")[6]
    assert context["State"]["Name"] == "StateName"
    assert context["State"]["RetryCount"] == 2


def test_without_a_role_it_is_null(api: Api) -> None:
    state = {"Type": "Pass", "Parameters": {"r.$": "$$.Execution.RoleArn"}, "End": True}
    assert api.test_state(definition=json.dumps(state))["output"] == '{"r":null}'

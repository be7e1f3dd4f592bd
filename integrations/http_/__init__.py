"""HTTP Tasks: `arn:aws:states:::http:invoke`, with the connections of `[connections.NAME]`.

| file | what |
|---|---|
| request, encoding | from parameters and connection to the request |
| connections | authorization: basic, API key, OAuth client credentials |
| sending, answer | the exchange, and what the Task gets of it |
"""

from engine.contract import Integration, RemoteAction
from integrations.http_.caller import open_http

integration = Integration(service="http", actions={"invoke": RemoteAction()}, remote=open_http)

"""`apigateway:invoke`: a REST or HTTP API is called as API Gateway would take it.

| file | what |
|---|---|
| request | from parameters to the request |
| caller | signing, the exchange, result and errors |
"""

from engine.contract import Integration
from integrations.apigateway.caller import invoke_action, open_gateway

integration = Integration(service="apigateway", remote=open_gateway, forwards=invoke_action)

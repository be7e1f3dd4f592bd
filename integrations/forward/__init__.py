"""The calls of services that are not built in, sent where `[endpoints]` says: `aws-sdk:` Tasks of every service that
botocore knows, the optimised integrations, and the jobs that `.sync` Tasks wait for.

| file | what |
|---|---|
| caller | which actions are forwarded, and the calls |
| invoke | one call of one operation |
| optimised | what the optimised integrations change on the way |
| jobs | how the jobs of `.sync` Tasks are asked after and stopped |
| objects | what distributed Maps read from and write to S3 |
| clients, threads | botocore's clients, and the threads that they block |
"""

from engine.contract import Integration
from integrations.forward.caller import forwarded_actions, open_forwarding
from integrations.forward.objects import endpoint_store

integration = Integration(service="forward", remote=open_forwarding, forwards=forwarded_actions, objects=endpoint_store)

"""Amazon SQS: standard and FIFO queues.

| file | what |
|---|---|
| names, attributes, redrive, policies, messages, texts, batches, digests, receipts, errors | rules without a store |
| queues, queue_attributes, sending, receiving, deleting, visibility, moving | the operations |
| fifo, dead_letters, contents, access | what they share |
| books, shelf | what is in memory: gathered for the commit, and next to be received |
| queue_store, message_store, group_store, duplicates_store, attempts_store, move_store | statements of the database |
| tables, migrations | what is in it |
| task | `sqs:sendMessage` of state machines |
| peeking | looking into a queue without receiving |
| upkeep, forgetting, moves | expiry, the remains of what was purged or deleted; message move tasks |
"""

from engine.contract import Integration, Operation, Upkeep
from integrations.sqs import deleting, moving, queue_attributes, queues, receiving, sending, visibility
from integrations.sqs.books import SERVICE
from integrations.sqs.migrations import MIGRATIONS
from integrations.sqs.moves import advance
from integrations.sqs.peeking import PAGES
from integrations.sqs.tables import metadata
from integrations.sqs.task import SEND_MESSAGE
from integrations.sqs.upkeep import sweep

SWEEP_SECONDS = 60
MOVE_SECONDS = 1  # the rate of a message move task is per second

integration = Integration(
    service=SERVICE,
    actions={"sendMessage": SEND_MESSAGE},
    operations={
        "AddPermission": Operation(queue_attributes.add_permission, checks_first=True),
        "CancelMessageMoveTask": Operation(moving.cancel_message_move_task, checks_first=True),
        "ChangeMessageVisibility": Operation(visibility.change_message_visibility, checks_first=True),
        "ChangeMessageVisibilityBatch": Operation(visibility.change_message_visibility_batch, checks_first=True),
        "CreateQueue": Operation(queues.create_queue, checks_first=True),
        "DeleteMessage": Operation(deleting.delete_message, checks_first=True),
        "DeleteMessageBatch": Operation(deleting.delete_message_batch, checks_first=True),
        "DeleteQueue": Operation(queues.delete_queue, checks_first=True),
        "GetQueueAttributes": Operation(queue_attributes.get_queue_attributes, reads=True),
        "GetQueueUrl": Operation(queues.get_queue_url, reads=True),
        "ListDeadLetterSourceQueues": Operation(queues.list_dead_letter_source_queues, reads=True),
        "ListMessageMoveTasks": Operation(moving.list_message_move_tasks, reads=True),
        "ListQueueTags": Operation(queues.list_queue_tags, reads=True),
        "ListQueues": Operation(queues.list_queues, reads=True),
        "PurgeQueue": Operation(queues.purge_queue, checks_first=True),
        "ReceiveMessage": Operation(receiving.receive_message, checks_first=True, waits=True),
        "RemovePermission": Operation(queue_attributes.remove_permission, checks_first=True),
        "SendMessage": Operation(sending.send_message, checks_first=True, size_bytes=sending.request_bytes),
        "SendMessageBatch": Operation(sending.send_message_batch, checks_first=True, size_bytes=sending.request_bytes),
        "SetQueueAttributes": Operation(queue_attributes.set_queue_attributes, checks_first=True),
        "StartMessageMoveTask": Operation(moving.start_message_move_task, checks_first=True),
        "TagQueue": Operation(queues.tag_queue, checks_first=True),
        "UntagQueue": Operation(queues.untag_queue, checks_first=True),
    },
    tables=metadata,
    migrations=MIGRATIONS,
    upkeep=[Upkeep(SWEEP_SECONDS, sweep), Upkeep(MOVE_SECONDS, advance)],
    pages=PAGES,
)

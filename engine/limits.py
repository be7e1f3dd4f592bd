"""Every bound of the engine, by name, in one place; a section for each part and service.

Sources: AWS's quotas ([D], [M] in their documentation and models) where AWS has the limit, our own choice where the
engine needs one of its own. The lengths and ranges of API members stand in botocore's models, those of definitions in
schemas/, and are checked from there. A name ends in its unit, then MAX where it is a bound; without a unit it counts.
"""

# ---- Step Functions: AWS's quotas ----
PAYLOAD_BYTES_MAX = 262_144  # input, output and result of a state, UTF-8
DEFINITION_BYTES_MAX = 1_048_576
REQUEST_BYTES_MAX = 1_048_576
ERROR_CHARS_MAX = 256
CAUSE_CHARS_MAX = 32_768
TRACE_HEADER_CHARS_MAX = 256
NAME_CHARS_MAX = 80
PAGE_ITEMS_DEFAULT = 100  # of the List operations and GetExecutionHistory
PAGE_TOKEN_SECONDS = 86_400  # for which a nextToken may be used
HISTORY_ANSWER_BYTES_MAX = 4 * 1_048_576  # events in one answer of GetExecutionHistory
HISTORY_EVENTS_MAX = 25_000  # the last one is the ExecutionFailed that says so
EXECUTION_SECONDS_MAX = 31_536_000  # one year
EXPRESS_SECONDS_MAX = 300
TEST_STATE_SECONDS_MAX = 300
DIAGNOSTICS_MAX = 100
TAGS_MAX = 50
ACTIVITY_POLL_SECONDS = 60
ACTIVITY_POLLERS_MAX = 1_000  # for each activity
MACHINES_MAX = 100_000
VERSIONS_MAX = 1_000  # of one machine
ALIASES_MAX = 100  # of one machine
ACTIVITIES_MAX = 100_000

# ---- Redrive, and how long ended executions are kept ----
REDRIVE_SECONDS_MAX = 14 * 86_400  # after its end an execution can be redriven so long
REDRIVE_HISTORY_EVENTS_MAX = 24_998  # and with so many events at most
REDRIVE_TOKENS_MAX = 10  # client tokens that make a repeated redrive of an execution the same one
REDRIVE_TOKEN_SECONDS = 900  # and so long
EXECUTION_RETENTION_SECONDS = 90 * 86_400  # for which an execution that has ended is kept, as on AWS
RETENTION_CHECK_SECONDS = 3_600  # between looks at what ended so long ago
RETENTION_ROWS = 500  # executions looked at, and removed, in one commit
REMAINS_CHECK_SECONDS = 3_600  # between looks at what can be redriven no more
REMAINS_FORGOTTEN_AT_ONCE = 500  # rows of it that are removed in one commit
REMAINS_TEXT_CHARS = 262_144  # of what a redrive goes on from, in one row; a longer branch has a row of its own

# ---- The language: AWS's limits ----
INTRINSIC_NESTING_MAX = 10
INTRINSIC_TEXT_CHARS_MAX = 10_000  # Base64Encode, Base64Decode, Hash
ARRAY_RANGE_ELEMENTS_MAX = 1_000
INLINE_MAP_CONCURRENCY_MAX = 40
LABEL_CHARS_MAX = 40  # of a distributed Map
VARIABLE_NAME_CHARS_MAX = 80
VARIABLE_BYTES_MAX = 262_144  # of one variable, and of all that one Assign gives
VARIABLES_BYTES_MAX = 10 * 1_048_576  # that an execution keeps in all its scopes
SECONDS_MAX = 99_999_999  # TimeoutSeconds, HeartbeatSeconds, IntervalSeconds, Wait.Seconds
MAX_DELAY_SECONDS_MAX = 31_622_400  # and so long at most between two attempts where MaxDelaySeconds is absent
BACKOFF_RATE_MAX = 99_999_999  # our own: the longest interval a retrier may have

# ---- Texts and expressions: ours ----
JSON_DEPTH_MAX = 500  # nesting of a document; Jackson, and so AWS, stops at 1,000
DEFINITION_DEPTH_MAX = 100  # Maps and Parallels within each other, and nesting of Choice rules
PATH_CHARS_MAX = 10_000
PATH_NESTING_MAX = 50  # filters and brackets within each other
EXPRESSION_BYTES_MAX = 4 * 1_048_576  # what the expressions over one input may give together
EXPRESSION_VALUES_UNMEASURED = 16  # so many values of at most a payload each are no danger
EXPRESSION_DEPTH_MAX = 100  # nesting of a payload template
INTRINSIC_CHARS_MAX = 10_000  # text of an intrinsic function call
INTRINSIC_RESULT_CHARS_MAX = 1_048_576  # a text on its way through nested calls
PATTERN_STATES_MAX = 2_000  # of a regular expression in a filter
PATH_WORK_MAX = 1_000_000  # of one path: items compared, and states x characters of its regular expressions
PATH_RESULTS_MAX = 100_000  # nodes that one path may visit
STATE_WORK_MAX = 4_000_000  # of all paths and JSONata expressions of one state, in their units: two seconds or so
STEP_WORK_MAX = 400_000  # of the expressions of one execution, before the others have their turn

# ---- JSONata ----
JSONATA_CHARS_MAX = 100_000  # of one JSONata expression
JSONATA_NESTING_MAX = 150  # of its text: parentheses, brackets, operators to the right
JSONATA_DEPTH_MAX = 100  # of its evaluation, as on AWS
JSONATA_VALUE_BYTES_MAX = 6_990_256  # of one string (a byte a character) or array (8 an item): AWS stops [1..873783]
JSONATA_HELD_BYTES_MAX = 4 * JSONATA_VALUE_BYTES_MAX  # of all that one evaluation makes
JSONATA_WORK_MAX = 800_000  # of one evaluation, in steps of half a microsecond or so: its time
JSONATA_RESULT_DEPTH_MAX = 200  # nesting of a result that functions made
JSONATA_SIGNATURE_PARAMS_MAX = 12
JSONATA_SIGNATURE_ARGUMENTS_MAX = 64
JSONATA_PATTERN_INSTRUCTIONS_MAX = 5_000  # of a regular expression in a JSONata expression
JSONATA_PATTERN_SHOWN_CHARS = 200  # of a regular expression that an error quotes

# ---- Batches, and executions in them ----
LOCAL_CALLS_PER_STEP_MAX = 64  # of one execution to built-in services in one commit; the next ones wait for the next
LOCAL_CALLS_PER_BATCH_MAX = 1_024  # of all executions in one commit, those that it starts included
NESTED_SIGNALS_PER_BATCH_MAX = 256  # ends told to the Tasks that await them, and children stopped, in one commit
NESTED_OPERATIONS_MAX = 8  # operations of services that call each other
FLUSHES_MAX = 100  # of what operations gathered, one leading to another, before one commit
LONG_POLLS_MAX = 20_000  # requests that wait for something to come: receivers of empty queues, workers
TRANSITIONS_PER_STEP_MAX = 400  # of one execution in one commit, so that a tight loop starves nobody
BATCH_REQUESTS_MAX = 256  # requests and signals in one commit
BATCH_BYTES_MAX = 8 * 1_048_576
BATCH_SECONDS_MAX = 0.05  # work in one commit before it is closed
QUEUE_REQUESTS_MAX = 10_000  # waiting for a commit; more are answered ThrottlingException
CACHED_EXECUTIONS_MAX = 512
PURGED_PER_BATCH_MAX = 500  # executions of deleted machines, removed in one commit
CACHED_MACHINES_MAX = 1_000
EXPRESS_RUNS_MAX = 1_000  # Express executions under way at once
STATE_TESTS_MAX = 200  # of TestState, under way at once
TIMER_HORIZON_SECONDS = 60  # timers nearer than this are in memory, the others in the store only
NEAR_TIMERS_MAX = 20_000
SHARDS = 16
EXPRESS_LOG_BYTES_MAX = 4 * 1_048_576  # of an Express history that waits in memory to be logged

# ---- Map Runs: children, items read, results written ----
MAP_RUN_CHILDREN_MAX = 10_000  # of one Map Run, running at once
MAP_RUN_STARTS_PER_BATCH_MAX = 256  # children of Map Runs started in one commit
EXPRESS_CHILDREN_MAX = 1_000  # Express children of Map Runs in memory at once; the others wait in the store
EXPRESS_CHILDREN_FETCHED_MAX = 64  # of them read from the store at once
RESULT_FILE_BYTES_MAX = 32 * 1_048_576  # of one object of a ResultWriter; what is more goes into a next one
RESULT_PENDING_BYTES_MAX = 4 * 1_048_576  # inputs of children that never began, which a ResultWriter lists
RESULT_EXPORTS_MAX = 2  # Map Runs whose results are being written at once
RESULT_ROWS_READ = 32  # children read from the store at once for that
RESULT_WRITE_ATTEMPTS_MAX = 5  # of writing the results of one Map Run, where S3's trouble may pass
RESULT_RETRY_SECONDS = 2.0  # before the second of them, then twice as long each time
MAP_RUN_REDRIVES_MAX = 1_000  # of one Map Run
MAP_RUN_MARKS_PER_BATCH_MAX = 500  # children of a redriven Map Run that are looked at in one commit
MAP_RUN_BATCHES_MARKED_MAX = 32  # the same, of children with a batch of items each, the inputs of which are read
MAP_RUN_STOPS_PER_BATCH_MAX = 256  # children of ended Map Runs stopped in one commit
READS_MAX = 4  # pages of ItemReaders that are read at once, a thread each
READINGS_OPEN_MAX = 64  # Map Runs whose object stays open for the next page, with a chunk of it
READ_ATTEMPTS_MAX = 4  # of a page, where the endpoint of s3 does not answer
READER_CHUNK_BYTES = 256 * 1024  # of an object that is read at once
READER_ITEM_BYTES_MAX = 8 * 1_048_576  # an item as it stands in an object; a child's input may be less
READER_PAGE_ITEMS_MAX = 1_000  # items read ahead of the children of one Map Run
READER_PAGE_BYTES_MAX = 512 * 1024  # and what they take, but for the last one
READER_MANIFEST_BYTES_MAX = 16 * 1_048_576
READER_MAX_ITEMS_MAX = 100_000_000
READER_HEADER_BYTES_MAX = 10 * 1024  # the first row of a CSV object
READER_LIST_OBJECTS = 1_000  # asked for at once
BATCH_ITEMS_MAX = PAYLOAD_BYTES_MAX // 2  # of an ItemBatcher: more items than fit into an input
BUCKET_FOLDER_ENTRIES_MAX = 1_000_000  # of one folder below a bucket's, when it is listed

# ---- Calls that leave the process, and jobs ----
REMOTE_CALLS_MAX = 256  # function calls under way at once
REMOTE_CALLS_QUEUED_MAX = 4_096  # calls handed to their services at once; more wait for their turn
JOBS_FOLLOWED_MAX = 10_000  # jobs of `.sync` Tasks watched at once; the others wait their turn
JOB_STOP_SECONDS_MAX = 10  # for a job to take the request that it stop
JOB_POLL_FIRST_SECONDS = 0.25  # after its start a job is asked after so soon,
JOB_POLL_GROWTH = 1.5  # then at growing intervals
JOB_POLL_SECONDS_MAX = 30.0
JOB_POLL_REFUSALS_MAX = 5  # refused questions, one after the other, that fail the Task
RESOLVED_ACTIONS_MAX = 10_000  # what resources name, remembered
FORWARDED_CALLS_MAX = 64  # calls of other endpoints' services under way at once, a thread each
FORWARD_CLIENTS_MAX = 64  # clients of services, regions and roles kept at once
FORWARD_CONNECT_SECONDS = 10
FORWARD_READ_SECONDS = 60  # as the SDKs have it
FORWARD_RESULT_BYTES_MAX = 1_048_576  # of a streamed answer that is read; the state's own limit is less
CONNECTION_PARAMETERS_MAX = 100  # headers, query or body parameters of a connection
HTTP_TASK_SECONDS_MAX = 60
HTTP_TASK_RESULT_BYTES_MAX = 262_144  # what is asked for by Range, and the most that a state may output
HTTP_TASK_HEADERS_MAX = 100
HTTP_TASK_URL_CHARS_MAX = 8_192
HTTP_TOKEN_BYTES_MAX = 65_536  # the answer of a connection's authorization endpoint
HTTP_TOKEN_SECONDS_DEFAULT = 300  # how long a token without expires_in is kept

# ---- Functions ----
FUNCTION_RESULT_BYTES_MAX = 6_291_556  # what Lambda lets a function answer: its "6 MB" is 100 bytes over 6 MiB
FUNCTION_SECONDS_MAX = 900  # what Lambda lets a function run
FUNCTION_SECONDS_DEFAULT = 60
FUNCTION_START_SECONDS_MAX = 60  # for a worker to import its handler; not counted as running time, as on Lambda
FUNCTION_STOP_SECONDS_MAX = 1  # for idle workers to end by themselves, for an ended command's pipes to close
FUNCTION_STDERR_BYTES_MAX = 4_096  # the end of a failed command's stderr that its cause quotes
FUNCTION_WORKERS_DEFAULT = 8  # processes (of a url: calls under way) for each function
FUNCTION_WORKERS_MAX = 64  # what a function may ask for
CLIENT_CONTEXT_CHARS_MAX = 3_583  # Lambda's ClientContext, in base64
FUNCTION_EVENT_BYTES_MAX = 6_291_456  # of the records that one invocation gets

# ---- Event sources ----
EVENT_SOURCES_MAX = 100  # queues that feed functions or executions
EVENT_SOURCE_MESSAGES_MAX = 10_000  # of one batch, with a batching window
EVENT_SOURCE_MESSAGES_AT_ONCE = 10  # without one
EVENT_SOURCE_WINDOW_SECONDS_MAX = 300
EVENT_SOURCE_BATCHES_MAX = 1_000  # of one source, under way at once
EVENT_SOURCE_BATCHES_DEFAULT = 5
EVENT_SOURCE_WORKERS_MAX = 5_000  # batches of all sources
EVENT_SOURCE_BACKOFF_SECONDS_MAX = 10  # between batches while they fail

# ---- Deliveries of the outbox, and status events ----
OUTBOX_ATTEMPTS_MAX = 185  # of one delivery, as EventBridge does, unless its kind says otherwise
OUTBOX_DELIVERIES_MAX = 64  # under way at once
OUTBOX_COUNTED_MAX = 100_000  # deliveries that wait, as the metric counts them
OUTBOX_POLL_SECONDS = 30  # between looks at the store when nothing wakes it
EVENT_BYTES_MAX = 248 * 1024  # input and output in an EventBridge event, or in an execution's log event, escaped
EVENT_BUS_CALLS_MAX = 8  # PutEvents under way at once

# ---- The HTTP door ----
CONNECTIONS_MAX = 12_000  # most of them may wait in long polls
FILES_RESERVED = 512  # open files that are no connections: the database, functions, calls
HEADER_SECONDS_MAX = 30  # for a client to send its request
HEADER_BYTES_MAX = 65_536  # request line and headers
QUEUE_REQUEST_BYTES_MAX = 4 * 1_048_576  # of SQS and SNS: a message of 1 MiB, escaped in JSON or in a form
MAIL_REQUEST_BYTES_MAX = 64 * 1_048_576  # of SES: a message of 40 MB in base64, escaped in a form
PAGE_BODY_BYTES_MAX = 65_536  # a request to a service's page beside its protocol
FORM_PARAMETERS_MAX = 5_000  # in one request of the Query protocols
FORM_NAME_PARTS_MAX = 32  # `a.1.b`: parts of a parameter's name, so many structures within each other
FORM_NAME_SHOWN_CHARS = 200  # of a parameter's name that an error quotes
REQUEST_SLACK_BYTES = 786_432  # over it: escapes, and the members around a definition or batch of full size
DISCARD_BYTES_MAX = 16 * 1_048_576  # of a request that is too large, read so that the client sees the answer
KEEP_ALIVE_SECONDS = 75  # an idle connection; longer than SDKs keep theirs
HEALTH_SECONDS_MAX = 5  # for the database to answer GET /healthz
DRAIN_SECONDS_MAX = 10  # for requests under way at shutdown, before they are cancelled
SCOPES_CACHED_MAX = 1_024  # credential scopes read lately
METRIC_SERIES_MAX = 2_000  # (service, operation, code) counted apart
VALIDATION_FAILURES_MAX = 100  # constraint failures described in one message, about

# ---- Who may do what ----
ACCESS_POLICIES_READ_MAX = 1_000  # of topics, queues and identities, read and remembered
ACCESS_KEYS_MAX = 1_000

# ---- Settings, and the test controls ----
SETTLE_SECONDS_MAX = 30  # real ones, for what became due when a test moves the clock
ADVANCE_STEPS_MAX = 100_000  # times at which something is due, in one move of a test's clock
ADVANCE_SECONDS_MAX = 120  # real ones, for one move
ADVANCE_DAYS_MAX = 36_500  # in one move
CONTROL_BODY_BYTES_MAX = 16_384  # a request to the test controls
FUNCTION_MOCKS_MAX = 1_000
WAITING_TASKS_SHOWN_MAX = 1_000  # in the test controls' list
SETTINGS_BYTES_MAX = 1_048_576  # statewright.toml

# ---- The store, its lock and its keys ----
KEY_FILE_BYTES_MAX = 4_096  # of a master key file that are read
DATA_KEYS_CACHED_MAX = 4_096  # unwrapped in memory
DATA_KEY_SEALS_MAX = 1 << 28  # values under one data key: far below 2^32, where nonces may meet [NIST SP 800-38D]
KEYS_REWRAPPED_PER_COMMIT = 500  # when the master key is changed
STORE_READERS_MAX = 16  # connections that read beside the writer
STORE_BUSY_SECONDS = 10  # to wait for another process's SQLite transaction, or for a reader's connection
STORE_CONNECT_SECONDS = 10
STORE_STATEMENT_SECONDS = 60
STORE_IDLE_TRANSACTION_SECONDS = 20  # a Postgres server ends a transaction that stands still
STORE_LOCK_SECONDS = 30  # longer than that, so that a successor outwaits a stopped owner
LOCK_PATIENCE_SECONDS = 2.0  # for a Postgres server to notice that the process that held the lock is dead
LEASE_CHECK_SECONDS = 5.0  # between two looks whether the lock is still held: it may go while its process lives
STORE_WAL_BYTES_MAX = 64 * 1_048_576  # what SQLite keeps of its log after a burst

# ---- CloudWatch Logs ----
LOG_EVENT_BYTES_MAX = 1_048_576  # one event of PutLogEvents, with its overhead
LOG_EVENT_OVERHEAD_BYTES = 26
LOG_BATCH_BYTES_MAX = 1_048_576
LOG_PAGE_BYTES_MAX = 1_048_576  # of GetLogEvents and FilterLogEvents
LOG_PAGE_EVENTS_MAX = 10_000
LOG_BACKWARDS_SINCE_MS = 1_704_067_200_000  # 2024: FilterLogEvents goes backwards to there where a startTime is given
LOG_SCAN_BYTES_MAX = 8 * 1_048_576  # that one FilterLogEvents looks through before it answers with what it has
LOG_BATCH_SPAN_MS = 24 * 3_600_000
LOG_AGE_MS_MAX = 14 * 24 * 3_600_000
LOG_FUTURE_MS_MAX = 2 * 3_600_000
LOG_PAGE_NAMES_MAX = 50  # of DescribeLogGroups and DescribeLogStreams
LOG_GROUPS_MAX = 1_000_000  # for an account and region
LOG_PATTERN_TERMS_MAX = 100  # terms and comparisons in a filter pattern
LOG_PATTERN_CHARS_MAX = 1_024
LOG_PATTERN_REGEX_MAX = 2  # regular expressions in one
LOG_PATTERN_DEPTH_MAX = 50  # parentheses within each other
LOG_SWEEP_EVENTS = 1_000  # expired or deleted events removed in one commit

# ---- Secrets Manager ----
SECRET_BYTES_MAX = 65_536  # of a secret's value
SECRETS_MAX = 500_000  # of an account and region
SECRET_LABELS_MAX = 20  # staging labels on all versions of a secret
SECRET_VERSIONS_KEPT = 100  # of a secret; older ones without a label are removed, but none of the last 24 hours
SECRET_VERSIONS_MAX = 1_000  # our own: of a secret in all
SECRET_REPLICAS_MAX = 50  # our own: regions of one secret
SECRETS_SCANNED_MAX = 500  # our own: that one ListSecrets with filters looks at
SECRET_ROTATION_ATTEMPTS_MAX = 5  # our own: of one rotation, until its next window
SECRET_ROTATIONS_AT_ONCE = 16  # our own: under way; others wait, so that slow functions leave the outbox to others
SECRET_ROTATION_WAIT_SECONDS = 10  # before one that waits looks again

# ---- SNS ----
SNS_MESSAGE_BYTES_MAX = 262_144  # of a message with its attributes, and of all messages of a batch, by default
SNS_LARGE_MESSAGE_BYTES_MAX = 1_048_576  # what a topic's MaximumMessageSize may say
SNS_LARGE_SUBSCRIPTIONS_MAX = 100  # of a topic whose MaximumMessageSize is above the default
SNS_BATCH_ENTRIES_MAX = 10
SNS_SUBJECT_CHARS_MAX = 100
SNS_ATTRIBUTE_NAME_CHARS_MAX = 256  # of a message attribute
SNS_DISPLAY_NAME_CHARS_MAX = 100
SNS_TOPICS_MAX = 100_000  # for an account and region
SNS_SUBSCRIPTIONS_MAX = 10_000  # of one topic
SNS_FIFO_SUBSCRIPTIONS_MAX = 100  # of one FIFO topic
SNS_QUEUES_MAX = 1_000  # of one topic: so many messages its publishing transaction writes
SNS_DELIVERIES_PER_BATCH = 100  # of one message, to other subscribers than queues, written down in one commit
SNS_FILTER_POLICIES_MAX = 200  # of one topic
SNS_FILTER_POLICY_BYTES_MAX = 262_144
SNS_FILTER_KEYS_MAX = 5
SNS_FILTER_COMBINATIONS_MAX = 150
SNS_FILTER_NUMBER_MAX = 1_000_000_000
SNS_FILTER_DEPTH_MAX = 50  # objects within each other
SNS_POLICY_BYTES_MAX = 30_720  # of an access policy
SNS_POLICY_STATEMENTS_MAX = 100
SNS_POLICY_PRINCIPALS_MAX = 200  # of one statement
SNS_PAGE_MAX = 100  # topics, subscriptions, endpoints and numbers in one answer
SNS_DEDUPLICATION_MS = 300_000
SNS_DEDUPLICATION_CHARS_MAX = 128  # ids of deduplication and of groups
SNS_CONFIRMATION_MS = 2 * 86_400_000  # that a token of ConfirmSubscription lives
SNS_PROTECTION_POLICY_CHARS_MAX = 30_720
SNS_CUSTOM_IDENTIFIERS_MAX = 10  # of one data protection policy
SNS_REGEX_CHARS_MAX = 200  # of a custom data identifier
REGEX_POSITIONS_MAX = 500  # our own: characters that an expression describes, repetitions written out
REGEX_TRANSITIONS_MAX = 20_000  # our own: of its automaton, that are remembered
SNS_PROTECTION_DETECTIONS_MAX = 1_000  # of one identifier, that an audit lists; all are counted
SNS_TOPICS_REMEMBERED_MAX = 1_000  # with their subscriptions, between batches
SNS_HTTP_SECONDS_MAX = 15  # for a subscriber to answer
SNS_HTTP_RETRIES_MAX = 100  # of an HTTP delivery policy
SNS_HTTP_DELAY_SECONDS_MAX = 3_600  # its longest delay, and all its delays together
SNS_ENDPOINT_CHARS_MAX = 2_048  # of a subscription
SNS_ARCHIVE_DAYS_MAX = 365
SNS_REPLAYED_PER_BATCH = 100  # archived messages sent again in one commit
SNS_SWEEP_ROWS = 1_000  # expired rows removed in one commit
SNS_ENDPOINTS_MAX = 1_000_000  # of one platform application
SNS_USER_DATA_BYTES_MAX = 2_048  # of a platform endpoint
SNS_SANDBOX_NUMBERS_MAX = 10
SNS_RECORDS_MAX = 100_000  # SMS and mail messages that are kept to be read back; the oldest go

# ---- SQS ----
SQS_QUEUE_NAME_CHARS_MAX = 80
SQS_MESSAGE_BYTES_MAX = 1_048_576  # of a message with its attributes, and of all messages of a batch
SQS_BATCH_ENTRIES_MAX = 10
SQS_PEEKED_MAX = 1_000  # messages of a queue that are shown without being received
SQS_RECEIVED_MAX = 10  # messages of one ReceiveMessage
SQS_MESSAGE_ATTRIBUTES_MAX = 10
SQS_ATTRIBUTE_NAME_CHARS_MAX = 256  # of a message attribute, and of its type
SQS_DELAY_SECONDS_MAX = 900
SQS_VISIBILITY_SECONDS_MAX = 43_200
SQS_WAIT_SECONDS_MAX = 20
SQS_IN_FLIGHT_MAX = 120_000  # messages of one queue
SQS_DEDUPLICATION_MS = 300_000
SQS_PURGE_MS = 60_000  # between two purges of a queue
SQS_DELETED_MS = 60_000  # before the name of a deleted queue is free
SQS_QUEUES_MAX = 1_000_000  # for an account and region
SQS_LIST_MAX = 1_000  # queues in one answer
SQS_POLICY_BYTES_MAX = 30_720
SQS_POLICY_STATEMENTS_MAX = 20
SQS_PERMISSION_ACTIONS_MAX = 7
SQS_REDRIVE_SOURCES_MAX = 10  # queues named in a RedriveAllowPolicy
SQS_MOVES_SHOWN_MAX = 10  # message move tasks of one queue
SQS_MOVES_ACTIVE_MAX = 100  # of one account and region
SQS_MOVES_PER_SECOND_MAX = 500
SQS_MOVED_PER_BATCH_MAX = 200  # messages moved in one commit
SQS_MOVE_KEPT_MS = 14 * 86_400_000  # that a finished move task can be listed
SQS_SWEEP_ROWS = 1_000  # expired or purged rows removed in one commit
SQS_QUEUES_REMEMBERED_MAX = 1_000  # between batches
SQS_VIEWS_REMEMBERED_MAX = 256  # which attributes receivers ask for
SQS_SHELVES_MAX = 256  # queues whose next messages are in memory
SQS_SHELF_FIRST_MESSAGES = 16  # read of a queue at first, then more
SQS_SHELF_MESSAGES_MAX = 256  # of one queue, and
SQS_SHELF_BYTES_MAX = 262_144  # their bodies, about
SQS_SHELVES_BYTES_MAX = 64 * 1_048_576  # of all of them, about
SQS_SHELF_TENANTS_MAX = 32  # message groups of a fair queue looked at for one refill
SQS_PASSED_OVER_MAX = 1_000  # expired and dead messages that one ReceiveMessage clears away
SQS_GATHERED_BYTES_MAX = 8 * 1_048_576  # bodies that wait for the commit before they are written early

# ---- EC2's security groups ----
EC2_RULES_MAX = 60  # of one direction and family in a security group
EC2_GROUPS_MAX = 2_500  # security groups of an account and region
EC2_VPCS_OF_GROUP_MAX = 50  # that a security group is associated with
EC2_GROUPS_OF_INTERFACE_MAX = 5  # AWS raises it to 16 on request
EC2_VPCS_MAX = 100  # of an account and region; AWS has 5 and raises it on request
EC2_SUBNETS_MAX = 200  # of a VPC
EC2_ADDRESSES_OF_INTERFACE_MAX = 50
EC2_INTERFACES_MAX = 5_000  # of an account and region
EC2_PREFIX_LISTS_MAX = 100
EC2_PREFIX_LIST_ENTRIES_MAX = 1_000
EC2_PREFIX_LIST_VERSIONS_MAX = 100  # of a prefix list that are kept
EC2_INSIGHTS_PATHS_MAX = 100
EC2_INSIGHTS_ANALYSES_MAX = 1_000
EC2_PARENTS_OF_STATEMENT = 16  # groups whose rules are asked for at once
EC2_CHECKED_PAIRS_MAX = 1_000  # pairs of interfaces that one check looks at
EC2_NAME_CHARS_MAX = 255
EC2_DESCRIPTION_CHARS_MAX = 255
EC2_TAGS_MAX = 50
EC2_TAG_KEY_CHARS_MAX = 128
EC2_TAG_VALUE_CHARS_MAX = 256
EC2_TAGGED_MAX = 1_000  # resources in one CreateTags
EC2_FILTER_VALUES_MAX = 200  # of one filter
EC2_PATTERN_CHARS_MAX = 1_000  # of a filter's value with wildcards
EC2_PATTERNS_CACHED_MAX = 1_024
EC2_NETWORKS_CACHED_MAX = 20_000  # CIDR blocks read
EC2_REFERENCES_ASKED_MAX = 200  # groups in one DescribeSecurityGroupReferences
EC2_PAGE_DEFAULT = 1_000  # resources in an answer

# ---- SES ----
SES_SANDBOX_DAILY_MAX = 200  # recipients in 24 hours
SES_SANDBOX_RATE_MAX = 1  # recipients in a second
SES_DAILY_MAX = 50_000
SES_RATE_MAX = 14
SES_RECIPIENTS_MAX = 50  # of one mail
SES_BULK_MAX = 50  # destinations of one bulk mail
SES_MESSAGE_BYTES_MAX = 10 * 1_048_576  # of v1
SES_V2_MESSAGE_BYTES_MAX = 40 * 1_048_576
SES_HEADER_BYTES_MAX = 262_144  # of a raw mail
SES_SUBJECT_CHARS_MAX = 10_000  # and of another header that a request sets
SES_ADDRESS_CHARS_MAX = 320
SES_SHOWN_CHARS = 200  # of what an error quotes
SES_IDENTITIES_MAX = 10_000  # of an account and region
SES_TEMPLATES_MAX = 20_000
SES_TEMPLATE_BYTES_MAX = 500 * 1_024
SES_TEMPLATE_DEPTH_MAX = 20  # blocks within each other
SES_TEMPLATE_DATA_BYTES_MAX = 262_144
SES_RENDERED_CHARS_MAX = 4 * 1_048_576  # of one part of a template
SES_RENDER_STEPS_MAX = 100_000  # tags and texts between them
SES_TAGS_MAX = 50  # of one mail
SES_STATISTICS_MS = 14 * 86_400_000
SES_PAGE_MAX = 1_000  # of identities and of mails in an answer
SES_INBOX_MAX = 10_000  # mails that are kept
SES_POLICIES_MAX = 20  # of an identity
SES_POLICY_BYTES_MAX = 4_096
SES_POLICY_STATEMENTS_MAX = 50
SES_POOLS_MAX = 50  # of dedicated addresses, in an account and region
SES_RESOURCE_TAGS_MAX = 50
SES_VERIFICATION_TEMPLATES_MAX = 50  # of an account and region
SES_VERIFICATION_LINK_MS = 86_400_000  # for which the link of such a mail is valid
SES_DNS_SECONDS = 5  # for an answer of the resolver
SES_DNS_CHECKS_MAX = 100  # identities that are asked about before others fall due
SES_DNS_PAUSE_SECONDS = 5  # between two looks for what is due
SES_DNS_PENDING_MS = 60_000  # between two looks for records that are not there yet
SES_DNS_VERIFIED_MS = 86_400_000  # between two looks for records that were there
SES_DNS_PATIENCE_MS = 72 * 3_600_000  # until a record that is not there has failed
SES_CONTACT_LISTS_MAX = 1  # of an account and region
SES_TOPICS_MAX = 20  # of a contact list
SES_CONTACTS_MAX = 1_000_000  # of a contact list
SES_CONTACTS_SCANNED_MAX = 2_000  # for one page of a list
SES_CONTACT_ATTRIBUTES_BYTES_MAX = 1_024
SES_SWEEP_ROWS = 500  # mails removed in one commit
SES_CONFIGURATION_SETS_MAX = 10_000  # of an account and region
SES_EVENT_DESTINATIONS_MAX = 10  # of a configuration set
SES_EVENT_DIMENSIONS_MAX = 10  # of a CloudWatch destination
SES_EVENT_HEADER_BYTES_MAX = 10_240  # of a mail, that its events show
SES_RELAY_CONNECTIONS_MAX = 8
SES_RELAY_SECONDS_MAX = 60  # for one answer of the relay
SES_RELAY_CONNECT_SECONDS_MAX = 10
SES_RELAY_PAUSE_SECONDS = 10  # that no connection is tried after one that failed: mails are put off at once
SES_RELAY_IDLE_SECONDS = 30  # that a connection is kept without a mail
SES_RELAY_ANSWER_CHARS_MAX = 500  # of the relay's words that are kept
SES_RELAY_FIRST_DELAY_MS = 60_000  # before the second attempt; then twice the one before
SES_RELAY_DELAY_MAX_MS = 3_600_000
SES_RELAY_MS = 14 * 3_600_000  # that a mail is tried, as AWS does
SES_SMTP_CONNECTIONS_MAX = 50  # of each of its ports
SES_SMTP_IDLE_SECONDS = 300  # between two commands, and for one mail to arrive
SES_SMTP_COMMANDS_MAX = 1_000  # of one kind in a connection
SES_SMTP_LOGINS_MAX = 3  # that fail in a connection
SES_SMTP_REPLY_CHARS_MAX = 480  # of what is quoted in a reply
SES_SMTP_DRAIN_SECONDS = 10  # for mails under way when the server stops
SES_RULE_SETS_MAX = 40  # of an account and region
SES_RULE_SETS_PAGE = 100
SES_RULES_MAX = 200  # of a rule set
SES_RULE_ACTIONS_MAX = 10
SES_RULE_RECIPIENTS_MAX = 100
SES_FILTERS_MAX = 100  # of an account and region
SES_INBOUND_RECIPIENTS_MAX = 100  # of one mail that comes in
SES_RECEIVERS_MAX = 10  # accounts and regions that a mail comes in for
SES_NOTICE_MAIL_BYTES_MAX = 150 * 1_024  # of a mail that an SNSAction publishes
SES_NOTICE_HEADER_BYTES_MAX = 10 * 1_024  # of its headers in a notification
SES_CHAINS_MAX = 20  # mails that are put through their actions at once
SES_ACTION_SECONDS_MAX = 30  # of a function whose answer is waited for
SES_RECEIVED_MAX = 10_000  # mails with actions to do; while there are so many no other comes in
SES_ACTION_DELAY_MS_MAX = 300_000  # between two tries of an action
SES_BOUNCEABLE_MS = 86_400_000  # that a mail which came in may be bounced by SendBounce
SES_BOUNCEABLE_MAX = 20_000  # of these mails, the newest
SES_BOUNCE_EXPLANATION_CHARS_MAX = 10_000
SES_BOUNCE_EXTENSIONS_MAX = 50  # fields in a report of a bounce
SES_TRACKED_MS = 60 * 86_400_000  # that events of opened mails and followed links are published, as AWS does
SES_TRACKED_MAX = 100_000  # mails, the newest, whose events may come
SES_TRACKED_LINKS_MAX = 250  # of a mail, as AWS does
SES_TRACKED_URL_CHARS_MAX = 2_048  # of a link that is followed, and of its tags
SES_LINK_TAGS_MAX = 50  # of a link
SES_VERDICT_SECONDS = 8  # for SPF, DKIM and DMARC of a mail that comes in; then it comes in without
SES_VERDICT_QUESTIONS_MAX = 150  # of DNS, for one mail
SES_VERDICT_LINE_CHARS_MAX = 990  # of a header that tells of them
SES_FROM_BYTES_MAX = 8_192  # of From in a mail that comes in; of a longer one DMARC knows no domain
SES_SPF_RECORD_CHARS_MAX = 8_192  # our own: RFC 7208 wants a record to fit 512 bytes
SES_SPF_TERMS_MAX = 10  # of a check, that ask DNS (RFC 7208, 4.6.4)
SES_SPF_VOID_MAX = 2  # answers without a record, of a check
SES_SPF_NAMES_MAX = 10  # of one MX or PTR
SES_DKIM_SIGNATURES_MAX = 10  # of a mail, that are looked at
SES_DMARC_PARENTS_MAX = 7  # domains above From's that are asked for a policy
SES_EVENT_RETRIES = 2  # of a function that failed on an event, as Lambda does

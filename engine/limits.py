"""Every bound of the engine, by name, in one place. Sources: AWS's quotas ([D], [M] in their documentation and
models) where AWS has the limit, our own choice where the engine needs one of its own."""

# ---- AWS's limits on what users hand in ----
PAYLOAD_BYTES_MAX = 262_144  # input, output and result of a state, UTF-8
DEFINITION_BYTES_MAX = 1_048_576
REQUEST_BYTES_MAX = 1_048_576
ERROR_CHARS_MAX = 256
CAUSE_CHARS_MAX = 32_768
TASK_TOKEN_CHARS_MAX = 2_048
TRACE_HEADER_CHARS_MAX = 256
NAME_CHARS_MAX = 80
PAGE_ITEMS_DEFAULT = 100  # of the List operations and GetExecutionHistory
HISTORY_ANSWER_BYTES_MAX = 4 * 1_048_576  # events in one answer of GetExecutionHistory
HISTORY_EVENTS_MAX = 25_000  # the last one is the ExecutionFailed that says so
EXECUTION_SECONDS_MAX = 31_536_000  # one year
EXPRESS_SECONDS_MAX = 300
DIAGNOSTICS_MAX = 100
TAGS_MAX = 50
TAG_KEY_CHARS_MAX = 128
TAG_VALUE_CHARS_MAX = 256
ACTIVITY_POLL_SECONDS = 60
ACTIVITY_POLLERS_MAX = 1_000  # for each activity
REDRIVE_SECONDS_MAX = 14 * 86_400  # after its end an execution can be redriven so long
REDRIVE_HISTORY_EVENTS_MAX = 24_998  # and with so many events at most
MACHINES_MAX = 100_000
ACTIVITIES_MAX = 100_000

# ---- AWS's limits of the language ----
INTRINSIC_NESTING_MAX = 10
INTRINSIC_TEXT_CHARS_MAX = 10_000  # Base64Encode, Base64Decode, Hash
ARRAY_RANGE_ELEMENTS_MAX = 1_000
INLINE_MAP_CONCURRENCY_MAX = 40
SECONDS_MAX = 99_999_999  # TimeoutSeconds, HeartbeatSeconds, IntervalSeconds, Wait.Seconds
MAX_DELAY_SECONDS_MAX = 31_622_400
BACKOFF_RATE_MAX = 99_999_999  # our own: the longest interval a retrier may have

# ---- bounds of our own ----
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
TRANSITIONS_PER_STEP_MAX = 400  # of one execution in one commit, so that a tight loop starves nobody
BATCH_REQUESTS_MAX = 256  # requests and signals in one commit
BATCH_BYTES_MAX = 8 * 1_048_576
BATCH_SECONDS_MAX = 0.05  # work in one commit before it is closed
QUEUE_REQUESTS_MAX = 10_000  # waiting for a commit; more are answered ThrottlingException
CACHED_EXECUTIONS_MAX = 512
PURGED_PER_BATCH_MAX = 500  # executions of deleted machines, removed in one commit
CACHED_MACHINES_MAX = 1_000
EXPRESS_RUNS_MAX = 1_000  # Express executions under way at once
TIMER_HORIZON_SECONDS = 60  # timers nearer than this are in memory, the others in the store only
NEAR_TIMERS_MAX = 20_000
REMOTE_CALLS_MAX = 256  # function calls under way at once
REMOTE_CALLS_QUEUED_MAX = 4_096  # calls that wait for their function in memory; the others wait in the store
FUNCTION_RESULT_BYTES_MAX = 6_291_556  # what Lambda lets a function answer: its "6 MB" is 100 bytes over 6 MiB
FUNCTION_SECONDS_MAX = 900  # what Lambda lets a function run
FUNCTION_SECONDS_DEFAULT = 60
FUNCTION_START_SECONDS_MAX = 60  # for a worker to import its handler; not counted as running time, as on Lambda
FUNCTION_STOP_SECONDS_MAX = (
    1  # for idle workers to end by themselves at shutdown; for an ended command's pipes to close
)
FUNCTION_STDERR_BYTES_MAX = 4_096  # the end of a failed command's stderr that its cause quotes
FUNCTION_WORKERS_DEFAULT = 8  # processes (of a url: calls under way) for each function
FUNCTION_WORKERS_MAX = 64  # what a function may ask for
CLIENT_CONTEXT_CHARS_MAX = 3_583  # Lambda's ClientContext, in base64
SETTINGS_BYTES_MAX = 1_048_576  # statewright.toml
CONNECTIONS_MAX = 2_000
HEADER_SECONDS_MAX = 30  # for a client to send its request
HEADER_BYTES_MAX = 65_536  # request line and headers
REQUEST_SLACK_BYTES = 262_144  # over REQUEST_BYTES_MAX: escapes and the members around a definition of full size
DISCARD_BYTES_MAX = 16 * 1_048_576  # of a request that is too large, read so that the client sees the answer
KEEP_ALIVE_SECONDS = 75  # an idle connection; longer than SDKs keep theirs
HEALTH_SECONDS_MAX = 5  # for the database to answer GET /healthz
DRAIN_SECONDS_MAX = 10  # for requests under way at shutdown, before they are cancelled
SCOPES_CACHED_MAX = 1_024  # credential scopes read lately
METRIC_SERIES_MAX = 2_000  # (service, operation, code) counted apart
VALIDATION_FAILURES_MAX = 100  # constraint failures described in one message, about
SHARDS = 16
STORE_READERS_MAX = 16  # connections that read beside the writer
STORE_BUSY_SECONDS = 10  # to wait for another process's SQLite transaction, or for a reader's connection
STORE_CONNECT_SECONDS = 10
STORE_STATEMENT_SECONDS = 60
STORE_IDLE_TRANSACTION_SECONDS = 20  # a Postgres server ends a transaction that stands still
STORE_LOCK_SECONDS = 30  # longer than that, so that a successor outwaits a stopped owner
STORE_WAL_BYTES_MAX = 64 * 1_048_576  # what SQLite keeps of its log after a burst

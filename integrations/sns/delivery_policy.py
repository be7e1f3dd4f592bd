"""DeliveryPolicy: how messages go to HTTP(S) subscribers, as a topic says it and as a subscription does.

    topic         {"http": {"defaultHealthyRetryPolicy": {..}, "disableSubscriptionOverrides": false,
                            "defaultThrottlePolicy": {..}, "defaultRequestPolicy": {..}}}
    subscription  {"healthyRetryPolicy": {..}, "throttlePolicy": {..}, "requestPolicy": {..}}

Every member is checked and obeyed; an unknown one is refused by name. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import jsontext, limits
from engine.errors import ServiceError
from integrations.sns.errors import invalid
from integrations.sns.retry_schedule import FUNCTIONS, HTTP_DEFAULT, RetrySchedule

NAME = "DeliveryPolicy"
CONTENT_TYPE = "text/plain; charset=UTF-8"
# What requestPolicy.headerContentType may be [SNS developer guide, "Creating an HTTP/S delivery policy"].
_CONTENT_TYPES = frozenset(
    {
        "text/css",
        "text/csv",
        "text/html",
        "text/plain",
        "text/xml",
        "application/atom+xml",
        "application/json",
        "application/octet-stream",
        "application/soap+xml",
        "application/x-www-form-urlencoded",
        "application/xhtml+xml",
        "application/xml",
    }
)
_DEFAULT_RETRY = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
# (name, least, most)
_RETRY_NUMBERS = (
    ("minDelayTarget", 1, limits.SNS_HTTP_DELAY_SECONDS_MAX),
    ("maxDelayTarget", 1, limits.SNS_HTTP_DELAY_SECONDS_MAX),
    ("numRetries", 0, limits.SNS_HTTP_RETRIES_MAX),
    ("numMaxDelayRetries", 0, limits.SNS_HTTP_RETRIES_MAX),
    ("numNoDelayRetries", 0, limits.SNS_HTTP_RETRIES_MAX),
    ("numMinDelayRetries", 0, limits.SNS_HTTP_RETRIES_MAX),
)
_REQUIRED = ("minDelayTarget", "maxDelayTarget", "numRetries")


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """What a delivery to an HTTP subscriber obeys. `rate`: messages in a second, None for as they come."""

    schedule: RetrySchedule = HTTP_DEFAULT
    rate: int | None = None
    content_type: str = CONTENT_TYPE


def check_topic_policy(text: str) -> None:
    """Raises InvalidParameter."""
    policy = _document(text)
    _only(policy, {"http"}, "")
    http = _table(policy.get("http"), "http")
    _only(
        http,
        {
            "defaultHealthyRetryPolicy",
            "disableSubscriptionOverrides",
            "defaultThrottlePolicy",
            "defaultRequestPolicy",
        },
        "http.",
    )
    if not isinstance(http.get("disableSubscriptionOverrides", False), bool):
        raise _wrong("http.disableSubscriptionOverrides must be a boolean")
    _check_parts(http, "http.default", _capital)


def check_subscription_policy(text: str) -> None:
    """Raises InvalidParameter."""
    policy = _document(text)
    _only(policy, {"healthyRetryPolicy", "throttlePolicy", "requestPolicy", "sicklyRetryPolicy", "guaranteed"}, "")
    if policy.get("sicklyRetryPolicy") is not None or policy.get("guaranteed", False) is not False:
        raise _wrong("sicklyRetryPolicy and guaranteed cannot be set")  # members that AWS shows and never uses
    _check_parts(policy, "", lambda name: name)


def effective_topic_policy(text: str | None) -> str:
    """EffectiveDeliveryPolicy of a topic."""
    http = _http(text)
    shown: dict[str, Any] = {
        "defaultHealthyRetryPolicy": _DEFAULT_RETRY | _given(http.get("defaultHealthyRetryPolicy")),
        "disableSubscriptionOverrides": http.get("disableSubscriptionOverrides", False),
    }
    if http.get("defaultThrottlePolicy"):
        shown["defaultThrottlePolicy"] = http["defaultThrottlePolicy"]
    content_type = _given(http.get("defaultRequestPolicy")).get("headerContentType", CONTENT_TYPE)
    shown["defaultRequestPolicy"] = {"headerContentType": content_type}
    return jsontext.dumps({"http": shown})


def effective_subscription_policy(topic: str | None, subscription: str | None) -> str:
    """EffectiveDeliveryPolicy of a subscription."""
    retry, throttle, request = _combined(topic, subscription)
    return jsontext.dumps(
        {
            "healthyRetryPolicy": _DEFAULT_RETRY | retry,
            "sicklyRetryPolicy": None,
            "throttlePolicy": throttle or None,
            "requestPolicy": {"headerContentType": request.get("headerContentType", CONTENT_TYPE)},
            "guaranteed": False,
        }
    )


def http_policy(topic: str | None, subscription: str | None) -> HttpPolicy:
    """What holds for a subscription; both texts have been checked when they were set."""
    if topic is None and subscription is None:
        return HttpPolicy()
    retry, throttle, request = _combined(topic, subscription)
    return HttpPolicy(
        _schedule(_DEFAULT_RETRY | retry),
        throttle.get("maxReceivesPerSecond"),
        request.get("headerContentType", CONTENT_TYPE),
    )


def _combined(topic: str | None, subscription: str | None) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(retry, throttle, request): each the subscription's where it has one and may, else the topic's."""
    http = _http(topic)
    own = {} if subscription is None or http.get("disableSubscriptionOverrides") else jsontext.loads(subscription)
    return (
        _given(own.get("healthyRetryPolicy") or http.get("defaultHealthyRetryPolicy")),
        _given(own.get("throttlePolicy") or http.get("defaultThrottlePolicy")),
        _given(own.get("requestPolicy") or http.get("defaultRequestPolicy")),
    )


def _http(text: str | None) -> dict[str, Any]:
    return {} if text is None else _given(jsontext.loads(text).get("http"))


def _given(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _schedule(retry: Mapping[str, Any]) -> RetrySchedule:
    fixed = retry["numNoDelayRetries"], retry["numMinDelayRetries"], retry["numMaxDelayRetries"]
    return RetrySchedule(
        no_delay=fixed[0],
        at_min=fixed[1],
        backoff=max(retry["numRetries"] - sum(fixed), 0),
        at_max=fixed[2],
        min_seconds=retry["minDelayTarget"],
        max_seconds=retry["maxDelayTarget"],
        function=retry["backoffFunction"],
    )


# ---- checks ----


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _wrong(reason: str) -> ServiceError:
    return invalid(f"{NAME}: {reason}")


def _document(text: str) -> dict[str, Any]:
    try:
        value = jsontext.loads(text)
    except jsontext.JsonError:
        raise _wrong("failed to parse JSON") from None
    return _table(value, "the policy")


def _table(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(f"{where} must be a JSON object")
    return value


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise _wrong(f"Unexpected JSON member: {where}{name}")


def _check_parts(table: Mapping[str, Any], where: str, spell: Any) -> None:
    """The three policies that a topic's and a subscription's both have; `spell`: how this one writes their names."""
    for name, check in (("healthyRetryPolicy", _check_retry), ("throttlePolicy", _check_throttle)):
        written = where + spell(name)
        member = written.rpartition(".")[2]
        if table.get(member) is not None:
            check(_table(table[member], written), written)
    written = where + spell("requestPolicy")
    member = written.rpartition(".")[2]
    if table.get(member) is not None:
        _check_request(_table(table[member], written), written)


def _check_retry(retry: Mapping[str, Any], where: str) -> None:
    _only(retry, set(_DEFAULT_RETRY), f"{where}.")
    for name in _REQUIRED:
        if retry.get(name) is None:
            raise _wrong(f"{where}.{name} must be specified")
    for name, least, most in _RETRY_NUMBERS:
        _check_number(retry.get(name, 0 if least == 0 else least), f"{where}.{name}", least, most)
    if retry.get("backoffFunction", "linear") not in FUNCTIONS:
        raise _wrong(f"{where}.backoffFunction must be one of: {', '.join(FUNCTIONS)}")
    _check_sums(_DEFAULT_RETRY | dict(retry), where)


def _check_sums(retry: Mapping[str, Any], where: str) -> None:
    if retry["maxDelayTarget"] < retry["minDelayTarget"]:
        raise _wrong(f"{where}.maxDelayTarget must be greater than or equal to minDelayTarget")
    if sum(retry[f"num{phase}DelayRetries"] for phase in ("No", "Min", "Max")) > retry["numRetries"]:
        raise _wrong(
            f"{where}.numRetries must be greater than or equal to the sum of "
            "numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries"
        )
    if _schedule(retry).total_seconds() > limits.SNS_HTTP_DELAY_SECONDS_MAX:
        raise _wrong(f"{where}: total retry time must be less than or equal to {limits.SNS_HTTP_DELAY_SECONDS_MAX}")


def _check_number(value: Any, where: str, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(f"{where} must be an integer")
    if value < least:
        raise _wrong(f"{where} must be greater than or equal to {least}")
    if value > most:
        raise _wrong(f"{where} must be less than or equal to {most}")


def _check_throttle(throttle: Mapping[str, Any], where: str) -> None:
    _only(throttle, {"maxReceivesPerSecond"}, f"{where}.")
    if throttle.get("maxReceivesPerSecond") is not None:
        _check_number(throttle["maxReceivesPerSecond"], f"{where}.maxReceivesPerSecond", 1, 1_000_000)


def _check_request(request: Mapping[str, Any], where: str) -> None:
    _only(request, {"headerContentType"}, f"{where}.")
    given = request.get("headerContentType")
    if given is None:
        return
    kind, _, parameter = str(given).partition(";")
    name, _, charset = parameter.strip().partition("=")
    if kind.strip().lower() not in _CONTENT_TYPES or (parameter and (name.lower() != "charset" or not charset)):
        raise _wrong(f"{where}.headerContentType is not a supported content type: {given}")

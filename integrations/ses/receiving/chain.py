"""The actions of mails that came in, one after the other, each one's end committed before the next begins.

    local actions -> commit -> S3, or a function that is waited for -> commit, with the local ones behind it -> ...

A worker does it: it looks for mails that are due when one came in, and when one that failed is to be tried again. A
mail under way is remembered here only: after a crash it is still due, and goes on with the action that was not
committed. So local actions are done once, an object is put again under its own key, a function called again with its
own idempotency key.
"""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine import limits
from engine.contract import Transaction, Workplace
from engine.errors import InvariantError, ServiceError, StateError
from engine.objects import Bucket, ObjectError
from integrations.ses.receiving import mail_store, notice
from integrations.ses.receiving.functions import call_of, is_gone, was_reached
from integrations.ses.receiving.performing import is_local, perform, tell
from integrations.ses.receiving.plan import CONTINUE, DISPOSITIONS, Plan, Step

log = logging.getLogger("statewright.ses.receiving")

FIRST_DELAY_MS = 1_000
POLL_SECONDS = 1.0  # while mails wait for another try
RETRY_SECONDS = 1.0  # before a store that failed is asked again


@dataclass(frozen=True, slots=True)
class Remote:
    """An action that leaves the process: the step `at` of a mail, with what it needs."""

    mail_id: int
    at: int
    step: Step
    account: str
    region: str
    message_id: str
    body: bytes
    event: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Look:
    due: list[int]
    waiting: bool  # for another try


class NotNow(Exception):
    """An action cannot be done; it is tried again."""


class Chains:
    """`woken` is set by who brings a mail in."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def work(self, place: Workplace) -> None:
        """Runs until it is cancelled."""
        self._under_way.clear()
        async with asyncio.TaskGroup() as group:
            while True:
                self.woken.clear()
                try:
                    found = await place.write(self._look)
                except ServiceError as error:
                    log.warning("received mails could not be looked for, which is done again: %s", error)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                for mail_id in found.due:
                    task = group.create_task(self._run(place, mail_id))
                    self._under_way[mail_id] = task
                    task.add_done_callback(partial(self._ended, mail_id))
                await self._sleep(found.waiting)

    def _look(self, tx: Transaction) -> _Look:
        now_ms, room = tx.moment.epoch_ms, limits.SES_CHAINS_MAX - len(self._under_way)
        found = mail_store.due(tx.connection, now_ms, limits.SES_CHAINS_MAX + len(self._under_way))
        fresh = [mail_id for mail_id in found if mail_id not in self._under_way]
        waiting = mail_store.next_due_ms(tx.connection, now_ms) is not None
        return _Look(fresh[: max(room, 0)], waiting)

    def _ended(self, mail_id: int, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(mail_id, None)
        self.woken.set()

    async def _sleep(self, waiting: bool) -> None:
        try:
            await asyncio.wait_for(self.woken.wait(), POLL_SECONDS if waiting else None)
        except TimeoutError:
            pass

    async def _run(self, place: Workplace, mail_id: int) -> None:
        """All that a mail has to go through, or as far as it goes now."""
        try:
            remote = await place.write(lambda tx: advance(tx, mail_id))
            while remote is not None:
                remote = await self._one(place, remote)
        except ServiceError as error:
            log.warning("a received mail stands still, and goes on later: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
        except Exception as error:
            log.exception("a received mail met an error of ours")
            await self._after_error(place, mail_id, error)

    async def _after_error(self, place: Workplace, mail_id: int, error: Exception) -> None:
        reason = f"an error of ours: {error}"
        try:
            await place.write(lambda tx: _put_off(tx, mail_id, reason))
        except ServiceError:
            await asyncio.sleep(RETRY_SECONDS)

    async def _one(self, place: Workplace, remote: Remote) -> Remote | None:
        try:
            disposition = await _DOING[remote.step.kind](place, remote)
        except NotNow as error:
            reason = str(error)
            await place.write(lambda tx: _put_off(tx, remote.mail_id, reason))
            return None
        following: Remote | None = await place.write(lambda tx: _settle(tx, remote, disposition))
        return following


# ---- in a transaction ----


def advance(tx: Transaction, mail_id: int) -> Remote | None:
    """Do the local actions that come next; what leaves the process then, None: nothing, the mail is done with."""
    found = mail_store.find(tx, mail_id)
    if found is None:
        return None
    plan = found.plan
    while (step := plan.current) is not None and is_local(step):
        plan = perform(tx, found, plan, step)
    if step is None:
        mail_store.remove(tx.connection, mail_id)
        return None
    if plan != found.plan:
        mail_store.put_plan(tx.connection, mail_id, plan)
    return _remote(tx, found, plan, step)


def _remote(tx: Transaction, found: mail_store.Received, plan: Plan, step: Step) -> Remote:
    object_wanted = step.kind == "S3Action"
    return Remote(
        found.id,
        plan.at,
        step,
        found.caller.account,
        found.caller.region,
        plan.message_id,
        notice.content(plan, found.mail) if object_wanted else b"",
        None if object_wanted else notice.event(plan, step, found.mail, found.time_ms, tx.moment.epoch_ms),
    )


def _settle(tx: Transaction, remote: Remote, disposition: str) -> Remote | None:
    """The action is done; what leaves the process next."""
    found = mail_store.find(tx, remote.mail_id)
    if found is None:
        return None
    if found.plan.at != remote.at:
        raise InvariantError(f"mail {remote.message_id} is at {found.plan.at}, and not at {remote.at}")
    tell(tx, found, found.plan, remote.step)
    mail_store.put_plan(tx.connection, remote.mail_id, found.plan.after(disposition))
    return advance(tx, remote.mail_id)


def _put_off(tx: Transaction, mail_id: int, reason: str) -> None:
    found = mail_store.find(tx, mail_id)
    if found is None or (step := found.plan.current) is None:
        return
    delay_ms = min(FIRST_DELAY_MS * 2 ** min(found.failures, 16), limits.SES_ACTION_DELAY_MS_MAX)
    text = "mail %s: %s of rule %s failed, attempt %d, and is tried again in %d seconds: %s"
    log.warning(text, found.plan.message_id, step.kind, step.rule, found.failures + 1, delay_ms // 1000, reason)
    mail_store.put_off(tx.connection, found.id, tx.moment.epoch_ms + delay_ms, found.failures + 1)


# ---- what leaves the process ----


async def _put(place: Workplace, remote: Remote) -> str:
    bucket = Bucket(remote.step.action["BucketName"], remote.account, remote.region)
    try:
        await place.put_object(bucket, notice.object_key(remote.step.action, remote.message_id), remote.body)
    except ObjectError as error:
        raise NotNow(f"{error.code}: {error}") from None
    return CONTINUE


async def _invoke(place: Workplace, remote: Remote) -> str:
    """What the function says of what follows; one that fails, is gone, or takes too long says nothing."""
    arn, key = remote.step.action["FunctionArn"], f"{remote.message_id}/{remote.at}"
    call = call_of(arn, remote.event, remote.account, remote.region, key)
    try:
        async with asyncio.timeout(limits.SES_ACTION_SECONDS_MAX):
            answer = await place.call(call)
    except TimeoutError:
        log.error("mail %s: %s did not answer within %d seconds", remote.message_id, arn, limits.SES_ACTION_SECONDS_MAX)
        return CONTINUE
    except StateError as error:
        text = f"{error.name}: {error.cause}"
        if not was_reached(error) and not is_gone(error):
            raise NotNow(text) from None
        log.error("mail %s: %s failed: %s", remote.message_id, arn, text)
        return CONTINUE
    disposition = answer.get("disposition") if isinstance(answer, dict) else None
    return disposition if disposition in DISPOSITIONS else CONTINUE


_DOING = {"S3Action": _put, "LambdaAction": _invoke}

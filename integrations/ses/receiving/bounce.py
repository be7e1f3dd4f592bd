"""The answer of a BounceAction: a delivery status notification to who sent the mail. Pure."""

from integrations.ses.receiving import delivery_report
from integrations.ses.receiving.delivery_report import SUBJECT as SUBJECT
from integrations.ses.receiving.delivery_report import Fate, Report, head_of, reporter
from integrations.ses.receiving.plan import Plan, Step


def compose(plan: Plan, step: Step, mail: bytes, message_id: str, region: str, now_ms: int) -> bytes:
    code, message = step.action["SmtpReplyCode"], step.action["Message"]
    status = step.action.get("StatusCode") or f"{code[0]}.0.0"
    diagnostic = f"smtp; {code} {status} {message}"
    report = Report(
        sender=step.action["Sender"],
        to=plan.source,
        words="\r\n".join([delivery_report.SAID, *step.recipients, "", message]),
        reporting_mta=reporter(region),
        fates=[Fate(one, "failed", status, diagnostic) for one in step.recipients],
    )
    return delivery_report.compose(report, head_of(mail), message_id, region, now_ms)

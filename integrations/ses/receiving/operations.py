"""The operations of receiving, by name."""

from collections.abc import Mapping

from integrations.ses.errors import Function
from integrations.ses.receiving import filter_operations, rule_operations, rule_sets, send_bounce

READING: Mapping[str, Function] = {
    "DescribeActiveReceiptRuleSet": rule_sets.describe_active_receipt_rule_set,
    "DescribeReceiptRule": rule_operations.describe_receipt_rule,
    "DescribeReceiptRuleSet": rule_sets.describe_receipt_rule_set,
    "ListReceiptFilters": filter_operations.list_receipt_filters,
    "ListReceiptRuleSets": rule_sets.list_receipt_rule_sets,
}
WRITING: Mapping[str, Function] = {
    "CloneReceiptRuleSet": rule_sets.clone_receipt_rule_set,
    "CreateReceiptFilter": filter_operations.create_receipt_filter,
    "CreateReceiptRule": rule_operations.create_receipt_rule,
    "CreateReceiptRuleSet": rule_sets.create_receipt_rule_set,
    "DeleteReceiptFilter": filter_operations.delete_receipt_filter,
    "DeleteReceiptRule": rule_operations.delete_receipt_rule,
    "DeleteReceiptRuleSet": rule_sets.delete_receipt_rule_set,
    "ReorderReceiptRuleSet": rule_sets.reorder_receipt_rule_set,
    "SendBounce": send_bounce.send_bounce,
    "SetActiveReceiptRuleSet": rule_sets.set_active_receipt_rule_set,
    "SetReceiptRulePosition": rule_operations.set_receipt_rule_position,
    "UpdateReceiptRule": rule_operations.update_receipt_rule,
}

"""Receiving mail: receipt rule sets, IP address filters, what comes in by SMTP, and the actions it is put through.

| file | what |
|---|---|
| rules, filters | which rules take a mail for a recipient, which addresses may bring one: pure |
| rule_store, filter_store, mail_store | the database |
| operations, rule_sets, rule_operations, filter_operations | the operations |
| targets | what the actions of a rule may name |
| plan, notice, bounce, delivery_report | what becomes of a mail: its actions in order, what they tell about it: pure |
| send_bounce, bounceable_store | SendBounce, and what it needs of a mail for a day |
| inbound | what the SMTP session asks about a mail that comes in |
| chain, performing, functions | the actions, one after the other, each committed before the next |
"""

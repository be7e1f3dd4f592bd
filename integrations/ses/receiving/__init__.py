"""Receiving mail: receipt rule sets, IP address filters, what comes in by SMTP, and the actions it is put through.

| file | what |
|---|---|
| rules, filters | which rules take a mail for a recipient, which addresses may bring one: pure |
| rule_store, filter_store, mail_store | the database |
| rule_sets, rule_operations, filter_operations, targets | the operations, and what an action may name |
| plan, notice, verdicts, bounce | what becomes of a mail: the actions in order, what they tell about it: pure |
| inbound | what the SMTP session asks for a mail that comes in |
| chain, performing | the actions, one after the other, each committed before the next |
"""

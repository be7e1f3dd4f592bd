"""Regular expressions of AWS's smaller kind: no groups, no look-around, and time that grows with the text alone. Pure.

`syntax` reads an expression in a service's dialect; `pattern` finds what it matches. Expressions of users may be run on
texts of users, without a bound on time, as no expression takes more than its share.
"""

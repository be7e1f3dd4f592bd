"""JSONata 2 (https://docs.jsonata.org) with AWS's additions and bounds, behind one small door.

    expression = compile_jsonata("$states.input.items[price > 30].sku")
    expression.evaluate({"states": {...}}, moment)

| file | |
| --- | --- |
| tokens, parser, paths, ancestry, scopes, nodes | text to tree |
| compiler, steps, path_steps, grouping, sorting | tree to closures |
| values, operators, calls, frame | what closures work with |
| library and the files it names | the functions |
| regex, regex_syntax, regex_program | regular expressions in bounded work |
| result, references, errors | what comes out |
"""

from engine.query.jsonata.errors import JsonataError, JsonataSyntaxError
from engine.query.jsonata.expression import JsonataExpression, compile_jsonata
from engine.query.jsonata.result import Unsupported
from engine.query.jsonata.values import UNDEFINED

__all__ = ["UNDEFINED", "JsonataError", "JsonataExpression", "JsonataSyntaxError", "Unsupported", "compile_jsonata"]

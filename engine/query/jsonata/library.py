"""The library of functions, as a table: name, signature, implementation.

| column | |
| --- | --- |
| signature | docs.jsonata.org's; AWS's additions have the one that their documentation implies |
| arity | how many arguments `$map` and its like hand it: the parameters that the reference implementation declares |
| calls | its implementation takes a Call first: it calls functions, spends work or asks the moment |
| slow | loops over its arguments in Python: each item or character is paid for |

`$eval` is not here: AWS does not bind it.
"""

from collections.abc import Callable
from typing import Any

from engine.query.jsonata import additions, arrays, higher, integer_picture, number_picture, numbers, strings, times
from engine.query.jsonata.signature import Signature
from engine.query.jsonata.values import Builtin

_C, _S = "calls", "slow"

_TABLE: tuple[tuple[str, str, Callable[..., Any], int, str], ...] = (
    ("sum", "<a<n>:n>", numbers.total, 1, _C),
    ("count", "<a:n>", numbers.count, 1, ""),
    ("max", "<a<n>:n>", numbers.largest, 1, ""),
    ("min", "<a<n>:n>", numbers.smallest, 1, ""),
    ("average", "<a<n>:n>", numbers.average, 1, _C),
    ("number", "<(nsb)-:n>", numbers.number, 1, ""),
    ("floor", "<n-:n>", numbers.floor, 1, ""),
    ("ceil", "<n-:n>", numbers.ceil, 1, ""),
    ("round", "<n-n?:n>", numbers.rounded, 2, ""),
    ("abs", "<n-:n>", numbers.absolute, 1, ""),
    ("sqrt", "<n-:n>", numbers.sqrt, 1, ""),
    ("power", "<n-n:n>", numbers.power, 2, _C),
    ("formatNumber", "<n-so?:s>", number_picture.format_number, 3, _C),
    ("formatBase", "<n-n?:s>", numbers.format_base, 2, ""),
    ("formatInteger", "<n-s:s>", integer_picture.format_integer, 2, _C),
    ("parseInteger", "<s-s:n>", integer_picture.parse_integer, 2, _C),
    ("string", "<x-b?:s>", strings.string, 1, _C),
    ("substring", "<s-nn?:s>", strings.substring, 3, ""),
    ("substringBefore", "<s-s:s>", strings.substring_before, 2, ""),
    ("substringAfter", "<s-s:s>", strings.substring_after, 2, ""),
    ("lowercase", "<s-:s>", strings.lowercase, 1, ""),
    ("uppercase", "<s-:s>", strings.uppercase, 1, ""),
    ("length", "<s-:n>", strings.length, 1, ""),
    ("trim", "<s-:s>", strings.trim, 1, ""),
    ("pad", "<s-ns?:s>", strings.pad, 3, _C),
    ("match", "<s-f<s:o>n?:a<o>>", strings.match, 3, _C),
    ("contains", "<s-(sf):b>", strings.contains, 2, _C),
    ("replace", "<s-(sf)(sf)n?:s>", strings.replace, 4, _C),
    ("split", "<s-(sf)n?:a<s>>", strings.split, 3, _C),
    ("join", "<a<s>s?:s>", strings.join, 2, _C),
    ("base64encode", "<s-:s>", strings.base64encode, 1, ""),
    ("base64decode", "<s-:s>", strings.base64decode, 1, ""),
    ("encodeUrlComponent", "<s-:s>", strings.encode_url_component, 1, _S),
    ("encodeUrl", "<s-:s>", strings.encode_url, 1, _S),
    ("decodeUrlComponent", "<s-:s>", strings.decode_url_component, 1, _S),
    ("decodeUrl", "<s-:s>", strings.decode_url, 1, _S),
    ("boolean", "<x-:b>", arrays.to_boolean, 1, _C),
    ("not", "<x-:b>", arrays.negation, 1, _C),
    ("exists", "<x:b>", arrays.exists, 1, ""),
    ("type", "<x:s>", arrays.type_name, 1, ""),
    ("append", "<xx:a>", arrays.appended, 2, _C),
    ("reverse", "<a:a>", arrays.reverse, 1, ""),
    ("shuffle", "<a:a>", arrays.shuffle, 1, _C + _S),
    ("distinct", "<x:x>", arrays.distinct, 1, _C + _S),
    ("zip", "<a+>", arrays.zipped, 0, _S),
    ("keys", "<x-:a<s>>", arrays.keys, 1, _C),
    ("lookup", "<x-s:x>", arrays.looked_up, 2, _C),
    ("spread", "<x-:a<o>>", arrays.spread, 1, _C + _S),
    ("merge", "<a<o>:o>", arrays.merge, 1, _C + _S),
    ("clone", "<(oa)-:o>", arrays.cloned, 1, _C),
    ("error", "<s?:x>", arrays.fail, 1, ""),
    ("assert", "<bs?:x>", arrays.require, 2, ""),
    ("map", "<af>", higher.each_mapped, 2, _C + _S),
    ("filter", "<af>", higher.filtered, 2, _C + _S),
    ("single", "<af?>", higher.single, 2, _C + _S),
    ("reduce", "<afj?:j>", higher.reduce, 3, _C + _S),
    ("each", "<o-f:a>", higher.each_member, 2, _C + _S),
    ("sift", "<o-f?:o>", higher.sifted, 2, _C + _S),
    ("sort", "<af?:a>", higher.sort, 2, _C),
    ("now", "<s?s?:s>", times.now, 2, _C),
    ("millis", "<:n>", additions.millis, 0, _C),
    ("fromMillis", "<n-s?s?:s>", times.from_millis, 3, _C),
    ("toMillis", "<s-s?:n>", times.to_millis, 2, _C),
    ("partition", "<an:a<a>>", additions.partition, 2, _C),
    ("range", "<nnn?:a<n>>", additions.number_range, 3, _C),
    ("hash", "<ss:s>", additions.hashed, 2, ""),
    ("random", "<n?:n>", additions.random, 0, _C),
    ("uuid", "<:s>", additions.uuid, 0, _C),
    ("parse", "<s:x>", additions.parse, 1, _C),
)

LIBRARY: dict[str, Builtin] = {
    name: Builtin(name, function, Signature(signature), arity, _C in flags, _S in flags)
    for name, signature, function, arity, flags in _TABLE
}

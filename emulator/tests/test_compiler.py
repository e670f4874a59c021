# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compile check: exact places in bad sources, silence on good ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impcentral_emulator import compiler

BAD = {
    "closing brace without an opening one": ("local a = 1;\n}\n", 2, 1, "expression expected"),
    "brace never closed": ("function f() {\n  return 1;\n", 3, 1, "expected '}' to close '{' of line 1"),
    "parenthesis never closed": ('server.log("a";\n', 1, 15, "expression expected"),
    "parenthesis closed by a bracket": ("local x = (1 + 2];", 1, 17, "expected ')' to close '(' of line 1"),
    "bracket never closed": ("local x = [1, 2", 1, 16, "expected ']' to close '[' of line 1"),
    "table closed by a bracket": ("local t = {\n  a = 1\n]", 3, 1, "expected 'IDENTIFIER'"),
    "string ends with its line": ('server.log("hello);\nserver.log("x");', 1, 12, "newline in a constant"),
    "string ends with the file": ('local s = "abc', 1, 11, "unfinished string"),
    "verbatim string never ends": ('local a = 1\nlocal s = @"abc\nmore', 2, 11, "unfinished string"),
    "comment never ends": ("local a = 1;\n  /* never\nends", 2, 3, 'missing "*/" in comment'),
    "closing parenthesis begins a statement": (")", 1, 1, "expression expected"),
    "else without if": ("local a = 1\nelse { a = 2 }", 2, 1, "expression expected"),
    "operator begins a statement": ("* 5", 1, 1, "expression expected"),
    "assignment begins a statement": ("\n  = 5", 2, 3, "expression expected"),
    "name that begins with a digit": ("local 1x = 2", 1, 8, "'x' cannot follow the number 1"),
    "number as the name of a local": ("local 1 = 2", 1, 7, "expected 'IDENTIFIER'"),
    "function without a name": ("function () {}", 1, 10, "expected 'IDENTIFIER'"),
    "function with a number as parameter": ("function f(1) {}", 1, 12, "expected 'IDENTIFIER'"),
    "function with a gap between parameters": ("function f(a b) {}", 1, 14, "expected ')' or ','"),
    "function without parentheses": ("function f {}", 1, 12, "expected '('"),
    "nothing behind an assignment": ("local a = ;", 1, 11, "expression expected"),
    "nothing behind an operator": ("local a = 1 +\n;", 2, 1, "expression expected"),
    "two operands in a row": ("foo bar", 1, 5, "end of statement expected (; or lf)"),
    "two statements without an end": ("local a = 1 local b = 2", 1, 13, "end of statement expected (; or lf)"),
    "case outside a switch": ("case 1: foo();", 1, 1, "expression expected"),
    "default outside a switch": ("{\n  default: foo();\n}", 2, 3, "expected '}' to close '{' of line 1"),
    "break outside a loop": ("if (a) {\n    break;\n}", 2, 5, "'break' has to be in a loop block"),
    "continue in a function in a loop": (
        "while (a) { f(function() { continue; }) }",
        1,
        28,
        "'continue' has to be in a loop block",
    ),
    "condition without parentheses": ("if a == 1 { }", 1, 4, "expected '('"),
    "while without a condition": ("while () {}", 1, 8, "expression expected"),
    "assignment to a number": ("1 = a", 1, 3, "can't assign expression"),
    "assignment to a call": ("foo() = 3", 1, 7, "can't assign expression"),
    "member name missing": ("foo.;", 1, 5, "expected 'IDENTIFIER'"),
    "comma before the end of the arguments": ("foo(1,);", 1, 7, "expression expected, found ')'"),
    "foreach without in": ("foreach (a of b) {}", 1, 12, "expected 'in'"),
    "try without catch": ("try { a() }\nb()", 2, 1, "expected 'catch'"),
    "class without a body": ("class A extends B\nlocal c", 2, 1, "expected '{'"),
    "keyword as a name": ("local class = 1", 1, 7, "expected 'IDENTIFIER'"),
    "constant without a scalar": ("const A = foo;", 1, 11, "scalar expected: number or string"),
    "unknown escape": ('local s = "a\\qb"', 1, 13, "unrecognised escape character"),
    "character constant of two": ("local c = 'ab'", 1, 11, "constant too long"),
    "character that begins nothing": ("local a = 1 $ 2", 1, 13, "unexpected character '$'"),
    "index on a new line": (
        "local a = b\n[1].map(f)",
        2,
        1,
        "cannot break deref/or comma needed after [exp]=exp slot declaration",
    ),
    "tabs count one column": ("\tfoo bar", 1, 6, "end of statement expected (; or lf)"),
    "carriage returns": ("local a = 1;\r\n  )\r\n", 2, 3, "expression expected"),
    "after a string of several lines": ('local s = @"one\ntwo"; a b', 2, 9, "end of statement expected (; or lf)"),
    "after a comment of several lines": ("/* one\n two */ ) ", 2, 9, "expression expected"),
}

GOOD = {
    "nothing": "",
    "only a comment": "// nothing here",
    "comments of every kind": '// a\n# b ) " \'\n/* c ( \n " */ local a = 1 /* d */ + 2 // e',
    "class": """
class Sensor extends Base.Device </ doc = "a \\"sensor\\"", rank = 3 /> {
    static VERSION = "1.0.0";
    </ unit = "C" />
    _value = null
    _list = [1, 2, 3,];
    constructor(pin, cb = null) {
        base.constructor(pin);
        _value = cb == null ? 0 : 1;
    }
    function read() { return _value; }
    static function make(...) { return ::Sensor(vargv[0]) }
    function _add(other) { return _value + other._value }
    ["computed"] = 5;
}""",
    "class expressions": "local A = class extends B { x = 1 }\nclass C.D { function f() {} }",
    "lambdas": "local f = @(x) x + 1; local g = @() f(2)\nlist.map(@(v) @(w = 1, ...) v * w)",
    "tables": 'local t = { a = 1, "b": 2, ["c" + 1] = 3 function f() { return this.a } d = {} };\nt.x <- 5',
    "tables without commas": "local t = {\n  a = 1\n  b = 2\n}",
    "newslot and root": "x <- 5\n::y <- x; ::root.z <- ::y.len()\ndelete ::y\ndelete t.a",
    "loops": """
for (local i = 0, j = 2; i < 10; i++) { if (i == 3) continue; else break }
for (;;) break
foreach (v in [1, 2]) server.log(v);
foreach (k, v in {a = 1}) { continue; }
while (true) { break }
do { x-- } while (x > 0)
""",
    "switch": """
switch (a) {
    case 1:
    case "two": foo(); break;
    case A.B ? 1 : 2: { bar() } break
    default:
        foreach (x in y) { continue }
}""",
    "generator": "function gen(n) { for (local i = 0; i < n; i++) yield i; yield }\nlocal g = gen(3), a = resume g",
    "strings": 'local a = "tab \\t quote \\" slash \\\\ hex \\x41 nul \\0 \' // no comment /* neither */";\n'
    "local b = @\"C:\\path \"\"quoted\"\"\n// second line\n\";\nlocal c = 'a' + '\\n' + '\\'' + '\\x41'",
    "unicode": 'server.log("grün 🙂 \\u00e9");  // Überschrift',
    "template text": 'const HTML = @"<a href=""{{ url }}"">{% if x %}$1</a>";\nlocal s = "{{ x }}" + \'x\'',
    "numbers": "local a = 0x1F + 017 + 1.5e-3 + 1e6 + 3. + 0 - -4",
    "operators": "local a = !b && ~c || d ^ e & f | g <=> h >= i != j instanceof K == (l in m) >> 1 >>> 2 << 3 % 4",
    "assignments": "a = b = c; a.b += 1; a[0] -= 2; a *= 3; a /= 4; a %= 5; a++; --a.b; ++a",
    "ternaries": "local a = b ? c : d ? e : f\nx = a\n  ? b\n  : c",
    "expressions over lines": "local a = 1 +\n  2\n  - 3\nfoo\n  .bar(1,\n 2)\n  .baz()",
    "if chains": "if (a) b(); else if (c) { d() }\nelse if (e) f()\nelse g()\nif (a) b() else c()\nif (a) {} if (b) {}",
    "exceptions": 'try { foo() } catch (e) { throw "again: " + e }\ntry foo(); catch (e) bar();\nthrow {code = 1}',
    "const and enum": 'const A = 1; const B = "x"\nconst C = -1.5\nenum Color { RED, GREEN = 2, BLUE = "b" }',
    "named functions": "function a::b::c(x) return x;\nlocal function d() {}\nfunction e(a, b = 1) {}\nfunction f(...) {}",
    "immediate function": '(function() { server.log("x") })();\nlocal f = function() return 5;',
    "builtin globals": 'imp.wakeup(1.0, function() { agent.send("x", null); }.bindenv(this));\n'
    'device.on("x", @(d) server.log(d))\nlocal v = __VARS.key; local l = __LINE__',
    "blocks and empty statements": "{ local a = 1; };;; { }\nwhile (a) ;\nif (a) ; else ;",
    "return alone": "function f() { return }\nfunction g() { if (a) return; return\n}\nfunction h() { return a, b }",
    "arguments and arrays without commas": "foo(1 2)\nlocal a = [1 2 3]",
    "typeof, clone, comma": 'local a = typeof b == "table", c = clone d\na, c\nif (a = b, c) {}',
    "windows line ends and a byte order mark": "\ufefflocal a = 1\r\nlocal b = 2\r\n",
    "many else-ifs": "if (a) b()\n" + "else if (a) b()\n" * 2000,
    "long sums": "local a = 1" + " + 1" * 20000,
}


@pytest.mark.parametrize("name", BAD)
def test_bad_source(name):
    source, row, column, text = BAD[name]
    assert compiler.check(source, "") == [
        {"row": row, "column": column, "text": text, "type": "error", "file": "device_code"}
    ]


@pytest.mark.parametrize("name", GOOD)
def test_good_source(name):
    assert compiler.check(GOOD[name], GOOD[name]) == []


def test_both_files_are_checked():
    assert [(m["file"], m["row"], m["column"]) for m in compiler.check("\n)", "foo bar")] == [
        ("device_code", 2, 1),
        ("agent_code", 1, 5),
    ]


def test_a_directive_that_cannot_be_read_is_a_warning():
    assert compiler.check("// emulator: dance", "") == [
        {"row": 1, "column": 14, "text": "unknown directive: dance", "type": "warning", "file": "device_code"}
    ]


def test_missing_code_is_no_error():
    assert compiler.check(None, None) == []


def test_nesting_beyond_the_recogniser_passes():
    assert compiler.check("(" * 5000 + "1" + ")" * 5000, "") == []


@given(st.text(alphabet="ab1 \n\t\"'@(){}[];,.=+-<>:?/*#\\é", max_size=40))
def test_any_text_gets_a_place_inside_it(source):
    for message in compiler.check(source, ""):
        lines = source.split("\n")
        assert 1 <= message["row"] <= len(lines)
        assert 1 <= message["column"] <= len(lines[message["row"] - 1]) + 1
        assert message["text"]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters='"\\\n'), max_size=30))
def test_any_text_can_be_a_string(text):
    assert compiler.check(f'server.log("{text}");', f'local a = @"{text}\n"') == []

# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a source makes a device do."""

from __future__ import annotations

import pytest

from impcentral_emulator.programs import (
    Directive,
    DirectiveError,
    Line,
    directive_errors,
    parse,
    parse_directive,
)


def device_lines(code: str) -> list[tuple[str, str]]:
    return [(line.type, line.msg) for line in parse(code, "").device_lines]


def test_start_up_lines_come_in_order():
    code = 'server.log("one");\nserver.error("two")\nlocal x = 1; server.log("three " + 3 + "!");'
    assert device_lines(code) == [("server.log", "one"), ("server.error", "two"), ("server.log", "three 3!")]


def test_the_agent_has_its_own_types():
    program = parse("", 'server.log("a"); server.error("b"); throw "c"')
    assert program.agent_fails and not program.device_fails
    assert program.agent_lines == (
        Line("agent.log", "a"),
        Line("agent.error", "b"),
        Line("agent.error", "ERROR: c"),
        Line("agent.error", "ERROR:   at agent_code:1"),
    )


def test_a_throw_ends_the_program():
    program = parse('server.log("a");\n\nthrow "it " + "broke";\nserver.log("never");', "")
    assert program.device_fails
    assert [(line.type, line.msg) for line in program.device_lines] == [
        ("server.log", "a"),
        ("server.error", "ERROR: it broke"),
        ("server.error", "ERROR:   at device_code:3"),
        ("lastexitcode", "runtime error: it broke"),
    ]


def test_a_throw_of_something_else_fails_too():
    assert parse("throw { code = 1 }", "").device_fails


@pytest.mark.parametrize(
    "code",
    [
        'function f() { server.log("x"); throw "x" }',
        'function f()\n  throw "x"',
        'if (a) server.log("x");',
        'if (a)\n  throw "x"',
        'if (a) {} else\n  throw "x"',
        'foreach (a in b)\n server.log("x")',
        'try { throw "x" } catch (e) { server.log("x") }',
        'imp.wakeup(1, function() { server.log("x") })',
        'local f = @() server.log("x")',
        'server.log("x" + y)',
        "server.log(x)",
        'myserver.log("x")',
        '// server.log("x")\n/* throw "x" */',
        'local s = @"server.log(""x"");\nthrow ""x""";',
        'class A {\n function f() { server.log("x") }\n}',
    ],
)
def test_what_may_not_run_is_left_out(code):
    program = parse(code, "")
    assert (program.device_lines, program.device_fails) == ((), False)


def test_statements_after_blocks_and_calls_run():
    code = 'class A {}\nserver.log("a")\nif (x) { y() }\nserver.log("b")\nfoo()\nserver.log("c")\n'
    code += 'function f() {} server.log("d")'
    assert [msg for _type, msg in device_lines(code)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ('log "text" every 5', Directive("log", "text", every=5)),
        ('log every 0.5 "after 3" after 2', Directive("log", "after 3", every=0.5, after=2)),
        ('error "e" one in 3', Directive("error", "e", one_in=3)),
        ("fail", Directive("fail", "failure on purpose")),
        ('fail after 30 one in 10 "message"', Directive("fail", "message", after=30, one_in=10)),
        ("out of memory after 10", Directive("out of memory", after=10)),
        ("never return", Directive("never return")),
        ("never return one in 2", Directive("never return", one_in=2)),
        ("return after 7.5", Directive("return", after=7.5)),
        ("flood 100/s", Directive("flood", "flood", rate=100)),
        ("postpone after 60", Directive("postpone", after=60)),
    ],
)
def test_directives(text, expected):
    assert parse_directive(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dance",
        "log",
        'log "a" nonsense',
        "fail after",
        "fail after soon",
        "flood",
        "flood 0/s",
        'never return "x"',
        "return",
        "postpone",
        "one in 2",
        "fail one in 0",
        'logger "x"',
    ],
)
def test_bad_directives(text):
    with pytest.raises(DirectiveError):
        parse_directive(text)


def test_directives_in_comments():
    program = parse(
        'server.log("a")\n  // emulator: fail after 30 "gone"\n#emulator: flood 5/s\r\n',
        '// emulator: log "hi" every 1',
    )
    assert program.directives == (
        Directive("fail", "gone", after=30, place="device_code:2"),
        Directive("flood", "flood", rate=5, place="device_code:3"),
        Directive("log", "hi", every=1, agent=True, place="agent_code:1"),
    )


def test_a_bad_directive_is_left_out_and_told():
    code = 'local a = 1;\n  // emulator: dance\n// emulator: log "x"\n// emulator: return'
    assert [directive.verb for directive in parse(code, "").directives] == ["log"]
    assert [(error.row, error.column, str(error)) for error in directive_errors(code)] == [
        (2, 16, "unknown directive: dance"),
        (4, 14, "malformed directive: return"),
    ]


def test_notice_of_shutdown():
    assert parse("server.onshutdown(function(reason) {})", "").polite
    assert not parse("", "").polite

# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployed source makes a simulated device do.

There is no Squirrel virtual machine here. Two things of a source are honoured:

- statements of its top level ``server.log("...")``, ``server.error("...")`` and ``throw "..."``, in their order,
  where the argument is a string or a number, or several of them joined by ``+``;
- script directives, comments such as ``// emulator: fail after 30 one in 10 "sensor lost"``, for what would need
  a running program. `parse_directive` gives their grammar; the administration can give them to a device, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .squirrel import SquirrelError, Token, tokens

OUT_OF_MEMORY = "out of memory"

_COMMENT = re.compile(r"^[ \t]*(?://|\#)[ \t]*emulator:[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_TEXT = re.compile(r'"([^"]*)"')
_CLAUSES = {
    "after": re.compile(rf"\bafter {_NUMBER}\b"),
    "every": re.compile(rf"\bevery {_NUMBER}\b"),
    "one_in": re.compile(r"\bone in ([1-9][0-9]*)\b"),
    "rate": re.compile(rf"\b{_NUMBER}/s\b"),
}
# Which clauses a verb may have, which it must have, and its text when none is given (None: it takes no text).
_VERBS: dict[str, tuple[frozenset[str], frozenset[str], str | None]] = {
    "log": (frozenset(("after", "every")), frozenset(("text",)), ""),
    "error": (frozenset(("after", "every")), frozenset(("text",)), ""),
    "fail": (frozenset(("after",)), frozenset(), "failure on purpose"),
    OUT_OF_MEMORY: (frozenset(("after",)), frozenset(), None),
    "never return": (frozenset(), frozenset(), None),
    "return": (frozenset(("after",)), frozenset(("after",)), None),
    "flood": (frozenset(("rate",)), frozenset(("rate",)), "flood"),
    "postpone": (frozenset(("after",)), frozenset(("after",)), None),
}


class DirectiveError(ValueError):
    """A script directive that cannot be read; in a source, `row` and `column` (from 1) say where."""

    row = column = 0


class Line(NamedTuple):
    """A log line: its type (`server.log`, `agent.error`, ...) and its text."""

    type: str
    msg: str


@dataclass(frozen=True)
class Directive:
    """One thing that a device does: times are seconds before the time scale, `rate` is lines per second.

    `one_in` n concerns every n-th device of a group, counted by id; `place` tells where it was written, `agent` that
    the agent does it.
    """

    verb: str
    text: str = ""
    after: float = 0.0
    every: float = 0.0
    rate: float = 0.0
    one_in: int = 1
    agent: bool = False
    place: str = "script"


class Program(NamedTuple):
    """A deployment as the simulation runs it: what each side logs at its start, whether it dies there, directives."""

    agent_lines: tuple[Line, ...]
    device_lines: tuple[Line, ...]
    agent_fails: bool
    device_fails: bool
    directives: tuple[Directive, ...]
    polite: bool
    """Whether the device asks for notice before a conditional restart (`server.onshutdown`)."""


def parse(device_code: str, agent_code: str) -> Program:
    """Read what a deployment does."""
    agent_lines, agent_fails = _start(agent_code, agent=True)
    device_lines, device_fails = _start(device_code, agent=False)
    directives = [*_directives(device_code, agent=False)[0], *_directives(agent_code, agent=True)[0]]
    return Program(
        tuple(agent_lines),
        tuple(device_lines),
        agent_fails,
        device_fails,
        tuple(directives),
        "server.onshutdown(" in device_code,
    )


def directive_errors(source: str) -> list[DirectiveError]:
    """Return what is wrong with the script directives of a source."""
    return _directives(source, agent=False)[1]


def parse_directive(text: str, agent: bool = False, place: str = "script") -> Directive:
    """Read one directive, a verb with its clauses in any order.

    - ``log "TEXT" [after N] [every N]`` and ``error "TEXT" [after N] [every N]``
    - ``fail [after N] ["TEXT"]``: a run-time error; the program stops until the next restart
    - ``out of memory [after N]``: the same with exit code `out of memory`
    - ``never return``: a restarting device goes offline and stays there until its power is switched
    - ``return after N``: how long a restart keeps the device offline
    - ``flood N/s ["TEXT"]``: N log lines a second
    - ``postpone after N``: how long the program holds off a conditional restart

    Each may end in ``one in N``. N are seconds. Raises DirectiveError.
    """
    rest = " ".join(_TEXT.sub(" ", text, count=1).split())
    quoted = _TEXT.search(text)
    verb = next((name for name in _VERBS if rest == name or rest.startswith(name + " ")), None)
    if verb is None:
        raise DirectiveError(f"unknown directive: {text}")
    allowed, required, default_text = _VERBS[verb]
    rest = rest[len(verb) :]
    values: dict[str, float] = {}
    for name in sorted(allowed | {"one_in"}):
        match = _CLAUSES[name].search(rest)
        if match:
            values[name] = float(match.group(1))
            rest = rest[: match.start()] + rest[match.end() :]
    given = set(values) | ({"text"} if quoted else set())
    if rest.strip() or not required <= given or (quoted and default_text is None) or values.get("rate") == 0:
        raise DirectiveError(f"malformed directive: {text}")
    return Directive(
        verb,
        quoted.group(1) if quoted else default_text or "",
        values.get("after", 0.0),
        values.get("every", 0.0),
        values.get("rate", 0.0),
        int(values.get("one_in", 1)),
        agent,
        place,
    )


def failure(agent: bool, text: str, place: str) -> list[Line]:
    """Return the lines of an uncaught run-time error."""
    kind = "agent.error" if agent else "server.error"
    lines = [Line(kind, f"ERROR: {text}"), Line(kind, f"ERROR:   at {place}")]
    return lines if agent else [*lines, Line("lastexitcode", f"runtime error: {text}")]


def _file(agent: bool) -> str:
    return "agent_code" if agent else "device_code"


def _directives(source: str, agent: bool) -> tuple[list[Directive], list[DirectiveError]]:
    """Return the directives in the comments of a source and what is wrong with the others."""
    directives, errors = [], []
    for match in _COMMENT.finditer(source):
        start = match.start(1)
        row = source.count("\n", 0, start) + 1
        try:
            directives.append(parse_directive(match.group(1), agent, place=f"{_file(agent)}:{row}"))
        except DirectiveError as error:
            error.row, error.column = row, start - source.rfind("\n", 0, start)
            errors.append(error)
    return directives, errors


def _start(source: str, agent: bool) -> tuple[list[Line], bool]:
    """Return what a source logs when it starts and whether it dies in doing so."""
    side = "agent" if agent else "server"
    lines: list[Line] = []
    for statement in _top_level_statements(source):
        kinds = [token.kind for token in statement[:4]]
        values = [token.value for token in statement[:4]]
        if kinds[0] == "throw":
            text = _literal(statement[1:])
            lines += failure(agent, "exception" if text is None else text, f"{_file(agent)}:{statement[0].row}")
            return lines, True
        if kinds == ["identifier", ".", "identifier", "("] and values[0] == "server" and values[2] in ("log", "error"):
            text = _literal(statement[4:], closing=")")
            if text is not None:
                lines.append(Line(f"{side}.{values[2]}", text))
    return lines, False


def _literal(expression: list[Token], closing: str | None = None) -> str | None:
    """Return the value of literals joined by `+` up to the closing token, None for anything else."""
    parts = []
    for index in range(0, len(expression), 2):
        if expression[index].kind not in ("string", "number"):
            return None
        parts.append(expression[index].value)
        operator = expression[index + 1].kind if index + 1 < len(expression) else None
        if operator == closing or (closing is None and operator != "+"):
            return "".join(parts)
        if operator != "+":
            return None
    return None


def _top_level_statements(source: str) -> Iterator[list[Token]]:
    """Yield the statements outside all brackets that are sure to run: what an `if` or a loop guards is left out."""
    statement: list[Token] = []
    brackets: list[bool] = []
    guarded = header = False
    try:
        for token in tokens(source):
            previous = statement[-1].kind if statement else ""
            new_line = token.first and not guarded and previous not in ("else", "do", "try", "+", ".", "(", "throw")
            if not brackets and (token.kind in (";", "end") or previous == "}" or new_line):
                if statement:
                    yield statement
                statement = []
            if token.kind != ";":
                statement.append(token)
            if token.kind in ("function", "@"):
                header = True
            elif token.kind in ("(", "[", "{"):
                brackets.append(header or previous in ("if", "while", "for", "foreach", "switch", "catch"))
                header = False
            elif token.kind in (")", "]", "}"):
                guarded = brackets.pop() if brackets else False
                continue
            guarded = False
    except SquirrelError:
        # Only a source that the compile check could not follow to its end gets here.
        return

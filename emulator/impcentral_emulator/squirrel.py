# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tokens of Squirrel 3, the language of device and agent code.

Serves the compile check and the reading of what a program logs when it starts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

KEYWORDS = frozenset(
    (
        "base",
        "break",
        "case",
        "catch",
        "class",
        "clone",
        "const",
        "constructor",
        "continue",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "extends",
        "false",
        "for",
        "foreach",
        "function",
        "if",
        "in",
        "instanceof",
        "local",
        "null",
        "resume",
        "return",
        "static",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "while",
        "yield",
    )
)

_TOKEN = re.compile(
    r"""
      (?P<newline>\n)
    | (?P<blank>[ \t\r\f\v]+)
    | (?P<line_comment>(?://|\#)[^\n]*)
    | (?P<block_comment>/\*.*?\*/)
    | (?P<open_comment>/\*)
    | (?P<verbatim>@"(?:[^"]|"")*")
    | (?P<open_verbatim>@")
    | (?P<string>"(?:[^"\\\n]|\\[^\n])*")
    | (?P<char>'(?:[^'\\\n]|\\[^\n])*')
    | (?P<open_string>["'])
    | (?P<number>0[xX][0-9A-Fa-f]+|[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<operator><=>|>>>|\.\.\.|::|<-|</|/>|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%]=|[-+*/%=<>!~&|^.,:;?@(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,4}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[tabnrvf0\\\"'])")
_PLAIN_ESCAPES = {"t": "\t", "a": "\a", "b": "\b", "n": "\n", "r": "\r", "v": "\v", "f": "\f", "0": "\0"}
_SILENT = ("blank", "line_comment", "block_comment")
_UNFINISHED = {
    "open_comment": 'missing "*/" in comment',
    "open_verbatim": "unfinished string",
    "open_string": "newline in a constant",
}


class SquirrelError(Exception):
    """A place where a source stops being Squirrel; `row` and `column` count from 1."""

    def __init__(self, row: int, column: int, text: str) -> None:
        super().__init__(text)
        self.row = row
        self.column = column


class Token(NamedTuple):
    """One token.

    `kind` is `identifier`, `number`, `string`, `end`, or the keyword or operator itself. `value` is the decoded
    text of a string, else the token as written. `first` says that the token is the first one on its line.
    """

    kind: str
    value: str
    row: int
    column: int
    first: bool


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a source, the last one of kind `end`.

    Raises SquirrelError at the first place that is no token; unfinished strings and comments are reported where
    they begin.
    """
    position, row, line_start, first = int(source.startswith("\ufeff")), 1, 0, True
    while position < len(source):
        match = _TOKEN.match(source, position)
        column = position - line_start + 1
        if match is None:
            raise SquirrelError(row, column, f"unexpected character '{source[position]}'")
        group, text = match.lastgroup or "", match.group()
        if group in _UNFINISHED:
            at_end = "\n" not in source[position:]
            raise SquirrelError(row, column, "unfinished string" if at_end and text in "\"'" else _UNFINISHED[group])
        if group == "newline":
            first = True
        elif group not in _SILENT:
            yield _token(group, text, row, column, first, source[match.end() : match.end() + 1])
            first = False
        if "\n" in text:
            row += text.count("\n")
            line_start = position + text.rindex("\n") + 1
            first = first or group == "block_comment"
        position = match.end()
    yield Token("end", "end of file", row, position - line_start + 1, first)


def _token(group: str, text: str, row: int, column: int, first: bool, following: str) -> Token:
    """Make the token of a match; `following` is the character behind it."""
    if group == "word":
        return Token(text if text in KEYWORDS else "identifier", text, row, column, first)
    if group == "number":
        if following.isalpha() or following == "_":
            raise SquirrelError(row, column + len(text), f"'{following}' cannot follow the number {text}")
        return Token("number", text, row, column, first)
    if group == "verbatim":
        return Token("string", text[2:-1].replace('""', '"'), row, column, first)
    if group == "string":
        return Token("string", _unescape(text[1:-1], row, column + 1), row, column, first)
    if group == "char":
        value = _unescape(text[1:-1], row, column + 1)
        if len(value) != 1:
            raise SquirrelError(row, column, "constant too long" if value else "empty constant")
        return Token("number", str(ord(value)), row, column, first)
    return Token(text, text, row, column, first)


def _unescape(body: str, row: int, column: int) -> str:
    """Decode the escapes of a string that begins at `column`."""
    parts, position = [], 0
    while (slash := body.find("\\", position)) >= 0:
        match = _ESCAPE.match(body, slash)
        if match is None:
            raise SquirrelError(row, column + slash, "unrecognised escape character")
        code = match.group(1)
        character = chr(int(code[1:], 16) % 0x110000) if code[0] in "xuU" else _PLAIN_ESCAPES.get(code, code)
        parts += [body[position:slash], character]
        position = match.end()
    return "".join(parts) + body[position:]

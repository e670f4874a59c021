# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recogniser of Squirrel 3: it says where a source cannot be a program.

It knows the grammar, not the meaning. Like the real compiler it stops at the first error.
"""

from __future__ import annotations

from typing import NoReturn

from .squirrel import SquirrelError, Token, tokens

_ASSIGNMENTS = frozenset(("=", "<-", "+=", "-=", "*=", "/=", "%="))
_LOGIC = frozenset(("||", "&&", "|", "^", "&"))
_COMPARISONS = frozenset(("==", "!=", "<=>", ">", "<", ">=", "<=", "in", "instanceof"))
_ARITHMETIC = frozenset((">>", "<<", ">>>", "+", "-", "*", "/", "%"))
_BINARY = _LOGIC | _COMPARISONS | _ARITHMETIC
_UNARY = frozenset(("-", "!", "~", "typeof", "clone", "resume"))
_ATOMS = frozenset(("string", "number", "null", "true", "false", "base"))
_NAMES = frozenset(("identifier", "constructor", "this"))
_CLOSED_BY = {"(": ")", "[": "]", "{": "}", "</": "/>"}

# Whether an expression can be assigned to.
_PLACE, _VALUE = True, False


def first_error(source: str) -> SquirrelError | None:
    """Return the first error of one source, or None."""
    try:
        _Parser(source).program()
    except SquirrelError as error:
        return error
    except RecursionError:
        # Nested deeper than this recogniser can follow; it has not found an error.
        return None
    return None


class _Parser:
    """Recursive descent over the tokens; each method consumes what its name says or raises SquirrelError."""

    def __init__(self, source: str) -> None:
        self._tokens = tokens(source)
        self._previous = ""
        self._loops = 0
        self._breakable = 0
        self._token: Token = next(self._tokens)

    # Tokens

    def _advance(self) -> Token:
        token = self._token
        self._previous = token.kind
        self._token = next(self._tokens, token)
        return token

    def _accept(self, kind: str) -> bool:
        if self._token.kind != kind:
            return False
        self._advance()
        return True

    def _fail(self, text: str) -> NoReturn:
        raise SquirrelError(self._token.row, self._token.column, text)

    def _expect(self, kind: str) -> Token:
        if self._token.kind != kind:
            self._fail(f"expected '{kind}'")
        return self._advance()

    def _expect_name(self) -> None:
        if self._token.kind not in ("identifier", "constructor"):
            self._fail("expected 'IDENTIFIER'")
        self._advance()

    def _close(self, opening: Token) -> None:
        closing = _CLOSED_BY[opening.kind]
        if self._token.kind != closing:
            self._fail(f"expected '{closing}' to close '{opening.kind}' of line {opening.row}")
        self._advance()

    # Statements

    def program(self) -> None:
        while self._token.kind != "end":
            self._terminated_statement()

    def _block_body(self) -> None:
        while self._token.kind not in ("}", "case", "default", "end"):
            self._terminated_statement()

    def _terminated_statement(self, *followers: str) -> None:
        """Consume a statement with what ends it: a semicolon, a line end, a brace, or one of the followers."""
        self._statement()
        if self._accept(";") or self._previous in (";", "}") or self._token.first:
            return
        if self._token.kind not in ("end", "}", *followers):
            self._fail("end of statement expected (; or lf)")

    def _statement(self) -> None:
        kind = self._token.kind
        handler = _STATEMENTS.get(kind)
        if handler is not None:
            handler(self)
        elif kind == "{":
            opening = self._advance()
            self._block_body()
            self._close(opening)
        elif kind != ";":
            self._comma_expression()
        else:
            self._advance()

    def _condition(self) -> None:
        opening = self._expect("(")
        self._comma_expression()
        self._close(opening)

    def _loop_body(self, *followers: str) -> None:
        self._loops += 1
        self._breakable += 1
        self._terminated_statement(*followers)
        self._loops -= 1
        self._breakable -= 1

    def _if(self) -> None:
        while True:
            self._advance()
            self._condition()
            self._terminated_statement("else")
            if not self._accept("else"):
                return
            if self._token.kind != "if":
                break
        self._terminated_statement("else")

    def _while(self) -> None:
        self._advance()
        self._condition()
        self._loop_body()

    def _do(self) -> None:
        self._advance()
        self._loop_body("while")
        self._expect("while")
        self._condition()

    def _for(self) -> None:
        self._advance()
        opening = self._expect("(")
        if self._token.kind == "local":
            self._local()
        elif self._token.kind != ";":
            self._comma_expression()
        self._expect(";")
        if self._token.kind != ";":
            self._comma_expression()
        self._expect(";")
        if self._token.kind != ")":
            self._comma_expression()
        self._close(opening)
        self._loop_body()

    def _foreach(self) -> None:
        self._advance()
        opening = self._expect("(")
        self._expect_name()
        if self._accept(","):
            self._expect_name()
        self._expect("in")
        self._expression()
        self._close(opening)
        self._loop_body()

    def _switch(self) -> None:
        self._advance()
        self._condition()
        opening = self._expect("{")
        self._breakable += 1
        while self._accept("case"):
            self._expression()
            self._expect(":")
            self._block_body()
        if self._accept("default"):
            self._expect(":")
            self._block_body()
        self._breakable -= 1
        self._close(opening)

    def _local(self) -> None:
        self._advance()
        if self._accept("function"):
            self._expect_name()
            self._function()
            return
        while True:
            self._expect_name()
            if self._accept("="):
                self._expression()
            if not self._accept(","):
                return

    def _return(self) -> None:
        self._advance()
        if not (self._token.first or self._token.kind in (";", "}", "end", "else", "case", "default")):
            self._comma_expression()

    def _throw(self) -> None:
        self._advance()
        self._comma_expression()

    def _break(self) -> None:
        kind = self._token.kind
        if not (self._breakable if kind == "break" else self._loops):
            self._fail(f"'{kind}' has to be in a loop block")
        self._advance()

    def _function_statement(self) -> None:
        self._advance()
        self._expect_name()
        while self._accept("::"):
            self._expect_name()
        self._function()

    def _class_statement(self) -> None:
        self._advance()
        if self._token.kind == "{" or self._prefixed() is _VALUE:
            self._fail("invalid class name")
        self._class()

    def _try(self) -> None:
        self._advance()
        self._terminated_statement("catch")
        self._expect("catch")
        opening = self._expect("(")
        self._expect_name()
        self._close(opening)
        self._terminated_statement("else")

    def _enum(self) -> None:
        self._advance()
        self._expect_name()
        opening = self._expect("{")
        while self._token.kind in ("identifier", "constructor"):
            self._advance()
            if self._accept("="):
                self._scalar()
            self._accept(",")
        self._close(opening)

    def _const(self) -> None:
        self._advance()
        self._expect_name()
        self._expect("=")
        self._scalar()

    def _scalar(self) -> None:
        negative = self._accept("-")
        if self._token.kind not in (("number",) if negative else ("number", "string", "true", "false")):
            self._fail("scalar expected: number or string")
        self._advance()

    # Expressions

    def _comma_expression(self) -> None:
        self._expression()
        while self._accept(","):
            self._expression()

    def _expression(self) -> None:
        place = self._operation()
        if self._token.kind in _ASSIGNMENTS:
            if place is _VALUE:
                self._fail("can't assign expression")
            self._advance()
            self._expression()
        elif self._accept("?"):
            self._expression()
            self._expect(":")
            self._expression()

    def _operation(self) -> bool:
        """Consume operands joined by binary operators: their precedence decides nothing here."""
        place = self._prefixed()
        while self._token.kind in _BINARY:
            self._advance()
            self._prefixed()
            place = _VALUE
        return place

    def _prefixed(self) -> bool:
        """Consume an operand with its calls, indexes and member names; say whether it can be assigned to."""
        place = self._factor()
        while True:
            kind = self._token.kind
            if kind == ".":
                self._advance()
                self._expect_name()
                place = _PLACE
            elif kind == "[":
                if self._token.first:
                    self._fail("cannot break deref/or comma needed after [exp]=exp slot declaration")
                opening = self._advance()
                self._expression()
                self._close(opening)
                place = _PLACE
            elif kind == "(":
                self._arguments()
                place = _VALUE
            elif kind in ("++", "--") and not self._token.first:
                if place is _VALUE:
                    self._fail("can't '++' or '--' an expression")
                self._advance()
                return _VALUE
            else:
                return place

    def _arguments(self) -> None:
        opening = self._advance()
        while self._token.kind not in (")", "end"):
            self._expression()  # the comma behind it is optional in Squirrel
            if self._accept(",") and self._token.kind == ")":
                self._fail("expression expected, found ')'")
        self._close(opening)

    def _factor(self) -> bool:
        kind = self._token.kind
        if kind in _NAMES:
            self._advance()
            return _PLACE
        if kind == "::":
            self._advance()
            self._expect_name()
            return _PLACE
        if kind in _ATOMS:
            self._advance()
        elif kind in _UNARY:
            self._advance()
            self._prefixed()
        elif kind in ("++", "--", "delete"):
            self._advance()
            if self._prefixed() is _VALUE:
                self._fail(f"can't '{kind}' an expression")
        elif kind == "(":
            self._condition()
        elif kind == "[":
            self._array()
        elif kind == "{":
            self._members(",")
        elif kind == "function":
            self._advance()
            self._function()
        elif kind == "@":
            self._advance()
            self._parameters()
            self._expression()
        elif kind == "class":
            self._advance()
            self._class()
        else:
            self._fail("expression expected")
        return _VALUE

    def _array(self) -> None:
        opening = self._advance()
        while self._token.kind not in ("]", "end"):
            self._expression()
            self._accept(",")
        self._close(opening)

    def _parameters(self) -> None:
        opening = self._expect("(")
        while self._token.kind not in (")", "..."):
            self._expect_name()
            if self._accept("="):
                self._expression()
            if not self._accept(",") and self._token.kind != ")":
                self._fail("expected ')' or ','")
        self._accept("...")
        self._close(opening)

    def _function(self) -> None:
        self._parameters()
        outside = self._loops, self._breakable
        self._loops = self._breakable = 0
        self._statement()
        self._loops, self._breakable = outside

    def _class(self) -> None:
        if self._accept("extends"):
            self._expression()
        if self._token.kind == "</":
            self._members(",")
        if self._token.kind != "{":
            self._fail("expected '{'")
        self._members(";")

    def _members(self, separator: str) -> None:
        """Consume the members of a table, a class or an attribute list, brackets included."""
        opening = self._advance()
        while self._token.kind not in (_CLOSED_BY[opening.kind], "end"):
            if separator == ";":
                if self._token.kind == "</":
                    self._members(",")
                self._accept("static")
            self._member(separator == ",")
            self._accept(separator)
        self._close(opening)

    def _member(self, json_keys: bool) -> None:
        kind = self._token.kind
        if kind == "function":
            self._advance()
            self._expect_name()
            self._function()
        elif kind == "constructor":
            self._advance()
            self._function()
        elif kind == "[":
            opening = self._advance()
            self._comma_expression()
            self._close(opening)
            self._expect("=")
            self._expression()
        else:
            quoted = json_keys and self._accept("string")
            if not quoted:
                self._expect_name()
            self._expect(":" if quoted else "=")
            self._expression()


_STATEMENTS = {
    "if": _Parser._if,
    "while": _Parser._while,
    "do": _Parser._do,
    "for": _Parser._for,
    "foreach": _Parser._foreach,
    "switch": _Parser._switch,
    "local": _Parser._local,
    "return": _Parser._return,
    "yield": _Parser._return,
    "throw": _Parser._throw,
    "break": _Parser._break,
    "continue": _Parser._break,
    "function": _Parser._function_statement,
    "class": _Parser._class_statement,
    "try": _Parser._try,
    "enum": _Parser._enum,
    "const": _Parser._const,
}

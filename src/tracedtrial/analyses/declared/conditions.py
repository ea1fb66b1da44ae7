"""`ADAE where AEREL = RELATED and AETOXGR >= 3`: a dataset and the clauses that its rows meet.

    selection  DATASET [where CLAUSE {and CLAUSE}]
    clause     VARIABLE (= | != | < | <= | > | >=) VALUE
               VARIABLE [not] in (VALUE {, VALUE})
               VARIABLE is [not] missing
    value      a word, a number, or a text in quotes

A row whose variable is missing meets no comparison, nor `not in`, as in SQL.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_TOKEN = re.compile(
    r"\s*(?:(?P<operator><=|>=|!=|=|<|>)|(?P<mark>[(),])"
    r"|(?P<quoted>'[^']*'|\"[^\"]*\")|(?P<word>[^\s<>=!(),'\"]+))"
)
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,31}")


class SyntaxFault(ValueError):
    """What a condition lacks, and the column (from 1) of its text where it lacks it."""

    def __init__(self, expected: str, got: str, column: int) -> None:
        super().__init__(f"{expected}, but got {got}")
        self.column = column


@dataclass(frozen=True)
class Clause:
    """A condition on one variable.

    `operator` is one of COMPARISONS, "in", "not in", "missing" or "not missing"; `values` are
    texts as they were written, none for the last two. `column` is the place of the variable in
    the text that was parsed, from 1.
    """

    variable: str
    operator: str
    values: tuple[str, ...] = ()
    column: int = 1

    def __str__(self) -> str:
        if self.operator in COMPARISONS:
            return f"{self.variable} {self.operator} {self.values[0]}"
        if self.operator.endswith("in"):
            return f"{self.variable} {self.operator} ({', '.join(self.values)})"
        return f"{self.variable} is {self.operator}"


@dataclass(frozen=True)
class Selection:
    """Rows of an analysis dataset: those that meet every clause."""

    dataset: str
    clauses: tuple[Clause, ...] = ()

    def __str__(self) -> str:
        met = " and ".join(str(clause) for clause in self.clauses)
        return f"{self.dataset} where {met}" if met else self.dataset

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clause.variable for clause in self.clauses))


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int


def _got(token: _Token) -> str:
    return repr(token.text) if token.text else "the end"


def parse_selection(text: str) -> Selection:
    """The selection that `text` writes.

    Raises
    ------
    SyntaxFault
        The text is no selection; names what was expected and where.

    Examples
    --------
    >>> str(parse_selection("ADAE where AETOXGR >= 3 and AEREL in (RELATED, 'POSSIBLY RELATED')"))
    'ADAE where AETOXGR >= 3 and AEREL in (RELATED, POSSIBLY RELATED)'
    """
    tokens = _Tokens(text)
    dataset = tokens.name("a dataset")
    if tokens.ended:
        return Selection(dataset)
    tokens.expect("where")
    return Selection(dataset, tuple(_clauses(tokens)))


def parse_clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a condition on its own, without dataset and `where`."""
    return tuple(_clauses(_Tokens(text)))


def _clauses(tokens: "_Tokens") -> Iterator[Clause]:
    yield _clause(tokens)
    while not tokens.ended:
        tokens.expect("and")
        yield _clause(tokens)


def _clause(tokens: "_Tokens") -> Clause:
    column = tokens.column
    variable = tokens.name("a variable")
    operator = tokens.taken()
    if operator.kind == "operator":
        return Clause(variable, operator.text, (tokens.value(),), column)
    word = operator.text.lower()
    negated = tokens.skipped("not") if word == "is" else word == "not"
    if word == "is":
        tokens.expect("missing")
        return Clause(variable, "not missing" if negated else "missing", (), column)
    if word == "not":
        tokens.expect("in")
    elif word != "in":
        known = ", ".join(COMPARISONS)
        raise SyntaxFault(f"{known}, in, not in or is", _got(operator), operator.column)
    return Clause(variable, "not in" if negated else "in", tuple(_listed(tokens)), column)


def _listed(tokens: "_Tokens") -> Iterator[str]:
    tokens.expect("(")
    yield tokens.value()
    while tokens.skipped(","):
        yield tokens.value()
    tokens.expect(")")


class _Tokens:
    """The words of a condition, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens, self._at, self._length = list(_tokens(text)), 0, len(text)

    @property
    def ended(self) -> bool:
        return self._at == len(self._tokens)

    @property
    def column(self) -> int:
        return self._length + 1 if self.ended else self._tokens[self._at].column

    def taken(self) -> _Token:
        token = _Token("end", "", self.column) if self.ended else self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens))
        return token

    def skipped(self, word: str) -> bool:
        """Whether the next is this word; it is taken then."""
        if self.ended or self._tokens[self._at].text.lower() != word:
            return False
        self._at += 1
        return True

    def expect(self, word: str) -> None:
        column = self.column
        token = self.taken()
        if token.text.lower() != word:
            raise SyntaxFault(f"'{word}'", _got(token), column)

    def name(self, what: str) -> str:
        token = self.taken()
        if token.kind != "word" or not _NAME.fullmatch(token.text):
            got = _got(token)
            raise SyntaxFault(f"{what} in capital letters", got, token.column)
        return token.text

    def value(self) -> str:
        """A value; words that follow one another are one (`DOSE REDUCED`)."""
        token = self.taken()
        if token.kind == "quoted":
            return token.text[1:-1]
        if token.kind != "word":
            raise SyntaxFault("a value", _got(token), token.column)
        words = [token.text]
        while not self.ended and self._tokens[self._at].kind == "word":
            if self._tokens[self._at].text.lower() == "and":
                break
            words.append(self.taken().text)
        return " ".join(words)


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if not found or found.lastgroup is None:
            raise SyntaxFault("a closed quote or a word", repr(text[at:].strip()[:20]), at + 1)
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        at = found.end()

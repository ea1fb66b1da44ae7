"""What a method's query gives: (id, value, low, high, n, denominator, interval) by row."""


def row(id: str, value: str, n: str, denominator: str, source: str) -> str:
    return f"SELECT {id}, {value}, NULL, NULL, {n}, {denominator}, false FROM {source}"


def pair(id: str, low: str, high: str, n: str, denominator: str, source: str) -> str:
    return f"SELECT {id}, NULL, {low}, {high}, {n}, {denominator}, true FROM {source}"

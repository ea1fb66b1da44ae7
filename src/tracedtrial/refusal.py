"""What every package says when it refuses: name, rule, value, place, count."""


class Refusal(ValueError):
    """Input that breaks a rule; the message is one line that a reader can act upon."""


def refusal(name: str, rule: str, value: object, place: str, count: int = 1) -> Refusal:
    """The refusal of `value`: `NAME must RULE, but got VALUE (PLACE)`.

    Examples
    --------
    >>> print(refusal("AETOXGR", "be 1, 2, 3, 4 or 5", "6", "data/raw/ae.csv, row 41", 3))
    AETOXGR must be 1, 2, 3, 4 or 5, but got '6' (data/raw/ae.csv, row 41; 3 rows in all)
    """
    shown = repr(value) if len(repr(value)) <= 80 else repr(value)[:77] + "..."
    total = f"; {count} rows in all" if count > 1 else ""
    return Refusal(f"{name} must {rule}, but got {shown} ({place}{total})")

"""The manuscript's variables as the ledger gives them: each id, and each form as `ID_FORM`."""

from collections.abc import Mapping


def variables(numbers: Mapping[str, dict]) -> dict[str, tuple[str, str]]:
    """Variable name -> (id, text) for every number of the ledger and its forms.

    Examples
    --------
    >>> variables({"a.n": {"text": "3", "forms": {"words": "three"}}})
    {'a.n': ('a.n', '3'), 'a.n_words': ('a.n', 'three')}
    """
    found = {id: (id, row["text"]) for id, row in numbers.items()}
    for id, row in numbers.items():
        found |= {f"{id}_{form}": (id, text) for form, text in row["forms"].items()}
    return found

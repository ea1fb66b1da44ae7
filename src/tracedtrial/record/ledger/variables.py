"""`_variables.yml`: the ledger as Quarto's own variables, each a link to its provenance entry."""

import yaml

from tracedtrial.record.words.markdown import escaped
from tracedtrial.refusal import refusal

LONGEST_ANCHOR = 40  # Word cuts longer bookmarks


def anchor(id: str) -> str:
    """The anchor of an id's provenance entry.

    Examples
    --------
    >>> anchor("dlt.low.first_cohort.n")
    'n-dlt-low-first-cohort-n'
    """
    return "n-" + id.replace(".", "-").replace("_", "-")


def variable_texts(numbers: dict[str, dict]) -> dict[str, tuple[str, str]]:
    """Variable name -> (id, text): every id, and each form as `ID_FORM`."""
    names = {id: (id, row["text"]) for id, row in numbers.items()}
    for id, row in numbers.items():
        names |= {f"{id}_{form}": (id, text) for form, text in row["forms"].items()}
    return names


def used_ids(names: list[str], numbers: dict[str, dict], place: str) -> list[str]:
    """Ids behind the variables used, each once; an unknown name or a long anchor is refused."""
    known = variable_texts(numbers)
    ids = []
    for name in names:
        if name not in known:
            raise refusal("variable", "be in the ledger", name, place)
        id = known[name][0]
        if len(anchor(id)) > LONGEST_ANCHOR:
            raise refusal("anchor", f"have at most {LONGEST_ANCHOR} characters", anchor(id), place)
        ids.append(id)
    return list(dict.fromkeys(ids))


def variables_yaml(names: list[str], numbers: dict[str, dict]) -> str:
    """The YAML text; only the variables used are links, for only they have an entry."""
    linked = {known[0] for name, known in variable_texts(numbers).items() if name in set(names)}
    tree: dict = {}
    for name, (id, text) in sorted(variable_texts(numbers).items()):
        value = f"[{escaped(text)}](#{anchor(id)}){{.number}}" if id in linked else escaped(text)
        branch = tree
        for part in name.split(".")[:-1]:
            branch = branch.setdefault(part, {})
        branch[name.split(".")[-1]] = value
    return "# Made by the build from build/ledger.json.\n" + yaml.safe_dump(
        tree, allow_unicode=True, width=1000, sort_keys=True
    )

"""The variables of the manuscript's abstract, in the order in which they are printed."""

import re
from collections.abc import Collection
from pathlib import Path

import yaml

from tracedtrial.refusal import Refusal

_HEADER = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
_VARIABLE = re.compile(r"\{\{<\s+var\s+(\S+)\s+>\}\}")
_FORM = re.compile(r"_(?:words|Words|bare|noun|counted)$")


def abstract_variables(manuscript: Path) -> list[str]:
    """Names of the variables of the abstract that print a number, in its order.

    A noun beside a number (`population.rp2d.n_noun`) prints none.

    Raises
    ------
    Refusal
        The manuscript cannot be read, or its header is no YAML.
    """
    try:
        header = _HEADER.match(manuscript.read_text(encoding="utf-8"))
        fields = yaml.load(header[1], Loader=yaml.CSafeLoader) if header else {}
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{manuscript} must be readable text in UTF-8: {_line(error)}") from None
    except yaml.YAMLError as error:
        raise Refusal(f"the header of {manuscript} must be YAML: {_line(error)}") from None
    names = _VARIABLE.findall(str(fields.get("abstract", "")))
    return [name for name in names if not name.endswith("_noun")]


def id_of(name: str, numbers: Collection[str]) -> str:
    """The id of the number that a variable prints, in whichever form."""
    return name if name in numbers else _FORM.sub("", name)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())

"""What both derivations say of each patient, before anything is counted.

The second derivation's view `patient_result`, where it has one, is compared with the analysis
datasets: of every patient, parameter and variable that it names, row by row. A difference that
cancels out in a count shows here.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tracedtrial.paths import DATASETS
from tracedtrial.refusal import Refusal

VIEW = "patient_result"
VALUE_DIGITS = 9  # a change in percent is rounded on its way
QUERY = f"SELECT dataset, USUBJID, PARAMCD, place, variable, text FROM {VIEW}"


class Place(NamedTuple):
    """A variable of a row of an analysis dataset, as the field names it."""

    dataset: str
    patient: str
    parameter: str
    row: str
    variable: str

    def __str__(self) -> str:
        return ", ".join(
            filter(
                None, (self.dataset.upper(), self.patient, self.parameter, self.row, self.variable)
            )
        )


Results = Mapping[Place, str]


def second_results(rows: Collection[tuple]) -> dict[Place, str]:
    """By place, what the view gives: rows of dataset, patient, parameter, place, variable, text."""
    return {
        Place(dataset, patient, parameter or "", _number(row or ""), variable): _number(
            text, VALUE_DIGITS
        )
        for dataset, patient, parameter, row, variable, text in rows
    }


def first_results(texts: Mapping[str, str], second: Results) -> dict[Place, str]:
    """The same places of the datasets, given as the texts of their CSV files."""
    patients = {place.patient for place in second}
    found: dict[Place, str] = {}
    for dataset in sorted({place.dataset for place in second}):
        asked = {(place.parameter, place.variable) for place in second if place.dataset == dataset}
        for row in csv.DictReader(io.StringIO(texts[dataset])):
            if row["USUBJID"] in patients:
                found.update(_of_row(dataset, row, asked))
    return found


def written(root: Path, second: Results) -> dict[Place, str]:
    """The same places of the datasets that the build in `root` wrote.

    Raises
    ------
    Refusal
        A dataset is missing or cannot be read.
    """
    texts = {}
    for name in sorted({place.dataset for place in second}):
        path = DATASETS / f"{name}.csv"
        try:
            texts[name] = (root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise Refusal(f"{path} must be a dataset of the build; build again") from None
    return first_results(texts, second)


def disagreements(first: Results, second: Results) -> list[str]:
    """Where they do not say the same, a line each."""
    return [
        f"{place}: {_shown(first.get(place))} in the dataset, {_shown(second.get(place))} by SQL"
        for place in sorted(first.keys() | second.keys())
        if first.get(place) != second.get(place)
    ]


def _of_row(
    dataset: str, row: Mapping[str, str], asked: Collection[tuple[str, str]]
) -> Iterator[tuple[Place, str]]:
    parameter, place = row.get("PARAMCD", ""), ""
    if dataset in ("adae", "adex"):
        place = row["SRCSEQ"]
    elif parameter == "OVR":
        place = row["VISITNUM"]
    for name, variable in asked:
        if name == parameter and variable in row:
            yield (
                Place(dataset, row["USUBJID"], parameter, _number(place), variable),
                _number(row[variable], VALUE_DIGITS),
            )


def _number(text: str, digits: int = 12) -> str:
    """A number without the places that it does not need; any other text as it is."""
    try:
        return f"{float(text) + 0:.{digits}g}"
    except ValueError:  # a date, a category, several sequence numbers
        return text


def _shown(text: str | None) -> str:
    return "absent" if text is None else repr(text)

"""Where the investigator's and the derived response disagree: a list for the auditor.

It names patients: it stays with the auditor and leaves with no manuscript. A disagreement is no
error; the protocol says which response is primary. `python -m tracedtrial.checks.disagreements`
writes the list of the trial in the working directory.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from tracedtrial import spreadsheet
from tracedtrial.analyses.trial import Trial, derived_trial
from tracedtrial.commands import command
from tracedtrial.datasets import Datasets, derive, response_criteria
from tracedtrial.datasets.criteria.criteria import Course, Criteria, best_overall
from tracedtrial.datasets.dataset import by_subject
from tracedtrial.files import write_text
from tracedtrial.inputs.protocol import read_protocol
from tracedtrial.inputs.queries.asking import read_accepted_tables
from tracedtrial.paths import RAW, REPORTS

LIST = REPORTS / "disagreements.csv"
VISIT, UNCONFIRMED, BEST = "response at a visit", "unconfirmed response", "best response"
KINDS = (VISIT, UNCONFIRMED, BEST)
COLUMNS = ("kind", "USUBJID", "VISITNUM", "ADT", "INVESTIGATOR", "DERIVED", "PRIMARY")


def disagreements(trial: Trial) -> pd.DataFrame:
    """Every disagreement, by kind, subject and date.

    Returns
    -------
    DataFrame
        kind, USUBJID, VISITNUM, ADT, INVESTIGATOR, DERIVED, PRIMARY ("derived" or
        "investigator", as the protocol has it). Of the kinds,

        - `response at a visit`: the two categories of one visit differ;
        - `unconfirmed response`: the investigator's record claims a response better than any that
          later records bear out; DERIVED is what the rule of confirmation leaves of it;
        - `best response`: the best response that the investigator's records confirm differs from
          the one that the measured values confirm; the date is the investigator's.

    Notes
    -----
    Records after the cut-off, or on or before the first dose, do not count. A subject without a
    record has the best response NE.
    """
    data = _derived(trial)
    rs = _records(data)
    rows = pd.concat(
        [_visits(data), _unconfirmed(data, rs, trial.protocol), _best(data, rs, trial.protocol)]
    )
    rows["PRIMARY"] = trial.protocol["response"]["primary"]["value"]
    place = rows["kind"].map({kind: k for k, kind in enumerate(KINDS)})
    order = rows.assign(place=place).sort_values(["place", "USUBJID", "ADT"], kind="stable")
    return order[list(COLUMNS)].reset_index(drop=True)


def report(found: pd.DataFrame) -> str:
    """One line: how many of each kind."""
    counts = Counter(found["kind"])
    return "disagreements: " + ", ".join(f"{kind} {counts[kind]}" for kind in KINDS)


def _derived(trial: Trial) -> Datasets:
    """The datasets with the derived response as primary."""
    if trial.protocol["response"]["primary"]["value"] == "derived":
        return trial.data
    response = trial.protocol["response"] | {"primary": {"value": "derived"}}
    return derive(trial.data.raw, trial.protocol | {"response": response})


def _records(data: Datasets) -> pd.DataFrame:
    """The investigator's records that count, in order of subject and date."""
    rs = data.raw.tables["rs"].loc[data.adrs.best.sources["rs"]]
    first_dose = data.adsl.frame["TRTSDT"].to_numpy()[by_subject(rs)]
    rs = rs[rs["RSDTC"].to_numpy() > first_dose].astype({"USUBJID": object, "RSSTRESC": object})
    return rs.sort_values(["USUBJID", "RSDTC", "RSSEQ"], kind="stable")


def _visits(data: Datasets) -> pd.DataFrame:
    visits = data.adrs.visits
    differ = (
        visits["INVESTIGATOR"].notna()
        & visits["DERIVED"].notna()
        & (visits["INVESTIGATOR"] != visits["DERIVED"])
    )
    found = visits[differ]
    return found[["VISITNUM", "ADT", "INVESTIGATOR", "DERIVED"]].assign(
        kind=VISIT, USUBJID=data.raw.subjects[found["subject"].to_numpy()]
    )


def _unconfirmed(data: Datasets, rs: pd.DataFrame, protocol: dict) -> pd.DataFrame:
    """Records of a response better than the best one confirmed up to then."""
    criteria = response_criteria(protocol)
    rows = []
    for subject, own in rs.groupby("USUBJID", sort=True):
        claimed, left = own["RSSTRESC"].tolist(), _counted(data, own, protocol)
        best = np.minimum.accumulate([_rank(category, criteria) for category in left])
        rows += [
            (UNCONFIRMED, subject, visit, date, claim, kept)
            for visit, date, claim, kept, reached in zip(
                own["VISITNUM"], own["RSDTC"], claimed, left, best
            )
            if _rank(claim, criteria) < reached
        ]
    return pd.DataFrame(rows, columns=COLUMNS[:6])


def _counted(data: Datasets, own: pd.DataFrame, protocol: dict) -> list[str]:
    """What the investigator's records of one subject count as, by the rule of confirmation."""
    criteria, subject = response_criteria(protocol), own["USUBJID"].iloc[0]
    place = int(np.searchsorted(data.raw.subjects, subject))
    course = Course(
        own["RSSTRESC"].tolist(),
        own["RSDTC"].to_numpy(),
        data.adsl.frame["TRTSDT"].to_numpy()[place],
        _new_therapy(data).get(subject),
        own.index.isin(data.adrs.best.sources["imaging"]).tolist(),
    )
    return [visit.category for visit in criteria.confirmed(course, protocol["response"])]


def _rank(category: str, criteria: Criteria) -> int:
    """Place among the categories better than stable disease; what is none of these comes last."""
    better = criteria.ranks[: criteria.ranks.index("SD")]
    return better.index(category) if category in better else len(better)


def _best(data: Datasets, rs: pd.DataFrame, protocol: dict) -> pd.DataFrame:
    """Subjects whose best confirmed response the two sources tell differently."""
    treated = data.adsl.frame["TRTSDT"].notna().to_numpy()
    derived = pd.DataFrame(
        {
            "USUBJID": data.raw.subjects[treated],
            "DERIVED": data.adrs.best.frame.loc[treated, "BESTRESP"].to_numpy(),
        }
    )
    reported = pd.DataFrame(
        _reported(data, rs, protocol), columns=["USUBJID", "VISITNUM", "ADT", "INVESTIGATOR"]
    )
    both = derived.merge(reported, on="USUBJID", how="left").fillna(
        {"INVESTIGATOR": "NE", "DERIVED": "NE"}
    )
    return both[both["INVESTIGATOR"] != both["DERIVED"]].assign(kind=BEST)


def _reported(data: Datasets, rs: pd.DataFrame, protocol: dict) -> Iterator[tuple]:
    """Subject, visit, date and category of the best response that the investigator's records
    confirm."""
    ranks, therapy = response_criteria(protocol).ranks, _new_therapy(data)
    for subject, own in rs.groupby("USUBJID", sort=True):
        counted, dates = _counted(data, own, protocol), own["RSDTC"].tolist()
        place = best_overall(counted, dates, ranks, therapy.get(subject))
        if place is not None:
            yield subject, own["VISITNUM"].iloc[place], dates[place], counted[place]


def _new_therapy(data: Datasets) -> dict[str, pd.Timestamp]:
    dates = data.adrs.best.frame["NEWTHDT"]
    return dict(zip(data.raw.subjects[dates.notna()], dates.dropna()))


def _listed(found: pd.DataFrame) -> str:
    """The list as CSV for a spreadsheet."""
    read = csv.reader(io.StringIO(found.to_csv(index=False)))
    return spreadsheet.table(read)


def listed() -> None:
    """Write the list and print how many there are: a question to the reviewers, no finding."""
    protocol = read_protocol()
    raw = read_accepted_tables(RAW, protocol, response_criteria(protocol).asks)
    found = disagreements(derived_trial(raw, protocol))
    write_text(LIST, _listed(found))
    print(report(found))


main = command(listed)

if __name__ == "__main__":
    sys.exit(main())

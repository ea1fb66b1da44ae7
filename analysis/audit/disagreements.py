"""Where the investigator's and the derived response disagree: a list for the auditor.

It names patients: it stays with the auditor and leaves with no manuscript. A disagreement is no
error; the protocol says which response is primary. `python -m analysis.audit.disagreements`
writes the list of the trial in the working directory.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.derive import Datasets, best_confirmed_response, derive, response_criteria
from analysis.derive.confirmation import RESPONSES, confirmed_categories
from analysis.derive.dataset import by_subject
from analysis.files import write_text
from analysis.protocol import read_protocol
from analysis.refusal import Refusal
from analysis.results.trial import Trial, derived_trial
from analysis.schema import read_raw_tables

LIST = Path("build/audit/disagreements.csv")
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
          the one that the laboratory values confirm; the date is the investigator's.

    Notes
    -----
    Records after the cut-off, or on or before the first dose, do not count. A subject without a
    record has the best response NE.
    """
    data = _derived(trial)
    rs = _records(data)
    rows = pd.concat([_visits(data), _unconfirmed(data, rs), _best(data, rs)])
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
    differ = visits["INVESTIGATOR"].notna() & visits["DERIVED"].notna() & (
        visits["INVESTIGATOR"] != visits["DERIVED"])
    found = visits[differ]
    return found[["VISITNUM", "ADT", "INVESTIGATOR", "DERIVED"]].assign(
        kind=VISIT, USUBJID=data.raw.subjects[found["subject"].to_numpy()])


def _unconfirmed(data: Datasets, rs: pd.DataFrame) -> pd.DataFrame:
    """Records of a response better than the best one confirmed up to then."""
    therapy = _new_therapy(data)
    rows = []
    for subject, own in rs.groupby("USUBJID", sort=True):
        claimed, dates = own["RSSTRESC"].tolist(), own["RSDTC"].tolist()
        left = confirmed_categories(claimed, dates, therapy.get(subject),
                                    (own["PDIFL"] == "Y").tolist())
        best = np.minimum.accumulate([_rank(category) for category in left])
        rows += [(UNCONFIRMED, subject, visit, date, claim, kept)
                 for visit, date, claim, kept, reached in zip(
                     own["VISITNUM"], dates, claimed, left, best) if _rank(claim) < reached]
    return pd.DataFrame(rows, columns=COLUMNS[:6])


def _rank(category: str) -> int:
    """Place among the responses, from the best; what is no response comes last."""
    return RESPONSES.index(category) if category in RESPONSES else len(RESPONSES)


def _best(data: Datasets, rs: pd.DataFrame) -> pd.DataFrame:
    """Subjects whose best confirmed response the two sources tell differently."""
    treated = data.adsl.frame["TRTSDT"].notna().to_numpy()
    derived = pd.DataFrame({"USUBJID": data.raw.subjects[treated],
                            "DERIVED": data.adrs.best.frame.loc[treated, "BESTRESP"].to_numpy()})
    dated = rs.assign(RSDTC=rs["RSDTC"].dt.strftime("%Y-%m-%d"))
    reported = best_confirmed_response(dated, _qualifiers(data, rs)).rename(
        columns={"AVALC": "INVESTIGATOR"}).astype({"ADT": rs["RSDTC"].dtype})
    both = derived.merge(reported, on="USUBJID", how="left").fillna(
        {"INVESTIGATOR": "NE", "DERIVED": "NE"})
    found = both[both["INVESTIGATOR"] != both["DERIVED"]].assign(kind=BEST)
    visit = rs.drop_duplicates(["USUBJID", "RSDTC"])[["USUBJID", "RSDTC", "VISITNUM"]]
    return found.merge(visit.rename(columns={"RSDTC": "ADT"}), on=["USUBJID", "ADT"], how="left")


def _qualifiers(data: Datasets, rs: pd.DataFrame) -> pd.DataFrame:
    """SUPPRS of the records: progression by imaging, and the date of new therapy."""
    shown, therapy = rs[rs["PDIFL"] == "Y"], _new_therapy(data)
    imaging = pd.DataFrame({"USUBJID": shown["USUBJID"], "QNAM": "PDIFL", "QVAL": "Y",
                            "IDVARVAL": shown["RSSEQ"].astype(int).astype(str)})
    began = pd.DataFrame({"USUBJID": list(therapy), "QNAM": "NACTDT", "IDVARVAL": "",
                          "QVAL": [date.date().isoformat() for date in therapy.values()]})
    return pd.concat([imaging, began], ignore_index=True)


def _new_therapy(data: Datasets) -> dict[str, pd.Timestamp]:
    dates = data.adrs.best.frame["NEWTHDT"]
    return dict(zip(data.raw.subjects[dates.notna()], dates.dropna()))


def main() -> None:
    """Write the list and print how many there are; a refusal is one line and exit status 1."""
    try:
        protocol = read_protocol()
        raw = read_raw_tables(Path("data/raw"), protocol, response_criteria(protocol).ranks)
        found = disagreements(derived_trial(raw, protocol))
    except Refusal as refusal:
        sys.exit(str(refusal))
    write_text(LIST, found.to_csv(index=False, lineterminator="\n"))
    print(report(found))


if __name__ == "__main__":
    main()

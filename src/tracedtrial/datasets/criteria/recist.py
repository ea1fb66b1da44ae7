"""RECIST 1.1: response of solid tumours from the diameters of target lesions.

Source: Eisenhauer EA, Therasse P, Bogaerts J, et al. Eur J Cancer 2009;45:228-47 (sections 4.3
and 4.4, tables 1 to 3). Target lesions, and non-target lesions at baseline, come from the raw
table `tr`; the response of non-target lesions and new lesions come from `rs`, as the investigator
judged them. The rules are numbered in docs/rules.md (RECIST).
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from tracedtrial.datasets.criteria.criteria import Confirmed, Course, Criteria
from tracedtrial.inputs.schema.tables import NON_TARGET, SHORT_AXIS, TUMOUR_STATE, ResponseTables

NEITHER = "NON-CR/NON-PD"  # RECIST-9: of patients with non-target disease only, below SD
CATEGORIES = {
    "CR": "Complete response",
    "PR": "Partial response",
    "SD": "Stable disease",
    NEITHER: "Neither complete response nor progression",
    "PD": "Progressive disease",
    "NE": "Not evaluable",
}
RANKS = tuple(CATEGORIES)
RESULTS = {"OVRLRESP": RANKS, "NTRGRESP": ("CR", NEITHER, "PD", "NE"), "NEWLIND": ("Y", "N")}
NORMAL_NODE = 10  # mm, short axis
EDGE = 1e-9  # decimals such as 0.7 * 11.3 are not exact in binary


class Lesion(NamedTuple):
    """A lesion at one time: mm of its longest diameter, or of a node's short axis."""

    size: float
    node: bool


class History(NamedTuple):
    """What came before a visit: sum at baseline, least sum so far, whether response was complete.

    The least sum (RECIST-4) includes the baseline, and only visits with every lesion measured.
    """

    base: float
    nadir: float
    complete: bool = False


def weighed_tumours(raw: Mapping[str, pd.DataFrame], cutoff: np.datetime64) -> pd.DataFrame:
    """Target lesions, non-target disease, its response and new lesions by the cut-off.

    Columns USUBJID, VISITNUM, ADT, TESTCD, LESION (of targets alone), SIZE (mm) and RESULT (text).
    """
    tr, rs = raw["tr"], raw["rs"]
    tr = tr[(tr["TRSTAT"].astype(object) != "NOT DONE") & (tr["TRDTC"] <= cutoff)]
    rs = rs[(rs["RSTESTCD"].astype(object) != "OVRLRESP") & (rs["RSDTC"] <= cutoff)]
    target = tr["TRGRPID"].astype(object) != NON_TARGET
    measured = pd.DataFrame(
        {
            "USUBJID": tr["USUBJID"],
            "VISITNUM": tr["VISITNUM"],
            "ADT": tr["TRDTC"],
            "TESTCD": tr["TRTESTCD"].astype(object),
            "LESION": tr["TRLNKID"].astype(object).where(target, ""),
            "SIZE": tr["TRSTRESN"],
            "RESULT": "",
        }
    )
    judged = pd.DataFrame(
        {
            "USUBJID": rs["USUBJID"],
            "VISITNUM": rs["VISITNUM"],
            "ADT": rs["RSDTC"],
            "TESTCD": rs["RSTESTCD"].astype(object),
            "LESION": "",
            "SIZE": np.nan,
            "RESULT": rs["RSSTRESC"].astype(object),
        }
    )
    filled = [frame for frame in (measured, judged) if len(frame)]
    return pd.concat(filled).sort_index() if filled else measured


def recist_response(
    weighed: pd.DataFrame, measurable: pd.Series, start: pd.Series, rules: Mapping
) -> pd.DataFrame:
    """Unconfirmed overall response at each visit after the start of treatment.

    Parameters
    ----------
    weighed : DataFrame
        As `weighed_tumours` gives it. A lesion's baseline is its last measurement on or before
        `start`; a lesion first measured later is no target lesion (RECIST-1).
    measurable, rules
        Not asked by these criteria at a visit.
    start : Series
        Date of first dose by USUBJID; subjects without it are left out.

    Returns
    -------
    DataFrame
        One row a subject and visit, in order of date: USUBJID, VISITNUM, ADT (the visit's last
        date), AVALC, CHG (% change of the sum of diameters from baseline; NaN where a target
        lesion was not measured), BASE (mm; 0 without target lesions).

    Notes
    -----
    A subject has non-target lesions who had them by the start, or has a row of NTRGRESP after it;
    a visit without such a row left them unevaluated (RECIST-2). A visit without a row of NEWLIND
    found no new lesion (RECIST-7).

    Examples
    --------
    A sum of 50 mm falls by 40%, then rises by 30% and 9 mm from its lowest:

    >>> days = pd.to_datetime(["2001-01-01", "2001-02-26", "2001-04-23"])
    >>> scans = pd.DataFrame({"USUBJID": pd.Categorical(["01"] * 3), "VISITNUM": [0, 1, 2],
    ...                       "ADT": days, "TESTCD": "LDIAM", "LESION": "T1",
    ...                       "SIZE": [50.0, 30.0, 39.0], "RESULT": ""})
    >>> course = recist_response(scans, pd.Series(), pd.Series({"01": days[0]}), {})
    >>> list(zip(course["AVALC"], course["CHG"].round(1)))
    [('PR', -40.0), ('PD', -22.0)]
    """
    rows = []
    for subject, own in weighed.groupby("USUBJID", observed=True, sort=True):
        if subject in start.index:
            rows += [(subject, *row) for row in _visits(own, start[subject])]
    columns = ["USUBJID", "VISITNUM", "ADT", "AVALC", "CHG", "BASE"]
    frame = pd.DataFrame(rows, columns=columns).astype(
        {"ADT": "datetime64[s]", "VISITNUM": float, "CHG": float, "BASE": float, "AVALC": object}
    )
    frame["USUBJID"] = pd.Categorical(frame["USUBJID"], dtype=weighed["USUBJID"].dtype)
    return frame


def measured_baseline(
    weighed: pd.DataFrame, measurable: pd.Series, start: pd.Series, rules: Mapping
) -> pd.Series:
    """Whether each subject with a first dose has a baseline (RECIST-12).

    It is a target lesion measured by then; or without a target lesion, a non-target lesion.
    """
    begin = pd.to_datetime(weighed["USUBJID"].astype(object).map(start))
    before = weighed[weighed["ADT"] <= begin].astype({"USUBJID": object})
    targets = before[before["LESION"].ne("")]
    others = {*before.loc[before["TESTCD"].eq(TUMOUR_STATE), "USUBJID"]} - {*targets["USUBJID"]}
    based = others | {*targets.loc[targets["SIZE"] > 0, "USUBJID"]}
    return pd.Series(start.index.isin(list(based)), start.index)


def target_response(
    lesions: Mapping[str, Lesion], targets: Mapping[str, Lesion], history: History
) -> str:
    """The response of the target lesions at a visit: `lesions` as measured, `targets` at baseline.

    CR, PR or SD by the sum of diameters (RECIST-3). PD where those measured alone exceed the least
    sum by 20% and 5 mm (RECIST-4), or where after a complete response a lesion that is no node is
    seen again, whatever its size (RECIST-5); otherwise NE where a target lesion was not measured
    (RECIST-6).

    Examples
    --------
    >>> base = {"T1": Lesion(30, False), "T2": Lesion(20, True)}
    >>> target_response({"T1": Lesion(0, False), "T2": Lesion(9, True)}, base, History(50, 50))
    'CR'
    """
    found = [lesions[name] for name in targets if name in lesions]
    if not found or not history.base > 0:
        return "NE"
    total = sum(lesion.size for lesion in found)
    rise = total - history.nadir
    seen = any(lesion.size > 0 for lesion in found if not lesion.node)
    if rise >= 0.2 * history.nadir - EDGE and rise >= 5 - EDGE or history.complete and seen:
        return "PD"
    if len(found) < len(targets):
        return "NE"
    if not seen and all(lesion.size < NORMAL_NODE for lesion in found if lesion.node):
        return "CR"
    return "PR" if total <= 0.7 * history.base + EDGE else "SD"


def overall_response(target: str, non_target: str | None, new: bool) -> str:
    """The overall response at a visit (table 1, RECIST-8); `non_target` is None without any.

    Examples
    --------
    >>> overall_response("CR", "NON-CR/NON-PD", False), overall_response("SD", None, True)
    ('PR', 'PD')
    """
    if new or "PD" in (target, non_target):
        return "PD"
    if target == "CR" and non_target not in (None, "CR"):
        return "PR"
    return target


def non_target_only_response(non_target: str, new: bool) -> str:
    """The overall response of a subject without target lesions (table 2, RECIST-9).

    Examples
    --------
    >>> non_target_only_response("NON-CR/NON-PD", False), non_target_only_response("CR", True)
    ('NON-CR/NON-PD', 'PD')
    """
    return "PD" if new else non_target


def confirmed_course(course: Course, rules: Mapping) -> list[Confirmed]:
    """What each assessment counts as, by the protocol's rules of confirmation and stable disease.

    Where confirmation is asked, the next assessable record that is worse, or dated the days of
    confirmation later, decides a complete or partial response: it confirms one that it equals or
    betters, if dated no later than new therapy (RECIST-10). Stable disease, and a response not
    confirmed, count as SD from so many days after the first dose on, and before as NE
    (RECIST-11); of a subject with non-target disease only, as NON-CR/NON-PD in the same way.
    Progression needs no confirmation.

    Examples
    --------
    >>> days = np.array(["2001-02-26", "2001-04-23", "2001-06-18"], "datetime64[D]")
    >>> rules = {"confirmation": {"required": True, "days": 28}, "stable_disease": {"days": 42}}
    >>> course = Course(["PR", "PR", "PD"], days, start=np.datetime64("2001-01-01"))
    >>> [counted.category for counted in confirmed_course(course, rules)]
    ['PR', 'SD', 'PD']
    """
    least = np.timedelta64(rules["stable_disease"]["days"], "D")
    asked = rules["confirmation"]["required"]
    stable = "SD" if course.measured and NEITHER not in course.categories else NEITHER
    counted = []
    for place, (category, date) in enumerate(zip(course.categories, course.dates)):
        later = (
            _deciding(course, place, rules["confirmation"]["days"])
            if (asked and category in RANKS[:2])
            else -1
        )
        if category in RANKS[:2] and asked and not _bears_out(course, place, later):
            category = stable
        if category == stable and date - course.start < least:
            category = "NE"
        counted.append(Confirmed(category, later))
    return counted


def _deciding(course: Course, place: int, days: int) -> int:
    """Place of the next assessable record that is worse or late enough; -1 without one."""
    own, due = (
        RANKS.index(course.categories[place]),
        course.dates[place] + np.timedelta64(days, "D"),
    )
    for later in range(place + 1, len(course.categories)):
        category = course.categories[later]
        if category != "NE" and (RANKS.index(category) > own or course.dates[later] >= due):
            return later
    return -1


def _bears_out(course: Course, place: int, later: int) -> bool:
    if later < 0 or course.therapy is not None and course.dates[later] > course.therapy:
        return False
    return RANKS.index(course.categories[later]) <= RANKS.index(course.categories[place])


def _visits(own: pd.DataFrame, start: pd.Timestamp) -> Iterator[tuple]:
    """(VISITNUM, ADT, AVALC, CHG, BASE) of one subject's visits after the start."""
    own = own.sort_values(["ADT", "VISITNUM"], kind="stable")
    before, after = own[own["ADT"] <= start], own[own["ADT"] > start]
    after = after[after["TESTCD"] != TUMOUR_STATE]
    targets, others = _lesions(before), before["TESTCD"].eq(TUMOUR_STATE).any()
    base = float(sum(lesion.size for lesion in targets.values()))
    besides = others or after["TESTCD"].eq("NTRGRESP").any()
    history = History(base, base)
    dated = sorted((rows["ADT"].max(), visit) for visit, rows in after.groupby("VISITNUM"))
    for date, visit in dated:
        rows = after[after["VISITNUM"] == visit]
        lesions, result = _lesions(rows), dict(zip(rows["TESTCD"], rows["RESULT"]))
        non_target, new = result.get("NTRGRESP", "NE"), result.get("NEWLIND") == "Y"
        overall = (
            non_target_only_response(non_target, new)
            if others and not targets
            else overall_response(
                target_response(lesions, targets, history), non_target if besides else None, new
            )
        )
        total = _sum(lesions, targets)
        yield visit, date, overall, 100 * (total / base - 1) if base > 0 else np.nan, base
        history = History(
            base, float(np.fmin(history.nadir, total)), history.complete or overall == "CR"
        )


def _lesions(rows: pd.DataFrame) -> dict[str, Lesion]:
    """The last measurement of each lesion, by name."""
    rows = rows[rows["LESION"] != ""]
    return {
        name: Lesion(size, test == SHORT_AXIS)
        for name, size, test in zip(rows["LESION"], rows["SIZE"], rows["TESTCD"])
    }


def _sum(lesions: Mapping[str, Lesion], targets: Mapping[str, Lesion]) -> float:
    """The sum of diameters; NaN where a target lesion was not measured."""
    if not targets.keys() <= lesions.keys():
        return np.nan
    return float(sum(lesions[name].size for name in targets))


CRITERIA = Criteria(
    name="RECIST 1.1",
    version="1.1",
    categories=CATEGORIES,
    response="PR",
    asks=ResponseTables(tables=("tr",), results=RESULTS),
    weighed=weighed_tumours,
    visit_responses=recist_response,
    baseline=measured_baseline,
    confirmed=confirmed_course,
    thresholds=((20, "PD"), (-30, "PR")),
    change_label="Best change in sum of diameters, %",
    rules=("confirmation", "stable_disease"),
)

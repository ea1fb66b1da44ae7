"""Confirmed response by IMWG: which response the next assessment bears out."""

from collections.abc import Mapping

import pandas as pd

from tracedtrial.datasets.criteria.criteria import Confirmed, Course, best_overall
from tracedtrial.datasets.dates import last_days
from tracedtrial.inputs.schema.columns import PARTIAL

RANKS = ("sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE")
RESPONSES = RANKS[:5]
_RANK = {category: rank for rank, category in enumerate(RANKS)}
_BEST_SO_FAR = {category: rank for rank, category in enumerate(("PD", *RANKS[:6], "NE"))}


def confirmed_categories(
    categories: list[str],
    dates: list,
    new_therapy: object = None,
    imaging: list[bool] | None = None,
    death: list[bool] | None = None,
) -> list[str]:
    """One subject's assessments in order of date: what each is confirmed as.

    IMWG-11: a response is confirmed at its own level by a next assessable record of at least that
    level dated no later than new therapy; a lower next record confirms the lower level; without
    one it counts as SD. IMWG-12: PD is confirmed by imaging, by death due to progression, or by a
    next PD; otherwise it counts as NE. `dates` compare with `new_therapy`; None means no new
    therapy.

    Examples
    --------
    >>> confirmed_categories(["PR", "VGPR", "SD", "PD"], [1, 2, 3, 4])
    ['PR', 'SD', 'SD', 'NE']
    """
    confirmed = []
    for place, category in enumerate(categories):
        following = _next_assessable(categories, place)
        if category == "PD":
            shown = bool((imaging and imaging[place]) or (death and death[place]))
            borne_out = following is not None and categories[following] == "PD"
            confirmed.append("PD" if shown or borne_out else "NE")
        elif category not in RESPONSES:
            confirmed.append(category)
        elif (
            following is None
            or categories[following] == "PD"
            or (new_therapy is not None and dates[following] > new_therapy)
        ):
            confirmed.append("SD")
        else:
            confirmed.append(max(category, categories[following], key=_RANK.__getitem__))
    return confirmed


def confirmed_course(course: Course, rules: Mapping) -> list[Confirmed]:
    """What each assessment counts as; the next assessable record decides a response and a PD."""
    categories = course.categories
    counted = confirmed_categories(categories, course.dates, course.therapy, course.shown)
    asks = [
        category in RESPONSES or category == "PD" and not shown
        for category, shown in zip(categories, course.shown)
    ]
    following = [
        _next_assessable(categories, place) if asked else None for place, asked in enumerate(asks)
    ]
    return [
        Confirmed(category, -1 if place is None else place)
        for category, place in zip(counted, following)
    ]


def _next_assessable(categories: list[str], place: int) -> int | None:
    return next((k for k in range(place + 1, len(categories)) if categories[k] != "NE"), None)


def best_so_far(confirmed: list[str]) -> list[str]:
    """The best confirmed category up to each assessment; confirmed PD outranks all.

    Examples
    --------
    >>> best_so_far(["SD", "PR", "MR", "PD", "SD"])
    ['SD', 'PR', 'PR', 'PD', 'PD']
    """
    best, out = "NE", []
    for category in confirmed:
        best = min(best, category, key=_BEST_SO_FAR.__getitem__)
        out.append(best)
    return out


def confirmed_response(rs: pd.DataFrame, supprs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Confirmed response so far at each record of an SDTM RS table.

    Parameters
    ----------
    rs : DataFrame
        USUBJID, RSSEQ, RSDTC (a date without a day takes the last of its month), RSSTRESC.
    supprs : DataFrame, optional
        SUPPRS with QNAM in PDIFL, PDOFL, DTHPDFL, NACTDT; without it every PD is a PDOFL.

    Returns
    -------
    DataFrame
        One row a record, in order of subject and date: USUBJID, RSSEQ, ADT, RSSTRESC, AVALC.

    Raises
    ------
    ValueError
        RSSTRESC outside the IMWG categories, or RSDTC no date.

    Examples
    --------
    A subject of the CDISC pilot data, ten years earlier, with the answer of the admiralonco article
    on IMWG response:

    >>> rs = pd.DataFrame({
    ...     "USUBJID": "01-701-1118", "RSSEQ": [7, 16, 26, 34],
    ...     "RSDTC": ["2004-04-23", "2004-06-05", "2004-07-16", "2004-08-27"],
    ...     "RSSTRESC": ["sCR", "VGPR", "CR", "VGPR"]})
    >>> confirmed_response(rs)["AVALC"].tolist()
    ['VGPR', 'VGPR', 'VGPR', 'VGPR']
    """
    rows = [
        (subject, sequence, date, category, best)
        for subject, group in _by_subject(rs, supprs)
        for sequence, date, category, best in zip(
            group["RSSEQ"], group["ADT"], group["RSSTRESC"], best_so_far(_confirmed(group))
        )
    ]
    return pd.DataFrame(rows, columns=["USUBJID", "RSSEQ", "ADT", "RSSTRESC", "AVALC"])


def best_confirmed_response(rs: pd.DataFrame, supprs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Best confirmed overall response of each subject: USUBJID, ADT, AVALC.

    Parameters and errors as in `confirmed_response`; records after confirmed progression or
    new anti-cancer therapy are dropped.

    Examples
    --------
    A subject as in `confirmed_response`; the month of the first record counts to its last day:

    >>> rs = pd.DataFrame({
    ...     "USUBJID": "01-701-1028", "RSSEQ": [7, 16, 21],
    ...     "RSDTC": ["2013-08", "2013-10-09", "2013-11-20"], "RSSTRESC": ["sCR", "sCR", "CR"]})
    >>> best = best_confirmed_response(rs)
    >>> best["ADT"].astype(str).tolist(), best["AVALC"].tolist()
    (['2013-08-31'], ['sCR'])
    """
    rows = []
    for subject, group in _by_subject(rs, supprs):
        confirmed, dates = _confirmed(group), group["ADT"].tolist()
        place = best_overall(confirmed, dates, RANKS, group["NACTDT"].iloc[0])
        if place is not None:
            rows.append((subject, dates[place], confirmed[place]))
    return pd.DataFrame(rows, columns=["USUBJID", "ADT", "AVALC"])


def _confirmed(group: pd.DataFrame) -> list[str]:
    return confirmed_categories(
        group["RSSTRESC"].tolist(),
        group["ADT"].tolist(),
        group["NACTDT"].iloc[0],
        group["PDIFL"].tolist(),
        group["DTHPDFL"].tolist(),
    )


def _by_subject(rs: pd.DataFrame, supprs: pd.DataFrame | None) -> object:
    _check(rs["RSSTRESC"], rs["RSSTRESC"].isin(RANKS), f"be one of {', '.join(RANKS)}")
    _check(rs["RSDTC"], [PARTIAL.valid(str(date)) for date in rs["RSDTC"]], PARTIAL.rule)
    frame = rs[["USUBJID", "RSSEQ", "RSSTRESC"]].copy()
    frame["ADT"] = last_days(rs["RSDTC"].astype(str))
    frame = frame.assign(**_qualifiers(frame, supprs))
    return frame.sort_values(["USUBJID", "ADT", "RSSEQ"], kind="stable").groupby(
        "USUBJID", sort=True, observed=True
    )


def _check(column: pd.Series, valid: object, rule: str) -> None:
    bad = column[~pd.Series(valid, index=column.index, dtype=bool)]
    if len(bad):
        raise ValueError(
            f"{column.name} must {rule}, but got {bad.iloc[0]!r} ({len(bad)} rows in all)"
        )


def _qualifiers(frame: pd.DataFrame, supprs: pd.DataFrame | None) -> dict[str, object]:
    """Record flags PDIFL and DTHPDFL, and the subject's date of new therapy."""
    if supprs is None:
        supprs = pd.DataFrame(columns=["USUBJID", "IDVARVAL", "QNAM", "QVAL"])
    key = list(zip(frame["USUBJID"], frame["RSSEQ"].astype(int).astype(str)))
    flags = {}
    for name in ("PDIFL", "DTHPDFL"):
        rows = supprs[(supprs["QNAM"] == name) & (supprs["QVAL"] == "Y")]
        held = set(zip(rows["USUBJID"], rows["IDVARVAL"].astype(str)))
        flags[name] = [k in held for k in key]
    therapy = supprs[supprs["QNAM"] == "NACTDT"]
    first = dict(
        sorted(zip(therapy["USUBJID"], last_days(therapy["QVAL"].astype(str))), reverse=True)
    )
    dates = [first.get(subject) for subject in frame["USUBJID"]]
    flags["NACTDT"] = pd.Series(
        [None if d is None else pd.Timestamp(d) for d in dates], index=frame.index, dtype=object
    )
    return flags

"""Which marrow result serves a complete response: it is asked once, not at every visit."""

import numpy as np
import pandas as pd

LEAST = 5  # % plasma cells from which on the marrow is no complete response


def serving_marrow(visits: pd.DataFrame, marrow: pd.DataFrame, days: int) -> pd.Series:
    """The record of the marrow result that serves a complete response at each visit (IMWG-5).

    Within an unbroken run of visits negative by immunofixation in serum and urine, the last
    result up to the visit serves it if it is below 5%. A positive immunofixation breaks the run;
    a visit without immunofixation does not. A result taken up to `days` before the run's first
    visit belongs to it.

    Parameters
    ----------
    visits : DataFrame
        USUBJID, ADT, IFIXS and IFIXU (0 negative, 1 positive, NaN not done), in order of date.
    marrow : DataFrame
        USUBJID, ADT and value (%), in order of date, indexed by the record.

    Returns
    -------
    Series
        The record, by visit; NaN where none serves.

    Examples
    --------
    >>> days = pd.to_datetime(["2001-01-29", "2001-02-10", "2001-02-26"])
    >>> visits = pd.DataFrame({"USUBJID": "01", "ADT": days, "IFIXS": [0, np.nan, 0],
    ...                        "IFIXU": [0, np.nan, 0]})
    >>> marrow = pd.DataFrame({"USUBJID": "01", "ADT": days[[1]], "value": [2.0]}, index=[7])
    >>> serving_marrow(visits, marrow, 14).tolist()
    [nan, nan, 7.0]
    """
    positive = (visits["IFIXS"] == 1) | (visits["IFIXU"] == 1)
    negative = (visits["IFIXS"] == 0) & (visits["IFIXU"] == 0)
    run = positive.groupby(visits["USUBJID"], observed=True).cumsum()
    begun = (
        visits["ADT"]
        .where(negative)
        .groupby([visits["USUBJID"], run], observed=True)
        .transform("min")
    )
    asked = visits.assign(begun=begun)[negative]
    if not len(asked) or not len(marrow):
        return pd.Series(np.nan, visits.index)
    taken = marrow.assign(
        record=marrow.index, taken=marrow["ADT"], USUBJID=marrow["USUBJID"].astype(object)
    ).sort_values("ADT", kind="stable")
    last = pd.merge_asof(
        asked.assign(place=asked.index, USUBJID=asked["USUBJID"].astype(object)).sort_values(
            "ADT", kind="stable"
        ),
        taken,
        on="ADT",
        by="USUBJID",
    )
    serves = (last["value"] < LEAST) & (last["taken"] >= last["begun"] - pd.Timedelta(days=days))
    return last.set_index("place")["record"].where(serves.to_numpy()).reindex(visits.index)

"""The rows that Figure 1 draws, one frame a panel, without identifiers."""

import numpy as np
import pandas as pd

from tracedtrial.analyses.survival import pfs_curve
from tracedtrial.analyses.trial import Trial


def panels(trial: Trial) -> dict[str, pd.DataFrame]:
    """Frames by panel: `figure-1a` waterfall, `figure-1b` swimmer, `figure-1c` survival curve."""
    return {
        "figure-1a": _waterfall(trial),
        "figure-1b": _swimmer(trial),
        "figure-1c": pfs_curve(trial),
    }


def waterfall_axis(trial: Trial) -> dict:
    """What the waterfall's axis and colours need of the response criteria."""
    criteria = trial.criteria
    names = dict(zip(criteria.ranks, criteria.ranks))
    absent = criteria.ranks[-1]  # spelled out: NE is what is not estimable
    return {
        "thresholds": [{"change": change, "label": label} for change, label in criteria.thresholds],
        "thresholds_of": criteria.thresholds_of,
        "ylabel": criteria.change_label,
        "levels": names | {absent: criteria.categories[absent]},
    }


def _waterfall(trial: Trial) -> pd.DataFrame:
    """Best change of each evaluable patient, the greatest rise first.

    `unconfirmed` is Y where a visit that counts showed a response better than the best confirmed.
    """
    better = _better_unconfirmed(trial)
    best = trial.data.adrs.best.frame[trial.populations["evaluable"].members]
    best = best[np.isfinite(best["BESTCHG"])]
    ordered = best.sort_values("BESTCHG", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "order": range(1, len(ordered) + 1),
            "best_change": ordered["BESTCHG"].to_numpy(),
            "response": ordered["BESTRESP"].to_numpy(),
            "unconfirmed": np.where(ordered.index.isin(better), "Y", ""),
        }
    )


def _better_unconfirmed(trial: Trial) -> np.ndarray:
    """Subject numbers with a response at a visit that counts, better than the best confirmed."""
    visits, best = trial.data.adrs.visits, trial.data.adrs.best.frame
    own = best.loc[visits["subject"]].reset_index(drop=True)
    rank = {category: place for place, category in enumerate(trial.criteria.ranks)}
    dates = visits["ADT"].reset_index(drop=True)
    late = (dates > own["PROGDT"]) | (dates > own["NEWTHDT"])
    seen = visits["AVALC"].reset_index(drop=True)
    better = (
        seen.isin(trial.criteria.responses)
        & ~late
        & (seen.map(rank) < own["BESTRESP"].fillna("NE").map(rank))
    )
    return visits["subject"].to_numpy()[better.to_numpy()]


def _swimmer(trial: Trial) -> pd.DataFrame:
    """Months on treatment of each treated patient, by rising dose level, the longest first."""
    adsl, best = trial.data.adsl.frame, trial.data.adrs.best.frame
    ended = trial.data.raw.tables["ds"].loc[trial.data.ended, "USUBJID"]
    ongoing = ~adsl["USUBJID"].astype(object).isin(ended.astype(object))

    def months(dates: pd.Series) -> pd.Series:
        days = (dates - adsl["TRTSDT"]).dt.days + 1
        return days / trial.protocol["endpoints"]["month_days"]["value"]

    frame = pd.DataFrame(
        {
            "level": adsl["ARMCD"],
            "months": months(adsl["TRTEDT"]),
            "first_response": months(best["CONFDT"]),
            "progression": months(best["PROGDT"]),
            "death": months(adsl["DTHDT"]),
            "ongoing": np.where(ongoing, "Y", ""),
        }
    )
    frame = frame[trial.populations["treated"].members]
    place = frame["level"].map({level: k for k, level in enumerate(trial.protocol["dose_levels"])})
    frame = (
        frame.assign(place=place)
        .sort_values(["place", "months"], ascending=[True, False], kind="stable")
        .drop(columns="place")
    )
    frame.insert(0, "order", range(1, len(frame) + 1))
    return frame

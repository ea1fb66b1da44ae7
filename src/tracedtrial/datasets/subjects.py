"""The subject's own dates and arm: what every other derivation starts from."""

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import Dataset, by_subject, per_subject


def subject_frame(
    dm: pd.DataFrame, adex: Dataset, levels: list[str], cutoff: np.datetime64, subjects: np.ndarray
) -> Dataset:
    """One row a subject number: arm, cohort, first and last dose, death by the cut-off.

    TRTSDT and TRTEDT are the first start and the last end of an administration that was given;
    NaT for a subject who received none. Of the sources, `dosed` holds every row with a dose
    given, `opening` those without which the first dose were another, or none.
    """
    count = len(subjects)
    own = dm.set_index(by_subject(dm)).reindex(range(count))
    dosed = adex.frame[adex.frame["DOSED"]]
    owner = by_subject(dosed)
    frame = pd.DataFrame(
        {
            "USUBJID": pd.Categorical.from_codes(range(count), categories=subjects, ordered=True),
            "AGE": own["AGE"],
            "SEX": own["SEX"].astype(object),
            "RACE": own["RACE"].astype(object),
            "ETHNIC": own["ETHNIC"].astype(object),
            "ARMCD": own["ARMCD"].astype(object),
            "COHORT": own["COHORT"].astype(object),
            "ASSIGNED": own["ARMCD"].isin(levels),
            "NDOSED": per_subject(dosed["DOSED"], owner, "size", count).fillna(0).astype(int),
            "TRTSDT": per_subject(dosed["ASTDT"], owner, "min", count),
            "TRTEDT": per_subject(dosed["AENDT"], owner, "max", count),
            "DTHDT": own["DTHDTC"].where(own["DTHDTC"] <= cutoff),
        }
    )
    assigned = dm.index[dm["ARMCD"].isin(levels)].to_numpy()
    first = dosed[dosed["ASTDT"].to_numpy() == frame["TRTSDT"].to_numpy()[owner]]
    alone = first.drop_duplicates("USUBJID", keep=False)
    return Dataset(
        frame,
        {
            "dm": dm.index.to_numpy(),
            "assigned": assigned,
            "dead": dm.index[dm["DTHDTC"] <= cutoff].to_numpy(),
            "dosed": adex.sources["dosed"],
            "opening": alone.index.to_numpy(),
        },
    )

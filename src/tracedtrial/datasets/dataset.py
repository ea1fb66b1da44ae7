"""An analysis dataset: a frame, and the raw records that its values rest on."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

NOTHING = np.array([], dtype=np.int64)


@dataclass(frozen=True)
class Dataset:
    """Derived rows with their sources.

    `frame` is indexed by the subject's number (ADSL, ADDL, ADTTE) or by the raw record number
    (ADAE, ADEX). `sources` maps a name to the record numbers, rising, of the raw rows weighed
    under that name, over all subjects: as each raw row belongs to one subject, a subset of
    subjects selects its records.
    """

    frame: pd.DataFrame
    sources: dict[str, np.ndarray] = field(default_factory=dict)


def union(*sets: np.ndarray) -> np.ndarray:
    """Record numbers of any of the sets, rising. Each set is rising already.

    Examples
    --------
    >>> union(np.array([1, 4]), np.array([2, 4, 9]), NOTHING).tolist()
    [1, 2, 4, 9]
    """
    filled = [records for records in sets if len(records)]
    if len(filled) < 2:
        return filled[0] if filled else NOTHING
    merged = np.sort(np.concatenate(filled), kind="stable")  # merges runs
    return merged[np.append(True, merged[1:] != merged[:-1])]


def without(records: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The records that are not among the others; both sets are rising.

    Examples
    --------
    >>> without(np.array([1, 4, 9]), np.array([2, 4])).tolist()
    [1, 9]
    """
    return records[~np.isin(records, others, assume_unique=True)]


def by_subject(frame: pd.DataFrame) -> np.ndarray:
    """Subject number of each row of a raw frame."""
    return frame["USUBJID"].cat.codes.to_numpy()


def per_subject(values: pd.Series, subjects: np.ndarray, how: str, count: int) -> pd.Series:
    """`how` ("min", "max", "sum", "size", "first") of the values of each of `count` subjects."""
    return values.groupby(subjects).agg(how).reindex(range(count))

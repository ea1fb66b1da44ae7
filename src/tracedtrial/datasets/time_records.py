"""Which raw rows times to an event rest on: those that support a time, and those against it."""

import numpy as np

from tracedtrial.datasets.dataset import NOTHING, union
from tracedtrial.datasets.datasets import Datasets

Records = tuple[np.ndarray, np.ndarray]


def progression_records(data: Datasets) -> Records:
    """Assessments support a time; death does where it is the event; new therapy ends it."""
    return union(_looked_at(data), data.adsl.sources["dead"]), data.adrs.best.sources["therapy"]


def response_records(data: Datasets, responders: np.ndarray) -> Records:
    """Responders' assessments and deaths support (`responders`: by subject number); the
    assessments of the others keep them out."""
    looked_at, owner = _looked_at(data), data.raw.subject_of
    carried, therapy = progression_records(data)
    others = looked_at[~responders[owner[looked_at]]]
    return carried[responders[owner[carried]]], union(others, therapy)


def contact_records(data: Datasets) -> Records:
    """All that shows alive those who live, the death of the others."""
    living = data.adsl.frame["DTHDT"].isna().to_numpy()
    alive = np.sort(data.alive.index[living[data.alive["subject"]]].to_numpy())
    return union(alive, data.adsl.sources["dead"]), NOTHING


def _looked_at(data: Datasets) -> np.ndarray:
    sources = data.adrs.best.sources
    return union(sources["weighed"], sources["imaging"], sources["measurable"])

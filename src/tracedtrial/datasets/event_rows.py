"""The order of the rows of each adverse event (AE-1), and which of them others depend on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from tracedtrial.datasets.dataset import Dataset, by_subject


@dataclass(frozen=True)
class AdverseEvents(Dataset):
    """ADAE, and the order of its rows within their events."""

    @cached_property
    def order(self) -> "EventRows":
        return EventRows(self.frame)


class EventRows:
    """Answers of which rows come before others in their event; both are masks of ADAE's rows."""

    def __init__(self, frame: pd.DataFrame) -> None:
        number = frame["EVNTNO"].to_numpy(np.int64)
        keys = by_subject(frame) * (number.max(initial=0) + 1) + number
        self._events, self._event = np.unique(keys, return_inverse=True)
        self._place = frame["EVNTROW"].to_numpy(np.int64)
        day = frame["ASTDY"].to_numpy(float)
        self._late = day >= 1
        self._early = np.zeros(len(self._events), bool)
        self._early[self._event[day < 1]] = True

    def before(self, rows: np.ndarray) -> np.ndarray:
        """What came before the last of these rows in its event."""
        last = np.zeros(len(self._events), np.int64)
        np.maximum.at(last, self._event[rows], self._place[rows])
        return self._place < last[self._event]

    def deciding(self, rows: np.ndarray) -> np.ndarray:
        """The same, of those rows after the first dose whose event began before it."""
        return self.before(rows & self._late & self._early[self._event])

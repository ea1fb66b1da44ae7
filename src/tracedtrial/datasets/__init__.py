"""Raw rows -> analysis datasets; every derived row names its source rows.

Derivations touch no file and round nothing. A row dated after the protocol's cut-off counts
nowhere.
"""

from tracedtrial.datasets.criteria import response_criteria
from tracedtrial.datasets.criteria.imwg import imwg_response
from tracedtrial.datasets.criteria.imwg_confirmation import (
    best_confirmed_response,
    confirmed_response,
)
from tracedtrial.datasets.criteria.recist import recist_response
from tracedtrial.datasets.datasets import Datasets, derive

__all__ = [
    "Datasets",
    "best_confirmed_response",
    "confirmed_response",
    "derive",
    "imwg_response",
    "recist_response",
    "response_criteria",
]

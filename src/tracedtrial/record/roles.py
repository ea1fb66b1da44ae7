"""Records by role: which raw rows a number rests on."""

from collections.abc import Mapping

import numpy as np

from tracedtrial.datasets.dataset import union

ROLES = ("supports", "against", "population", "decision")
Records = Mapping[str, np.ndarray]


def merged(*roles: Records) -> dict[str, np.ndarray]:
    """The union of records, role by role; roles without a record are left out."""
    out = {
        role: union(*(records.get(role, np.array([], np.int64)) for records in roles))
        for role in ROLES
    }
    return {role: records for role, records in out.items() if len(records)}

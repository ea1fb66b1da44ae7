"""Laboratory values that a living patient may have, by test and unit."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Plausible:
    """Values of a test in a unit that a living patient may have.

    `high_women` is the upper limit for women where it differs. A value that is `jump` times the
    one before it, and at least `from_`, is questioned; so is one that `ALONE` times or more
    parts from both the one before and the one after.
    """

    low: float
    high: float
    high_women: float | None = None
    jump: float = np.inf
    from_: float = np.inf


ALONE = 5
PLAUSIBLE = {
    ("MPROTS", "g/dL"): Plausible(0, 10, jump=8, from_=2),
    ("MPROTS", "g/L"): Plausible(0, 100, jump=8, from_=20),
    ("MPROTU", "mg/24h"): Plausible(0, 40_000, jump=20, from_=2000),
    ("KAPPA", "mg/L"): Plausible(0.01, 30_000, jump=20, from_=500),
    ("LAMBDA", "mg/L"): Plausible(0.01, 30_000, jump=20, from_=500),
    ("HGB", "g/dL"): Plausible(3, 20, high_women=18.5, jump=2, from_=0),
    ("HGB", "g/L"): Plausible(30, 200, high_women=185, jump=2, from_=0),
    ("NEUT", "10^9/L"): Plausible(0, 100),
    ("PLAT", "10^9/L"): Plausible(1, 1500),
}

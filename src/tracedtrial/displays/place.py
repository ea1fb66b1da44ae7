"""Where the trial is: a folder with `analysis/protocol.yaml`."""

import os
from pathlib import Path

from tracedtrial.paths import PROTOCOL
from tracedtrial.refusal import refusal


def trial_root() -> Path:
    """The folder TRIAL_ROOT names, else the nearest one upwards that has `analysis/protocol.yaml`.

    A manuscript's cells run in `manuscript/`, a build runs in the trial folder itself.
    """
    named = os.environ.get("TRIAL_ROOT")
    if named:
        return Path(named)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / PROTOCOL).is_file():
            return folder
    raise refusal(
        "trial folder",
        f"be in or above the working one and hold {PROTOCOL}",
        here.name,
        "or set TRIAL_ROOT",
    )

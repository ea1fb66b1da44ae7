"""The trial's declarations as engine two reads them; the first has refused what is wrong."""

from pathlib import Path

import yaml

from tracedtrial.analyses.declared.model import Analysis, analysis_of
from tracedtrial.paths import ANALYSES


def declared_analyses(root: Path) -> tuple[Analysis, ...]:
    """Every analysis that the trial in `root` declares; options that are not given stay out."""
    path = root / ANALYSES
    if not path.is_file():
        return ()
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["analyses"]
    return tuple(
        analysis_of(id, entry, {name: o or {} for name, o in entry["statistics"].items()})
        for id, entry in entries.items()
    )

"""Names of declared displays, for the rules of a build; light to import."""

from pathlib import Path

import yaml

from tracedtrial.paths import ANALYSES


def declared_names(kind: str, path: Path = ANALYSES) -> list[str]:
    """Names of the declared `tables` or `figures`; none where the file is missing or no YAML.

    The rule that computes the numbers refuses such a file with its line.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [str(name) for name in content.get(kind) or {}]
    except (OSError, ValueError, yaml.YAMLError, AttributeError):
        return []

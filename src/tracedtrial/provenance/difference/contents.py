"""Contents of files by name and SHA-256: from the folders at hand, else from git's history."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.paths import CODE, RAW
from tracedtrial.provenance.difference.sides import Side
from tracedtrial.provenance.repository import earlier
from tracedtrial.refusal import Refusal


@dataclass(frozen=True)
class Contents:
    """Where files may lie; what is found has the SHA-256 asked for, wherever it lay."""

    trial: Path
    sides: Sequence[Side]

    def of(self, name: str, digest: str) -> bytes | None:
        """The file's content with this SHA-256, or None where it is nowhere."""
        for path in self._places(name):
            content = path.read_bytes() if path.is_file() else None
            if content is not None and hashlib.sha256(content).hexdigest() == digest:
                return content
        return next(
            (
                content
                for folder in dict.fromkeys((self.trial, CODE))
                if (content := earlier(folder, name, digest)) is not None
            ),
            None,
        )

    def _places(self, name: str) -> list[Path]:
        given = [
            side.data / Path(name).name
            for side in self.sides
            if side.data and Path(name).parent == RAW
        ]
        roots = [side.trial for side in self.sides] + [side.code for side in self.sides]
        return given + [root / name for root in (*filter(None, roots), self.trial, CODE)]


def check_data(side: Side) -> None:
    """Refuse a folder of raw tables that are not those of the side's ledger."""
    for name, digest in side.ledger["inputs"].items():
        if side.data is None or Path(name).parent != RAW:
            continue
        path = side.data / Path(name).name
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise Refusal(f"{path} must be a readable table: {error.strerror}") from None
        if found != digest:
            raise Refusal(
                f"{path} must be the table of {side.name}, with SHA-256 "
                f"{digest[:12]}..., but has {found[:12]}..."
            )

"""A folder of files and its zip, the same bytes every time: sorted, undated, uncompressed."""

import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
UNIX, REGULAR_FILE = 3, 0o100644
MANIFEST = "manifest.txt"


def with_manifest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files and their SHA-256, in the lines that `sha256sum --check manifest.txt` reads."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return {**files, MANIFEST: "".join(lines).encode()}


def zipped(files: Mapping[str, bytes], folder: str) -> bytes:
    """A zip of the files under `folder`; stored, as compressors differ between machines."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", STAMP)
            entry.create_system, entry.external_attr = UNIX, REGULAR_FILE << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


def write_folder(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files to `folder`, whole and with nothing else; on failure it stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=f".{folder.name}.folder.", suffix=".folder"
    ) as name:  # as tracedtrial.files sweeps it
        new, old = Path(name) / "new", Path(name) / "old"
        for file, content in sorted(files.items()):
            (new / file).parent.mkdir(parents=True, exist_ok=True)
            (new / file).write_bytes(content)
            (new / file).chmod(0o644)
        for made in (new, *(path for path in new.rglob("*") if path.is_dir())):
            made.chmod(0o755)
        if folder.exists():
            os.replace(folder, old)
        try:
            os.replace(new, folder)
        except OSError:
            if old.exists():
                os.replace(old, folder)
            raise
        shutil.rmtree(old, ignore_errors=True)

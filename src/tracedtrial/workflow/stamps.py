"""Sources known by their content: a build sees a change whatever date the file carries.

Snakemake compares times. Data unpacked with an older date (`cp -p`, `unzip`, `rsync -a`) would
leave the old outputs standing; so each source brings a stamp of its digest, which is written when
the digest is another, and is then newer than what was made from the old content.
"""

from pathlib import Path

from tracedtrial.files import sha256, write_text

STAMPS = Path(".snakemake/stamps")


def with_stamps(*files: str | Path, write: bool) -> list[str]:
    """The files, and the stamp of each that is there; with `write` the stamps are kept up."""
    names = [str(file) for file in files]
    return names + [_stamp(name, write=write) for name in names if Path(name).is_file()]


def _stamp(name: str, *, write: bool) -> str:
    stamp, digest = STAMPS / f"{name}.sha256", sha256(Path(name)) + "\n"
    if write and not (stamp.is_file() and stamp.read_text(encoding="utf-8") == digest):
        write_text(stamp, digest)
    return str(stamp)

"""Makes a bundle: its files, its README, its RO-Crate, its manifest, its seal."""

from pathlib import Path

from tracedtrial.files import whole_file
from tracedtrial.paths import BUNDLES, CODE, LEDGER
from tracedtrial.provenance.carried import differing_files
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal
from tracedtrial.release.bundle import check, contents, crate
from tracedtrial.release.privacy.report import findings_of
from tracedtrial.release.privacy.scan import Finding
from tracedtrial.release.submission.archive import with_manifest

CHECKER = "__main__.py"
ABOUT = """# Bundle for the {reader}

{about}

- `ro-crate-metadata.json` describes the files, the workflow and its run (Workflow Run Crate).
- `manifest.txt` holds the SHA-256 of every other file (`sha256sum --check manifest.txt`).
- `build/ledger.json` holds every number, `build/ars.json` the same as a CDISC reporting event.
- `build/audit/` holds the checks' reports, `requirements.lock` every package by hash.
- `python FILE.zip` checks the bundle itself: any changed byte is found. The seal that it prints
  must be the one that was printed when the bundle was made; it is no signature.
- `audit bundle --check FILE.zip --data DIR` confirms each number's records from the raw tables.
"""


def write_bundle(root: Path, reader: str) -> tuple[Path, str, list[Finding]]:
    """Write the bundle for a reader: its path, its seal, and what is not for the public in it.

    With a finding nothing is written. The same files give the same bytes; `build/run.json`, which
    tells times and machine, is one of them.

    Raises
    ------
    Refusal
        The reader is unknown, an output has not been built, or data, protocol or code are not those
        that the ledger names.
    """
    files = contents.files(root, reader)
    _check_of_one_build(root)
    held = {name: path.read_bytes() for name, path in files.items()}
    held["README-BUNDLE.md"] = ABOUT.format(reader=reader, about=crate.ABOUT[reader]).encode()
    held[CHECKER] = Path(check.__file__).read_bytes()
    held[crate.NAME] = crate.metadata(held, reader)
    packed = check.sealed(with_manifest(held))
    path = root / BUNDLES[reader]
    found = findings_of(root, {path.name: packed}) if reader == "public" else []
    if not found:
        with whole_file(path) as temporary:
            temporary.write_bytes(packed)
    return path, packed[-check.SEAL_LENGTH :].decode(), found


def _check_of_one_build(root: Path) -> None:
    differ = differing_files(read_ledger(root / LEDGER), root, CODE)
    if differ:
        raise Refusal(f"{differ[0]}; build again before it is bundled ({len(differ)} in all)")

"""What `audit bundle` does: make a bundle, or verify one. Each gives the exit status."""

from pathlib import Path

from tracedtrial.release.bundle.check import opened, verdict


def make(root: Path, reader: str) -> bool:
    """Write the bundle and print its seal; whether nothing in it is not for its reader."""
    from tracedtrial.release.bundle.making import write_bundle

    path, seal, found = write_bundle(root, reader)
    for finding in found:
        print(finding)
    print(f"{path}: not written, {len(found)} findings" if found else f"{path}: seal {seal}")
    return not found


def verify(file: Path, data: Path | None) -> bool:
    """Print whether the bundle is unchanged and, with raw tables, whether they confirm it."""
    holds, line = verdict(file)
    print(line)
    if not holds or data is None:
        return holds
    from tracedtrial.release.bundle.confirm import mismatches

    stated, found = mismatches(opened(file.read_bytes()), data)
    print("\n".join([*found, f"{stated} record sets of the ledger, {len(found)} mismatches"]))
    return not found

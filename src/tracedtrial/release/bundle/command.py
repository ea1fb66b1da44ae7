"""What `audit bundle` does: make a bundle, or verify one. Each gives the exit status."""

from pathlib import Path

from tracedtrial.release.bundle.check import opened, verdict


def make(root: Path, reader: str) -> int:
    """Write the bundle and print its seal; 1 where something is not for the public."""
    from tracedtrial.release.bundle.making import write_bundle

    path, seal, found = write_bundle(root, reader)
    for finding in found:
        print(finding)
    print(f"{path}: not written, {len(found)} findings" if found else f"{path}: seal {seal}")
    return int(bool(found))


def verify(file: Path, data: Path | None) -> int:
    """Print whether the bundle is unchanged and, with raw tables, whether they confirm it."""
    holds, line = verdict(file)
    print(line)
    if not holds or data is None:
        return int(not holds)
    from tracedtrial.release.bundle.confirm import mismatches

    stated, found = mismatches(opened(file.read_bytes()), data)
    print("\n".join([*found, f"{stated} record sets of the ledger, {len(found)} mismatches"]))
    return int(bool(found))

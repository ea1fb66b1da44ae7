"""Checks a bundle: `python FILE.zip`, or `python __main__.py FILE.zip`. Python is all it needs.

A bundle is a zip in one canonical form: members in the order of their names, stored, dated
1980-01-01, regular files, no extra fields, no comments but the seal at the end, which is the
SHA-256 of all bytes before it. The check reads the members, makes the canonical zip of them again
and compares it byte by byte, so that a change anywhere is found, the directory of the zip and the
seal included; then it compares the manifest.

This shows tampering with a bundle whose seal is known from elsewhere (it is printed when the bundle
is made). It is no signature: whoever changes a bundle can seal it anew, with another seal.

This file stands in each bundle as `__main__.py`; it imports nothing but the standard library.
"""

import hashlib
import struct
import sys
import zlib

MANIFEST = "manifest.txt"
NOTE = b"SHA-256 of all bytes before: "
LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
VERSION, UTF_8, STORED, TIME, DATE = 20, 0x800, 0, 0, 33  # 1980-01-01 00:00
MADE_BY, REGULAR_FILE = 3 << 8 | VERSION, 0o100644 << 16
END_LENGTH = 22
SEAL_LENGTH = 64


class Tampered(Exception):
    """What is wrong with a bundle, in one line."""


def sealed(files):
    """The canonical zip of `files` (bytes by name), closed by its seal."""
    body, directory = bytearray(), bytearray()
    for name in sorted(files, key=str.encode):
        shared = _shared(name.encode(), files[name])
        directory += (
            CENTRAL
            + struct.pack("<H", MADE_BY)
            + shared
            + struct.pack("<HHHII", 0, 0, 0, REGULAR_FILE, len(body))
            + name.encode()
        )
        body += LOCAL + shared + name.encode() + files[name]
    counts = struct.pack(
        "<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), len(NOTE) + SEAL_LENGTH
    )
    whole = bytes(body + directory + END + counts + NOTE)
    return whole + hashlib.sha256(whole).hexdigest().encode()


def _shared(name, content):
    """The fields that a local header and the directory have in common."""
    return struct.pack(
        "<HHHHHIIIHH",
        VERSION,
        UTF_8,
        STORED,
        TIME,
        DATE,
        zlib.crc32(content),
        len(content),
        len(content),
        len(name),
        0,
    )


def opened(packed):
    """The files of a bundle by name, if it is canonical, sealed, and as its manifest says."""
    body, seal = packed[:-SEAL_LENGTH], packed[-SEAL_LENGTH:]
    made = hashlib.sha256(body).hexdigest()
    if seal != made.encode():
        raise Tampered(f"its seal must be {made}, but is {_shown(seal)}")
    files = _members(packed)
    again = sealed(files)
    if again != packed:
        place = next(
            (at for at, (one, other) in enumerate(zip(again, packed)) if one != other),
            min(len(again), len(packed)),
        )
        raise Tampered(f"it is not in the canonical form, first at byte {place}")
    _check_manifest(files)
    return files


def _members(packed):
    """Names and contents, read from the local headers one after another."""
    files, at = {}, 0
    while packed[at : at + 4] == LOCAL:
        fields = packed[at + 4 : at + 30]
        if len(fields) < 26:
            raise Tampered(f"a member's header is cut short at byte {at}")
        length, name_length = struct.unpack("<14xI4xH2x", fields)
        start = at + 30 + name_length
        name = packed[at + 30 : start].decode("utf-8", "replace")
        if name in files or start + length > len(packed):
            raise Tampered(f"the member {name!r} at byte {at} is there twice, or cut short")
        files[name] = packed[start : start + length]
        at = start + length
    return files


def _check_manifest(files):
    if MANIFEST not in files:
        raise Tampered(f"it has no {MANIFEST}")
    text = files[MANIFEST].decode("utf-8", "replace")
    listed = {name: digest for digest, _, name in (x.partition("  ") for x in text.splitlines())}
    for name in sorted({*listed, *files} - {MANIFEST}):
        if name not in files or name not in listed:
            lacks = "the manifest" if name in files else "the bundle"
            raise Tampered(f"{name} is not in {lacks}")
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            raise Tampered(f"{name} must have the SHA-256 of the manifest, but has another")


def _shown(seal):
    return repr(seal.decode("ascii", "replace"))


def verdict(path):
    """Whether the bundle at `path` holds, in one line."""
    with open(path, "rb") as file:
        packed = file.read()
    try:
        files = opened(packed)
    except Tampered as found:
        return False, f"{path}: {found}"
    return True, f"{path}: {len(files)} files, unchanged; seal {packed[-SEAL_LENGTH:].decode()}"


def main(words):
    """0: unchanged; 1: changed; 2: there is no such file. Without a word: the zip it is run as."""
    asked = words or [sys.argv[0]]
    if len(asked) > 1 or not words and asked[0].endswith(".py"):
        print("usage: python FILE.zip, or python __main__.py FILE.zip", file=sys.stderr)
        return 2
    try:
        holds, line = verdict(asked[0])
    except OSError as error:
        print(f"{error.filename} must be a readable bundle: {error.strerror}", file=sys.stderr)
        return 2
    print(line)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The journal's profile: what it allows, and what the manuscript has.

`python -m tracedtrial.release.submission.profile` counts, prints a table and writes
build/audit/journal.txt. Words, displays and references are the ledger's rows; only characters are
counted here.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracedtrial.commands import command
from tracedtrial.files import write_text
from tracedtrial.inputs.protocol.reading import strict_yaml
from tracedtrial.paths import JOURNAL, MANUSCRIPT, REPORTS
from tracedtrial.record.ledger import read_ledger
from tracedtrial.refusal import Refusal, refusal
from tracedtrial.release.submission.outline import Heading, Outline, outline

REPORT = REPORTS / "journal.txt"
LIMITS = {
    "abstract_words": "words of the abstract",
    "text_words": "words of the text",
    "displays": "tables and figures",
    "references": "references",
    "title_characters": "characters of the title",
    "short_title_characters": "characters of the short title",
}
KEYS = ("journal", "limits", "sections", "figure_formats", "anonymous_review")


@dataclass(frozen=True)
class Profile:
    """What a journal asks; `limits` gives the largest count allowed, by the names of `LIMITS`."""

    journal: str
    limits: Mapping[str, int]
    sections: tuple[str, ...]
    optional: tuple[str, ...]
    figure_formats: tuple[str, ...]
    anonymous: bool
    sources: frozenset[str]


@dataclass(frozen=True)
class Count:
    """What the manuscript has of something, what is allowed, and where it is counted."""

    name: str
    value: int
    most: int
    place: str

    @property
    def finding(self) -> Refusal | None:
        if self.value <= self.most:
            return None
        return refusal(self.name, f"number at most {self.most:,d}", self.value, self.place)


def read_profile(path: Path = JOURNAL) -> Profile:
    """The profile in a file.

    Raises
    ------
    Refusal
        The file is no YAML, lacks an entry, has one that is not known or is of another kind.
    """
    content = strict_yaml(path)
    entry = _checked(content, KEYS, path, "profile")
    limits = _checked(entry["limits"], tuple(LIMITS), path, "limits")
    most = {name: _value(limits[name], "most", int, path, name) for name in LIMITS}
    order = tuple(_value(entry["sections"], "order", list, path, "sections"))
    optional = tuple(_value(entry["sections"], "optional", list, path, "sections"))
    if stray := [name for name in optional if name not in order]:
        raise refusal("sections.optional", "name sections of the order", stray[0], str(path))
    formats = tuple(_value(entry["figure_formats"], "value", list, path, "figure_formats"))
    anonymous = _value(entry["anonymous_review"], "value", bool, path, "anonymous_review")
    sourced = [*limits.values(), *(entry[name] for name in KEYS[2:])]
    sources = frozenset(_value(one, "source", str, path, "entry") for one in sourced)
    return Profile(str(entry["journal"]), most, order, optional, formats, anonymous, sources)


def _checked(content: object, keys: tuple[str, ...], path: Path, name: str) -> dict:
    found = list(content) if isinstance(content, dict) else content
    if not isinstance(content, dict) or set(found) != set(keys):
        raise refusal(name, f"have the keys {', '.join(keys)} and no other", found, str(path))
    return content


def _value(entry: object, key: str, kind: type, path: Path, name: str) -> object:
    """An entry's key; no value may be negative or a list of anything but texts."""
    value = entry.get(key) if isinstance(entry, dict) else None
    fits = type(value) is kind and not (kind is int and value < 0)
    if not fits or kind is list and not all(isinstance(item, str) for item in value):
        kinds = {int: "a count", list: "a list of texts", bool: "true or false", str: "a text"}
        raise refusal(f"{name}.{key}", f"be {kinds[kind]}", value, str(path))
    return value


def counts(profile: Profile, read: Outline, numbers: Mapping[str, dict]) -> list[Count]:
    """What the manuscript has of everything that the profile limits."""
    ledger = {
        name: numbers[f"document.{name}"]["value"]
        for name in ("abstract.words", "text.words", "tables.n", "figures.n", "references.n")
    }
    whole = read.path.as_posix()
    found = {
        "abstract_words": (ledger["abstract.words"], read.place("abstract")),
        "text_words": (ledger["text.words"], whole),
        "displays": (ledger["tables.n"] + ledger["figures.n"], whole),
        "references": (ledger["references.n"], whole),
        "title_characters": (len(read.title), read.place("title")),
        "short_title_characters": (len(read.short_title), read.place("short-title")),
    }
    return [
        Count(LIMITS[name], value, profile.limits[name], place)
        for name, (value, place) in found.items()
    ]


def findings(profile: Profile, read: Outline, counted: list[Count]) -> list[Refusal]:
    """Everything in which the manuscript breaks the profile."""
    over = [count.finding for count in counted if count.finding]
    return [*over, *_order_findings(profile, read), *_author_findings(profile, read)]


def _order_findings(profile: Profile, read: Outline) -> Iterator[Refusal]:
    """The first section that is out of its place: missing, unknown or too early."""
    place = f"{read.path.as_posix()}, line {{}}"
    found = [head for head in read.headings if head.level == 1 and not head.appendix]
    end = Heading("", "the end of the manuscript", 1, read.source.count("\n") + 1)
    expected = [
        name
        for name in profile.sections
        if name not in profile.optional or name in {head.text for head in found}
    ]
    for name, head in zip(expected, [*found, *[end] * len(expected)], strict=False):
        if head.text != name:
            yield refusal("next section", f"be {name}", head.text, place.format(head.line))
            return
    for head in found[len(expected) :]:
        yield refusal("section", "be one of the profile", head.text, place.format(head.line))


def _author_findings(profile: Profile, read: Outline) -> Iterator[Refusal]:
    if profile.anonymous and read.authors:
        yield refusal(
            "author", "be absent under anonymous review", read.authors[0], read.place("author")
        )


def report(profile: Profile, counted: list[Count]) -> str:
    """The table of counts and limits, under the journal and over what its values rest on."""
    from tabulate import tabulate

    rows = [(count.name, f"{count.value:,d}", f"{count.most:,d}") for count in counted]
    table = tabulate(
        rows,
        ("", "here", "at most"),
        tablefmt="simple",
        colalign=("left", "right", "right"),
        disable_numparse=True,
    )
    review = "anonymous review" if profile.anonymous else "review with the authors' names"
    return "\n".join(
        [
            profile.journal,
            "",
            table,
            "",
            f"Sections in order: {', '.join(profile.sections)}",
            f"Figures as: {', '.join(profile.figure_formats)}; {review}",
            f"Values: {'; '.join(sorted(profile.sources))}",
        ]
    )


@command
def main() -> bool:
    """Print the counts, and a line for each limit that is not kept; whether all are."""
    profile, read = read_profile(), outline(MANUSCRIPT)
    counted = counts(profile, read, read_ledger()["numbers"])
    told = report(profile, counted)
    print(told)
    if found := findings(profile, read, counted):
        print(*found, sep="\n", file=sys.stderr)
        return False
    write_text(REPORT, told + "\n")
    return True


if __name__ == "__main__":
    sys.exit(main())

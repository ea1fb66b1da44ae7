"""Which files of a folder are raw tables, whatever their format."""

from pathlib import Path

from tracedtrial.refusal import refusal

SUFFIXES = (".csv", ".json", ".parquet", ".xpt")


def raw_files(folder: Path) -> list[Path]:
    """The files of the folder that are raw tables by their names, in order."""
    return sorted(path for suffix in SUFFIXES for path in Path(folder).glob(f"*{suffix}"))


def raw_tables_in(folder: Path) -> dict[str, Path]:
    """The file of each raw table in the folder, by the table's name.

    Raises
    ------
    Refusal
        A table is there twice, in two formats.
    """
    found: dict[str, list[Path]] = {}
    for path in raw_files(folder):
        found.setdefault(path.stem, []).append(path)
    for table, paths in found.items():
        if len(paths) > 1:
            raise refusal(
                table,
                "be in one format",
                ", ".join(path.name for path in paths),
                Path(folder).as_posix(),
            )
    return {table: paths[0] for table, paths in found.items()}


def raw_file(folder: Path, table: str) -> Path:
    """The file of one table; where there is none, the name that it would have as CSV."""
    return raw_tables_in(folder).get(table, Path(folder) / f"{table}.csv")

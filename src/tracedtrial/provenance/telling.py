"""An explanation on the terminal."""

from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from tracedtrial.provenance.explain import source_text

ROLE_MEANS = {
    "supports": "carry a patient into the numerator, event or value",
    "against": "keep a patient out, or end the matter",
    "population": "put a patient into the denominator",
    "decision": "decided the dose level, or that there is such a row",
}


def tell(told: dict, console: Console, code: Path, *, with_source: bool = False) -> None:
    """Print an explanation: facts, code, records by role and patient."""
    console.print(Text(told["sentence"]))
    console.print(Panel(Group(_facts(told)), title=f"{told['id']} = {told['text']}"))
    for function in told["functions"]:
        place = f"{function['file']}:{function['first_line']}-{function['last_line']}"
        console.print(Text(f"{function['module']}.{function['name']}  {place}"))
        if with_source:
            console.print(
                Syntax(
                    source_text(function, code),
                    "python",
                    line_numbers=True,
                    start_line=function["first_line"],
                )
            )
    for role, by_patient in told["rows"].items():
        console.print(_records(role, by_patient, told["records"][role]))


def _facts(told: dict) -> Table:
    facts = Table.grid(padding=(0, 2))
    shown = {
        "value": told["value"],
        "unit": told["unit"],
        "n/N": f"{told['n']}/{told['denominator']}" if told["denominator"] is not None else "",
        "population": told["population"],
        "statistic": told["statistic"],
        "method": told["method"],
        "reference": told["reference"],
        "source": told["source"],
        "asked by": told["section"],
        "citation": told.get("citation", ""),
        "parents": ", ".join(told["parents"]),
        "children": ", ".join(told["children"]),
        "input": ", ".join(told["inputs"]),
    }
    for name, value in shown.items():
        if value not in ("", None):
            facts.add_row(Text(name, style="bold"), Text(str(value)))
    return facts


def _records(role: str, by_patient: dict[str, list[str]], entry: dict) -> Table:
    table = Table(
        title=f"{role}: rows that {ROLE_MEANS[role]} "
        f"({entry['count']} rows, {entry['patients']} patients)",
        title_justify="left",
    )
    table.add_column("patient")
    table.add_column("rows")
    for patient, keys in by_patient.items():
        table.add_row(Text(patient), Text(_by_domain(keys)))
    return table


def _by_domain(keys: list[str]) -> str:
    """`EX/1`, `EX/2`, `LB/7` as `EX 1, 2; LB 7`."""
    domains: dict[str, list[str]] = {}
    for key in keys:
        domain, _, sequence = key.partition("/")
        domains.setdefault(domain, []).append(sequence)
    return "; ".join(f"{domain} {', '.join(numbers)}" for domain, numbers in domains.items())

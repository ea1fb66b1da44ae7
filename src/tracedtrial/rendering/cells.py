"""Executes the cells of a manuscript in one kernel of this very Python.

The kernel runs in the manuscript's folder. Its connection, history and settings
lie in a temporary folder, so that it neither reads nor leaves anything at home.
"""

import os
import sys
from pathlib import Path
from typing import Any

from tracedtrial.paths import CODE
from tracedtrial.rendering.errors import RenderError
from tracedtrial.rendering.markdown import UNSUPPORTED, Cell
from tracedtrial.rendering.source import Source

FIGURE = "application/vnd.trial.figure+json"
LONGEST_SOCKET = 90
MIMETYPES = ("text/markdown", FIGURE, "image/png", "text/plain")


def outputs(source: Source, folder: Path) -> list[list[dict[str, Any]]]:
    """What each cell displays: for each cell its MIME bundles, in order.

    `folder` is a temporary folder for the kernel's own files. A cell that raises,
    prints to standard error or displays nothing that can be set stops with its line.
    """
    if not source.cells:
        return []
    notebook, client = kernel_client(source, folder)
    with client.setup_kernel(env=environment(folder)):
        for number, cell in enumerate(notebook.cells):
            execute(client, cell, number, source)
    return [
        bundles(source, cell, executed.outputs)
        for cell, executed in zip(source.cells, notebook.cells, strict=True)
    ]


def kernel_client(source: Source, folder: Path) -> tuple[Any, Any]:
    """The cells as a notebook, and a client that will run them in a kernel not yet started."""
    import nbformat.v4
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    manager = AsyncKernelManager(
        connection_file=str(folder / "kernel.json"), **transport(folder / "ipc")
    )
    manager._kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        language="python",
    )
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(cell.code, id=f"cell-{n}")
            for n, cell in enumerate(source.cells)
        ]
    )
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=600,
        shutdown_kernel="immediate",
        extra_arguments=["--HistoryManager.enabled=False"],
        resources={"metadata": {"path": str(source.path.parent)}},
    )
    client.owns_km = True
    return notebook, client


def transport(path: Path) -> dict[str, str]:
    """How to talk to the kernel: by sockets that are files, where their names may be so long."""
    if os.name == "posix" and len(str(path)) < LONGEST_SOCKET:
        return {"transport": "ipc", "ip": str(path)}
    return {}


def environment(folder: Path) -> dict[str, str]:
    """The kernel's environment: its settings in `folder`, and this package importable."""
    package = str(CODE)
    path = os.environ.get("PYTHONPATH")
    return os.environ | {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([package, path] if path else [package]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TRIAL_FIGURES_DEFERRED": "1",
    }


def execute(client: Any, cell: Any, number: int, source: Source) -> None:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    line = source.cells[number].first
    try:
        client.execute_cell(cell, number)
    except CellExecutionError:
        raise RenderError(source.path, line, f"the cell raised {raised(cell)}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        last = str(error).strip().partition("\n")[0]
        raise RenderError(source.path, line, f"the cell did not finish: {last}") from None


def raised(cell: Any) -> str:
    """The exception's name and the last line of its message; a display's own exception too."""
    error = next(output for output in cell.outputs if output.output_type == "error")
    return f"{error.ename}: {error.evalue.strip().rpartition(chr(10))[2]}"


def bundles(source: Source, cell: Cell, outputs: list[Any]) -> list[dict[str, Any]]:
    """The displays of a cell as MIME bundles; printed text counts where ``output: asis``."""
    found = []
    for output in outputs:
        if output.output_type == "stream":
            found.append({"text/markdown": printed(source, cell, output)})
        else:
            found.append({kind: output.data[kind] for kind in MIMETYPES if kind in output.data})
    if not all(found):
        raise RenderError(source.path, cell.first, f"the cell's kind of output is {UNSUPPORTED}")
    return found


def printed(source: Source, cell: Cell, output: Any) -> str:
    if output.name == "stderr":
        last = output.text.strip().rpartition("\n")[2]
        raise RenderError(source.path, cell.first, f"the cell wrote to standard error: {last}")
    if cell.options.get("output") != "asis":
        message = f"printing without 'output: asis' is {UNSUPPORTED}"
        raise RenderError(source.path, cell.first, message)
    return output.text

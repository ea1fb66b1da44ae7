"""How every command ends: 0 where what it checks holds, 1 with a finding, 2 where it cannot run."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from tracedtrial.refusal import Refusal

HOLDS, FINDING, COULD_NOT_RUN = 0, 1, 2
Given = ParamSpec("Given")


def command(checked: Callable[Given, bool | None]) -> Callable[Given, int]:
    """The function as a command: it returns the exit status, and says on one line why it stopped.

    `checked` returns whether what it checks holds, or None where it checks nothing. A refusal, or
    a file that the system does not let be read or written, is one line on standard error.

    Examples
    --------
    >>> @command
    ... def agreement() -> bool:
    ...     return 48 == 48.0
    >>> agreement()
    0
    """

    @wraps(checked)
    def status(*given: Given.args, **named: Given.kwargs) -> int:
        try:
            return FINDING if checked(*given, **named) is False else HOLDS
        except Refusal as refused:
            line = str(refused)
        except OSError as error:
            line = (
                f"{error.filename or 'a file'} cannot be read or written: {error.strerror or error}"
            )
        print(line, file=sys.stderr)
        return COULD_NOT_RUN

    return status

"""Two builds at once in one folder: the second says so in one line and changes nothing."""

import subprocess
import time

SAID = "another build holds this folder; nothing was changed"


def test_the_second_of_two_real_builds_says_so_in_one_line(
    trial, command, build, outputs, said, count
):
    protocol = trial / "analysis/protocol.yaml"
    protocol.write_text(protocol.read_text() + "# changed\n")
    first = subprocess.Popen(
        command(trial), cwd=trial, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        seconds = []
        while first.poll() is None and len(seconds) < 3:
            time.sleep(1.5)
            if (running := first.poll()) is None:
                run = build(trial)
                seconds.append(run)
                assert run.returncode == 1 and said(run) == [SAID]
        assert seconds, f"the first build ended at once with {running}"
    finally:
        first.wait()
    assert first.returncode == 0
    before = outputs(trial)
    assert build(trial).returncode == 0 and outputs(trial) == before
    count("second builds refused", len(seconds))

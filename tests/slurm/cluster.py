"""A Slurm of one node, this machine: its own folder, key and ports; it stops what it started."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SlurmdTimeout=300
MinJobAge=3600
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class Cluster:
    """The running daemons, by name."""

    folder: Path
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def start(self, name: str, *options: str) -> None:
        """Start a daemon in the foreground of its own process group."""
        program = shutil.which(name) or f"/usr/sbin/{name}"
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [program, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """kill -9, as a machine that fails."""
        self.running[name].kill()
        self.running.pop(name).wait()

    def asked(self, *command: str) -> list[str]:
        """The lines that a Slurm command prints."""
        run = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return run.stdout.splitlines()

    def jobs(self, *states: str) -> list[str]:
        """Ids of the jobs in these states."""
        return self.asked("squeue", "--noheader", "--format=%i", f"--states={','.join(states)}")

    def stop(self) -> None:
        """Cancel the jobs, wait for their ends, then stop the daemons."""
        if "slurmctld" in self.running:
            for job in self.jobs("PENDING", "RUNNING"):
                self.asked("scancel", "--full", "--signal=KILL", job)
                self.asked("scancel", job)
            waited(lambda: not self.jobs("RUNNING", "COMPLETING"), "the jobs must end", 30)
        for process in reversed(self.running.values()):
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()


def waited(holds: Callable[[], object], what: str, seconds: float) -> None:
    """Return when it holds; TimeoutError after so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} within {seconds:g} s")
        time.sleep(0.3)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def slurm(folder: Path) -> Iterator[Cluster]:
    """A Slurm that is ready to take jobs."""
    import pwd

    controller, node = _free_ports(2)
    host, cpus = socket.gethostname().split(".")[0], len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    (folder / "slurm.conf").write_text(
        CONFIGURATION.format(
            host=host,
            controller=controller,
            node=node,
            folder=folder,
            cpus=cpus,
            memory=memory // 2,
            user=pwd.getpwuid(os.getuid()).pw_name,
        )
    )
    for part in ("state", "spool", "bin"):
        (folder / part).mkdir()
    # The executor's job step starts srun without SLURM_CONF; a cluster has it in /etc/slurm.
    srun = folder / "bin" / "srun"
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
    srun.chmod(0o755)
    (folder / "munge.key").write_bytes(secrets.token_bytes(128))
    (folder / "munge.key").chmod(0o400)
    cluster = Cluster(folder)
    try:
        cluster.start(
            "munged",
            "--foreground",
            "--force",
            f"--key-file={folder}/munge.key",
            f"--socket={folder}/munge.socket",
            f"--pid-file={folder}/munged.pid",
            f"--log-file={folder}/munged.log",
            f"--seed-file={folder}/munged.seed",
        )
        waited((folder / "munge.socket").exists, "munged must listen", 20)
        cluster.start("slurmctld", "-D")
        cluster.start("slurmd", "-D", "-N", host)
        waited(
            lambda: "idle" in cluster.asked("sinfo", "--noheader", "--format=%T"),
            "the node must be idle",
            60,
        )
        yield cluster
    finally:
        cluster.stop()

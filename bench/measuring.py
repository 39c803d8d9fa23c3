"""How a benchmark measures: a folder for its data, alternating rounds, and the rows of its table."""

import dataclasses
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
ROOT = pathlib.Path(__file__).resolve().parent.parent


class Skip(Exception):
    """A peer is not installed, or a benchmark cannot run here."""


@dataclasses.dataclass
class Measured:
    seconds: float
    memory_bytes: int


@dataclasses.dataclass
class Row:
    """One line of the table. `at_most`: ours/peer; `at_least`: peer/ours (how much faster)."""

    what: str
    peer: str
    ours: float
    theirs: float | None
    ratio: float | None
    target: str
    holds: bool | None
    memory_mib: float | None
    note: str = ""


class Bench:
    """A folder for the data, the programs, and how to measure."""

    def __init__(self, options):
        self.options = options
        base = options.dir or ROOT / "build" / "bench"
        base.mkdir(parents=True, exist_ok=True)
        kind = subprocess.run(["stat", "-f", "-c", "%T", str(base)], capture_output=True, text=True, check=True)
        if kind.stdout.strip() in ("tmpfs", "ramfs"):
            sys.exit(f"bench: {base} is in memory ({kind.stdout.strip()}); give --dir on a real disk")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=base))
        self.tes = options.tes or ROOT / "build/release/apps/tes/tes"
        self.env = dict(os.environ, HOME=str(self.folder), RESTIC_PASSWORD="bench",
                        RESTIC_CACHE_DIR=str(self.folder / "restic-cache"), LANG="C.UTF-8")
        self.env.pop("SOURCE_DATE_EPOCH", None)

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def need(self, program):
        if not shutil.which(program):
            raise Skip(f"{program} is not installed")

    def run(self, *command, quiet=True):
        """Runs a command outside of any measurement."""
        out = subprocess.DEVNULL if quiet else None
        subprocess.run([str(word) for word in command], env=self.env, check=True, stdout=out,
                       stderr=out, stdin=subprocess.DEVNULL)

    def output(self, *command):
        return subprocess.run([str(word) for word in command], env=self.env, check=True, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL).stdout

    def measure(self, *command):
        """Wall time and peak memory of a command, on a disk with nothing left to write."""
        os.sync()
        with tempfile.TemporaryFile() as sink:
            started = time.monotonic()
            process = subprocess.Popen([str(word) for word in command], env=self.env, stdout=sink,
                                       stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                sink.seek(0)
                raise RuntimeError(f"{command[0]} failed: {sink.read()[-2000:].decode(errors='replace')}")
        return Measured(seconds, usage.ru_maxrss * 1024)

    def make_files(self, name, count, size_bytes):
        """`count` files of random bytes, in folders of a hundred; read once, so that they are cached."""
        top = self.folder / name
        for number in range(count):
            folder = top / f"{number // 100:03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:05}.bin").write_bytes(random.Random(f"{name}{number}").randbytes(size_bytes))
        os.sync()
        return top

    def alternate(self, **sides):
        """Each side in turn, `rounds` times: {name: [Measured, ...]}."""
        results = {name: [] for name in sides}
        for round_number in range(self.options.rounds):
            for name, side in sides.items():
                results[name].append(side())
                self.say(f"round {round_number + 1}: {name} {results[name][-1].seconds:.2f} s")
        return results

    def scaled(self, count):
        return max(2, int(count * self.options.scale))


def median(measured):
    return statistics.median(item.seconds for item in measured)


def peak_mib(measured):
    return max(item.memory_bytes for item in measured) / MIB


def faster(what, peer, ours, theirs, factor):
    """The peer takes at least `factor` times as long as we do."""
    ratio = median(theirs) / median(ours)
    return Row(what, peer, median(ours), median(theirs), ratio, f"≥ {factor} × faster", ratio >= factor, peak_mib(ours))


def within(what, peer, ours, theirs, factor):
    """We take at most `factor` times as long as the peer."""
    ratio = median(ours) / median(theirs)
    return Row(what, peer, median(ours), median(theirs), ratio, f"≤ {factor} × its time", ratio <= factor, peak_mib(ours))

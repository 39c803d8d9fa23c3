"""What the end-to-end tests share: a tes to run, folders to run it on, and when to skip."""

import argparse
import dataclasses
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
LONG = os.environ.get("TESSERAS_LONG", "") not in ("", "0")
SECONDS_MAX_PER_COMMAND = 3600 if LONG else 280
MIB = 1 << 20


@dataclasses.dataclass
class Done:
    """How a program ended, what it said, and the most memory that it had."""

    status: int
    out: str
    error: str
    memory_bytes: int
    seconds: float

    def __str__(self):
        return f"status {self.status}\n--- stdout\n{self.out[-3000:]}\n--- stderr\n{self.error[-3000:]}"


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def start(tes, data_dir, *words):
    """tes as a running process; its output is not kept."""
    return subprocess.Popen([str(tes), "--data-dir", str(data_dir), *map(str, words)], env=environment(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def environment():
    # One date, so that the same folder always becomes the same tessera.
    return dict(os.environ, SOURCE_DATE_EPOCH="1771061400", LANG="C.UTF-8")


def run(tes, data_dir, *words, want=0):
    """Runs tes and checks its exit status: one number, several, or None for any."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        began = time.monotonic()
        process = subprocess.Popen([str(tes), "--data-dir", str(data_dir), *map(str, words)], env=environment(),
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=error)
        pid, status, usage = 0, 0, None
        while pid == 0:
            if time.monotonic() - began > SECONDS_MAX_PER_COMMAND:
                process.kill()
                raise AssertionError(f"tes {words} runs for over {SECONDS_MAX_PER_COMMAND} s")
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid == 0:
                time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        error.seek(0)
        done = Done(process.returncode, out.read().decode(errors="replace"), error.read().decode(errors="replace"),
                    usage.ru_maxrss * 1024, time.monotonic() - began)
    wanted = (want,) if isinstance(want, int) else want
    if wanted is not None and done.status not in wanted:
        raise AssertionError(f"tes {' '.join(map(str, words))}: wanted status {want}, got {done}")
    return done


def hashes(tes, data_dir):
    """The content hashes that the vault shows."""
    listed = json.loads(run(tes, data_dir, "list", "--json").out)
    assert all(tessera["readable"] for tessera in listed["tesserae"]), listed
    return {tessera["content_hash"] for tessera in listed["tesserae"]}


def create(tes, data_dir, folder, *more, want=0):
    """Makes a tessera of everything in a folder; its content hash."""
    done = run(tes, data_dir, "create", folder, "-n", "--include-other", "--json", *more, want=want)
    return json.loads(done.out)["content_hash"] if done.status == 0 else done


def make_folder(path, sizes, seed=0):
    """Files of these sizes, of bytes that do not compress and are the same for the same seed."""
    path.mkdir(parents=True)
    for number, size in enumerate(sizes):
        folder = path / f"{number // 500:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number:06}.bin").write_bytes(random.Random(f"{seed} {number}").randbytes(size))
    return path


def same(first, second):
    """Two folders hold the same names and bytes."""
    done = subprocess.run(["diff", "-r", str(first), str(second)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


class Test:
    """A folder to work in, the tes under test, and a seed that reproduces a run."""

    def __init__(self, description):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--tes", type=pathlib.Path, required=True)
        parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
        parser.add_argument("--dir", type=pathlib.Path, help="where to work (default: the build's folder)")
        options = parser.parse_args()
        self.tes = options.tes.resolve()
        self.build = self.tes.parents[2]
        self.sanitized = "/debug/" in str(self.tes)
        self.random = random.Random(options.seed)
        self.seed = options.seed
        base = options.dir or self.build
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="e2e-", dir=base))
        print(f"{sys.argv[0]} --tes {self.tes} --seed {options.seed}{'  (long)' if LONG else ''}", flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["chmod", "-R", "u+rwX", str(self.folder)], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def vault(self, name="vault"):
        run(self.tes, self.folder / name, "init")
        return self.folder / name

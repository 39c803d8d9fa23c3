#!/usr/bin/env python3
"""Runs a script of the command line: `run.py --tes BINARY SCRIPT.txtar`.

A script is lines of commands, then sections `-- NAME --` that become files in a fresh folder, which
is the working folder and HOME. Each line must succeed; the first that does not ends the run, shown
with what was printed. `#` begins a comment; quoting is the shell's; `$NAME` and `${NAME}`
outside single quotes are taken from the environment ($WORK is the folder). A line after `!` must fail.

  exec PROGRAM ARGS...   runs it; `! exec` wants a status other than 0, `exec?2` wants exactly 2
  stdin FILE|-           what the next exec reads; - is the last exec's stdout
  stdout REGEX           the last exec's stdout matches (multi-line mode); `! stdout REGEX`: does not
  stderr REGEX           the same for stderr
  stdout-is FILE         stdout is exactly FILE's content, $WORK in it filled in;  stderr-is FILE
  empty stdout|stderr    the last exec printed nothing there
  save NAME REGEX        $NAME becomes the first group of REGEX in stdout
  cmp A B, grep REGEX FILE, exists PATH..., mode 0600 PATH, count N GLOB
  cp A... B, mv A B, rm PATH..., mkdir PATH..., chmod MODE PATH..., symlink NAME TARGET
  write FILE SIZE [SEED] bytes that do not compress, the same for the same seed
  python FILE ARGS...    runs a script with this Python
  env NAME=VALUE..., cd PATH, flip FILE OFFSET [BIT], append FILE TEXT, truncate FILE SIZE

Programs run without the rights by which root reads and writes what modes forbid, so a script may
rely on modes whoever runs it.
"""

import argparse
import ctypes
import filecmp
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

SECONDS_MAX_PER_COMMAND = 90


class Failed(Exception):
    """A line of the script did not hold; the message says how."""


def give_up_override():
    """Takes CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH from what is about to be executed."""
    library = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):
        library.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; without root there is none to drop


def parse(text):
    """The script's numbered lines, and its files by name."""
    parts = re.split(r"^-- (.+?) --\n", text, flags=re.M)
    return list(enumerate(parts[0].split("\n"), 1)), dict(zip(parts[1::2], parts[2::2]))


class Script:
    """One run: a folder, an environment, and what the last program printed."""

    def __init__(self, folder, tes):
        self.folder = self.cwd = pathlib.Path(folder)
        self.env = {"HOME": str(folder), "WORK": str(folder), "TMPDIR": str(folder / ".tmp"),
                    "PATH": f"{tes.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8", "TZ": "UTC",
                    "TESSERAS_PROJECT": str(pathlib.Path(__file__).resolve().parents[2])}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TESSERAS_SHARED"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        (self.folder / ".tmp").mkdir()
        self.stdout = self.stderr = self.stdin = b""
        self.status = 0

    def path(self, name):
        return self.cwd / name

    def expand(self, word):
        def value(found):
            name = found.group(1) or found.group(2)
            if name not in self.env:
                raise Failed(f"${name} is not set")
            return self.env[name]
        return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, word)

    def run_line(self, line):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            return
        # Inside single quotes a $ is the program's own.
        guarded = re.sub(r"'[^']*'", lambda quoted: quoted.group().replace("$", "\0"), bare)
        words = shlex.split(guarded)
        negated = words[0] == "!"
        name, *arguments = words[1:] if negated else words
        if name not in ("stdout", "stderr", "grep", "save"):  # nor in a regular expression
            arguments = [self.expand(word) for word in arguments]
        arguments = [word.replace("\0", "$") for word in arguments]
        wanted = re.fullmatch(r"exec\?(\d+)", name)
        if wanted:
            self.execute(arguments)
            if self.status != int(wanted.group(1)):
                raise Failed(f"exit status {self.status}, not {wanted.group(1)}")
        elif name in ("exec", "python"):
            self.execute([sys.executable, *arguments] if name == "python" else arguments)
            if self.status < 0 or self.status > 125:
                raise Failed(f"ended by a signal or not found: exit status {self.status}")
            if (self.status != 0) != negated:
                raise Failed(f"exit status {self.status}")
        else:
            command = getattr(self, "do_" + name.replace("-", "_"), None)
            if command is None:
                raise Failed(f"there is no command '{name}'")
            self.judge(command, arguments, negated)

    def judge(self, command, arguments, negated):
        """Runs a command of the script; those that ask return whether it is so."""
        try:
            answer = command(*arguments)
        except (OSError, TypeError) as error:
            raise Failed(str(error)) from error
        if answer is None:
            if negated:
                raise Failed("'!' belongs before a question")
        elif bool(answer) == negated:
            raise Failed("it is so" if negated else "it is not so")

    def execute(self, command):
        try:
            done = subprocess.run(command, cwd=self.cwd, env=self.env, input=self.stdin, capture_output=True,
                                  timeout=SECONDS_MAX_PER_COMMAND, check=False,
                                  preexec_fn=give_up_override)
        except FileNotFoundError as error:
            raise Failed(f"{command[0]} is not there") from error
        except subprocess.TimeoutExpired as error:
            self.stdout, self.stderr = error.stdout or b"", error.stderr or b""
            raise Failed(f"still running after {SECONDS_MAX_PER_COMMAND} s") from error
        self.stdout, self.stderr, self.status, self.stdin = done.stdout, done.stderr, done.returncode, b""

    def do_stdin(self, name):
        self.stdin = self.stdout if name == "-" else self.path(name).read_bytes()

    def do_stdout(self, regex):
        return bool(re.search(regex, self.stdout.decode(errors="replace"), re.M))

    def do_stderr(self, regex):
        return bool(re.search(regex, self.stderr.decode(errors="replace"), re.M))

    def do_stdout_is(self, name):
        return self.stdout == self.expected(name)

    def do_stderr_is(self, name):
        return self.stderr == self.expected(name)

    def expected(self, name):
        return self.path(name).read_bytes().replace(b"$WORK", str(self.folder).encode())

    def do_empty(self, stream):
        return not {"stdout": self.stdout, "stderr": self.stderr}[stream]

    def do_save(self, name, regex):
        found = re.search(regex, self.stdout.decode(errors="replace"), re.M)
        if not found:
            raise Failed(f"stdout has no match for {regex}")
        self.env[name] = found.group(1)

    def do_cmp(self, first, second):
        return filecmp.cmp(self.path(first), self.path(second), shallow=False)

    def do_grep(self, regex, name):
        return bool(re.search(regex, self.path(self.expand(name)).read_text(errors="replace"), re.M))

    def do_exists(self, *names):
        return all(os.path.lexists(self.path(name)) for name in names)

    def do_mode(self, mode, name):
        return self.path(name).stat().st_mode & 0o7777 == int(mode, 8)

    def do_count(self, number, pattern):
        found = sorted(str(path.relative_to(self.cwd)) for path in self.cwd.glob(pattern))
        if len(found) != int(number):
            raise Failed(f"{len(found)} match {pattern}, not {number}: {' '.join(found)}")

    def do_cp(self, *names):
        *sources, target = [self.path(name) for name in names]
        for source in sources:
            if source.is_dir():
                inside = target / source.name if target.is_dir() else target
                shutil.copytree(source, inside, symlinks=True)
            else:
                shutil.copy2(source, target)

    def do_mv(self, source, target):
        shutil.move(self.path(source), self.path(target))

    def do_rm(self, *names):
        for name in names:
            path = self.path(name)
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def do_mkdir(self, *names):
        for name in names:
            self.path(name).mkdir(parents=True, exist_ok=True)

    def do_chmod(self, mode, *names):
        for name in names:
            self.path(name).chmod(int(mode, 8))

    def do_symlink(self, name, target):
        self.path(name).symlink_to(target)

    def do_write(self, name, size, seed="0"):
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_bytes(random.Random(f"{name} {seed}").randbytes(int(size)))

    def do_flip(self, name, offset, bit="0"):
        raw = bytearray(self.path(name).read_bytes())
        raw[int(offset)] ^= 1 << int(bit)
        mode = self.path(name).stat().st_mode
        self.path(name).chmod(mode | 0o200)
        self.path(name).write_bytes(raw)
        self.path(name).chmod(mode)

    def do_append(self, name, text):
        with open(self.path(name), "ab") as file:
            file.write(text.encode("utf-8").decode("unicode_escape").encode("latin-1"))

    def do_truncate(self, name, size):
        os.truncate(self.path(name), int(size))

    def do_env(self, *settings):
        for setting in settings:
            name, _, value = setting.partition("=")
            self.env[name] = value

    def do_cd(self, name):
        self.cwd = self.path(name)


def show(script, number, line, error):
    print(f"{script}:{number}: {line.strip()}\n  {error}")


def run(path, tes):
    """Runs one script; returns 0 or 1."""
    lines, files = parse(path.read_text(encoding="utf-8"))
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"tes-{path.stem}-"))
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        script = Script(folder, tes)
        for number, line in lines:
            try:
                script.run_line(line)
            except Failed as error:
                show(path, number, line, error)
                for stream, printed in (("stdout", script.stdout), ("stderr", script.stderr)):
                    print(f"--- {stream} of the last exec\n{printed.decode(errors='replace')[-8000:]}")
                return 1
        return 0
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments):
    parser = argparse.ArgumentParser(description="runs scripts of the command line")
    parser.add_argument("--tes", type=pathlib.Path, required=True, help="the program under test")
    parser.add_argument("scripts", nargs="+", type=pathlib.Path)
    options = parser.parse_args(arguments)
    results = [run(script, options.tes.resolve()) for script in options.scripts]
    return max(results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

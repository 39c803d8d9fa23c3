"""Rules that clang's tools check: formatting, headers that stand alone, and clang-tidy.

Results are kept beside ccache's, keyed by everything that they depend on (the file, every header of
ours that it reaches, the rules, the command, the tool), so a second run costs next to nothing, in a
fresh clone too.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import threading
import time

from tidy_layout import INCLUDE
from tidy_text import Finding

FORMAT = "clang-format-19"
TIDY = "clang-tidy-19"
SECONDS_MAX_PER_FILE = 300
DAYS_KEPT = 30


class ToolError(Exception):
    """A tool that the check needs is missing or could not run."""


def _run(command, **options):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]} is not there; run this through ./dev tidy") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{shlex.join(command)} took over {error.timeout:.0f} s") from error


def _sources(files):
    return [str(path) for path in files if path.suffix in (".cpp", ".hpp")]


def format_in_place(root, files):
    """Formats every C++ source of the project."""
    if sources := _sources(files):
        done = _run([FORMAT, "-i", *sources], cwd=root)
        if done.returncode:
            raise ToolError(done.stderr.strip())


def check_format(root, files):
    """One finding for each file that clang-format would change, at the first such line."""
    sources = _sources(files)
    if not sources:
        return []
    done = _run([FORMAT, "--dry-run", *sources], cwd=root)
    first = {}
    for found in re.finditer(r"^(.+?):(\d+):\d+: (?:warning|error): code should be", done.stderr, re.M):
        first.setdefault(found.group(1), int(found.group(2)))
    return [Finding(path, line, "format", "run ./dev tidy --fix") for path, line in first.items()]


class Database:
    """The compile commands of one build, and a cache of results beside it."""

    def __init__(self, root):
        self.root = root
        self.commands = {}
        home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        self.cache = pathlib.Path(home) / "tesseras" / "tidy"
        self.cache.mkdir(parents=True, exist_ok=True)
        path = self._fresh()
        for entry in json.loads(path.read_text()):
            file = pathlib.Path(entry["directory"], entry["file"]).resolve()
            if file.is_relative_to(root):
                self.commands[str(file.relative_to(root))] = entry
        self.version = _run([TIDY, "--version"]).stdout
        self._closures = {}
        for kept in self.cache.iterdir():
            if kept.stat().st_mtime < time.time() - DAYS_KEPT * 86400:
                kept.unlink(missing_ok=True)

    def _fresh(self):
        """compile_commands.json of a configured build, made anew when a CMakeLists.txt is newer."""
        for preset in ("release", "debug"):
            path = self.root / "build" / preset / "compile_commands.json"
            if not path.exists():
                continue
            newest = max(p.stat().st_mtime for folder in ("src", "apps", "sim", "tests", "fuzz")
                         for p in [self.root / "CMakeLists.txt", *(self.root / folder).rglob("CMakeLists.txt")])
            if newest > path.stat().st_mtime:
                done = _run(["cmake", str(path.parent)])
                if done.returncode:
                    raise ToolError(f"cmake could not configure: {done.stderr.strip()}")
                path.touch()
            return path
        raise ToolError("no build is configured; run this through ./dev tidy")

    def closure(self, path):
        """The file and every header of ours that it reaches, as a digest of their contents."""
        seen, waiting = {}, [self.root / path]
        while waiting:
            current = waiting.pop()
            if current in seen or not current.is_file():
                continue
            seen[current], reached = self._read(current)
            waiting += reached
        digests = sorted(f"{name.relative_to(self.root)} {digest}" for name, digest in seen.items())
        return "\n".join(digests)

    def _read(self, current):
        if current not in self._closures:
            text = current.read_text(errors="replace")
            names = [found.group(2) for found in INCLUDE.finditer(text) if found.group(1) == '"']
            reached = [base / name for name in names for base in (self.root / "src", self.root, current.parent)]
            self._closures[current] = (hashlib.sha256(text.encode()).hexdigest(), reached)
        return self._closures[current]

    def key(self, kind, path, extra):
        """The name of a result: a digest of all that it depends on."""
        parts = [kind, path, self.version, extra, self.closure(path)]
        return self.cache / hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]

    def cached(self, kept, make):
        """make()'s text, or what it was when nothing that it depends on has changed."""
        if kept.exists():
            os.utime(kept)
            return kept.read_text()
        text = make()
        if "clang-diagnostic-error" in text:  # a tree that is being changed, or broken: not worth keeping
            return text
        part = kept.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        part.write_text(text)
        part.rename(kept)
        return text


def _in_parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [finding for findings in pool.map(work, items) for finding in findings]


def _flags(database, near):
    """How the build compiles files like this one: definitions, includes and language options."""
    folder = str(pathlib.PurePosixPath(near).parent)
    entries = database.commands
    entry = next((entries[name] for name in entries if name.startswith(folder + "/")), None)
    entry = entry or next(iter(entries.values()))
    words = shlex.split(entry["command"])
    kept, take = [], False
    for word in words:
        if take or word.startswith(("-D", "-I", "-std=", "-f")) or word == "-isystem":
            kept.append(word)
            take = word == "-isystem" and not take
    return [word for word in kept if not word.startswith("-fsanitize")]


def check_headers(root, files, database, only=""):
    """Each header compiles by itself. One that a .cpp includes first is proved by the build."""
    proved = set()
    for path in files:
        if path.suffix == ".cpp" and str(path) in database.commands:
            first = INCLUDE.search((root / path).read_text(errors="replace"))
            if first and first.group(1) == '"':
                proved |= {f"src/{first.group(2)}", first.group(2), str(path.parent / first.group(2))}
    headers = [str(path) for path in files if path.suffix == ".hpp" and path.parts[0] in ("src", "apps", "sim")
               and str(path) not in proved and only in str(path)]

    def compile_alone(path):
        flags = _flags(database, path)

        def make():
            done = _run(["g++", "-fsyntax-only", "-x", "c++", *flags, "-include", str(root / path), "/dev/null"],
                        cwd=root, timeout=SECONDS_MAX_PER_FILE)
            return "" if done.returncode == 0 else done.stderr
        found = re.search(r"^(.+?):(\d+):\d+: (?:fatal )?error: (.+)$", database.cached(database.key("header", path, " ".join(flags)), make), re.M)
        return [Finding(path, int(found.group(2)), "self-contained", f"does not compile by itself: {found.group(3)}")] if found else []

    return _in_parallel(compile_alone, headers)


def _commands(root, database):
    """A folder with the compile commands as clang-tidy wants them: gcc's warnings are gcc's to give."""
    folder = root / "build" / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    entries = [{**entry, "command": re.sub(r"\s-W\S+", "", entry["command"]).replace("ccache ", "", 1)}
               for entry in database.commands.values()]
    text, file = json.dumps(entries), folder / "compile_commands.json"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
    return folder


def check_clang_tidy(root, files, database, only="", deep=False):
    """clang-tidy's findings over the sources of the programs that the build compiles.

    The analyzer doubles the time, and tests are many: both are for `deep`, which somebody asks
    for. A result of such a run is used whenever there is one.
    """
    rules = (root / ".clang-tidy").read_text()
    sources = sorted((str(path) for path in files if str(path) in database.commands and path.suffix == ".cpp"
                      and path.parts[0] in ("src", "apps", "sim") and only in str(path)), key=lambda path: -(root / path).stat().st_size)
    commands = _commands(root, database)

    def run(path, less):
        command = [TIDY, "-p", str(commands), "--quiet", "--config-file", str(root / ".clang-tidy"), *less,
                   f"--header-filter=^{re.escape(str(root))}/(src|apps)/", str(root / path)]
        done = _run(command, cwd=root, timeout=SECONDS_MAX_PER_FILE)
        if done.returncode < 0:  # ended by a signal, e.g. for want of memory: not the file's fault
            done = _run(command, cwd=root, timeout=SECONDS_MAX_PER_FILE)
        lines = re.findall(r"^(/.+?):(\d+):\d+: (?:warning|error): (.+) \[([\w.,-]+)\]$", done.stdout, re.M)
        if done.returncode and not lines:
            raise ToolError(f"{TIDY} failed on {path} ({done.returncode}): {done.stderr.strip()[-500:]}")
        kept = [[os.path.relpath(file, root), int(line), rule.replace(",-warnings-as-errors", ""), advice]
                for file, line, advice, rule in lines if file.startswith(f"{root}/")]
        return json.dumps(kept)

    def tidy(path):
        command = re.sub(r"-DTESSERAS_GIT=\S+", "", database.commands[path]["command"])
        extra = rules + command.replace(str(root), "")
        is_test = path.endswith("_test.cpp")
        without_analyzer = ["--checks=-clang-analyzer-*"]
        full = database.key("clang-tidy", path, extra)
        if deep or full.exists():
            text = database.cached(full, lambda: run(path, without_analyzer if is_test else []))
        elif is_test:
            return []
        else:
            text = database.cached(database.key("clang-tidy-quick", path, extra), lambda: run(path, without_analyzer))
        return [Finding(*item) for item in json.loads(text)]

    return _in_parallel(tidy, sources)

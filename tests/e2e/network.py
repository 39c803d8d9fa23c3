"""Daemons as processes: started on this machine's loopback with whatever ports are free, and surely
stopped.

What a daemon says goes into a file as JSON; tests wait for lines in it, and for what its socket
answers, never for time to pass.
"""

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import time
import traceback
import urllib.error
import urllib.request

import control
import support

# Far beyond what anything needs, also under sanitizers on a machine that does other things.
PATIENCE_SECONDS = 120
SANITIZER = re.compile(r"(Address|Leak|Undefined\w*|Thread)Sanitizer|runtime error:|assertion failed")


def until(condition, what, seconds=PATIENCE_SECONDS, pause=0.05):
    """Comes back with what `condition` gives once that is true of it."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain: {what() if callable(what) else what}")
        time.sleep(pause)


def _die_with_parent():
    # Whatever ends the test, also SIGKILL, must not leave daemons behind.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def to_toml(config):
    """{section: {key: value}} as a config file."""
    return "".join(f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
                   for section, keys in config.items())


def memory_peak_bytes(pid):
    """The most that a process has had; 0 of one that has ended."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        peak = re.search(r"VmHWM:\s+(\d+) kB", status.read())
    return int(peak[1]) * 1024 if peak else 0


class Daemon:
    """A daemon and its data dir, which outlives the process: start() after stop() or kill() is a restart."""

    def __init__(self, program, folder, *, listen="127.0.0.1:0", bootstrap="", config=None, options=(), environment=None,
                 wrapper=()):
        self.program, self.folder = program, folder
        self.name = folder.name
        self.log = folder.with_name(folder.name + ".log")
        self.listen, self.bootstrap, self.options = listen, bootstrap, list(options)
        self.wrapper = list(wrapper)  # a command that becomes the daemon, such as nsenter
        self.environment = environment or {}
        self.has_data_dir = True  # or its config says where it is
        self.process = None
        self._began = 0  # where in the log this run begins
        folder.mkdir(mode=0o700)
        self.configure(config or {})

    def configure(self, config):
        """Nobody but the test is heard, and no port is taken that somebody may want."""
        config = {section: dict(keys) for section, keys in config.items()}
        config.setdefault("network", {}).setdefault("enable_mdns", False)
        config.setdefault("observability", {}).setdefault("metrics_addr", "")
        (self.folder / "config.toml").write_text(to_toml(config))

    def words(self):
        words = [*self.wrapper, str(self.program)]
        if self.has_data_dir:
            words += ["--data-dir", str(self.folder)]
        if self.listen is not None:
            words += ["--listen", self.listen]
        if self.bootstrap is not None:
            words += ["--bootstrap", self.bootstrap]
        return words + self.options

    def start(self, *options, wait=True):
        """`options`: for this run only."""
        self._begin(options)
        if wait:
            until(lambda: self._is_ready() or self._begin(options), lambda: f"the port of {self}", pause=0.5)
            # The port that was free stays ours over restarts, as a configured one would.
            if self.listen and self.listen.endswith(":0"):
                self.listen = str(self.addresses()[0])
        return self

    def _is_ready(self):
        """False of one whose port another's call has taken meanwhile, for a moment; it has ended."""
        until(lambda: self.said("daemon ready") or self.process.poll() is not None, lambda: f"the start of {self}")
        if self.said("daemon ready"):
            return True
        assert self._began and "cannot listen" in self.text(), f"{self} ended with {self.process.returncode}"
        self.wait()
        return False

    def _begin(self, options):
        assert self.process is None
        self._began = self.log.stat().st_size if self.log.exists() else 0
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_LOG")}
        environment.update({"LANG": "C.UTF-8", "TESSERAS_LOG": "debug"}, **self.environment)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.words(), *options], env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=_die_with_parent)

    # What it says.

    def text(self):
        """What this run has said until now."""
        with open(self.log, "rb") as log:
            log.seek(self._began)
            return log.read().decode(errors="replace")

    def lines(self):
        """The events of this run; a line that is no JSON is one of level TEXT."""
        found = []
        for line in self.text().split("\n")[:-1]:
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({"level": "TEXT", "target": "", "fields": {"message": line}})
        return found

    def said(self, message, **fields):
        """The events with that message whose fields hold what is given."""
        return [line for line in self.lines() if line["fields"]["message"] == message
                and all(str(value) in str(line["fields"].get(field, "")) for field, value in fields.items())]

    def wait_for(self, message, seconds=PATIENCE_SECONDS, **fields):
        """The first event with that message; an AssertionError when the daemon ends before."""
        def look():
            is_over = self.process.poll() is not None
            found = self.said(message, **fields)
            assert found or not is_over, f"{self} ended with {self.process.returncode} before '{message}'"
            return found
        return until(look, lambda: f"'{message}' of {self}", seconds)[0]

    # What it answers.

    def control(self, seconds=PATIENCE_SECONDS):
        return control.Control(self.folder, seconds)

    def ask(self, method, **body):
        with self.control() as connection:
            return connection.ask(method, **body)

    def info(self):
        return self.ask("node_info")

    def node_id(self):
        return self.info()["id"].hex()

    def addresses(self):
        return [control.Address.parse(text) for text in self.info()["listening"]]

    def peers(self):
        """{node id: peer}, as they are in its table."""
        found, has_more = [], True
        with self.control() as connection:
            while has_more:
                answer = connection.ask("peers", first=len(found))
                found += answer["peers"]
                has_more = answer["has_more"]
        return {peer["id"].hex(): peer for peer in found}

    def find(self, content_hash):
        return self.ask("find", content_hash=bytes.fromhex(content_hash))

    def holders(self, content_hash):
        """Who says to keep all of it; others keep fragments."""
        return {holder["id"].hex() for holder in self.find(content_hash)["holders"] if not holder["fragments"]}

    def page(self, path, seconds=PATIENCE_SECONDS):
        """(status, text) of what its metrics address shows."""
        try:
            with urllib.request.urlopen(f"http://{self.info()['metrics']}{path}", timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def figure(self, name):
        """The value of a metric without labels."""
        found = re.search(rf"^{name} (\S+)$", self.page("/metrics")[1], flags=re.M)
        assert found, f"{self} has no metric {name}"
        return float(found[1])

    def memory_peak_bytes(self):
        return memory_peak_bytes(self.process.pid)

    # How it ends.

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=PATIENCE_SECONDS):
        """The exit status of the process that ends by itself."""
        status = self.process.wait(timeout=seconds)
        self.process = None
        text = self.text()
        assert not SANITIZER.search(text), f"{self}: {text[-5000:]}"
        return status

    def stop(self, number=signal.SIGTERM, want=0):
        self.send_signal(number)
        status = self.wait()
        assert status == want, f"{self} ended with {status}"
        return self

    def kill(self):
        self.send_signal(signal.SIGKILL)
        self.wait()
        return self

    def __str__(self):
        return f"daemon {self.name}:\n{self.text()[-3000:] if self.log.exists() else ''}"


class Network:
    """Daemons of one test."""

    def __init__(self, test):
        self.test = test
        self.program = test.build / "apps" / "tesseras-daemon" / "tesseras-daemon"
        self.daemons = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        running = [daemon for daemon in self.daemons if daemon.process is not None]
        if kind is not None:
            for daemon in self.daemons[:6]:
                print(f"---- {daemon}", flush=True)
        for daemon in running:
            with contextlib.suppress(ProcessLookupError):
                daemon.send_signal(signal.SIGTERM)
        problems = []
        for daemon in running:
            try:
                status = daemon.wait(60)
                if status != 0:
                    problems.append(f"{daemon} ended with {status}")
            except (AssertionError, subprocess.TimeoutExpired) as problem:
                problems.append(str(problem))
                if daemon.process is not None:
                    daemon.process.kill()
                    daemon.process.wait()
        assert kind is not None or not problems, "\n".join(problems)

    def daemon(self, name=None, **how):
        """One that is not started yet. bootstrap=[daemons]: it knows where these are."""
        bootstrap = how.pop("bootstrap", ())
        if bootstrap is not None and not isinstance(bootstrap, str):
            bootstrap = ",".join(str(other.addresses()[0]) for other in bootstrap)
        one = Daemon(self.program, self.test.folder / (name or f"node{len(self.daemons)}"), bootstrap=bootstrap, **how)
        self.daemons.append(one)
        return one

    def start(self, count, **how):
        """A seed, and others that know only it; all are ready, and have been joined."""
        seed = self.daemon(**how).start()
        others = [self.daemon(bootstrap=[seed], **how).start(wait=False) for _ in range(count - 1)]
        for daemon in others:
            daemon.wait_for("daemon ready")
            if daemon.listen.endswith(":0"):
                daemon.listen = str(daemon.addresses()[0])
        for daemon in others:
            daemon.wait_for("bootstrap successful")
        return [seed, *others]

    def wait_reachable(self, daemons):
        """Others have shown that they reach them; before, a node keeps nothing for anybody."""
        for daemon in daemons:
            until(lambda one=daemon: one.info()["reached_at"], lambda one=daemon: f"nobody reaches {one}")

    def wait_met(self, daemons):
        """They are reached, and each has all others in its table: whom a lookup does not come near, it
        would give nothing."""
        self.wait_reachable(daemons)
        ids = {daemon.node_id() for daemon in daemons}
        for daemon in daemons:
            until(lambda one=daemon: ids <= one.peers().keys() | {one.node_id()},
                  lambda one=daemon: f"{one} knows {len(one.peers())} of {len(ids) - 1}")


def tessera(test, vault, text):
    """A tessera of one small text, made in `vault`; its hash."""
    folder = test.folder / f"text-{text}"
    folder.mkdir(exist_ok=True)
    (folder / "text.txt").write_text(f"{text}\n")
    return support.create(test.tes, vault, folder)


def publish(test, daemon, vault, content_hash, want=0):
    """`tes publish`: from that vault into the daemon's, and into the network; what it says of it."""
    done = support.run(test.tes, vault, "publish", content_hash, "--daemon", daemon.folder, "--json", want=want)
    return json.loads(done.out) if done.status == 0 else done


def publish_to_all(test, daemon, vault, make, **wanted):
    """A tessera that `make` makes, of which `tes publish` says what is wanted of some of its fields; its hash, and
    all that it said. Who does not answer in the 5 s that a question has is passed over, as it should
    be, and asked again much later: then it is done with another tessera."""
    for _ in range(3):
        content_hash = make()
        said = publish(test, daemon, vault, content_hash)
        if {field: said[field] for field in wanted} == wanted:
            return content_hash, said
        print(f"  not all were asked: {said}", flush=True)
    raise AssertionError(f"{said}, not {wanted}, three times: {daemon}")


def ask(test, vault, *words, daemon=None):
    """What `tes WORDS --json` prints."""
    where = () if daemon is None else ("--daemon", daemon.folder)
    return json.loads(support.run(test.tes, vault, *words, *where, "--json").out)


def run_all(description, checks):
    """Each check with daemons of its own. All are run, and the exit status says whether all held."""
    failed = []
    with support.Test(description) as test:
        test.vault()
        for check in checks:
            began = time.monotonic()
            try:
                with Network(test) as network:
                    check(test, network)
            except Exception:  # whatever it was, the others say something too
                traceback.print_exc()
                failed.append(check.__name__)
            print(f"{check.__name__}: {time.monotonic() - began:.1f} s{'  FAILED' if check.__name__ in failed else ''}",
                  flush=True)
            for folder in test.folder.iterdir():
                if folder.name != "vault":
                    shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    print(f"{len(checks) - len(failed)} of {len(checks)} held", flush=True)
    return 1 if failed else 0

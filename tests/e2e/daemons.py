"""Daemons to test with: each started on a data dir of its own, its log read while it runs."""

import json
import queue
import signal
import subprocess
import threading
import time

SECONDS_MAX = 120  # a machine that does other things, too


def program(tes):
    """The daemon that was built beside this tes."""
    return tes.parents[1] / "tesseras-daemon" / "tesseras-daemon"


class Daemon:
    """`prefix` stands before the command: nsenter and the like."""

    def __init__(self, tes, data_dir, *words, config="", prefix=()):
        data_dir.mkdir(parents=True, exist_ok=True)
        if "[observability]" not in config:
            config += '\n[observability]\nmetrics_addr = ""\n'
        (data_dir / "config.toml").write_text(config)
        self.name = data_dir.name
        self.lines = []
        self.waiting = queue.Queue()
        self.process = subprocess.Popen([*prefix, str(program(tes)), "--data-dir", str(data_dir), *map(str, words)],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stderr:
            self.waiting.put(line)
        self.waiting.put(None)

    def _take(self, seconds):
        line = self.waiting.get(timeout=max(seconds, 0))
        if line is None:
            raise AssertionError(f"{self.name} ended:\n" + self.said())
        try:
            event = json.loads(line)
        except ValueError:
            event = {"fields": {"message": line.rstrip()}}
        self.lines.append(event)
        return event

    def wait_for(self, message, seconds=None):
        """The first event with this in its message, from the start of the log on."""
        until = time.monotonic() + (seconds or SECONDS_MAX)
        seen = 0
        while True:
            for event in self.lines[seen:]:
                if message in event["fields"]["message"]:
                    return event
            seen = len(self.lines)
            try:
                self._take(until - time.monotonic())
            except queue.Empty:
                raise AssertionError(f"{self.name} never said '{message}':\n" + self.said()) from None

    def count(self, message):
        """How often it has said so by now."""
        while not self.waiting.empty():
            self._take(0)
        return sum(message in event["fields"]["message"] for event in self.lines)

    def said(self):
        return "\n".join(json.dumps(event) for event in self.lines[-40:])

    def stop(self, number=signal.SIGTERM):
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

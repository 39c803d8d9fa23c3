#!/usr/bin/env python3
"""What a person at a terminal sees and does: the progress line, Ctrl-C, nohup.

A file of zeros without blocks takes seconds to read and no room on the disk.
"""

import errno
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time

import support

SIZE_BYTES = 3 << 30
INTERRUPTED = 130
ERASE = "\r\x1b[2K"


def make_folder(folder):
    folder.mkdir()
    header = b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44100, 176400, 4, 16)
    with open(folder / "long.wav", "wb") as file:
        file.write(header + b"data" + struct.pack("<I", 0xFFFFFFFF))
        file.truncate(SIZE_BYTES)
    return folder


def on_terminal(command, columns, **environment):
    """The exit status, and all that the terminal was sent."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(support.environment() | {"TERM": "xterm"} | environment)
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execv(command[0], command)
    sent = b""
    while True:
        try:
            some = os.read(terminal, 1 << 16)
        except OSError as error:
            assert error.errno == errno.EIO, error
            break
        if not some:
            break
        sent += some
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), sent.decode()


def check_progress(command):
    for columns, wanted in ((80, r"reading  \d+%  .*GB of 3 GB  .*/s  \d+ s left"), (40, r"reading  \d+%  .*/s  \d+ s left"),
                            (24, r"reading  \d+%  \d+ s left"), (5, "read")):
        status, sent = on_terminal(command, columns)
        assert status == 0, (status, sent)
        lines = sent.split(ERASE)
        assert lines[0] == "", f"nothing stands before the first line: {lines[0]!r}"
        assert len(lines) > 2, f"no progress at {columns} columns: {sent!r}"
        for line in lines[1:-1]:
            assert len(line) < columns, f"{line!r} does not fit into {columns} columns"
        assert any(re.fullmatch(wanted, line) for line in lines[1:-1]), (columns, lines[1:4])
        # The last thing erased is the progress line; then the report stands alone.
        assert "reading" not in lines[-1] and "1 kept" in lines[-1], lines[-1]
    for words, environment in ((["-q"], {}), ([], {"TERM": "dumb"})):
        status, sent = on_terminal(command + words, 80, **environment)
        assert status == 0 and "reading" not in sent and "\x1b" not in sent, (words, sent)


def interrupted(command, signals, ignored=()):
    """The exit status after signals, and how long it took from the first."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: [signal.signal(one, signal.SIG_IGN) for one in ignored])
    time.sleep(0.3)
    assert process.poll() is None, "it ended too early to be interrupted"
    began = time.monotonic()
    for one in signals:
        process.send_signal(one)
    status = process.wait(timeout=support.SECONDS_MAX_PER_COMMAND)
    return status, time.monotonic() - began


def check_signals(command):
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        status, seconds = interrupted(command, [one])
        assert status == INTERRUPTED, (one, status)
        assert seconds < 5, f"{one.name}: it took {seconds:.1f} s to end"
    status, _ = interrupted(command, [signal.SIGTERM], ignored=[signal.SIGINT, signal.SIGHUP])
    assert status == INTERRUPTED, status
    # As under nohup, or behind & in a script: whoever ignores them for us means us to go on.
    every = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    assert interrupted(command, every, ignored=every)[0] == 0


def main():
    with support.Test(__doc__) as test:
        folder = make_folder(test.folder / "folder")
        command = [str(test.tes), "--data-dir", str(test.folder / "vault"), "create", str(folder), "-n", "--dry-run"]
        check_progress(command)
        check_signals(command)
    print("terminal_test: the progress line fits, signals end it, and ignored ones don't")
    return 0


if __name__ == "__main__":
    sys.exit(main())

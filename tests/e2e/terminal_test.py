#!/usr/bin/env python3
"""What a person at a terminal sees and does: the progress line, Ctrl-C, nohup, questions.

A file of zeros without blocks takes seconds to read, or hours, and no room on the disk.
"""

import contextlib
import errno
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time

import network
import support

SIZE_BYTES = 3 << 30
ENDLESS_BYTES = 8 << 40  # hours to read: who ends before has heeded the signal
INTERRUPTED = 130
ERASE = "\r\x1b[2K"


def make_folder(folder, size):
    folder.mkdir()
    header = b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44100, 176400, 4, 16)
    with open(folder / "long.wav", "wb") as file:
        file.write(header + b"data" + struct.pack("<I", 0xFFFFFFFF))
        file.truncate(size)
    return folder


def on_terminal(command, columns, *, answers=(), **environment):
    """The exit status, and all that the terminal was sent. `answers`: (question, what is typed), in
    their order."""
    answers = list(answers)
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
        # Only once it stands there: what is typed before would be shown before it.
        if answers and sent.decode(errors="replace").endswith(answers[0][0] + " "):
            os.write(terminal, answers.pop(0)[1].encode())
    assert not answers, f"{answers[0][0]!r} was not asked: {sent.decode()!r}"
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
    """The exit status after signals that come while it reads, and how long it took from the first."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: [signal.signal(one, signal.SIG_IGN) for one in ignored])
    network.until(lambda: is_reading(process), f"{command} reads nothing", pause=0.01)
    began = time.monotonic()
    for one in signals:
        process.send_signal(one)
    status = process.wait(timeout=support.SECONDS_MAX_PER_COMMAND)
    return status, time.monotonic() - began


class EndedBefore(AssertionError):
    """The command, before it could be interrupted."""


def is_reading(process):
    if process.poll() is not None:
        raise EndedBefore(f"it ended with {process.returncode} before it could be interrupted")
    with contextlib.suppress(FileNotFoundError):  # one that was just closed
        try:
            return any(os.readlink(entry.path).endswith("long.wav") for entry in os.scandir(f"/proc/{process.pid}/fd"))
        except PermissionError:  # only root sees what it has open; all others, that it has worked for a while
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
                return int(file.read().rsplit(")", 1)[1].split()[11]) > os.sysconf("SC_CLK_TCK") // 5
    return False


def check_signals(command, endless):
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A busy machine may take long once.
        for _ in range(3):
            status, seconds = interrupted(endless, [one])
            assert status == INTERRUPTED, (one, status)
            if seconds < 5:
                break
        assert seconds < 5, f"{one.name}: it took {seconds:.1f} s to end"
    status, _ = interrupted(endless, [signal.SIGTERM], ignored=[signal.SIGINT, signal.SIGHUP])
    assert status == INTERRUPTED, status
    # As under nohup, or behind & in a script: whoever ignores them for us means us to go on.
    every = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    for tries_left in (2, 1, 0):
        try:
            assert interrupted(command, every, ignored=every)[0] == 0
            break
        except EndedBefore:
            if tries_left == 0:
                raise


PUBLISH = "Publish it? It can't be called back for certain. [y/N]"
NO_TITLE = [("Title (Enter for none):", "\n"), ("What should a reader know (Enter for nothing):", "\n")]


def photograph():
    """A JPEG that says where it was taken, in the fewest bytes."""
    position = (b"\4\0" + struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<HHII", 2, 5, 3, 80)
                + struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0") + struct.pack("<HHII", 4, 5, 3, 104) + bytes(4))
    degrees = struct.pack("<6I", 41, 1, 9, 1, 0, 1) + struct.pack("<6I", 8, 1, 36, 1, 0, 1)
    tiff = b"II*\0" + struct.pack("<I", 8) + b"\1\0" + struct.pack("<HHII", 0x8825, 4, 1, 26) + bytes(4) + position + degrees
    exif = b"Exif\0\0" + tiff
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + b"\xff\xd9"


def check_publishing(test):
    """What was made is published when the person says so, who is shown what others get."""
    vault = test.vault()
    folder = test.folder / "garden"
    folder.mkdir()
    (folder / "well.jpg").write_bytes(photograph())
    (folder / "text.txt").write_text("The year in which the well ran dry.\n")
    with network.Network(test) as net:
        nodes = net.start(3)
        net.wait_met(nodes)

        def created(answer, *words, daemon=nodes[1].folder):
            """The status, what the terminal was sent, and whether the daemon has published it."""
            command = [str(test.tes), "--data-dir", str(vault), "--daemon", str(daemon), "create", str(folder), *words]
            questions = [] if "-n" in words else NO_TITLE
            status, sent = on_terminal(command, 80, answers=questions + ([(PUBLISH, answer)] if answer else []),
                                       SOURCE_DATE_EPOCH=str(1771061400 + test.random.randrange(1 << 20)))
            content_hash = re.search("Created tessera: ([0-9a-f]{64})", sent)[1]
            return status, sent, network.ask(test, vault, "status", content_hash, daemon=nodes[1])["published"]

        for answer in ("\n", "n\n", "yesterday\n", "\4"):
            status, sent, is_published = created(answer)
            assert status == 0 and not is_published, (answer, status, sent)
        assert "visibility  public, so anybody can read it" in sent, sent
        assert re.search(r"contents    .* in 2 files; 1 of them says where they were made", sent), sent
        for answer in ("y\n", "YES\n"):
            status, sent, is_published = created(answer)
            assert status == 0 and is_published and "Published " in sent, (answer, status, sent)
        status, sent, is_published = created("\3")
        assert status == INTERRUPTED and not is_published, (status, sent)
        # Nobody is asked with -n, or where no daemon runs, or who has said so beforehand.
        for words, how, wanted in ((["-n"], {}, False), ([], {"daemon": test.folder}, False), (["-n", "--publish"], {}, True),
                                   (["--publish"], {}, True), (["--no-publish"], {}, False)):
            status, sent, is_published = created(None, *words, **how)
            assert status == 0 and is_published == wanted and "Publish it?" not in sent, (words, status, sent)
        (vault / "config.toml").write_text('[create]\npublish = "auto"\n')
        status, sent, is_published = created(None)
        assert status == 0 and is_published and "Publish it?" not in sent, (status, sent)
        # The same for a program: one object, of all parts.
        def made_by_program():
            done = support.run(test.tes, vault, "create", folder, "--json", "--daemon", nodes[1].folder, "--tags", "machine")
            made = json.loads(done.out)
            assert [one["content_hash"] for one in made["published"]] == [made["content_hash"]], made
            assert "not_published" not in made, made
            return made["published"][0]["holders"]
        network.until(lambda: made_by_program() == 2, "one that both others have")


def main():
    with support.Test(__doc__) as test:
        def reading(name, size):
            folder = make_folder(test.folder / name, size)
            return [str(test.tes), "--data-dir", str(test.folder / "vault"), "create", str(folder), "-n", "--dry-run"]

        command = reading("folder", SIZE_BYTES)
        check_progress(command)
        check_signals(command, reading("endless", ENDLESS_BYTES))
        check_publishing(test)
    print("terminal_test: the progress line fits, signals end it, and questions are answered")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What becomes of secrets in the memory of running programs: none of it in swap, none of it in core dumps."""

import os
import pathlib
import re
import resource
import signal
import subprocess
import sys

import network
import support

REGION_BYTES = 48 << 10  # secret_region_bytes
ENDLESS_BYTES = 8 << 40  # hours to read
UNLIMITED_CORE = ["prlimit", "--core=unlimited"]


def status_bytes(pid, name):
    """A figure of /proc/PID/status that is in kB."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii"), flags=re.M)
    return int(found[1]) * 1024 if found else 0


def aborted(process):
    """Whether a core was dumped of a process that is made to end as by a failed assertion."""
    process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT, status
    return os.WCOREDUMP(status)


def check_no_core(test, process):
    limits = pathlib.Path(f"/proc/{process.pid}/limits")
    network.until(lambda: re.search(r"^Max core file size +0 +0 ", limits.read_text(), flags=re.M), "it may leave a core")
    # Of a process that may not be dumped these are root's, so that nobody but root reads its memory.
    if not test.sanitized:
        assert os.stat(f"/proc/{process.pid}/mem").st_uid == 0
    assert not aborted(process), "it left a core"


def can_lock(test):
    """Under sanitizers, mlock() does nothing, and says that all is well."""
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return not test.sanitized and (soft == resource.RLIM_INFINITY or soft >= REGION_BYTES)


def of_a_daemon(test, net):
    daemon = net.daemon(wrapper=UNLIMITED_CORE).start()
    if can_lock(test):
        assert daemon.said("secrets lie in memory that is not swapped out"), daemon
        assert status_bytes(daemon.process.pid, "VmLck") >= REGION_BYTES
    check_no_core(test, daemon.process)
    daemon.wait()


def of_a_program(test, _):
    """tes, while it encrypts."""
    folder = test.folder / "endless"
    folder.mkdir()
    with open(folder / "long.bin", "wb") as file:
        file.truncate(ENDLESS_BYTES)
    command = [*UNLIMITED_CORE, str(test.tes), "--data-dir", str(test.folder / "vault"), "create", str(folder), "-n",
               "--include-other", "--visibility", "private"]
    process = subprocess.Popen(command, env=support.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        if can_lock(test):
            network.until(lambda: process.poll() is not None or status_bytes(process.pid, "VmLck") >= REGION_BYTES,
                          "tes locks no memory")
            assert process.poll() is None, f"tes has ended with {process.returncode}"
        check_no_core(test, process)
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()


def without_memory_to_lock(test, net):
    """All goes on, and the log says it."""
    if test.sanitized:
        return
    wrapper = ["prlimit", "--memlock=0"]
    if os.geteuid() == 0:  # who may lock without limit
        wrapper += ["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"]
    daemon = net.daemon(wrapper=wrapper).start()
    assert daemon.said("secrets may be swapped out: the system locks no memory for this process"), daemon
    assert status_bytes(daemon.process.pid, "VmLck") == 0
    assert daemon.info()["listening"]
    daemon.stop()


def this_machine_dumps_cores(test, _):
    """Otherwise that there was none says little; nothing of ours is at fault then."""
    process = subprocess.Popen([*UNLIMITED_CORE, "sleep", "1000"], cwd=test.folder)
    network.until(lambda: pathlib.Path(f"/proc/{process.pid}/comm").read_text() == "sleep\n", "no sleep")
    if not aborted(process):
        print("this machine dumps no cores of anybody: of ours only the limits are known")


def main():
    return network.run_all(__doc__, (this_machine_dumps_cores, of_a_daemon, of_a_program, without_memory_to_lock))


if __name__ == "__main__":
    sys.exit(main())

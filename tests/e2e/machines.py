"""Machines and networks of a test's own: namespaces of the kernel, wired together.

Call in_own_network() first: it starts the program again as root of namespaces of its own, or skips
it. Then Machines can be made; all of them go when the program ends.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import time

import support

MARK = "TESSERAS_NETWORK_TEST"
BIND = 4096  # MS_BIND
LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True)


def in_own_network(name):
    """This program, where it may make networks and mount, with a loopback that is up."""
    if os.environ.get(MARK):
        ip("link", "set", "lo", "up")
        return
    flags = ["--net", "--mount"] if os.geteuid() == 0 else ["--map-root-user", "--net", "--mount"]
    tools = all(shutil.which(tool) for tool in ("unshare", "nsenter", "ip"))
    if not tools or subprocess.run(["unshare", *flags, "ip", "link", "set", "lo", "up"],
                                   check=False, capture_output=True).returncode:
        support.skip(f"{name}: a network namespace is not to be had here")
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", *flags, "--kill-child", "--fork", "--", sys.executable, *sys.argv])


def bind_file(source, target):
    """`target` shows `source`, in this program's own view only."""
    if LIBC.mount(str(source).encode(), os.path.realpath(target).encode(), None, BIND, None):
        raise OSError(ctypes.get_errno(), f"mount {target}: {os.strerror(ctypes.get_errno())}")


def unbind_file(target):
    """What it was before."""
    if LIBC.umount2(os.path.realpath(target).encode(), 2):  # MNT_DETACH
        raise OSError(ctypes.get_errno(), f"umount {target}: {os.strerror(ctypes.get_errno())}")


class Machine:
    """A network namespace that lives as long as this object's process."""

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "--net", "--kill-child", "sleep", "infinity"],
                                        stdin=subprocess.DEVNULL)
        pid = self.process.pid
        until = time.monotonic() + 20
        while os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            assert time.monotonic() < until, "no namespace came"
            time.sleep(0.005)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *words):
        return ["nsenter", "-t", str(self.process.pid), "--net", "--", *map(str, words)]

    def run(self, *words):
        subprocess.run(self.command(*words), check=True)

    def addresses(self, link, *addresses):
        for address in addresses:
            # nodad: usable at once.
            extra = ["nodad"] if ":" in address else []
            self.run("ip", "address", "add", address, "dev", link, *extra)

    def close(self):
        self.process.kill()
        self.process.wait()


def wire(first, second, link="lan0"):
    """A cable between two machines; at both ends it is called `link`."""
    ip("link", "add", "near", "type", "veth", "peer", "name", "far")
    for end, machine in (("near", first), ("far", second)):
        ip("link", "set", end, "netns", machine.process.pid, "name", link)
        # Addresses of the link itself at once, too.
        machine.run("sh", "-c", f"echo 0 > /proc/sys/net/ipv6/conf/{link}/accept_dad || true")
        machine.run("ip", "link", "set", link, "up")

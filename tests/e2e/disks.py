"""Small disks of a test's own, in a mount namespace of its own: they can be full, or read-only."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys

import support

READ_ONLY, REMOUNT, BIND = 1, 32, 4096  # MS_RDONLY, MS_REMOUNT, MS_BIND
LIBC = ctypes.CDLL(None, use_errno=True)


def _mount(source, mount, kind, flags, options):
    """mount(2), which needs no program that a small system may lack."""
    if LIBC.mount(source, str(mount).encode(), kind, flags, options):
        raise OSError(ctypes.get_errno(), f"mount {mount}: {os.strerror(ctypes.get_errno())}")


def mount_tmpfs(mount, options="", flags=0):
    _mount(b"tesseras", mount, b"tmpfs", flags, options.encode())


def in_own_namespace(name):
    """Starts this program again where it may mount, or skips it."""
    if os.environ.get("TESSERAS_DISK_TEST"):
        return
    flags = ["--mount"] if os.geteuid() == 0 else ["--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run(["unshare", *flags, "true"], check=False, capture_output=True).returncode:
        support.skip(f"{name}: a mount namespace is not to be had here")
    os.environ["TESSERAS_DISK_TEST"] = "1"
    os.execvp("unshare", ["unshare", *flags, "--", sys.executable, *sys.argv])


def unmount(mount):
    LIBC.umount2(str(mount).encode(), 2)  # MNT_DETACH


@contextlib.contextmanager
def read_only(folder):
    """Whatever is opened in it meanwhile can only be read, as when a disk that fails is mounted anew."""
    _mount(str(folder).encode(), folder, None, BIND, None)
    try:
        _mount(None, folder, None, BIND | REMOUNT | READ_ONLY, None)
        yield
    finally:
        unmount(folder)


def room(mount, more_bytes=None, more_inodes=None):
    """Leaves the disk just so much more than it holds; None: plenty."""
    stat = os.statvfs(mount)
    used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize
    inodes = stat.f_files - stat.f_ffree
    size = 512 * support.MIB if more_bytes is None else used + max(more_bytes, 4096)
    number = 500_000 if more_inodes is None else inodes + more_inodes
    mount_tmpfs(mount, f"size={size},nr_inodes={number}", REMOUNT)

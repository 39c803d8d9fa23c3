#!/usr/bin/env python3
"""Peers that lie, hang and flood, over QUIC and with bare datagrams, while others go on finding.

hostile_peer.cpp speaks QUIC for this; what it is refused with is checked here.
"""

import contextlib
import json
import random
import socket
import subprocess
import sys
import threading
import time

import network
import support

# A daemon of so small a network stays far below this; sanitizers have shadows and quarantines.
MEMORY_MAX = 128 * support.MIB
MEMORY_MAX_SANITIZED = 1024 * support.MIB

# What each lie is answered with: the error's name, and words of it.
LIES = {
    "nonce without proof of work": ("invalid", "proof of work"),
    "nonce that is not the smallest": ("invalid", "not the smallest"),
    "nonce beyond the limit": ("invalid", "nonce"),
    "somebody else's key": ("invalid", "key"),
    "dialling back somebody else": ("invalid", ""),
    "somebody else's record": ("denied", ""),
    "record with a forged signature": ("denied", "forged"),
    "record that sends readers elsewhere": ("denied", ""),
    "record that is as it should be": ("ok", ""),
    "record that is older than the one kept": ("denied", ""),
    "nothing": ("", ""),
    "a length of zero": ("invalid", ""),
    "a length of 4 GiB": ("exhausted", ""),
    "half a frame": ("invalid", ""),
    "no envelope": ("invalid", ""),
    "version 2": ("unsupported", ""),
    "a kind that is not known": ("invalid", ""),
    "arrays a thousand deep": ("invalid", ""),
    "a method that is not known": ("unsupported", ""),
    "a body of noise": ("invalid", ""),
    "a byte behind the frame": ("invalid", "more bytes follow"),
    "the truth": ("ok", ""),
}


def hostile(test, daemon, *words):
    """What the hostile peer tells of what it did to the daemon."""
    done = subprocess.run([test.build / "tests" / "hostile_peer", str(daemon.addresses()[0]), *map(str, words)],
                          capture_output=True, text=True, timeout=support.SECONDS_MAX_PER_COMMAND, check=False)
    assert done.returncode == 0 and not network.SANITIZER.search(done.stderr), done
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_memory(test, daemons):
    bound = MEMORY_MAX_SANITIZED if test.sanitized else MEMORY_MAX
    peak = max(daemon.memory_peak_bytes() for daemon in daemons)
    print(f"  at most {peak / support.MIB:.0f} MiB", flush=True)
    assert peak < bound, peak


@contextlib.contextmanager
def finding(daemons, content_hash, holder):
    """Somebody looks for the tessera all the while, and always finds it."""
    over = threading.Event()
    counts, problems = {"found": 0}, []

    def look():
        while not over.is_set():
            for daemon in daemons:
                try:
                    found = daemon.holders(content_hash)
                    assert found == {holder}, f"{daemon.name} found {found}"
                    counts["found"] += 1
                except (AssertionError, OSError, network.control.Refused) as problem:
                    problems.append(str(problem))
                    return
    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield counts
    finally:
        over.set()
        looking.join()
    assert not problems, problems
    assert counts["found"] > 0
    print(f"  found {counts['found']} times meanwhile", flush=True)


def a_network_with_a_pointer(test, net, count=4):
    daemons = net.start(count, config={"observability": {"metrics_addr": "127.0.0.1:0"}})
    net.wait_met(daemons)
    vault = test.folder / "vault"
    content_hash = network.tessera(test, vault, "what is found all the while")
    # All: of more than ten questions a second each sees to its own only.
    network.until(lambda: network.publish(test, daemons[1], vault, content_hash)["nodes_keeping"] == len(daemons), "all keep it")
    holder = daemons[1].node_id()
    for daemon in daemons:
        network.until(lambda one=daemon: one.holders(content_hash) == {holder}, lambda one=daemon: f"{one} finds it")
    return daemons, content_hash, holder


def each_lie_is_refused(test, net):
    daemons, content_hash, holder = a_network_with_a_pointer(test, net)
    target = daemons[0]
    peers, pointers = set(target.peers()), target.info()["pointers"]
    with finding(daemons, content_hash, holder):
        told = {one["what"]: one for one in hostile(test, target, "lies")}
    assert set(told) == set(LIES), set(told) ^ set(LIES)
    wrong = [told[what] for what, (code, words) in LIES.items()
             if (told[what]["code"] != code if code else told[what]["code"] == "ok") or words not in told[what]["words"]]
    assert not wrong, wrong
    # Who told the truth named an endpoint where it answers nothing, and so is nobody's contact.
    assert set(target.peers()) == peers
    assert target.info()["pointers"] == pointers + 1, "but the one that was as it should be"
    # The log has the reasons, for who wants them.
    assert target.said("a request was refused", why="proof of work")
    # What is no request of the table's is refused before it gets there.
    assert target.figure("tesseras_dht_requests_refused_total") >= 6
    check_memory(test, daemons)


def who_hangs_is_let_go(test, net):
    daemons, content_hash, holder = a_network_with_a_pointer(test, net)
    target = daemons[0]
    process = subprocess.Popen([test.build / "tests" / "hostile_peer", str(target.addresses()[0]), "hang", "1500"],
                               stdout=subprocess.PIPE, text=True)
    try:
        told = json.loads(process.stdout.readline())
        assert told["streams"] >= 64, told
        print(f"  {told['streams']} streams hang", flush=True)
        with finding(daemons, content_hash, holder) as counts:
            network.until(lambda: counts["found"] >= 20, "searches beside it")
    finally:
        process.kill()
        process.communicate()
    # Nobody says goodbye: its sessions end by idling.
    network.until(lambda: target.figure("tesseras_quic_connections") <= 2 * len(daemons), "its sessions have ended")
    check_memory(test, daemons)


def a_flood_of_questions_keeps_nobody_out(test, net):
    daemons, content_hash, holder = a_network_with_a_pointer(test, net)
    seconds = 60 if support.LONG else 8
    with finding(daemons, content_hash, holder):
        told = hostile(test, daemons[0], "flood", seconds)[0]
    print(f"  {told['answered']} questions answered, {told['refused']} refused", flush=True)
    # Each of 8 strangers may ask 100 at once, and then ten a second.
    assert told["answered"] >= 100 and told["refused"] > told["answered"], told
    check_memory(test, daemons)


def noise(rng, size):
    """Datagrams as nobody should send them, some of which look like QUIC's first."""
    data = bytearray(rng.randbytes(size))
    kind = rng.randrange(5)
    if kind == 0 and size >= 1200:
        data[0] = 0xC0 | data[0] & 0x0F  # long header, Initial, version 1
        data[1:5] = b"\0\0\0\1"
        data[5] = rng.choice((8, 20, 255))
    elif kind == 1 and size >= 6:
        data[0] |= 0xC0
        data[1:5] = rng.randbytes(4)  # a version that nobody has
    elif kind == 2 and size:
        data[0] = 0x40 | data[0] & 0x3F  # short header, of a connection that is none
    elif kind == 3 and size >= 6:
        data[1:5] = bytes(4)  # Version Negotiation
    return bytes(data)


def a_flood_of_datagrams_keeps_nobody_out(test, net):
    daemons, content_hash, holder = a_network_with_a_pointer(test, net)
    at = daemons[0].addresses()[0]
    rng = random.Random(test.seed)
    seconds = 60 if support.LONG else 8
    with finding(daemons, content_hash, holder), contextlib.ExitStack() as stack:
        senders = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(32)]
        sent, answered = dict.fromkeys(senders, 0), dict.fromkeys(senders, 0)
        for one in senders:
            one.setblocking(False)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in senders:
                data = noise(rng, rng.choice((0, 1, 5, 20, 21, 41, 100, 1199, 1200, 1252, 1472, 9000)))
                with contextlib.suppress(BlockingIOError):
                    one.sendto(data, (at.ip, at.port))
                    sent[one] += len(data)
                with contextlib.suppress(BlockingIOError):
                    while True:
                        answered[one] += len(one.recv(65536))
                # RFC 9000, section 8.1: nobody may be had to send to an address that has proved nothing more than three
                # times as much as came from it, at any moment.
                assert answered[one] <= 3 * sent[one], (answered[one], sent[one])
            # So many that its socket is never empty, and the machine is not only busy with this.
            time.sleep(0.001)
    print(f"  {sum(sent.values()) / support.MIB:.1f} MiB of noise, {sum(answered.values()) / support.MIB:.2f} MiB of "
          "answers", flush=True)
    network.until(lambda: daemons[0].info()["contacts"] == len(daemons) - 1, lambda: f"it knows all: {daemons[0]}")
    check_memory(test, daemons)


def main():
    return network.run_all(__doc__, (each_lie_is_refused, who_hangs_is_let_go, a_flood_of_questions_keeps_nobody_out,
                                     a_flood_of_datagrams_keeps_nobody_out))


if __name__ == "__main__":
    sys.exit(main())

"""Tesserae that others keep: made, given away, lost with their owner, and brought back by somebody
who has never seen them."""

import json
import re
import shutil

import network
import support

UNAVAILABLE = 8

# A day of audits, absences and turns takes so long.
HURRIED = {"replication": {"repair_interval_secs": 20, "repair_jitter_secs": 2}, "storage": {"min_free_space_bytes": 0}}


def tessera(test, mebibytes, vault=None):
    """A tessera of noise, in files of 50 MiB at most; its hash."""
    size, most = int(mebibytes * support.MIB), 50 * support.MIB
    folder = support.make_folder(test.folder / f"noise-{test.random.randrange(1 << 30)}",
                                 [most] * (size // most) + [size % most] * (size % most > 0), test.random.random())
    return support.create(test.tes, vault or test.folder / "vault", folder)


def given(test, owner, mebibytes, vault=None, **wanted):
    """One of noise that others keep: the hash, and what `tes publish` said, of it `wanted`."""
    vault = vault or test.folder / "vault"
    return network.publish_to_all(test, owner, vault, lambda: tessera(test, mebibytes, vault), **wanted)


def copied(test, owner, content_hash, holders):
    """Published until so many have a copy: who was too busy to answer gets his soon afterwards."""
    network.until(lambda: network.publish(test, owner, test.folder / "vault", content_hash)["holders"] == holders,
                  lambda: f"{holders} copies: {owner}")


def exported(test, vault, content_hash, name):
    folder = test.folder / name
    support.run(test.tes, vault, "export", content_hash, folder)
    return folder / f"tessera-{content_hash}"


def lose(daemon):
    """Power off, and the disk with it."""
    daemon.kill()
    shutil.rmtree(daemon.folder)


def fetch(test, vault, *words, want=0):
    """`tes fetch WORDS`. It says "try again later" also when somebody was only too busy to answer in time."""
    for _ in range(2 if want == 0 else 0):
        done = support.run(test.tes, vault, "fetch", *words, want=(0, UNAVAILABLE))
        if done.status == 0:
            return done
        print(f"  fetched again: {done.out or done.error}", flush=True)
    return support.run(test.tes, vault, "fetch", *words, want=want)


def fetched(test, daemon, content_hash, want=0):
    """What `tes fetch` says, run by somebody with an empty vault; and the folder that it made."""
    stranger = test.folder / f"stranger-{test.random.randrange(1 << 30)}"
    support.run(test.tes, stranger, "init")
    folder = stranger.with_name(stranger.name + "-files")
    done = fetch(test, stranger, content_hash, folder, "--daemon", daemon.folder, "--json", want=want)
    return json.loads(done.out), folder / f"tessera-{content_hash}"


def kept(test, asked, content_hash, nodes):
    """{node: the fragments that it tells the network of}, of those of `nodes` that keep some."""
    rows = network.ask(test, test.folder / "vault", "holders", content_hash, daemon=asked)["holders"]
    said = {row["node_id"]: row["fragments"] for row in rows if not row["whole"]}
    return {node: set(said[node.node_id()]) for node in nodes if node.node_id() in said}


def hashes_of(owner):
    """What its signed plans say: {fragment: hash} of each plan id."""
    found = {}
    for path in (owner.folder / "plans").rglob("*"):
        if not path.is_file():
            continue
        plan = re.search(rb"tesseras plan v1\ncontent: ([0-9a-f]{64})\n.*?code: [^\n]*\n((?:[0-9a-f]{64}\n)+)", path.read_bytes(), re.S)
        found[plan[1].decode()] = plan[2].decode().split()
    return found

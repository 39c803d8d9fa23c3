#!/usr/bin/env python3
"""Daemons that find each other, and what each of them keeps, over real QUIC on this machine.

As many as the build bears: 8 with sanitizers, 30 without.
"""

import concurrent.futures
import signal
import statistics
import sys
import time

import network
import support

# What the network promises. Under sanitizers, or when others want the machine, it may take longer.
CONVERGENCE_SECONDS = 30


def count_of(test):
    return 8 if test.sanitized else 30


def at_once(work, items):
    """work(item) of each, several at a time; the results in order."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(work, items))


def find_all(daemons, published, seconds=network.PATIENCE_SECONDS):
    """Waits until every daemon finds every holder of each of {hash: {node ids}}."""
    end = time.monotonic() + seconds

    def look(daemon):
        with daemon.control() as connection:
            for content_hash, holders in published.items():
                while True:
                    found = connection.ask("find", content_hash=bytes.fromhex(content_hash))
                    ids = {holder["id"].hex() for holder in found["holders"] if not holder["fragments"]}
                    if ids == holders:
                        break
                    if time.monotonic() > end:
                        raise AssertionError(f"{daemon.name} finds {ids} of {holders}")
                    time.sleep(0.1)
    at_once(look, daemons)


def publish_one_each(test, daemons):
    """{hash: {node id}} of a tessera that each of them keeps."""
    vault = test.folder / "vault"
    hashes = [network.tessera(test, vault, f"kept by {daemon.name}") for daemon in daemons]

    def publish(pair):
        daemon, content_hash = pair
        told = network.publish(test, daemon, vault, content_hash)
        return content_hash, {daemon.node_id()}, told
    published = at_once(publish, zip(daemons, hashes))
    return {content_hash: holders for content_hash, holders, _ in published}


def three_nodes_meet(test, net):
    """Two know only the first, and learn of each other."""
    seed, *others = net.start(3)
    ids = {daemon.node_id() for daemon in (seed, *others)}
    for daemon in (seed, *others):
        network.until(lambda one=daemon: set(one.peers()) == ids - {one.node_id()}, lambda one=daemon: f"peers of {one}")
    net.wait_reachable((seed, *others))
    for daemon in (seed, *others):
        network.until(lambda one=daemon: all(peer["endpoints"] and peer["failures"] == 0 for peer in one.peers().values()),
                      lambda one=daemon: f"all answer {one}: {one.peers()}")
    told = network.ask(test, test.folder / "vault", "peers", daemon=seed)["peers"]
    assert {peer["node_id"]: peer["addresses"] for peer in told} \
        == {daemon.node_id(): [str(daemon.addresses()[0])] for daemon in others}, told


def a_pointer_is_found_anywhere(test, net):
    daemons = net.start(5)
    net.wait_met(daemons)
    vault = test.folder / "vault"
    content_hash = network.tessera(test, vault, "found anywhere")
    unknown = network.tessera(test, vault, "kept by nobody")
    first, second = daemons[1], daemons[3]
    network.publish(test, first, vault, content_hash)
    find_all(daemons, {content_hash: {first.node_id()}})
    # The tessera itself is in that daemon's vault, and whole.
    support.run(test.tes, first.folder, "verify", content_hash)
    # As a person sees it.
    told = network.ask(test, vault, "find", content_hash, daemon=second)
    whole = [holder for holder in told["holders"] if holder["whole"]]
    assert whole == [{"node_id": first.node_id(), "addresses": [str(first.addresses()[0])], "whole": True}], told
    # A second holder is one more, and twice is as once.
    for daemon in (second, second, first):
        network.publish(test, daemon, vault, content_hash)
    find_all(daemons, {content_hash: {first.node_id(), second.node_id()}})
    network.until(lambda: network.publish(test, first, vault, content_hash)["nodes_keeping"] == len(daemons), "all keep it")
    status = network.ask(test, vault, "status", content_hash, daemon=first)
    assert status["in_vault"] and status["published"] and status["nodes_keeping"] == len(daemons), status
    # What nobody keeps has no holders.
    for daemon in daemons:
        assert daemon.holders(unknown) == set()
    done = support.run(test.tes, vault, "find", unknown, "--daemon", second.folder, want=3)
    assert "nobody" in done.error, done


def all_find_all(test, net):
    began = time.monotonic()
    daemons = net.start(count_of(test))
    net.wait_reachable(daemons)
    joined = time.monotonic()
    published = publish_one_each(test, daemons)
    told = time.monotonic()
    find_all(daemons, published)
    ended = time.monotonic()
    memory = max(daemon.memory_peak_bytes() for daemon in daemons)
    print(f"  {len(daemons)} daemons: joined after {joined - began:.1f} s, all published after {told - began:.1f} s, "
          f"every one had found all after {ended - began:.1f} s; at most {memory / support.MIB:.0f} MiB each", flush=True)
    if support.LONG:
        assert ended - told < CONVERGENCE_SECONDS, ended - told


def small_buckets_need_hops(test, net):
    """With k = 3 nobody knows all, and what is looked for is told of by somebody further on."""
    if test.sanitized:
        return
    daemons = net.start(count_of(test), config={"dht": {"k": 3}})
    net.wait_reachable(daemons)
    for daemon in daemons:
        peers = daemon.peers()
        assert len(peers) < len(daemons) - 1, peers.keys()
    published = publish_one_each(test, daemons)
    find_all(daemons, published)

    depths = [line["fields"]["depth"] for daemon in daemons for line in daemon.said("looked")]
    counts = {depth: depths.count(depth) for depth in sorted(set(depths))}
    print(f"  {len(depths)} lookups: median {statistics.median(depths)} hops, {counts}", flush=True)
    assert len(depths) >= len(daemons) ** 2, len(depths)
    assert statistics.median(depths) >= 2, counts


def who_has_gone_is_forgotten(test, net):
    threshold = 5  # more than what somebody misses who stands still for a while
    daemons = net.start(4, config={"dht": {"ping_failure_threshold": threshold}})
    net.wait_met(daemons)
    *survivors, gone = daemons
    ids = {daemon: daemon.node_id() for daemon in daemons}
    vault = test.folder / "vault"
    content_hash = network.tessera(test, vault, "of one who goes")
    gone.kill()

    def forget(daemon):
        """How many searches it took until it had let go of who has gone, and of nobody else."""
        rest = {ids[other] for other in survivors if other is not daemon}
        for searches in range(2 * threshold + 1):
            peers = daemon.peers()
            assert rest <= set(peers) <= rest | {ids[gone]}, f"{daemon} has {peers.keys()} of {rest}"
            if set(peers) == rest:
                return searches
            # One who has failed so often is let go.
            assert peers[ids[gone]]["failures"] < threshold, peers
            # Each search asks all of so small a network, and so is a failure for who does not answer.
            assert daemon.holders(content_hash) == set()
        raise AssertionError(f"{2 * threshold} searches, and {gone.name} is not forgotten by {daemon}")
    searches = at_once(forget, survivors)
    print(f"  forgotten after {searches} searches", flush=True)
    for daemon in survivors:
        assert set(daemon.peers()) == {ids[other] for other in survivors} - {ids[daemon]}
    # And who comes back is welcome.
    gone.start()
    network.until(lambda: ids[gone] in survivors[0].peers(), "the fourth is back")


def a_restart_forgets_nothing(test, net):
    daemons = net.start(5)
    net.wait_met(daemons)
    published = publish_one_each(test, daemons)
    find_all(daemons, published)
    for daemon in daemons:
        # Each keeps what all have told of, as all of them are near in so small a network.
        network.until(lambda one=daemon: one.info()["pointers"] == len(daemons), lambda one=daemon: f"pointers of {one}")

    # Once as it should be, once as by a power cut. No name to start from but those that it knew.
    for how in ("stop", "kill"):
        daemon = daemons[2]
        if how == "kill":
            # What has come within the last seconds may be lost; it is published again.
            network.until(lambda: (daemon.folder / "dht").exists(), "its folder")
        net.wait_met(daemons)
        before, peers = daemon.info(), set(daemon.peers())
        daemon.stop() if how == "stop" else daemon.kill()
        daemon.bootstrap = ""
        daemon.start()
        assert daemon.info()["id"] == before["id"]
        network.until(lambda: set(daemon.peers()) == peers, lambda: f"the same peers as before, {how}: {daemon}")
        network.until(lambda: daemon.info()["pointers"] == before["pointers"], lambda: f"as many pointers, {how}: {daemon}")
        assert daemon.info()["published"] == before["published"] == 1
        find_all(daemons, published)


def the_seed_may_go(test, net):
    """Who has joined needs neither the seed nor whoever published."""
    daemons = net.start(count_of(test) // 2)
    net.wait_met(daemons)
    vault = test.folder / "vault"
    content_hash = network.tessera(test, vault, "outlives the seed")
    network.until(lambda: network.publish(test, daemons[1], vault, content_hash)["nodes_keeping"] == len(daemons), "all keep it")
    holders = {content_hash: {daemons[1].node_id()}}
    find_all(daemons, holders)
    daemons[0].kill()
    daemons[1].send_signal(signal.SIGSTOP)
    find_all(daemons[2:], holders)
    daemons[1].send_signal(signal.SIGCONT)


def main():
    return network.run_all(__doc__, (
        three_nodes_meet, a_pointer_is_found_anywhere, who_has_gone_is_forgotten, a_restart_forgets_nothing,
        the_seed_may_go, all_find_all, small_buckets_need_hops))


if __name__ == "__main__":
    sys.exit(main())

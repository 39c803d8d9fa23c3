"""The checks of config_test for [storage] and [replication]: what a keeper takes of an author of whom it
knows nothing."""

import network
import support

REPLICATE = 1 << 4  # the capability


def author_and_keeper(net, config=None, author_config=None, keepers=1):
    author = net.daemon(config=author_config).start()
    others = [net.daemon(bootstrap=[author], config=config).start() for _ in range(keepers)]
    net.wait_met((author, *others))
    return author, *others


def made(test, size=support.MIB):
    """A new tessera of a little more than that size."""
    folder = support.make_folder(test.folder / f"given-{test.random.randrange(1 << 62)}", [size], test.random.random())
    return support.create(test.tes, test.folder / "vault", folder)


def given(test, author, content_hash):
    """How many fragments of it others have taken."""
    return network.publish(test, author, test.folder / "vault", content_hash)["fragments_kept"]


def is_taken(test, author, size=support.MIB):
    """Who was too busy when it was offered is asked again soon."""
    content_hash = made(test, size)
    network.until(lambda: given(test, author, content_hash) == 1, lambda: f"it is taken: {author}")


def why_refused(test, author, keeper, size=support.MIB):
    """All reasons why it has taken nothing of what it was offered since it runs."""
    content_hash, before = made(test, size), len(keeper.said("a fragment was refused"))

    def is_refused():
        assert given(test, author, content_hash) == 0, author
        return len(keeper.said("a fragment was refused")) > before
    network.until(is_refused, lambda: f"it is refused: {keeper}")
    return refusals(keeper)


def refusals(keeper):
    return {line["fields"]["why"] for line in keeper.said("a fragment was refused")}


def max_bytes(test, net):
    author, usual = author_and_keeper(net)
    assert author.peers()[usual.node_id()]["capabilities"] & REPLICATE
    is_taken(test, author)
    # All newcomers together have a tenth.
    author, small = author_and_keeper(net, {"storage": {"max_bytes": 20 * support.MIB}})
    is_taken(test, author)
    assert why_refused(test, author, small) == {"enough is kept for peers that keep nothing for us"}, small
    author, none = author_and_keeper(net, {"storage": {"max_bytes": 0}})
    assert not author.peers()[none.node_id()]["capabilities"] & REPLICATE
    assert given(test, author, made(test)) == 0 and not none.said("a fragment was refused"), none


def min_free_space_bytes(test, net):
    author, keeper = author_and_keeper(net, {"storage": {"min_free_space_bytes": 1 << 53}})
    assert why_refused(test, author, keeper) == {"the disk has too little room left"}, keeper


def why_second_is_refused(test, net, storage):
    author, keeper = author_and_keeper(net, {"storage": storage})
    is_taken(test, author)
    return why_refused(test, author, keeper)


def per_peer_limit_bytes(test, net):
    author, keeper = author_and_keeper(net)
    is_taken(test, author)
    is_taken(test, author)
    assert not refusals(keeper), keeper
    assert why_second_is_refused(test, net, {"per_peer_limit_bytes": 2 * support.MIB}) == {"enough is kept for this peer"}


def deficit_allowance_bytes(test, net):
    wanted = {"this peer keeps too little in return"}
    assert why_second_is_refused(test, net, {"deficit_allowance_bytes": 2 * support.MIB}) == wanted


def exempt_peers(test, net):
    author, keeper = author_and_keeper(net, {"storage": {"deficit_allowance_bytes": 0}})
    assert why_refused(test, author, keeper) == {"this peer keeps too little in return"}, keeper
    keeper.stop().configure({"storage": {"deficit_allowance_bytes": 0, "exempt_peers": [author.node_id()]}})
    keeper.start()
    net.wait_met((author, keeper))
    is_taken(test, author)
    assert not refusals(keeper), keeper


def max_tessera_bytes(test, net):
    author, keeper = author_and_keeper(net, {"replication": {"max_tessera_bytes": support.MIB}})
    large = made(test, 2 * support.MIB)

    def is_not_wanted():
        assert given(test, author, large) == 0, keeper
        return author.said("a peer takes no fragment", peer=keeper.node_id(), answer=4)
    network.until(is_not_wanted, lambda: f"it is refused: {author}")
    is_taken(test, author, support.MIB // 2)


def concurrent_transfers(test, net):
    def given_at_once(value):
        """An author, and three who took a copy each when they were offered it first."""
        author, *keepers = author_and_keeper(net, author_config={"replication": {"concurrent_transfers": value}}, keepers=3)
        return given(test, author, made(test)) == 3 and (author, keepers)
    at_once = {}
    for value in (1, 8):
        author, keepers = network.until(lambda one=value: given_at_once(one), "three copies")
        events = [(line["timestamp"], 1) for line in author.said("giving a fragment")]
        events += [(line["timestamp"], -1) for keeper in keepers for line in keeper.said("a fragment is kept")]
        under_way = [sum(change for _, change in sorted(events)[:end]) for end in range(len(events) + 1)]
        at_once[value] = max(under_way)
    assert at_once == {1: 1, 8: 3}, at_once

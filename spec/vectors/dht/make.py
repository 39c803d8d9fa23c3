#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/dht.md, by its text and not by our own code.

BLAKE3 comes from the plain Python beside ../blake3-tree, MessagePack from ../wire, Ed25519 from
Python's `cryptography`. A file is lines `name: value`, `expect` first; bytes are hexadecimal, and
`ab*300` is `ab` 300 times. What a file is about stands in the name of its second line:

  content-hash  the `key` that it has
  node-key      with `nonce` the `node-id`, or why not
  node-info     one message; if valid, what it says
  record        a holder record; if valid, what it says, and the `seed` that signs the same; with
                `peer` and `from` whether that peer may have it kept
  message       which one its `body` is; if valid and without `further`, we write the same bytes
"""
import importlib.util
import pathlib

from cryptography.hazmat.primitives.asymmetric import ed25519

here = pathlib.Path(__file__).parent


def load(folder):
    loader = importlib.util.spec_from_file_location(folder, here.parent / folder / "make.py")
    module = importlib.util.module_from_spec(loader)
    loader.loader.exec_module(module)
    return module


tree = load("blake3-tree")
wire = load("wire")
number, text, blob, array, table = wire.number, wire.text, wire.blob, wire.array, wire.table


def write(name, **fields):
    lines = []
    for key, value in fields.items():
        shown = value.hex() if isinstance(value, bytes) else value
        lines.append(f"{key.replace('_', '-')}: {shown}".rstrip())
    body = "\n".join(lines) + "\n"
    file = here / (name + ".txt")
    if file.exists() and file.read_text() != body:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(body)


# Section 1.

def key_of(content_hash):
    return tree.derive_key("tesseras dht key v1", content_hash)[:20]


def keys():
    for name, content_hash in (("zeros", bytes(32)), ("ones", b"\xff" * 32),
                               ("counted", bytes(range(32)))):
        write(f"key-{name}", expect="valid", content_hash=content_hash, key=key_of(content_hash))


# Section 2.

def node_id(key, nonce):
    return tree.blake3(key + nonce.to_bytes(8, "little"))[:20]


def nonces(key):
    """All that give a proof, smallest first."""
    return (nonce for nonce in range(65536) if node_id(key, nonce)[0] == 0)


def node_key(seed):
    return bytes([seed]) * 32


def node_ids():
    def one(name, expect, key, nonce, id_=None):
        write(f"node-id-{name}", expect=expect, node_key=key, nonce=str(nonce),
              node_id=id_ or node_id(key, nonce % 2**64))

    for seed in (1, 2, 3):
        key = node_key(seed)
        proofs = nonces(key)
        smallest = next(proofs)
        one(f"{seed}", "valid", key, smallest)
        one(f"bad-second-nonce-{seed}", "invalid", key, next(proofs))
        one(f"bad-nonce-one-more-{seed}", "invalid", key, smallest + 1)
        other = bytearray(node_id(key, smallest))
        other[19] ^= 1
        one(f"bad-id-differs-{seed}", "invalid", key, smallest, bytes(other))
    key = node_key(1)
    one("bad-nonce-65536", "invalid", key, 65536)
    one("bad-nonce-largest", "invalid", key, 2**64 - 1)
    one("bad-id-of-other-key", "invalid", key, next(nonces(key)),
        node_id(node_key(2), next(nonces(node_key(2)))))


# Section 3.

V4 = "c0000201 1151"
V6 = "20010db8000000000000000000000001 1151"


def endpoint(hexadecimal):
    return blob(hexadecimal.replace(" ", ""))


def node_info(key=node_key(1), nonce=None, endpoints=(V4,), capabilities=15, **changes):
    """A map by hand, so that it can be wrong; a change of None leaves the field out."""
    if nonce is None:
        nonce = next(nonces(key))
    fields = {"capabilities": number(capabilities),
              "endpoints": array(*(endpoint(one) for one in endpoints)),
              "key": blob(key.hex()), "nonce": number(nonce)}
    fields.update(changes)
    return table(**{name: fields[name] for name in sorted(fields) if fields[name] is not None})


def good_info(name, says="192.0.2.1:4433", capabilities=15, **made):
    key = made.get("key", node_key(1))
    nonce = next(nonces(key))
    write(f"node-info-{name}", expect="valid", node_info=node_info(capabilities=capabilities, **made),
          key=key, nonce=str(nonce), node_id=node_id(key, nonce), endpoints=says,
          capabilities=str(capabilities))


def bad_info(name, expect="corrupt", **made):
    write(f"node-info-bad-{name}", expect=expect, node_info=node_info(**made))


def node_infos():
    good_info("one-endpoint")
    good_info("both-families", "192.0.2.1:4433 [2001:db8::1]:4433", endpoints=(V4, V6))
    good_info("client", "", endpoints=())
    good_info("eight-endpoints", " ".join(f"192.0.2.{i}:4433" for i in range(1, 9)),
              endpoints=[f"c00002{i:02x} 1151" for i in range(1, 9)])
    good_info("loopback", "127.0.0.1:1 [::1]:65535", endpoints=("7f000001 0001", "00" * 15 + "01ffff"))
    good_info("all-capabilities", capabilities=2**64 - 1)
    good_info("no-capabilities", capabilities=0)
    good_info("further-fields", nat=text("none"), zone=blob("00*200"))

    bad_info("nine-endpoints", endpoints=[f"c00002{i:02x} 1151" for i in range(1, 10)])
    bad_info("endpoint-twice", endpoints=(V4, V4))
    bad_info("endpoint-empty", endpoints=("",))
    bad_info("endpoint-without-port", endpoints=("c0000201",))
    bad_info("endpoint-cut", endpoints=("c000020111",))
    bad_info("endpoint-longer", endpoints=("c0000201115100",))
    bad_info("endpoint-v6-cut", endpoints=(V6[2:],))
    bad_info("endpoint-v4-as-v6", endpoints=("00" * 10 + "ffffc0000201 1151",))
    bad_info("endpoint-port-0", "invalid", endpoints=("c0000201 0000",))
    bad_info("endpoint-unspecified-v4", "invalid", endpoints=("00000000 1151",))
    bad_info("endpoint-unspecified-v6", "invalid", endpoints=("00" * 16 + "1151",))
    bad_info("endpoint-multicast-v4", "invalid", endpoints=("e00000fb 1151",))
    bad_info("endpoint-multicast-v6", "invalid", endpoints=("ff02" + "00" * 13 + "01 1151",))
    bad_info("endpoint-broadcast", "invalid", endpoints=("ffffffff 1151",))
    write("node-info-bad-endpoint-text", expect="corrupt",
          node_info=table(capabilities=number(15), endpoints=array(text("192.0.2.1:4433")),
                          key=blob(node_key(1).hex()), nonce=number(next(nonces(node_key(1))))))
    write("node-info-bad-no-endpoints", expect="corrupt",
          node_info=table(capabilities=number(15), key=blob(node_key(1).hex()),
                          nonce=number(next(nonces(node_key(1))))))
    write("node-info-bad-no-capabilities", expect="corrupt",
          node_info=table(endpoints=array(endpoint(V4)), key=blob(node_key(1).hex()),
                          nonce=number(next(nonces(node_key(1))))))
    write("node-info-bad-no-key", expect="corrupt",
          node_info=table(capabilities=number(15), endpoints=array(endpoint(V4)), nonce=number(1)))
    write("node-info-bad-no-nonce", expect="corrupt",
          node_info=table(capabilities=number(15), endpoints=array(endpoint(V4)),
                          key=blob(node_key(1).hex())))
    write("node-info-bad-key-31", expect="corrupt",
          node_info=table(capabilities=number(15), endpoints=array(endpoint(V4)),
                          key=blob("01*31"), nonce=number(1)))
    proofs = nonces(node_key(1))
    smallest = next(proofs)
    bad_info("second-nonce", "invalid", nonce=next(proofs))
    bad_info("weak-proof", "invalid", nonce=smallest + 1)
    bad_info("nonce-65536", "invalid", nonce=65536)
    bad_info("too-long", "exhausted", zone=blob("00*512"))
    whole = node_info().replace(" ", "")
    write("node-info-bad-behind", expect="corrupt", node_info=whole + "00")
    write("node-info-bad-cut", expect="corrupt", node_info=whole[:-2])
    write("node-info-bad-empty", expect="corrupt", node_info="")
    write("node-info-bad-array", expect="corrupt", node_info=array())
    write("node-info-bad-fields-out-of-order", expect="corrupt",
          node_info=table(nonce=number(smallest), key=blob(node_key(1).hex()),
                          endpoints=array(endpoint(V4)), capabilities=number(15)))


# Section 4.

SEED = bytes([7]) * 32
KEY = key_of(bytes(range(32)))
PLAN = bytes(range(100, 132))


def public_key(seed):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def record_body(seed=SEED, endpoints=(V4,), fragments=None, plan=None, issue=1, ttl=86400,
                nonce=None, **changes):
    key = public_key(seed)
    fields = {"endpoints": array(*(endpoint(one) for one in endpoints)),
              "fragments": None if fragments is None else blob(fragments),
              "issue": number(issue), "key": blob(KEY.hex()), "node_key": blob(key.hex()),
              "nonce": number(next(nonces(key)) if nonce is None else nonce),
              "plan": None if plan is None else blob(plan.hex()), "ttl": number(ttl)}
    fields.update(changes)
    return table(**{name: fields[name] for name in sorted(fields) if fields[name] is not None})


def plain(hexadecimal):
    return b"".join(bytes.fromhex(part.partition("*")[0]) * int(part.partition("*")[2] or 1)
                    for part in hexadecimal.split())


def sign(body, seed=SEED, prefix=b"tesseras holder v1\n"):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(prefix + plain(body))


def record(body, signature=None):
    return table(record=blob(plain(body).hex()), signature=blob((signature or sign(body)).hex()))


def good_record(name, says="192.0.2.1:4433", held="", issue=1, ttl=86400, ours=True, **made):
    body = record_body(issue=issue, ttl=ttl, **made)
    key = public_key(SEED)
    more = {"seed": SEED} if ours else {}
    write(f"record-{name}", expect="valid", record=record(body), key=KEY,
          node_id=node_id(key, next(nonces(key))), endpoints=says,
          plan=made.get("plan") or "", fragments=held, issue=str(issue), ttl=str(ttl), **more)


def bad_record(name, expect="corrupt", **made):
    write(f"record-bad-{name}", expect=expect, record=record(record_body(**made)))


def longest_zone():
    """The length of a further field with which a record has just 640 bytes."""
    return max(size for size in range(256, 512)
               if len(plain(record(record_body(zone=blob("00" * size))))) <= 640)


def good_records():
    good_record("whole")
    good_record("both-families", "192.0.2.1:4433 [2001:db8::1]:4433", endpoints=(V4, V6))
    good_record("fragment-0", held="0", plan=PLAN, fragments="01")
    good_record("fragments-7-8", held="7 8", plan=PLAN, fragments="8001")
    good_record("fragment-255", held="255", plan=PLAN, fragments="00" * 31 + "80")
    good_record("issue-largest", issue=2**64 - 1)
    good_record("issue-0", issue=0)
    good_record("ttl-60", ttl=60)
    good_record("ttl-week", ttl=604800)
    good_record("further-fields", ours=False, zone=text("later"))
    good_record("longest", ours=False, zone=blob("00" * longest_zone()))


def bad_records():
    bad_record("endpoints-of-none", endpoints=())
    bad_record("endpoint-twice", endpoints=(V4, V4))
    bad_record("nine-endpoints", endpoints=[f"c00002{i:02x} 1151" for i in range(1, 10)])
    bad_record("endpoint-port-0", "invalid", endpoints=("c0000201 0000",))
    bad_record("fragments-without-plan", fragments="01")
    bad_record("plan-without-fragments", plan=PLAN)
    bad_record("fragments-none", plan=PLAN, fragments="")
    bad_record("fragments-zero-at-the-end", plan=PLAN, fragments="0100")
    bad_record("fragments-257", plan=PLAN, fragments="00" * 32 + "01")
    bad_record("plan-31", plan=PLAN[1:], fragments="01")
    bad_record("ttl-0", "invalid", ttl=0)
    bad_record("ttl-59", "invalid", ttl=59)
    bad_record("ttl-over-a-week", "invalid", ttl=604801)
    bad_record("ttl-far-future", "invalid", ttl=2**64 - 1)
    bad_record("key-32", key=blob(bytes(32).hex()))
    bad_record("node-key-31", node_key=blob("01*31"))
    for name in ("endpoints", "issue", "key", "node_key", "nonce", "ttl"):
        write(f"record-bad-no-{name.replace('_', '-')}", expect="corrupt",
              record=record(without(name)))
    proofs = nonces(public_key(SEED))
    smallest = next(proofs)
    bad_record("nonce-second", "invalid", nonce=next(proofs))
    bad_record("nonce-weak", "invalid", nonce=smallest + 1)
    bad_record("nonce-65536", "invalid", nonce=65536)

    body = record_body()
    write("record-bad-signer", expect="denied", record=record(body, sign(body, bytes(32))))
    write("record-bad-no-prefix", expect="denied", record=record(body, sign(body, prefix=b"")))
    write("record-bad-other-prefix", expect="denied",
          record=record(body, sign(body, prefix=b"tesseras key publication v1\n")))
    write("record-bad-signature-of-other-issue", expect="denied",
          record=record(body, sign(record_body(issue=2))))
    write("record-bad-signature-zeros", expect="denied", record=record(body, bytes(64)))
    write("record-bad-signature-63", expect="corrupt", record=record(body, bytes(63)))
    write("record-bad-no-signature", expect="corrupt",
          record=table(record=blob(plain(body).hex())))
    write("record-bad-body-map", expect="corrupt",
          record=table(record=body, signature=blob(sign(body).hex())))
    write("record-bad-behind", expect="corrupt", record=record(body) + "00")
    write("record-bad-too-long", expect="exhausted",
          record=record(record_body(zone=blob("00" * (longest_zone() + 1)))))
    write("record-bad-empty", expect="corrupt", record="")


def without(name):
    everything = {"endpoints": array(endpoint(V4)), "issue": number(1), "key": blob(KEY.hex()),
                  "node_key": blob(public_key(SEED).hex()),
                  "nonce": number(next(nonces(public_key(SEED)))), "ttl": number(86400)}
    return table(**{key: value for key, value in everything.items() if key != name})


def senders():
    def one(name, expect, from_, peer=SEED, **made):
        write(f"sender-{name}", expect=expect, record=record(record_body(**made)),
              peer=public_key(peer), **{"from": from_})

    one("itself", "valid", "192.0.2.1:4433")
    one("itself-other-port", "valid", "192.0.2.1:1")
    one("one-of-two-families", "valid", "[2001:db8::1]:4433", endpoints=(V4, V6))
    one("bad-other-node", "denied", "192.0.2.1:4433", peer=bytes(32))
    one("bad-other-address", "denied", "192.0.2.2:4433")
    one("bad-other-family", "denied", "[2001:db8::1]:4433")
    one("bad-names-a-victim", "denied", "192.0.2.1:4433", endpoints=(V4, "c6336407 01bb"))
    one("bad-two-of-the-other-family", "denied", "192.0.2.1:4433",
        endpoints=(V4, V6, V6.replace("01 ", "02 ")))
    one("bad-names-loopback", "denied", "192.0.2.1:4433", endpoints=(V4, "7f000001 1151"))
    one("bad-names-loopback-v6", "denied", "192.0.2.1:4433", endpoints=(V4, "00" * 15 + "011151"))
    one("bad-names-private", "denied", "192.0.2.1:4433", endpoints=(V4, "0a000001 1151"))


# Section 5.

def message(name, which, body, expect="valid", **more):
    write(f"message-{name}", expect=expect, message=which, body=body, **more)


def bad_message(name, which, body, expect="corrupt"):
    message(f"bad-{name}", which, body, expect)


def some_nodes(count):
    return [node_info(key=node_key(seed), endpoints=(f"c00002{seed:02x} 1151",))
            for seed in range(1, count + 1)]


def aged(age, size=100):
    return table(age=number(age), record=blob("ab" * size))


def good_messages():
    info = node_info()
    message("ping", "ping", table(self=info))
    message("ping-of-client", "ping", table(self=node_info(endpoints=())))
    message("ping-answer", "ping-answer", table(seen_at=endpoint(V4), self=info))
    message("ping-answer-v6", "ping-answer", table(seen_at=endpoint(V6), self=info))
    for method in ("find_node", "find_value"):
        message(method.replace("_", "-"), method, table(key=blob(KEY.hex())))
        message(method.replace("_", "-") + "-further", method,
                table(key=blob(KEY.hex()), zone=text("later")), further="zone")
    message("find-node-answer", "find_node-answer", table(nodes=array(*some_nodes(3))))
    message("find-node-answer-none", "find_node-answer", table(nodes=array()))
    message("find-node-answer-twenty", "find_node-answer", table(nodes=array(*some_nodes(20))))
    message("find-value-answer", "find_value-answer",
            table(nodes=array(*some_nodes(2)), records=array(aged(0), aged(604800, 640))))
    message("find-value-answer-none", "find_value-answer", table(nodes=array(), records=array()))
    message("find-value-answer-full", "find_value-answer",
            table(nodes=array(), records=array(*(aged(i, 640) for i in range(24)))))
    message("store", "store", table(record=blob("ab" * 640)))
    message("store-kept", "store-answer", table(kept="c3", ttl=number(86400)))
    message("store-not-kept", "store-answer", table(kept="c2", why=text("no slot")))
    message("store-not-kept-wordless", "store-answer", table(kept="c2", why=text("")))
    message("dial-back", "dial_back", table(at=endpoint(V4)))
    message("dial-back-reached", "dial_back-answer", table(reached="c3"))
    message("dial-back-not-reached", "dial_back-answer", table(reached="c2"))


def bad_messages():
    info = node_info()
    empty = table()
    for which in ("ping", "find_node", "find_value", "store", "dial_back"):
        name = which.replace("_", "-")
        bad_message(f"{name}-empty", which, "")
        bad_message(f"{name}-of-nothing", which, empty)
        bad_message(f"{name}-array", which, array())
        bad_message(f"{name}-answer-of-nothing", which + "-answer", empty)
    bad_message("other-method", "replicate", table(key=blob(KEY.hex())), "unsupported")
    bad_message("ping-weak-proof", "ping",
                table(self=node_info(nonce=next(nonces(node_key(1))) + 1)), "invalid")
    bad_message("ping-self-bytes", "ping", table(self=blob("00")))
    bad_message("ping-answer-without-seen-at", "ping-answer", table(self=info))
    bad_message("ping-answer-seen-at-nowhere", "ping-answer",
                table(seen_at=endpoint("00000000 1151"), self=info), "invalid")
    for method in ("find_node", "find_value"):
        name = method.replace("_", "-")
        bad_message(f"{name}-key-19", method, table(key=blob("00" * 19)))
        bad_message(f"{name}-key-21", method, table(key=blob("00" * 21)))
        bad_message(f"{name}-key-text", method, table(key=text("0" * 20)))
    nodes = some_nodes(2)
    bad_message("answer-21-nodes", "find_node-answer", table(nodes=array(*some_nodes(21))))
    bad_message("answer-node-twice", "find_node-answer",
                table(nodes=array(nodes[0], nodes[1], nodes[0])))
    bad_message("answer-node-without-endpoint", "find_node-answer",
                table(nodes=array(node_info(endpoints=()))))
    bad_message("answer-node-without-proof", "find_node-answer",
                table(nodes=array(nodes[0], node_info(key=node_key(9), nonce=0))), "invalid")
    bad_message("answer-node-too-long", "find_node-answer",
                table(nodes=array(node_info(zone=blob("00" * 512)))), "exhausted")
    bad_message("answer-nodes-map", "find_node-answer", table(nodes=table()))
    bad_message("answer-25-records", "find_value-answer",
                table(nodes=array(), records=array(*(aged(1) for _ in range(25)))))
    bad_message("answer-record-641", "find_value-answer",
                table(nodes=array(), records=array(aged(1, 641))))
    bad_message("answer-record-too-old", "find_value-answer",
                table(nodes=array(), records=array(aged(604801))))
    bad_message("answer-record-without-age", "find_value-answer",
                table(nodes=array(), records=array(table(record=blob("ab")))))
    bad_message("answer-record-bytes", "find_value-answer",
                table(nodes=array(), records=array(blob("ab"))))
    bad_message("answer-without-nodes", "find_value-answer", table(records=array()))
    bad_message("answer-without-records", "find_value-answer", table(nodes=array()))
    bad_message("store-641", "store", table(record=blob("ab" * 641)))
    bad_message("store-record-map", "store", table(record=table()))
    bad_message("store-kept-without-ttl", "store-answer", table(kept="c3"))
    bad_message("store-kept-too-long", "store-answer", table(kept="c3", ttl=number(604801)))
    bad_message("store-not-kept-without-why", "store-answer", table(kept="c2"))
    bad_message("store-why-257", "store-answer", table(kept="c2", why=text("x" * 257)))
    bad_message("store-kept-number", "store-answer", table(kept="01", ttl=number(60)))
    bad_message("dial-back-port-0", "dial_back", table(at=endpoint("c0000201 0000")), "invalid")
    bad_message("dial-back-name", "dial_back", table(at=text("example.net:4433")))
    bad_message("dial-back-reached-number", "dial_back-answer", table(reached="01"))


if __name__ == "__main__":
    keys()
    node_ids()
    node_infos()
    good_records()
    bad_records()
    senders()
    good_messages()
    bad_messages()

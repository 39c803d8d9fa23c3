#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/dht.md, by its text and not by our own code.

BLAKE3 comes from the plain Python beside ../blake3-tree, MessagePack from ../wire, Ed25519 from
Python's `cryptography`. A file is lines `name: value`, `expect` first; bytes are hexadecimal, and
`ab*300` is `ab` 300 times. What a file is about stands in the name of its second line:

  content-hash  the `key` that it has
  node-key      with `nonce` the `node-id`, or why not
  node-info     one message; if valid, what it says
"""
import importlib.util
import pathlib

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


if __name__ == "__main__":
    keys()
    node_ids()
    node_infos()

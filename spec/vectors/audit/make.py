#!/usr/bin/env python3
"""Writes the vectors of this folder, for spec/audit.md, by its text and not by our own code.

MessagePack comes from the plain Python beside ../wire. A file is lines `name: value`, `expect`
first; bytes are hexadecimal, and `ab*300` is `ab` 300 times. `message` says which one `body` is; if valid and without `further`, we
write the same bytes.
"""
import importlib.util
import pathlib

here = pathlib.Path(__file__).parent
loader = importlib.util.spec_from_file_location("wire", here.parent / "wire" / "make.py")
wire = importlib.util.module_from_spec(loader)
loader.loader.exec_module(wire)
number, text, blob, array, table = wire.number, wire.text, wire.blob, wire.array, wire.table

CONTENT, PLAN = bytes(range(32)).hex(), bytes(range(32, 64)).hex()


def write(name, expect, message, body, **more):
    lines = [("expect", expect), ("message", message), ("body", body), *more.items()]
    text_ = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in lines)
    file = here / f"{message}-{name}.txt"
    if file.exists() and file.read_text() != text_:
        raise SystemExit(f"{file} stands already and differs: add another, don't edit")
    file.write_text(text_)


def challenge(chunk=number(5), content=blob(CONTENT), fragment=number(3), plan_id=blob(PLAN), **more):
    fields = {"chunk": chunk, "content": content, "fragment": fragment, "plan_id": plan_id, **more}
    return table(**{key: value for key, value in sorted(fields.items()) if value is not None})


def request(*challenges):
    return table(challenges=array(*challenges))


def proof(data=blob(b"tessera".hex()), path=blob(""), **more):
    fields = {"bytes": data, "path": path, **more}
    return table(**{key: value for key, value in sorted(fields.items()) if value is not None})


def answer(*proofs):
    return table(proofs=array(*proofs))


NOT_KEPT = proof(None, None)

write("one", "valid", "request", request(challenge()))
write("most", "valid", "request", request(*(challenge(chunk=number(i)) for i in range(16))))
write("last-chunk", "valid", "request", request(challenge(chunk=number(2**53 - 1), fragment=number(255))))
write("further", "valid", "request", table(because=text("later"), challenges=array(challenge(when=number(7)))), further="yes")
write("none", "corrupt", "request", request())
write("too-many", "corrupt", "request", request(*(challenge(chunk=number(i)) for i in range(17))))
write("one-twice", "corrupt", "request", request(challenge(), challenge(chunk=number(6)), challenge()))
write("chunk-beyond", "corrupt", "request", request(challenge(chunk=number(2**53))))
write("fragment-256", "corrupt", "request", request(challenge(fragment=number(256))))
write("content-31", "corrupt", "request", request(challenge(content=blob(CONTENT[:62]))))
write("plan-33", "corrupt", "request", request(challenge(plan_id=blob(PLAN + "00"))))
for field in ("chunk", "content", "fragment", "plan_id"):
    write(f"without-{field.replace('_', '-')}", "corrupt", "request", request(challenge(**{field: None})))
write("chunk-text", "corrupt", "request", request(challenge(chunk=text("5"))))
write("challenge-number", "corrupt", "request", request(number(5)))
write("empty-map", "corrupt", "request", table())
write("empty", "corrupt", "request", "")
write("array", "corrupt", "request", array(challenge()))

write("one", "valid", "answer", answer(proof()))
write("not-kept", "valid", "answer", answer(NOT_KEPT))
write("mixed", "valid", "answer", answer(proof(path=blob(PLAN)), NOT_KEPT, proof(blob("00*1024"), blob("00*320"))))
write("most", "valid", "answer", answer(*[proof(blob("61*1024"), blob("62*1728"))] * 16))
write("further", "valid", "answer", answer(proof(when=number(7))), further="yes")
write("none", "corrupt", "answer", answer())
write("too-many", "corrupt", "answer", answer(*[NOT_KEPT] * 17))
write("chunk-empty", "corrupt", "answer", answer(proof(blob(""))))
write("chunk-1025", "corrupt", "answer", answer(proof(blob("00*1025"))))
write("without-path", "corrupt", "answer", answer(proof(path=None)))
write("path-31", "corrupt", "answer", answer(proof(path=blob("00*31"))))
write("path-55", "corrupt", "answer", answer(proof(path=blob("00*1760"))))
write("path-array", "corrupt", "answer", answer(proof(path=array(blob(PLAN)))))
write("proof-number", "corrupt", "answer", answer(number(0)))
write("empty", "corrupt", "answer", "")

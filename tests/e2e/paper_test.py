#!/usr/bin/env python3
"""Pages that were printed and kept badly: what is on them is read again, and is what it was.

Seeds are fixed, since a QR code is read or is not: what a code takes stands in spec/heir-share.md.
"""

import itertools
import random
import sys

import paper
import support

DPI = 200
CARD_MODULES_MAX = 177


def check_card(test, vault):
    """A card goes over paper, and over a screen, and is added by whoever scans it."""
    print("card", flush=True)
    card = support.run(test.tes, vault, "contact", "card").out
    pdf = test.folder / "card.pdf"
    support.run(test.tes, vault, "contact", "card", "--pdf", pdf)
    digits = support.run(test.tes, vault, "contact", "card", "-q", "--json").out
    assert any(line.strip() and line.strip() in digits for line in paper.text_of(pdf).split("\n")), digits
    support.run(test.tes, vault, "contact", "card", "--pdf", test.folder / "cartao.pdf", "--language", "pt")
    portuguese = paper.text_of(test.folder / "cartao.pdf")
    assert all(word in portuguese for word in ("cartão de contato", "gravações", "Não é segredo", "Você")), portuguese
    (page,) = paper.printed(pdf, DPI)
    got = paper.scanned(page, test.folder, random.Random("card"))
    assert got.decode().strip() == card.strip(), got
    scan = test.folder / "scan.txt"
    scan.write_bytes(got)
    support.run(test.tes, vault, "contact", "add", "Ana", scan)

    shown = support.run(test.tes, vault, "contact", "card", "--qr", "-q").out
    got = paper.run("zbarimg", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", screenshot(test, shown))
    assert got.decode().strip() == card.strip(), got


def screenshot(test, blocks):
    """A picture of half blocks, white on black, four pixels a module."""
    rows = []
    for line in blocks.rstrip("\n").split("\n"):
        rows.append(b"".join(b"\xff\xff\xff\xff" if letter in "█▀" else b"\0\0\0\0" for letter in line))
        rows.append(b"".join(b"\xff\xff\xff\xff" if letter in "█▄" else b"\0\0\0\0" for letter in line))
    assert len(rows[0]) <= 4 * (CARD_MODULES_MAX + 8) and len(set(map(len, rows))) == 1
    file = test.folder / "screen.pgm"
    pixels = b"".join(itertools.chain.from_iterable([row] * 4 for row in rows))
    file.write_bytes(b"P5\n%d %d\n255\n" % (len(rows[0]), 4 * len(rows)) + pixels)
    return file


class Sheet:
    """A share's PDF, and what can be read of it."""

    def __init__(self, test, pdf, dpi=DPI):
        self.test, self.dpi = test, dpi
        self.pages, self.codes = paper.printed(pdf, dpi), paper.codes_of(pdf, dpi)

    def spoil(self, how, *, pages, seed, **more):
        """Does the same to each code of these pages, in other places."""
        chance = random.Random(seed)
        for number in pages:
            for code in self.codes[number]:
                how(self.pages[number], code, random=chance, **more)
        return self

    def read(self, seed):
        """All that was read of both sides, as it lands in a file."""
        chance = random.Random(seed)
        text = b"".join(paper.scanned(page, self.test.folder, chance) for page in self.pages)
        print(f"  {seed}: {text.count(b'--- TESSERAS')} of 3 codes", flush=True)
        return text


def check_shares(test, vault):
    """A sheet, spoilt in one way after another, and another share give the identity."""
    shares = test.folder / "shares"
    support.run(test.tes, vault, "heir", "create", "--output-dir", shares, "--pdf")
    sheets = [shares / f"heir_share_{index}.pdf" for index in (1, 2, 3)]
    blot = {"how": paper.blot, "part": 0.20}
    fine = {"how": paper.blotches, "radii_mm": (1.5, 4), "dpi": DPI}
    coarse = {"how": paper.blotches, "radii_mm": (5, 9), "dpi": DPI}
    ways = {
        "as it came from the printer": [],
        "a blot over a fifth of every code": [dict(blot, pages=(0, 1))],
        "stains over a fifth of the code in front": [dict(fine, part=0.20, pages=(0,))],
        "a twentieth of every code in stains": [dict(fine, part=0.05, pages=(0, 1))],
        "a tenth of every code in large stains": [dict(coarse, part=0.10, pages=(0, 1))],
    }
    for number, (way, spoiling) in enumerate(ways.items()):
        sheet = Sheet(test, sheets[number % 2])
        for one in spoiling:
            sheet.spoil(seed=way, **one)
        scan = test.folder / f"scan{number}.txt"
        scan.write_bytes(sheet.read(way))
        recovered = test.folder / f"recovered{number}"
        support.run(test.tes, vault, "heir", "reconstruct", scan, shares / "heir_share_3.bin", "--output-dir", recovered)
        support.same(vault / "identity", recovered / "identity")
    return sheets


def check_letters(test, vault, sheets):
    """What is printed in letters is the share's text, and is a share by itself."""
    for pdf in sheets[:2]:
        text = paper.text_of(pdf)
        printed = [line.strip() for line in text.split("\n")]
        for line in pdf.with_suffix(".txt").read_text().split("\n"):
            assert line in printed, (line, text)
        pdf.with_suffix(".typed").write_text(text)
    support.run(test.tes, vault, "heir", "reconstruct", *(pdf.with_suffix(".typed") for pdf in sheets[:2]),
                "--output-dir", test.folder / "typed")
    support.same(vault / "identity", test.folder / "typed" / "identity")


def main():
    if absent := paper.missing():
        support.skip(f"not here: {', '.join(absent)}")
    with support.Test(__doc__) as test:
        vault = test.vault()
        check_card(test, vault)
        sheets = check_shares(test, vault)
        check_letters(test, vault, sheets)
    return 0


if __name__ == "__main__":
    sys.exit(main())

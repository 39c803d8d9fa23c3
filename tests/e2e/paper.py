"""What happens to a page: it is printed, kept, spoilt and scanned. Poppler prints, ImageMagick ages, zbar reads."""

import dataclasses
import math
import re
import shutil
import subprocess

TOOLS = ("pdftoppm", "pdftotext", "magick", "zbarimg")
POINTS_PER_INCH = 72
CORNER_MODULES = 9  # a finder with what surrounds it


def missing():
    """The tools that are not here."""
    return [tool for tool in TOOLS if not shutil.which(tool)]


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, check=True, **more).stdout


def text_of(pdf):
    return run("pdftotext", "-layout", pdf, "-").decode()


@dataclasses.dataclass
class Code:
    """Where a QR code lies on a printed page, in pixels: upper left corner, size of a module, modules in a row."""

    left: float
    top: float
    module: float
    count: int

    def corners(self):
        """The three that hold finders, as rectangles of pixels."""
        size, side = CORNER_MODULES * self.module, self.count * self.module
        for right, low in ((0, 0), (side - size, 0), (0, side - size)):
            yield self.left + right, self.top + low, size

    def area(self):
        """Without the finders, in pixels."""
        return (self.count ** 2 - 3 * CORNER_MODULES ** 2) * self.module ** 2


def codes_of(pdf, dpi):
    """For each page of a PDF, its codes: drawn in units of a module from their lower left corner."""
    scale = dpi / POINTS_PER_INCH
    pages = []
    for content in re.findall(rb"stream\r?\n(.*?)endstream", pdf.read_bytes(), re.S):
        codes = []
        for unit, left, low, drawn in re.findall(
                rb"([\d.]+) 0 0 [\d.]+ ([\d.]+) ([\d.]+) cm\n(.*?)\nf\n", content, re.S):
            count = max(int(row) for row in re.findall(rb"\d+ (\d+) \d+ 1 re", drawn)) + 1
            top = 297 / 25.4 * POINTS_PER_INCH - float(low) - count * float(unit)
            codes.append(Code(float(left) * scale, top * scale, float(unit) * scale, count))
        if b" Tf\n" in content:
            pages.append(codes)
    return pages


class Print:
    """A page in grey pixels."""

    def __init__(self, pgm):
        magic, size, depth, pixels = pgm.split(b"\n", 3)
        assert (magic, depth) == (b"P5", b"255"), (magic, depth)
        self.width, self.height = map(int, size.split())
        self.pixels = bytearray(pixels)

    def bytes(self):
        return b"P5\n%d %d\n255\n" % (self.width, self.height) + self.pixels

    def stain(self, x, y, radius, grey):
        """A round one."""
        for row in range(max(0, int(y - radius)), min(self.height, int(y + radius) + 1)):
            half = math.sqrt(max(0, radius ** 2 - (row - y) ** 2))
            begin, end = row * self.width + int(x - half), row * self.width + int(x + half)
            self.pixels[begin:end] = bytes([grey]) * (end - begin)


def printed(pdf, dpi):
    """Its pages."""
    count = len(codes_of(pdf, dpi))
    return [Print(run("pdftoppm", "-gray", "-r", dpi, "-f", page, "-l", page, pdf)) for page in range(1, count + 1)]


def blot(page, code, part, random):
    """One stain over `part` of a code's data, its finders spared."""
    radius = math.sqrt(part * code.area() / math.pi)
    side = code.count * code.module
    page.stain(code.left + random.uniform(0.35, 0.65) * side, code.top + random.uniform(0.35, 0.65) * side, radius,
               random.choice((0, 255)))


def blotches(page, code, part, random, radii_mm, dpi):
    """Stains of radii between two over `part` of a code's data, none over another, its finders spared."""
    stains, covered, side = [], 0, code.count * code.module
    while covered < part * code.area():
        radius = random.uniform(*radii_mm) / 25.4 * dpi
        x, y = (start + random.uniform(radius, side - radius) for start in (code.left, code.top))
        spared = all(max(left - x, x - left - size, 0) ** 2 + max(top - y, y - top - size, 0) ** 2 > radius ** 2
                     for left, top, size in code.corners())
        if spared and all(math.hypot(x - other[0], y - other[1]) > radius + other[2] for other in stains):
            stains.append((x, y, radius))
            covered += math.pi * radius ** 2
            page.stain(x, y, radius, random.choice((0, 255)))


def scanned(page, folder, random):
    """What zbar reads of a page that was copied badly: crooked, blurred, noisy, on grey, compressed."""
    source, copy = folder / "print.pgm", folder / "scan.jpg"
    source.write_bytes(page.bytes())
    angle = random.choice((-1, 1)) * random.uniform(1, 2)
    run("magick", source, "-background", "gray(85%)", "-rotate", f"{angle:.2f}", "-blur", "0x0.7", "-seed",
        random.randrange(1 << 31), "-attenuate", "0.3", "+noise", "Gaussian", "+level", "12%,85%", "-quality", "40", copy)
    done = subprocess.run(["zbarimg", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", str(copy)], capture_output=True,
                          check=False)
    return done.stdout

"""A decoded picture, and how it is written out as a Netpbm file."""

from errors import Damaged

# Netpbm files are a few words in ASCII and then the plain samples: whoever can
# read bytes can read them. Pictures with opacity need the newer header, PAM.
TUPLE_TYPES = {2: "GRAYSCALE_ALPHA", 4: "RGB_ALPHA"}

# A header of a few bytes may ask for any size; this is far beyond any camera.
PIXELS_MAX = 1 << 28


class Picture:
    """`samples`: row by row, `channels` (1 to 4) a pixel, 0..`maximum` each.

    Samples take one byte where `maximum` is 255, else two, the high one first.
    """

    def __init__(self, width, height, channels, maximum, samples):
        self.width = width
        self.height = height
        self.channels = channels
        self.maximum = maximum
        self.samples = samples

    def netpbm(self):
        """The bytes of a PGM (grey), PPM (colour) or PAM (with opacity) file."""
        if self.channels in TUPLE_TYPES:
            header = (f"P7\nWIDTH {self.width}\nHEIGHT {self.height}\n"
                      f"DEPTH {self.channels}\nMAXVAL {self.maximum}\n"
                      f"TUPLTYPE {TUPLE_TYPES[self.channels]}\nENDHDR\n")
        else:
            kind = "P5" if self.channels == 1 else "P6"
            header = f"{kind}\n{self.width} {self.height}\n{self.maximum}\n"
        return header.encode("ascii") + bytes(self.samples)


def check_size(width, height):
    """Refuses a size that cannot be a picture's before memory is taken for it."""
    if width == 0 or height == 0:
        raise Damaged("the picture has no width or no height")
    if width * height > PIXELS_MAX:
        raise Damaged(f"the picture claims to have {width} x {height} pixels")

"""A decoded sound: plain samples, and what they mean."""


class Sound:
    """`samples`: for each moment one sample a channel, low byte first.

    `kind` is "signed", "unsigned" or "float"; a sample takes `sample_bytes`
    bytes, of which `bits` say something: the lowest ones where `low_bits`,
    else the highest.
    """

    def __init__(self, rate_hz, channels, kind, bits, sample_bytes, samples, low_bits=False):
        self.rate_hz = rate_hz
        self.channels = channels
        self.kind = kind
        self.bits = bits
        self.sample_bytes = sample_bytes
        self.samples = samples
        self.low_bits = low_bits

    def describe(self):
        frames = len(self.samples) // (self.channels * self.sample_bytes)
        text = (f"{frames} samples of {self.channels} channel(s), {self.rate_hz} a second; "
                f"each sample is {self.kind}, {self.sample_bytes} byte(s), low byte first")
        if self.bits != 8 * self.sample_bytes:
            which = "lowest" if self.low_bits else "highest"
            text += f", of which the {which} {self.bits} bits are used"
        return text

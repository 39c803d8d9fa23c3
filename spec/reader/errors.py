"""The one kind of error that this reader's decoders raise for bad input."""


class Damaged(Exception):
    """The input is not what its format demands; the message says where and why."""


class Unsupported(Exception):
    """The input may be sound, but this reader does not know this variant."""

#!/usr/bin/env python3
"""Runs all tests of the reader: python3 test_reader.py [-v]. Those are the files *_test.py."""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def load_tests(loader, _tests, _pattern):
    return loader.discover(str(HERE), pattern="*_test.py")


if __name__ == "__main__":
    unittest.main()

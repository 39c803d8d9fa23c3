#!/usr/bin/env python3
"""Tests of the runner itself: a script that does not hold must fail."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import run  # noqa: E402


class Runner(unittest.TestCase):
    def outcome(self, text):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "a.txtar"
            script.write_text(text)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                status = run.run(script, pathlib.Path("/bin/true"))
            return status, printed.getvalue()

    def test_what_holds_passes(self):
        status, printed = self.outcome(
            "# a comment\nexec cat a.txt\nstdout ^two$\n! stdout three\nempty stderr\nsave W '(o.e)'\n"
            "exec echo $W\nstdout-is b.txt\n! exec false\nexec?3 sh -c 'exit 3'\nexists a.txt\n! exists z\n"
            "cp a.txt c.txt\ncmp a.txt c.txt\nflip c.txt 0\n! cmp a.txt c.txt\nstdin a.txt\nexec cat\n"
            "stdout one\nmkdir d\nmv c.txt d\ncount 1 d/*\nchmod 600 a.txt\nmode 0600 a.txt\n"
            "write d/r 100\nrm d\n! exists d\n-- a.txt --\none\ntwo\n-- b.txt --\none\n")
        self.assertEqual((status, printed), (0, ""))

    def test_what_does_not_hold_fails_and_is_shown(self):
        for line in ("exec false", "! exec true", "exec?2 sh -c 'exit 3'", "stdout x", "exists a", "cmp a b",
                     "nonsense", "exec no-such-program", "count 1 *.x", "! cp a b", "save A (x)", "exec echo $NONE",
                     "! exec sh -c 'kill -9 $$'"):
            status, printed = self.outcome(f"exec echo shown\n{line}\n")
            self.assertEqual(status, 1, line)
            self.assertIn(f"a.txtar:2: {line}", printed)

    def test_modes_hold_for_root_too(self):
        status, printed = self.outcome("chmod 000 a\n! exec cat a\nstderr denied\n-- a --\nx\n")
        self.assertEqual((status, printed), (0, ""))

    def test_output_of_the_last_program_is_shown(self):
        status, printed = self.outcome("exec sh -c 'echo out; echo err >&2'\nstdout x\n")
        self.assertEqual(status, 1)
        self.assertIn("out\n", printed)
        self.assertIn("err\n", printed)


if __name__ == "__main__":
    unittest.main()

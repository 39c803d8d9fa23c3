#!/usr/bin/env python3
"""The user's book: book_test.py --tes PROGRAM.

It builds, its links lead somewhere, man pages come out of its chapters without a warning, and each
command's chapter names exactly the options that the program has.
"""

import argparse
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOOK = ROOT / "docs" / "src"
CHAPTERS = BOOK / "commands"
TES = None

OPTION = re.compile(r"(--[a-z][a-z-]*)")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def options_of_help(*command):
    """The long options that `tes COMMAND --help` lists, --help itself left out."""
    shown = run(TES, *command, "--help")
    if shown.returncode != 0:
        raise AssertionError(f"tes {' '.join(command)} --help: {shown.stderr}")
    listed = shown.stdout.partition("\nOptions:\n")[2]
    found = set()
    for line in listed.split("\n"):
        entry = re.match(r" +(?:-\w, )? *(--[a-z][a-z-]*)", line)
        if entry:
            found.add(entry.group(1))
    return found - {"--help"}


def options_of_chapter(path):
    """The long options that stand as entries in the chapter's section Options."""
    text = path.read_text(encoding="utf-8")
    section = re.search(r"^## Options\n(.*?)^## ", text, re.S | re.M).group(1)
    found = set()
    for entry in re.findall(r"^- ((?:`[^`]+`(?:, )?)+):", section, re.M):
        found |= set(OPTION.findall(entry))
    return found - {"--help"}


class Book(unittest.TestCase):
    def test_it_builds(self):
        with tempfile.TemporaryDirectory() as folder:
            built = run("mdbook", "build", str(ROOT / "docs"), "--dest-dir", folder)
            self.assertEqual(built.returncode, 0, built.stderr)
            self.assertNotIn("WARN", built.stderr)
            self.assertTrue((pathlib.Path(folder) / "quick-start.html").is_file())

    def test_every_chapter_is_in_the_summary(self):
        summary = (BOOK / "SUMMARY.md").read_text(encoding="utf-8")
        for path in BOOK.rglob("*.md"):
            if path.name != "SUMMARY.md":
                self.assertIn(f"({path.relative_to(BOOK)})", summary)

    def test_links_lead_somewhere(self):
        for path in BOOK.rglob("*.md"):
            for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
                if not target.startswith("https://"):
                    self.assertTrue((path.parent / target).is_file(), f"{path}: {target}")


class ManPages(unittest.TestCase):
    def test_they_are_made_and_named(self):
        with tempfile.TemporaryDirectory() as folder:
            made = run("python3", str(ROOT / "tools/manpages.py"), folder)
            self.assertEqual(made.returncode, 0, made.stderr)
            pages = sorted((pathlib.Path(folder) / "man1").glob("*.1"))
            self.assertEqual({page.stem for page in pages},
                             {path.stem for path in CHAPTERS.glob("*.md")})
            for page in pages:
                # -z: only what the formatter itself warns of, whatever the terminal.
                formatted = run("groff", "-man", "-t", "-Kutf8", "-Tutf8", "-ww", "-z", str(page))
                self.assertEqual((formatted.returncode, formatted.stderr), (0, ""), page.name)
                self.assertIn(".SH EXIT STATUS", page.read_text(encoding="utf-8"))
                named = run("lexgrog", str(page))  # what makes `apropos` find it
                self.assertIn(f'"{page.stem} - ', named.stdout)


class Options(unittest.TestCase):
    def test_global_options(self):
        self.assertEqual(options_of_chapter(CHAPTERS / "tes.md"), options_of_help())

    def test_each_command_has_a_chapter_with_its_options(self):
        listed = run(TES, "--help").stdout.partition("\nCommands:\n")[2].partition("\n\n")[0]
        commands = [line.split()[0] for line in listed.split("\n") if re.match(r"  [a-z]", line)]
        self.assertIn("create", commands)
        for command in commands:
            with self.subTest(command=command):
                chapter = CHAPTERS / f"tes-{command}.md"
                self.assertEqual(options_of_chapter(chapter), options_of_help(command))
        self.assertEqual({f"tes-{command}" for command in commands},
                         {path.stem for path in CHAPTERS.glob("tes-*.md")})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tes", required=True)
    known, rest = parser.parse_known_args()
    TES = known.tes
    unittest.main(argv=["book_test.py", *rest])

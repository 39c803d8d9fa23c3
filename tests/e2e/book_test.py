#!/usr/bin/env python3
"""The user's book: book_test.py --tes PROGRAM.

It builds, its links lead somewhere, man pages come out of its chapters without a warning, each
program's chapter names exactly the options that the program has, and a daemon takes what the
chapters give as a config and exports the figures that they list.
"""

import argparse
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BOOK = ROOT / "docs" / "src"
CHAPTERS = BOOK / "commands"
TES = None

OPTION = re.compile(r"(--[a-z][a-z-]*)")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def daemon():
    return pathlib.Path(TES).resolve().parents[1] / "tesseras-daemon" / "tesseras-daemon"


def options_of_help(*command):
    """The long options that `COMMAND --help` lists, --help itself left out."""
    shown = run(*command, "--help")
    if shown.returncode != 0:
        raise AssertionError(f"{command} --help: {shown.stderr}")
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


    @unittest.skipUnless(shutil.which("promtool"), "promtool is absent")
    def test_prometheus_takes_what_it_is_shown(self):
        text = (BOOK / "running-a-node.md").read_text(encoding="utf-8")
        shown = re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M)
        self.assertEqual(len(shown), 2)
        for what, yaml in zip(("config", "rules"), shown):
            with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
                file.write(yaml)
                file.flush()
                checked = run("promtool", "check", what, file.name)
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


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
        self.assertEqual(options_of_chapter(CHAPTERS / "tes.md"), options_of_help(TES))

    def test_options_of_the_daemon(self):
        shown = options_of_help(daemon())
        self.assertIn("--bootstrap", shown)
        self.assertEqual(options_of_chapter(CHAPTERS / "tesseras-daemon.md"), shown)

    def test_each_command_has_a_chapter_with_its_options(self):
        listed = run(TES, "--help").stdout.partition("\nCommands:\n")[2].partition("\n\n")[0]
        commands = [line.split()[0] for line in listed.split("\n") if re.match(r"  [a-z]", line)]
        self.assertIn("create", commands)
        for command in commands:
            with self.subTest(command=command):
                chapter = CHAPTERS / f"tes-{command}.md"
                self.assertEqual(options_of_chapter(chapter), options_of_help(TES, command))
        self.assertEqual({f"tes-{command}" for command in commands},
                         {path.stem for path in CHAPTERS.glob("tes-*.md")})


def on_loopback(line):
    """The same kinds of addresses, with ports that are free."""
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
        v6 = "[::1]:0"
    except OSError:  # a machine without IPv6
        v6 = "127.0.0.2:0"
    return re.sub(r'"\[[^"]*"', f'"{v6}"', re.sub(r'"\d[^"]*"', '"127.0.0.1:0"', line))


class Daemon(unittest.TestCase):
    """One runs with the config that the book shows, but for what would meet others on this machine."""

    def start(self, folder, config):
        config = re.sub(r'metrics_addr = "[^"]*"', 'metrics_addr = "127.0.0.1:0"', config)
        config = config.replace("enable_mdns = true", "enable_mdns = false")
        config = re.sub(r"^listen_addr.*$", lambda line: on_loopback(line.group()), config, flags=re.M)
        file = pathlib.Path(folder) / "config.toml"
        file.write_text(config, encoding="utf-8")
        command = [daemon(), "--config", file, "--data-dir", pathlib.Path(folder) / "data", "--bootstrap", ""]
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        said = []
        for line in process.stderr:
            said.append(line)
            if "daemon ready" in line:
                return process
        raise AssertionError("".join(said))

    def end(self, process):
        process.terminate()
        said = process.stderr.read()
        self.assertEqual(process.wait(), 0, said)

    def test_it_takes_the_configs_of_the_chapters(self):
        found = 0
        for chapter in ("configuration.md", "ipv6.md"):
            text = (BOOK / chapter).read_text(encoding="utf-8")
            for config in re.findall(r"^```toml\n(.*?)^```", text, re.S | re.M):
                with tempfile.TemporaryDirectory() as folder:
                    self.end(self.start(folder, config))
                found += 1
        self.assertGreaterEqual(found, 6)

    def test_the_example_has_every_key_of_the_tables(self):
        text = (BOOK / "configuration.md").read_text(encoding="utf-8")
        example = re.search(r"^```toml\n(.*?)^```", text, re.S | re.M).group(1)
        shown = set(re.findall(r"^(\w+) = ", example, re.M))
        tables = text.partition("## `[nat]`")[0]
        listed = set(re.findall(r"^\| `(\w+)` \|", tables, re.M))
        self.assertEqual(listed - {"tes"}, shown | {"listen_addrs"})

    def test_its_figures_are_those_of_the_table(self):
        text = (BOOK / "running-a-node.md").read_text(encoding="utf-8")
        listed = re.findall(r"^\| `(tesseras_\w+)` \| (\w+) \|", text, re.M)
        with tempfile.TemporaryDirectory() as folder:
            process = self.start(folder, 'observability.metrics_addr = "127.0.0.1:0"\n'
                                         "network.enable_mdns = false\n"
                                         'node.listen_addr = "127.0.0.1:0"\n')
            told = run(TES, "--daemon", pathlib.Path(folder) / "data", "--json", "node-info").stdout
            address = re.search(r'"metrics": "([^"]*)"', told).group(1)
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=60) as page:
                exported = re.findall(r"^# TYPE (\w+) (\w+)$", page.read().decode(), re.M)
            self.end(process)
        self.assertEqual(listed, exported)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--tes", required=True)
    known, rest = parser.parse_known_args()
    TES = known.tes
    unittest.main(argv=["book_test.py", *rest])

#!/usr/bin/env python3
"""Tests of tidy itself: each rule is broken in a small house of its own, and must be found."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))

import tidy_layout  # noqa: E402
import tidy_text  # noqa: E402

LIBRARY = "tesseras_library({name}\n  SOURCES {name}.cpp\n  DEPENDS {depends}\n  PRIVATE_LIBS {libs})\n"
GOOD_HEADER = "#pragma once\n\n#include <string>\n"


class House(unittest.TestCase):
    """A project in a temporary folder that keeps all rules until a test breaks one."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="tidy-"))
        self.addCleanup(shutil.rmtree, self.root)
        for wing, name, depends in (("foundation", "base", ""), ("foundation", "crypto", "base"),
                                    ("preserve", "vault", "crypto"), ("steward", "survey", "base")):
            folder = f"src/{wing}/{name}"
            self.write(f"{folder}/CMakeLists.txt", LIBRARY.format(name=name, depends=depends, libs=""))
            self.write(f"{folder}/{name}.hpp", GOOD_HEADER)
            self.write(f"{folder}/{name}.cpp", f'#include "{wing}/{name}/{name}.hpp"\n')

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def findings(self):
        files = sorted(pathlib.PurePosixPath(path.relative_to(self.root))
                       for path in self.root.rglob("*") if path.is_file())
        found = tidy_layout.check(self.root, files) + tidy_text.check(self.root, files)
        return [(f"{finding.path}:{finding.line}", finding.rule) for finding in found]

    def expect(self, *expected):
        self.assertEqual(self.findings(), list(expected))


class Layout(House):
    def test_a_good_house_has_no_findings(self):
        self.write("src/preserve/vault/vault.cpp", '#include "preserve/vault/vault.hpp"\n\n#include <vector>\n\n'
                   '#include "foundation/base/base.hpp"\n#include "foundation/crypto/crypto.hpp"\n')
        self.expect()

    def test_include_of_an_undeclared_library(self):
        self.write("src/foundation/crypto/CMakeLists.txt", LIBRARY.format(name="crypto", depends="", libs=""))
        self.write("src/foundation/crypto/crypto.cpp", '\n#include "foundation/base/base.hpp"\n')
        self.expect(("src/foundation/crypto/crypto.cpp:2", "include"))

    def test_include_against_the_order(self):
        self.write("src/foundation/base/base.cpp", '#include "foundation/crypto/crypto.hpp"\n')
        self.expect(("src/foundation/base/base.cpp:1", "include"))

    def test_wings_never_meet(self):
        self.write("src/preserve/vault/CMakeLists.txt", LIBRARY.format(name="vault", depends="survey", libs=""))
        self.expect(("src/preserve/vault/CMakeLists.txt:1", "depends"))

    def test_foundation_stands_in_order(self):
        self.write("src/foundation/base/CMakeLists.txt", LIBRARY.format(name="base", depends="crypto", libs=""))
        rules = [rule for _, rule in self.findings()]
        self.assertIn("depends", rules)

    def test_no_cycles(self):
        self.write("src/preserve/intake/CMakeLists.txt", "tesseras_library(intake SOURCES i.cpp DEPENDS vault)")
        self.write("src/preserve/intake/i.cpp", "")
        self.write("src/preserve/vault/CMakeLists.txt", LIBRARY.format(name="vault", depends="intake", libs=""))
        self.assertEqual({rule for _, rule in self.findings()}, {"depends"})

    def test_unknown_dependency(self):
        self.write("src/preserve/vault/CMakeLists.txt", LIBRARY.format(name="vault", depends="nowhere", libs=""))
        self.expect(("src/preserve/vault/CMakeLists.txt:1", "depends"))

    def test_third_party_header_in_a_header(self):
        for name in ("sqlite3.h", "unistd.h", "nlohmann/json.hpp", "stdint.h"):
            self.write("src/preserve/vault/vault.hpp", f"#pragma once\n#include <{name}>\n")
            self.expect(("src/preserve/vault/vault.hpp:2", "include"))

    def test_a_door_may_speak_of_its_command_line(self):
        self.write("apps/tes/choice.hpp", "#pragma once\n#include <CLI/CLI.hpp>\n#include <sqlite3.h>\n")
        self.expect(("apps/tes/choice.hpp:3", "include"))

    def test_fmt_in_a_header(self):
        self.write("src/preserve/vault/vault.hpp", "#pragma once\n#include <fmt/format.h>\n")
        self.expect()

    def test_third_party_library_must_be_declared(self):
        self.write("src/preserve/vault/vault.cpp", "#include <sqlite3.h>\n")
        self.expect(("src/preserve/vault/vault.cpp:1", "include"))
        self.write("src/preserve/vault/CMakeLists.txt",
                   LIBRARY.format(name="vault", depends="crypto", libs="SQLite::SQLite3"))
        self.expect()

    def test_quoted_third_party_and_quoted_neighbour(self):
        self.write("src/preserve/vault/vault.cpp", '#include "sqlite3.h"\n#include "vault.hpp"\n')
        self.expect(("src/preserve/vault/vault.cpp:1", "include"), ("src/preserve/vault/vault.cpp:2", "include"))

    def test_commented_dependency_is_none(self):
        self.write("src/preserve/vault/CMakeLists.txt",
                   "tesseras_library(vault SOURCES vault.cpp  # DEPENDS base\n)\n")
        self.write("src/preserve/vault/vault.cpp", '#include "foundation/base/base.hpp"\n')
        self.expect(("src/preserve/vault/vault.cpp:1", "include"))

    def test_pragma_once(self):
        self.write("src/preserve/vault/vault.hpp", "#include <string>\n")
        self.expect(("src/preserve/vault/vault.hpp:1", "pragma-once"))

    def test_unlisted_source_and_unlisted_test(self):
        self.write("src/preserve/vault/other.cpp", "")
        self.write("src/preserve/vault/vault_test.cpp", "")
        self.expect(("src/preserve/vault/other.cpp:1", "unlisted"), ("src/preserve/vault/vault_test.cpp:1", "unlisted"))
        listed = LIBRARY.format(name="vault", depends="crypto", libs="").replace("vault.cpp", "vault.cpp other.cpp")
        self.write("src/preserve/vault/CMakeLists.txt", listed + "tesseras_test(vault SOURCES vault_test.cpp)\n")
        self.expect()

    def test_vector_that_nobody_reads(self):
        self.write("spec/vectors/manifest/extra-blank.txt", "expect: invalid\n")
        self.expect(("spec/vectors/manifest/extra-blank.txt:1", "vector"))
        self.write("spec/reader/test_reader.py", 'FOLDER = "vectors/manifest"\n')
        self.expect()


class Text(House):
    def test_file_length(self):
        self.write("src/preserve/vault/vault.hpp", "#pragma once\n" + "\n" * 499)
        self.expect()
        self.write("src/preserve/vault/vault.hpp", "#pragma once\n" + "\n" * 500)
        self.expect(("src/preserve/vault/vault.hpp:501", "file-length"))

    def test_function_length(self):
        for head in ("int f(int a) {", "Vault::Vault(int a) : a_{a}, b_(a) {", "TEST(Vault, opens) {",
                     "bool Id::operator==(const Id& other) const {", "auto g = [](int a) {",
                     "template <class T>\nstd::unexpected<E> f(std::array<T, 3> a = {}) {"):
            start = head.count("\n")
            source = f"namespace n {{\n{head}\n" + "  if (a) { b(); }\n" * (68 - start) + "}\n}\n"
            self.assertEqual([count for _, count, _ in tidy_text.functions(source)], [70], head)
            self.write("src/preserve/vault/vault.cpp", source)
            self.expect()
            self.write("src/preserve/vault/vault.cpp", source.replace("if (a)", "c();\n  if (a)", 1))
            self.expect(("src/preserve/vault/vault.cpp:2", "function-length"))

    def test_members_are_measured_and_classes_are_not(self):
        source = ("class A : public B<decltype(f())> {\n public:\n" + "  void f() {\n    g();\n  }\n" * 30
                  + "\n  void h() {\n" + "    g();\n" * 69 + "  }\n};\n")
        self.write("src/preserve/vault/vault.cpp", source)
        self.expect(("src/preserve/vault/vault.cpp:94", "function-length"))

    def test_braces_in_text_do_not_count(self):
        source = 'int f() {\n  g("{", \'{\', R"x({{{)x");  // {\n  /* { */\n}\n\nint h() {\n  return 1\'000;\n}\n'
        self.assertEqual([name for _, _, name in tidy_text.functions(source)], ["f", "h"])

    def test_python_lengths(self):
        self.write("tools/long.py", "def f():\n" + "    g()\n" * 70)
        self.expect(("tools/long.py:1", "function-length"))
        self.write("tools/long.py", "x = 1\n" * 501)
        self.expect(("tools/long.py:501", "file-length"))

    def test_unfinished_and_workplace(self):
        self.write("README.md", "a\n" + "TO" + "DO: b\nsee /wo" + "rk/main and https://example.org/wo" + "rk/x\n")
        self.expect(("README.md:2", "unfinished"), ("README.md:3", "workplace"))


class Program(House):
    """The whole of tidy, with clang's tools where they are."""

    SOURCE = ('#include "foundation/base/base.hpp"\n\n#include <utility>\n\n'
              "std::string twice(std::string a) {\n  std::string b = std::move(a);\n  return USED;\n}\n")

    def tidy(self, *arguments):
        done = subprocess.run([sys.executable, str(TOOLS / "tidy.py"), "--root", str(self.root), *arguments],
                              capture_output=True, text=True, check=False, timeout=120)
        return done.returncode, done.stdout

    def setUp(self):
        super().setUp()
        if not shutil.which("clang-format-19") or not shutil.which("clang-tidy-19"):
            self.skipTest("clang's tools are not here")
        for name in (".clang-tidy", ".clang-format"):
            shutil.copy(TOOLS.parent / name, self.root)
        self.write("CMakeLists.txt", "")
        source = self.root / "src/foundation/base/base.cpp"
        command = f"c++ -std=c++23 -I{self.root}/src -Wno-such-warning -c {source}"
        self.write("build/release/compile_commands.json",
                   json.dumps([{"directory": str(self.root), "file": str(source), "command": command}]))
        self.write("src/foundation/base/base.cpp", self.SOURCE.replace("USED", "b"))

    def test_format_is_found_and_fixed(self):
        self.write("src/preserve/vault/vault.hpp", "#pragma once\nint  f( int a );\n")
        status, lines = self.tidy("--no-clang")
        self.assertEqual((status, lines), (1, "src/preserve/vault/vault.hpp:2: format: run ./dev tidy --fix\n"))
        self.assertEqual(self.tidy("--no-clang", "--fix"), (0, ""))
        self.assertIn("int f(int a);", (self.root / "src/preserve/vault/vault.hpp").read_text())

    def test_clang_tidy_and_its_cache(self):
        self.assertEqual(self.tidy(), (0, ""))
        self.write("src/foundation/base/base.cpp", self.SOURCE.replace("USED", "b + a"))
        for _ in range(2):  # made, then remembered
            status, lines = self.tidy()
            self.assertEqual(status, 1)
            self.assertIn("src/foundation/base/base.cpp:7: bugprone-use-after-move: ", lines)
        self.write("src/foundation/base/base.cpp", self.SOURCE.replace("USED", "b"))
        self.assertEqual(self.tidy(), (0, ""))

    def test_header_that_does_not_stand_alone(self):
        self.write("src/foundation/base/names.hpp", "#pragma once\n\nstd::string name();\n")
        status, lines = self.tidy()
        self.assertEqual(status, 1)
        self.assertIn("src/foundation/base/names.hpp:3: self-contained: ", lines)


if __name__ == "__main__":
    unittest.main()

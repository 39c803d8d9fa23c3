"""Rules about the house: who may include whom, and that the build knows every file.

The declared truth is in the CMakeLists.txt files: tesseras_library(NAME SOURCES ... DEPENDS ...
PRIVATE_LIBS ...) and tesseras_test(LIBRARY SOURCES ...). Every #include is held against it.
"""

import dataclasses
import pathlib
import re

from tidy_text import Finding

# Each may use those before it; wings may use all of foundation and never one another.
FOUNDATION_ORDER = [["base"], ["crypto"], ["wire", "paper"], ["runtime"], ["transport", "http", "dns"]]
WINGS = {"preserve", "steward", "trust"}
FLOORS = {"foundation": {"foundation"}, "node": {"foundation", "node"} | WINGS,
          "api": {"foundation", "node", "api"}}
FLOORS.update({wing: {"foundation", wing} for wing in WINGS})

# Third-party headers, and the CMake target that a library must declare to include them.
THIRD_PARTY = [
    (re.compile(r"openssl/"), "OpenSSL::Crypto"),
    (re.compile(r"sqlite3\.h"), "SQLite::SQLite3"),
    (re.compile(r"exiv2/"), "PkgConfig::exiv2"),
    (re.compile(r"archive(_entry)?\.h"), "PkgConfig::libarchive"),
    (re.compile(r"blake3(_impl)?\.h"), "blake3_c"),
    (re.compile(r"ares(_[a-z_]+)?\.h"), "PkgConfig::libcares"),
    (re.compile(r"ngtcp2/"), "PkgConfig::ngtcp2"),
    (re.compile(r"isa-l/"), "PkgConfig::isal"),
    (re.compile(r"qrencode\.h"), "PkgConfig::qrencode"),
    (re.compile(r"hpdf\.h"), "hpdf"),
]
VALUE_LIBRARIES = re.compile(r"fmt/")  # plain values: allowed in headers
DOOR_LIBRARIES = re.compile(r"CLI/|nlohmann/")  # the doors' own trade: allowed in headers of apps
STANDARD_HEADERS = set("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine
csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque
exception execution expected filesystem flat_map flat_set format forward_list fstream functional
future generator initializer_list iomanip ios iosfwd iostream istream iterator latch limits list
locale map mdspan memory memory_resource mutex new numbers numeric optional ostream print queue
random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location span
spanstream sstream stack stacktrace stdexcept stdfloat stop_token streambuf string string_view
strstream syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map
unordered_set utility valarray variant vector version
""".split())

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


@dataclasses.dataclass
class Library:
    """A folder under src/ as its CMakeLists.txt declares it."""

    name: str
    folder: pathlib.PurePosixPath
    line: int
    depends: list
    private_libs: list
    sources: list


def _calls(text, name):
    """Yields (line, arguments) of each call of a CMake function, comments stripped."""
    bare = re.sub(r"#[^\n]*", "", text)
    for found in re.finditer(rf"\b{name}\s*\(([^()]*)\)", bare):
        yield bare.count("\n", 0, found.start()) + 1, found.group(1).split()


def _sections(words):
    """Splits a call's words at its keywords: {"": [...], "SOURCES": [...], ...}."""
    sections, current = {"": []}, ""
    for word in words:
        if word in ("SOURCES", "DEPENDS", "PRIVATE_LIBS"):
            current = word
            sections.setdefault(current, [])
        else:
            sections[current].append(word)
    return sections


class House:
    """All declared libraries, and what each may see."""

    def __init__(self, root, files):
        self.libraries, self.by_folder, self.tests = {}, {}, {}
        self.lists = [path for path in files if path.name == "CMakeLists.txt"]
        for path in self.lists:
            text = (root / path).read_text(errors="replace")
            for line, words in _calls(text, "tesseras_library"):
                parts = _sections(words)
                library = Library(parts[""][0], path.parent, line, parts.get("DEPENDS", []),
                                  parts.get("PRIVATE_LIBS", []), parts.get("SOURCES", []))
                self.libraries[library.name] = self.by_folder[str(path.parent)] = library
            for _, words in _calls(text, "tesseras_test"):
                tests = self.tests.setdefault(str(path.parent), ([], []))
                tests[0].extend(_sections(words).get("SOURCES", []))
                tests[1].extend(_sections(words).get("PRIVATE_LIBS", []))

    def sees(self, name):
        """The library itself and all that it depends on, directly or not."""
        seen, waiting = set(), [name]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting += self.libraries[current].depends if current in self.libraries else []
        return seen


def _wing(folder):
    parts = pathlib.PurePosixPath(folder).parts
    return parts[1] if len(parts) > 1 and parts[0] == "src" else parts[0]


def _check_declared(house):
    """Declared dependencies must themselves keep to the house's floors and have no cycle."""
    rank = {name: level for level, names in enumerate(FOUNDATION_ORDER) for name in names}
    for library in house.libraries.values():
        where = str(library.folder / "CMakeLists.txt")
        wing = _wing(library.folder)
        for name in library.depends:
            other = house.libraries.get(name)
            if other is None:
                yield Finding(where, library.line, "depends", f"no library is called '{name}'")
                continue
            other_wing = _wing(other.folder)
            if wing in FLOORS and other_wing not in FLOORS[wing]:
                yield Finding(where, library.line, "depends", f"{wing} may not use {other_wing}/{name}: wings meet in node/")
            elif wing == other_wing == "foundation" and rank.get(name, 99) >= rank.get(library.name, 0):
                yield Finding(where, library.line, "depends", f"foundation's {library.name} stands below {name}")
            elif library.name in house.sees(name):
                yield Finding(where, library.line, "depends", f"{library.name} and {name} depend on each other")


def _check_quoted(root, relative, line, name, house, library):
    """One #include "..." of a file that belongs to `library` (None for apps, tests, fuzz)."""
    path = str(relative)
    if (root / "src" / name).is_file():
        target = house.by_folder.get(str(pathlib.PurePosixPath("src") / pathlib.PurePosixPath(name).parent))
        if target is None:
            return Finding(path, line, "include", f"{name} lies in a folder that declares no library")
        if library and target.name not in house.sees(library.name):
            return Finding(path, line, "include", f"{library.name} does not declare '{target.name}' in DEPENDS, yet includes {name}")
        if library and target.name != library.name and _is_test(relative.name) is False and "_test" in name:
            return Finding(path, line, "include", f"{name} is another library's test")
        return None
    beside = relative.parent.parts[0] != "src" and ((root / relative.parent / name).is_file() or (root / name).is_file())
    if beside:
        return None
    if library and (root / relative.parent / name).is_file():
        return Finding(path, line, "include", f'write it from src/: "{relative.parent.relative_to("src") / name}"')
    return Finding(path, line, "include", f'"{name}" is not ours: write <{name}>, in a .cpp')


def _is_test(name):
    return bool(re.search(r"(_(test|suite|fixture)|^testing)\.(cpp|hpp)$", name))


def _check_angled(relative, line, name, library, test_libs):
    """One #include <...>: standard anywhere, the rest in .cpp files of those that declare it."""
    path = str(relative)
    if name in STANDARD_HEADERS or VALUE_LIBRARIES.match(name):
        return None
    if relative.parts[0] == "apps" and DOOR_LIBRARIES.match(name):
        return None
    if relative.suffix == ".hpp" and not _is_test(relative.name):
        return Finding(path, line, "include", f"<{name}> belongs in a .cpp, behind a header of our own")
    for pattern, target in THIRD_PARTY:
        declared = library.private_libs + (test_libs if _is_test(relative.name) else []) if library else []
        if library and pattern.match(name) and target not in declared:
            return Finding(path, line, "include", f"{library.name} does not declare {target} in PRIVATE_LIBS, yet includes <{name}>")
    return None


def _check_includes(root, files, house):
    for relative in files:
        if relative.suffix not in (".cpp", ".hpp") or relative.parts[0] not in ("src", "apps", "sim", "fuzz", "tests", "bench"):
            continue
        text = (root / relative).read_text(errors="replace")
        library = house.by_folder.get(str(relative.parent))
        if library is None and relative.parts[0] == "src":
            yield Finding(str(relative), 1, "layout", "its folder's CMakeLists.txt declares no tesseras_library")
        if relative.suffix == ".hpp" and not re.search(r"^#pragma once$", text, re.M):
            yield Finding(str(relative), 1, "pragma-once", "begin the header with #pragma once")
        test_libs = house.tests.get(str(relative.parent), ([], []))[1]
        for found in INCLUDE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            name = found.group(2)
            finding = (_check_quoted(root, relative, line, name, house, library) if found.group(1) == '"'
                       else _check_angled(relative, line, name, library, test_libs))
            if finding:
                yield finding


def _check_listed(root, files, house):
    """Every .cpp is compiled and every test is run: the nearest CMakeLists.txt names it."""
    lists = {str(path.parent): re.sub(r"#[^\n]*", "", (root / path).read_text(errors="replace")) for path in house.lists}
    for relative in files:
        if relative.suffix != ".cpp":
            continue
        folder = relative.parent
        while str(folder) not in lists and folder != folder.parent:
            folder = folder.parent
        name = str(relative.relative_to(folder))
        words = re.split(r"[\s()\"]+", lists.get(str(folder), ""))
        where = f"{folder}/CMakeLists.txt"
        if relative.name.endswith("_test.cpp") and relative.parts[0] == "src":
            if relative.name not in house.tests.get(str(relative.parent), ([], []))[0]:
                yield Finding(str(relative), 1, "unlisted", f"no tesseras_test in {where} lists it, so it never runs")
        elif not {name, relative.stem, relative.stem.removesuffix("_fuzz")} & set(words):
            yield Finding(str(relative), 1, "unlisted", f"{where} does not list it, so it is never compiled")


def _check_vectors(root, files):
    """A vector that no test reads guards nothing; tests name the file or its folder."""
    readers = [path for path in files if path.parts[0] in ("src", "apps", "sim", "tests", "fuzz", "spec", "tools")
               and path.suffix in (".cpp", ".hpp", ".py", ".sh", ".txtar") and path.parts[:2] != ("spec", "vectors")]
    text = "\n".join((root / path).read_text(errors="replace") for path in readers)
    for relative in files:
        if relative.parts[:2] != ("spec", "vectors") or len(relative.parts) < 3:
            continue
        folder = "/".join(relative.parts[1:-1])
        if relative.name not in text and (folder == "vectors" or folder not in text):
            yield Finding(str(relative), 1, "vector", f"no test reads it: name it, or its folder {folder}, in one")


def check(root, files):
    """Findings of all layout rules over the project's files."""
    house = House(root, files)
    return [*_check_declared(house), *_check_includes(root, files, house),
            *_check_listed(root, files, house), *_check_vectors(root, files)]

"""Rules that read a file as text: lengths, words and paths that must not be there, Python."""

import ast
import dataclasses
import re

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
# Longer only by their nature: prose, data, and lists that read from top to bottom.
CODE_SUFFIXES = {".cpp", ".hpp", ".py", ".mjs", ".sh", ".cmake"}

# Spelled in pieces, so that this file passes its own rule.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b")
WORKPLACE = re.compile(r"(?<![\w./~-])/(" + "|".join(["wo" + "rk", "ro" + "ot"]) + r")/")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing to put right; shown as `path:line: rule: advice`."""

    path: str
    line: int
    rule: str
    advice: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.advice}"


def blank_out(source):
    """The C++ source with comments, strings and characters blanked; lines and columns stay."""
    pattern = re.compile(
        r'R"(?P<delimiter>[^()\\\s]{0,16})\((?:.|\n)*?\)(?P=delimiter)"'
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
        r"|//[^\n]*|/\*(?:.|\n)*?\*/"
    )
    blanked = pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), source)
    # A macro's body is not a scope of its own: its braces need not even balance.
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda f: re.sub(r"[^\n]", " ", f.group()), blanked, flags=re.M)


_NOT_A_FUNCTION = re.compile(r"^\s*(?:(?:template\s*<.*>|export|inline)\s*)*(namespace|class|struct|union|enum)\b", re.S)
_CONTROL = re.compile(r"^\s*(if|for|while|switch|do|else|try)\b")


def _opens_function(header):
    return "(" in header and not _NOT_A_FUNCTION.match(header) and not _CONTROL.match(header)


def functions(source):
    """Yields (first line, line count, name) of each outermost function of formatted C++."""
    text = blank_out(source)
    depth = 0
    inside = None  # (depth at which it opened, line on which its header begins, header)
    header, header_line, parens, line = "", 0, 0, 1
    for index, character in enumerate(text):
        if character == "\n":
            line += 1
        if inside:
            depth += {"{": 1, "}": -1}.get(character, 0)
            if character == "}" and depth == inside[0]:
                name = re.search(r"([~\w:]+|operator\S+)\s*\(", inside[2])
                yield inside[1], line - inside[1] + 1, name.group(1) if name else "?"
                inside, header = None, ""
            continue
        parens += {"(": 1, ")": -1}.get(character, 0)
        if character == "{":
            # `member_{1}` and `Type{}` have no blank before the brace: an initialiser.
            initialiser = parens > 0 or (index > 0 and (text[index - 1].isalnum() or text[index - 1] in "_>"))
            if not initialiser and _opens_function(header):
                inside = (depth, header_line, header)
            depth += 1
            header = header if initialiser else ""
        elif character == "}":
            depth -= 1
            header = header if _opens_function(header) else ""
        elif character == ";" and parens == 0:
            header = ""
        elif header or not character.isspace():
            header_line = header_line if header else line
            header += character


def _check_python(path, source):
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield Finding(path, error.lineno or 1, "python", f"does not parse: {error.msg}")
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield _too_long(path, node.lineno, node.name, lines)


def _too_long(path, line, name, lines):
    return Finding(path, line, "function-length",
                   f"{name} has {lines} lines, at most {FUNCTION_LINES_MAX}: give its parts names")


def check(root, files):
    """Findings of all textual rules over the project's files."""
    findings = []
    for relative in files:
        path = str(relative)
        raw = (root / relative).read_bytes()
        if b"\0" in raw[:8192]:
            continue
        source = raw.decode(errors="replace")
        lines = source.split("\n")
        for number, line in enumerate(lines, 1):
            if found := UNFINISHED.search(line):
                findings.append(Finding(path, number, "unfinished", f"finish what '{found.group()}' leaves open, or file an issue"))
            if WORKPLACE.search(line):
                findings.append(Finding(path, number, "workplace", "name no path of one machine; make it relative or an argument"))
        if relative.suffix not in CODE_SUFFIXES:
            continue
        if len(lines) - 1 > FILE_LINES_MAX:
            findings.append(Finding(path, FILE_LINES_MAX + 1, "file-length",
                                    f"{len(lines) - 1} lines, at most {FILE_LINES_MAX}: split it along its nouns"))
        if relative.suffix == ".py":
            findings += _check_python(path, source)
        elif relative.suffix in (".cpp", ".hpp"):
            findings += [_too_long(path, line, name, count) for line, count, name in functions(source)
                         if count > FUNCTION_LINES_MAX]
    return findings

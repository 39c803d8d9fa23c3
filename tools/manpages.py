#!/usr/bin/env python3
"""Makes the man pages from the book: manpages.py FOLDER writes FOLDER/man1/tes.1, tes-create.1 ...

The chapters in docs/src/commands are the one source. They keep to a strict shape, checked here:
a title, then the sections Name, Usage, Description, Options, Exit status, [Environment], [Files],
Examples, See also, in this order. Lists of the form "- `--option`: text" become tagged paragraphs;
links to chapters become references such as tes-verify(1). lowdown does the rest.
"""

import pathlib
import re
import subprocess
import sys
import time

SECTIONS = ["Name", "Usage", "Description", "Options", "Exit status", "Environment", "Files",
            "Examples", "See also"]
OPTIONAL = {"Environment", "Files"}
HEADINGS = {"Usage": "Synopsis"}  # as man pages call it

ITEM = re.compile(r"- ((?:`[^`]+`)(?:, `[^`]+`)*): (.*)")
LINK = re.compile(r"\[[a-z -]+\]\((tes[a-z-]*)\.md\)")


def reference(match):
    return f"**{match.group(1)}**(1)"


def check_shape(path, lines):
    title = lines[0].removeprefix("# ")
    if title.replace(" ", "-") != path.stem:
        raise ValueError(f"{path}: the title must be '# {path.stem.replace('-', ' ', 1)}'")
    found = [line[3:] for line in lines if line.startswith("## ")]
    wanted = [name for name in SECTIONS if name in found or name not in OPTIONAL]
    if found != wanted:
        raise ValueError(f"{path}: sections are {found}, not {wanted}")
    name = lines[lines.index("## Name") + 2]
    if not name.startswith(f"{path.stem} - "):
        raise ValueError(f"{path}: Name must be '{path.stem} - what it does'")


def man_source(lines):
    """The chapter as lowdown wants it for a man page."""
    out = []
    in_item = in_code = False
    for line in lines[1:]:
        if line.startswith("```"):
            in_code = not in_code
        item = None if in_code else ITEM.fullmatch(line)
        if item:
            out += [*([""] if out and out[-1] else []), item.group(1), "", ":   " + item.group(2)]
        elif in_item and line.startswith("  "):
            out.append("  " + line)
        elif line.startswith("## "):
            out.append("## " + HEADINGS.get(line[3:], line[3:]).upper())
        else:
            out.append(line)
        in_item = bool(item) or (in_item and line.startswith("  "))
    return LINK.sub(reference, "\n".join(out))


def copyable(page):
    """Makes hyphens in code and names real ones, which can be copied: groff sets "-" as U+2010."""
    out = []
    in_code = False
    for line in page.split("\n"):
        if line in (".EX", ".EE"):
            in_code = line == ".EX"
        elif in_code or line.startswith(".TH "):
            line = line.replace("-", "\\-")
        else:
            line = re.sub(r"^([a-z-]+) - ", lambda name: name.group(1).replace("-", "\\-") + " \\- ", line)
            line = re.sub(r"\\f(?:\(CR|B).*?\\fR", lambda code: code.group().replace("-", "\\-"), line)
        out.append(line)
    return "\n".join(out)


def last_changed(root, chapters):
    """The day of the last commit to the chapters; of the youngest file where there is no history."""
    done = subprocess.run(["git", "-C", root, "log", "-1", "--format=%cs", "--", *chapters],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0 and done.stdout.strip():
        return done.stdout.strip()
    return time.strftime("%Y-%m-%d", time.gmtime(max(path.stat().st_mtime for path in chapters)))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: manpages.py FOLDER")
    root = pathlib.Path(__file__).resolve().parent.parent
    target = pathlib.Path(sys.argv[1]) / "man1"
    target.mkdir(parents=True, exist_ok=True)
    chapters = sorted((root / "docs/src/commands").glob("*.md"))
    date = last_changed(root, chapters)
    for path in chapters:
        lines = path.read_text(encoding="utf-8").split("\n")
        check_shape(path, lines)
        page = subprocess.run(
            ["lowdown", "-sTman", "--out-no-smarty", "-m", f"title={path.stem}", "-m", "section=1",
             "-m", "source=Tesseras", "-m", "volume=Tesseras", "-m", f"date={date}",
             "-m", "shiftheadinglevelby=-1"],
            input=man_source(lines), capture_output=True, text=True, check=True).stdout
        (target / f"{path.stem}.1").write_text(copyable(page), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"manpages.py: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"manpages.py: lowdown failed: {error.stderr}")

#!/usr/bin/env python3
"""Whether plugin.h still is what plugins were built with.

  gate.py check ABI_FOLDER HEADER     against every released baseline; what differs must be explained in history.txt
  gate.py write HEADER FILE.abi       a new baseline, for a release
  gate.py prove ABI_FOLDER HEADER     breaks copies of the header and of the history, and sees each break found

A baseline is abidw's description of a library with a function for every struct of the header. A struct may become longer
at its end when it begins with struct_size or its arrays have a stride, a line of history.txt names it, and MR_ABI_MINOR
is above the baseline's; any other difference needs a line that begins with "deviation:" in its third column. abidiff does
not see constants, layout.c does. Used by the tests abi.gate.check and abi.gate.prove; docs/abi.md says how to work with it.
Ends with 77 when libabigail is not installed.
"""
import re, shutil, subprocess, sys, tempfile
from pathlib import Path
from xml.etree import ElementTree

STRIDED = {"mr_record", "mr_stream_state"}  # without struct_size, walked by a stride


def probe_of(header):
    """A source with a function for every struct and function type of the header."""
    text = header.read_text()
    types = re.findall(r"^typedef struct (mr_\w+) \{", text, re.M) + re.findall(r"^typedef \w+ \(\*(mr_\w+)\)", text, re.M)
    if len(types) < 30:
        sys.exit(f"{header}: only {len(types)} types found: gate.py no longer understands how the header is written")
    functions = "".join(f"MR_EXPORT void probe_{name}({name}* p);\nvoid probe_{name}({name}* p) {{ (void)p; }}\n" for name in types)
    return f'#include "{header.resolve()}"\n{functions}'


def library_of(header, folder):
    source, library = Path(folder) / "probe.c", Path(folder) / "probe.so"
    source.write_text(probe_of(header))
    subprocess.run(["gcc", "-std=c11", "-g", "-O0", "-w", "-fPIC", "-shared", "-o", library.name, source.name], cwd=folder,
                   check=True)
    return library


def minor_of(header):
    return int(re.search(r"^#define MR_ABI_MINOR (\d+)u", header.read_text(), re.M)[1])


def describe(header, baseline, folder):
    subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--type-id-style", "hash",
                    "--out-file", baseline, library_of(header, folder)], check=True)


def write(header, baseline):
    with tempfile.TemporaryDirectory() as folder:
        describe(header, baseline, folder)


def structs_of(description):
    """Each struct's size and members, with their offsets and types spelled out."""
    types = {e.get("id"): e for e in ElementTree.parse(description).iter() if e.get("id")}

    def spelled(type_id):
        e = types.get(type_id)
        if e is None:
            return type_id
        if e.get("name"):
            return e.get("name")
        inner = [spelled(p.get("type-id")) for p in e if p.get("type-id")]
        if e.tag == "function-type":
            return f"function({', '.join(inner)})"
        return f"{e.tag}({e.get('const', '')}{e.get('dimensions', '')} {spelled(e.get('type-id'))} {inner})"

    return {e.get("name"): [e.get("size-in-bits")] + [(m.get("layout-offset-in-bits"), v.get("name"), spelled(v.get("type-id")))
                                                      for m in e.iter("data-member") for v in m]
            for e in types.values() if e.tag == "class-decl" and (e.get("name") or "").startswith("mr_")}


def difference(baseline, header):
    """(the structs that differ themselves, and whether by an addition at their end; abidiff's report)"""
    with tempfile.TemporaryDirectory() as folder:
        now = Path(folder) / "now.abi"
        describe(header, now, folder)
        done = subprocess.run(["abidiff", "--harmless", "--no-added-syms", "--no-show-locs", baseline, now], capture_output=True, text=True)
        before, after = structs_of(baseline), structs_of(now)
    if done.returncode & 3:
        sys.exit(f"abidiff failed:\n{done.stdout}{done.stderr}")
    # abidiff lists each struct that leads to a changed one; its mode that does not overlooks members that change places.
    names = {}  # name: whether it only became longer
    for name, (_, *members) in before.items():
        if after.get(name) != before[name]:
            names[name] = name in after and after[name][1:len(members) + 1] == members
    if done.returncode != 0 and not names:
        names = {"a type that is no struct": False}
    return names, done.stdout if names else ""


def problems(header, baselines, history):
    """What is wrong, as sentences."""
    explained = dict(re.findall(r"^\d{4}-\d\d-\d\d  (\w+)  (\S.*?)  \S", history, re.M))
    found = []
    for baseline in baselines:
        changed, report = difference(baseline, header)
        text = header.read_text()
        for name, is_longer in sorted(changed.items()):
            body = re.search(rf"^typedef struct {name} {{\n\s*(.*)$", text, re.M)
            if name not in STRIDED and not (body and body[1].startswith("uint32_t struct_size")):
                found.append(f"{name} differs from {baseline.name} and is frozen: it has no size that a reader could go by")
            elif name not in explained:
                found.append(f"{name} differs from {baseline.name} and no line of history.txt names it")
            elif not is_longer and not explained[name].startswith("deviation:"):
                found.append(f"{name} differs from {baseline.name} by more than an addition at its end")
        if changed and minor_of(header) <= int(baseline.stem.split(".")[1]):
            found.append(f"the header differs from {baseline.name} and MR_ABI_MINOR was not raised")
        if found and report:
            found.append("abidiff says:\n" + report)
    return found


def check(folder, header):
    baselines = sorted((folder / "baseline").glob("*.abi"))
    if not baselines:
        sys.exit("there is no baseline")
    found = problems(header, baselines, (folder / "history.txt").read_text())
    # A baseline is of its time's header, which is kept beside the plugins of that time: neither moves alone.
    for generation in sorted((folder / "generations").glob("*/plugin.h")):
        baseline = folder / "baseline" / f"1.{minor_of(generation)}.abi"
        changed, report = difference(baseline, generation)
        if changed:
            found.append(f"{baseline.name} is not the baseline of {generation}:\n{report}")
    if found:
        sys.exit("\n".join(found) + "\n\ndocs/abi.md says how the ABI may change.")


def prove(folder, header):
    history = (folder / "history.txt").read_text()
    original = header.read_text()
    baselines = sorted((folder / "baseline").glob("*.abi"))

    def layout_fails(mutated):
        options = ["-std=c11", "-fsyntax-only", "-w", f"-I{mutated.parent.parent}", folder / "layout.c"]
        return subprocess.run(["gcc", *options], capture_output=True).returncode != 0

    raised = ("#define MR_ABI_MINOR 0u", "#define MR_ABI_MINOR 1u")
    appended = ("\n} mr_host;", "\n  uint64_t appended;\n} mr_host;")
    cases = [  # what, edits, line of history, gate must say, layout.c must fail
        ("nothing", [], "", None, False),
        ("a field inside mr_record", [("  mr_bytes key, value;\n  int64_t position;", "  mr_bytes key, value;\n  int64_t inserted, position;")], "",
         "mr_record differs", True),
        ("two fields of one size change places", [("uint32_t struct_size, outcome;\n  mr_status code;",
                                                   "uint32_t struct_size;\n  mr_status code;\n  uint32_t outcome;")], "",
         "mr_result differs", True),
        ("a parameter less", [("mr_status (*apply)(void* self, const mr_batch* in, uint64_t* keep, mr_error* err)",
                               "mr_status (*apply)(void* self, const mr_batch* in, uint64_t* keep)")], "",
         "mr_filter_v1 differs", True),
        ("a constant's value, which only layout.c sees", [("MR_REJECT = 2", "MR_REJECT = 9")], "", None, True),
        ("a longer mr_host without a word", [raised, appended], "", "no line of history.txt names it", True),
        ("a longer mr_host that keeps the minor", [appended], "2030-01-01  mr_host  grew  read by its size\n",
         "MR_ABI_MINOR was not raised", True),
        ("a longer mr_host, explained", [raised, appended], "2030-01-01  mr_host  grew  read by its size\n", None, True),
        ("an explained field, but not at the end", [raised, ("  mr_str pipeline_id;", "  uint64_t inserted;\n  mr_str pipeline_id;")],
         "2030-01-01  mr_host  grew  read by its size\n", "by more than an addition at its end", True),
        ("a new struct", [("typedef struct mr_header {", "typedef struct mr_new {\n  uint32_t struct_size, reserved;\n} mr_new;\n"
                           "typedef struct mr_header {")], "", None, False),
        ("a longer mr_str, explained or not", [raised, ("  const char* data;\n  uint64_t size;\n} mr_str;",
                                                        "  const char* data;\n  uint64_t size, more;\n} mr_str;")],
         "2030-01-01  mr_str  grew  nobody asked\n", "mr_str differs from 1.0.abi and is frozen", True),
    ]
    for what, edits, line, says, layout in cases:
        with tempfile.TemporaryDirectory() as temporary:
            mutated = Path(temporary) / "millrace/plugin.h"
            mutated.parent.mkdir()
            text = original
            for before, after in edits:
                if text.count(before) != 1:
                    sys.exit(f"'{what}' does not find its place in the header any more: {before}")
                text = text.replace(before, after)
            mutated.write_text(text)
            found = "\n".join(problems(mutated, baselines, history + line))
            if (says is None) != (found == "") or (says or "") not in found:
                sys.exit(f"{what}: the gate should have said {says!r}, and said:\n{found}")
            if layout_fails(mutated) != layout:
                sys.exit(f"{what}: layout.c {'compiles' if layout else 'does not compile'}")
        print(f"{what}: {'passes' if says is None else 'refused: ' + says}{', layout.c stops it' if layout else ''}")


if __name__ == "__main__":
    if not all(shutil.which(tool) for tool in ("abidw", "abidiff")):
        print("libabigail (abidw, abidiff) is not installed: skipped")
        sys.exit(77)
    {"check": check, "write": write, "prove": prove}[sys.argv[1]](*map(Path, sys.argv[2:]))

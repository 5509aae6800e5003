#!/usr/bin/env python3
"""`millrace plugin new` as an author uses it: a plugin of each kind, scaffolded outside this tree by an installed host,
built against the installed SDK alone, tested by its own test, checked, and run by its own pipeline as it stands.

One cmake build makes all five. Needs the same environment as examples.py, whose helpers it uses.
"""
import json, os, re, shutil, sys, time
from pathlib import Path

sys.dont_write_bytecode = True  # nothing is written into the source tree
from examples import BUILD, FIRST_PARTY, Host, WORK, expect, expect_filtered, install_sdk, plugins, read, run
import examples

KINDS = ("auth", "encoder", "filter", "sink", "source")
PREFIX, FOLDER = WORK / "prefix", WORK / "plugins"
INSTALLED = PREFIX / "bin/millrace"


def folder(kind):
    return FOLDER / f"{kind}_my_{kind}"


def built(kind):
    return FOLDER / f"build/{kind}_my_{kind}"


def install():
    shutil.rmtree(PREFIX, ignore_errors=True)  # of the run before, which put a host there
    install_sdk()
    for name in ("bin", "lib/millrace/plugins"):
        (PREFIX / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(BUILD / "bin/millrace", INSTALLED)
    for file in FIRST_PARTY.glob("*.so"):
        shutil.copy(file, PREFIX / "lib/millrace/plugins")


def scaffold():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for kind in KINDS:
        said = run([INSTALLED, "plugin", "new", kind, f"my_{kind}"], cwd=FOLDER)
        names = ["CMakeLists.txt", "README.md", f"my_{kind}.cc", f"my_{kind}_test.cc", "pipeline.yaml", "schema.json"]
        expect(sorted(file.name for file in folder(kind).iterdir()) == sorted(names), f"{kind}: {list(folder(kind).iterdir())}")
        expect(said.startswith(f"{kind}_my_{kind}: ") and f"-DCMAKE_PREFIX_PATH={PREFIX}" in said, said)
        for file in folder(kind).iterdir():
            left = re.search(r"@[A-Z]+@", file.read_text())
            expect(not left, f"{file} still has {left and left[0]}")
        before = {file: file.read_bytes() for file in folder(kind).iterdir()}
        said = run([INSTALLED, "plugin", "new", kind, f"my_{kind}"], cwd=FOLDER, code=1)
        expect("is there already, and nothing is overwritten" in said, said)
        expect(before == {file: file.read_bytes() for file in folder(kind).iterdir()}, f"{kind}: overwritten")
    for name in ("Filter", "1st", "a-b", "a__b", "a_", "", "x" * 41, "../x"):
        said = run([INSTALLED, "plugin", "new", "filter", name], cwd=FOLDER, code=2)
        expect("cannot be a component's type" in said, said)
    said = run([INSTALLED, "plugin", "new", "filter", "filter_criteria"], cwd=FOLDER, code=1)
    expect("already" in said, said)
    run([INSTALLED, "plugin", "new", "transform", "x"], cwd=FOLDER, code=2)
    expect(sorted(entry.name for entry in FOLDER.iterdir()) == [f"{kind}_my_{kind}" for kind in KINDS], "more was written")


def build():
    (FOLDER / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(all CXX)\nenable_testing()\n" +
                                           "".join(f"add_subdirectory({folder(kind).name})\n" for kind in KINDS))
    cmake = os.environ["CMAKE"]
    run([cmake, "-S", FOLDER, "-B", FOLDER / "build", "-G", os.environ["GENERATOR"], "-DCMAKE_BUILD_TYPE=Debug",
         f"-DCMAKE_PREFIX_PATH={PREFIX};{os.environ['DEPS']}", f"-DCMAKE_CXX_COMPILER={os.environ['CXX']}",
         f"-DCMAKE_CXX_COMPILER_LAUNCHER={os.environ['LAUNCHER']}", "-DCMAKE_CXX_FLAGS_DEBUG=-O0",
         "-DCMAKE_UNITY_BUILD=ON",  # a test and its plugin in one compilation: most of the time is in large headers
         "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wconversion -Wshadow -Werror"])
    expect(f"millrace_sdk_DIR:PATH={PREFIX}/" in (FOLDER / "build/CMakeCache.txt").read_text(), "another SDK was found")
    run([cmake, "--build", FOLDER / "build", "-j", "2"])
    said = run([Path(cmake).parent / "ctest", "--test-dir", FOLDER / "build", "--output-on-failure", "--no-tests=error"])
    expect("out of 5" in said, said)


def check():
    for kind in KINDS:
        report = json.loads(run([INSTALLED, "plugin", "check", "--json", built(kind) / f"{kind}_my_{kind}.so"]))
        expect(report["good"] and report["counts"]["warn"] == 0, json.dumps(report, indent=1))
        skipped = {r["check"] for r in report["results"] if r["outcome"] == "skip"}
        # A build folder's run path is not the installed one; the rest asks for what these templates do not have.
        allowed = {"no-rpath-outside-origin", "start-failure-is-reported", "round-trip", "revoke-drains", "concurrent-if-declared", "busy-then-accepts"}
        expect(skipped <= allowed, f"{kind}: skipped {sorted(skipped - allowed)}: {report}")


def dev(kind, **environment):
    # What the README says, word by word, with the build folder that all five share.
    line = re.search(r"millrace (dev --once .*)", (folder(kind) / "README.md").read_text())[1]
    words = [str(built(kind)) if word == "build" else word for word in line.split()]
    return run([INSTALLED, *words], cwd=folder(kind), **environment)


def run_pipelines():
    expect_filtered(dev("filter"), "the filter's pipeline")
    said = dev("encoder")
    expect("event 1: not the event of the lambda_event encoder" in said and "200 delivered" in said, said)
    said = dev("auth", KAFKA_PASSWORD="secret")
    expect("200 delivered" in said, said)

    with Host("dev", ["dev"]) as broker:
        address = broker.wait(lambda: re.search(r"The broker answers at (\S+)", broker.text()), "the broker's address")[1]
        function = re.search(r"http://127\.0\.0\.1:\d+", broker.text())[0]
        output = WORK / "requests.jsonl"
        output.unlink(missing_ok=True)
        with Host("sink", ["run", *plugins(PREFIX / "lib/millrace/plugins", built("sink")), folder("sink") / "pipeline.yaml"],
                  KAFKA=address, OUTPUT=str(output)) as host:
            host.wait(lambda: b'"eventSource"' in read(output), "orders in the sink's file")
        with Host("source", ["run", *plugins(PREFIX / "lib/millrace/plugins", built("source")), folder("source") / "pipeline.yaml"],
                  FUNCTION_ENDPOINT=function) as host:
            host.wait(lambda: "my_source" in broker.text(), "a record of the source at the function")


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    examples.MILLRACE = INSTALLED
    only = sys.argv[1:]  # names of steps: for trying one again after a run that built everything
    for step in (install, scaffold, build, check, run_pipelines):
        if not only or step.__name__ in only:
            started = time.monotonic()
            step()
            print(f"{step.__name__}: {time.monotonic() - started:.1f} s", flush=True)


try:
    main()
except examples.Failed as failure:
    raise SystemExit(f"FAILED: {failure}")

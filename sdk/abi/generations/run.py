#!/usr/bin/env python3
"""Runs the plugins of every earlier ABI in today's host.

  run.py MILLRACE GENERATIONS WORK

Each numbered folder keeps a plugin.h as it was released, a plugin written for it, a pipeline with all of its components
and what that must deliver. The plugin is built against that header and nothing else, and loaded, validated and run twice:
the second time must deliver nothing, because what was finished is remembered. Used by the test abi.generations.
"""
import os, shutil, signal, subprocess, sys, time
from pathlib import Path

PATIENCE = 30  # seconds for a pipeline that needs a fraction of one


def build(folder, work):
    plugin = work / f"generation_{folder.name}.so"
    for compiler in filter(shutil.which, ("gcc", "clang")):  # the last one that is there is run
        subprocess.run([compiler, "-std=c11", "-O1", "-g", "-w", "-fPIC", "-shared", "-fvisibility=hidden", "-o", plugin,
                        folder / "plugin.c"], check=True)  # -w: the file is not edited for a later compiler's taste
    return plugin


def run(millrace, work, pipeline, output, finished):
    """Runs until finished(), then stops the host; its log when that does not come."""
    log = work / "log"
    with log.open("w") as file:
        host = subprocess.Popen([millrace, "run", "--plugins", work, pipeline], cwd=work, stdout=file, stderr=file,
                                stdin=subprocess.DEVNULL,
                                env={**os.environ, "OUTPUT": str(output), "STATE_DIRECTORY": str(work / "state")})
    deadline = time.monotonic() + PATIENCE
    try:
        while not finished(log.read_text()):
            if host.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"generation {pipeline.parent.name} does not run:\n{log.read_text()}")
            time.sleep(0.02)  # between looks at another process
    finally:
        if host.poll() is None:
            host.send_signal(signal.SIGTERM)
        try:
            code = host.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            host.kill()
            code = "nothing"
    if code != 0:
        sys.exit(f"the host ended with {code}:\n{log.read_text()}")
    return log.read_text()


def main(millrace, generations, work):
    folders = sorted(folder for folder in generations.iterdir() if folder.name.isdigit())
    if not folders:
        sys.exit("there is no generation")
    for folder in folders:
        mine = work / folder.name
        shutil.rmtree(mine, ignore_errors=True)
        mine.mkdir(parents=True)
        build(folder, mine)
        pipeline = Path(shutil.copy(folder / "pipeline.yaml", mine))
        secret = mine / "user"
        secret.write_text(f"gen{folder.name}")
        secret.chmod(0o600)
        expected, output = (folder / "expected.txt").read_text(), mine / "output.txt"

        def delivered():
            return output.read_text() if output.exists() else ""

        run(millrace, mine, pipeline, output, lambda log: len(delivered()) >= len(expected))
        if delivered() != expected:
            sys.exit(f"generation {folder.name} delivered something else; compare {output} with {folder / 'expected.txt'}")
        assigned = []  # when, once that was seen

        def has_had_time(log):
            if not assigned and '"partitions assigned"' in log:
                assigned.append(time.monotonic())
            return delivered() != expected or assigned and time.monotonic() > assigned[0] + 0.3

        run(millrace, mine, pipeline, output, has_had_time)
        if delivered() != expected:
            sys.exit(f"generation {folder.name} delivered again what it had finished: {output}")
        print(f"generation {folder.name}: {expected.count(chr(10))} records, as then")


main(*(Path(argument).resolve() for argument in sys.argv[1:]))

#!/usr/bin/env python3
"""Runs one small cell for real and looks at what is reported: the harness keeps working although no test measures speed.

usage: trial.py BENCH_PIPELINE
"""
import json, subprocess, sys

CELL = "100B/none/plaintext/batch-100"


def main():
    program = sys.argv[1]
    listed = subprocess.run([program, "--set", "full", "--list"], capture_output=True, text=True, check=True).stdout.split()
    assert CELL in listed and "memory/function-hangs" in listed and len(listed) == len(set(listed)), listed
    for wrong in (["--rounds", "none"], ["--set", "half"], ["--cells", "nothing/like/it"], ["--what"]):
        done = subprocess.run([program, *wrong], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr.startswith(("bench: ", "no cell")), (wrong, done)

    done = subprocess.run([program, "--cells", CELL, "--clients", "ceiling,rival,lambda*", "--scale", "0.001", "--rounds", "1",
                           "--commit", "trial", "-o", "json"], stdout=subprocess.PIPE, text=True, timeout=100)
    if done.returncode == 77:
        print(done.stdout)
        return 77
    assert done.returncode == 0, done
    report = json.loads(done.stdout)
    assert report["commit"] == "trial" and "cores" in report["machine"], report
    (cell,) = report["cells"]
    assert cell["name"] == CELL, cell
    assert "skipped" in cell["clients"]["rival"], cell
    for name in ("ceiling", "lambda", "lambda-signed"):
        figures = cell["clients"][name]
        assert figures["records_per_s"] > 0 and figures["peak_rss_mb"] > 1 and figures["ratio_to_ceiling"] > 0, (name, figures)
    assert any("peak memory" in bar["bar"] for bar in cell["bars"]), cell
    print(f"measured {sorted(cell['clients'])} of {CELL}")
    return 0


sys.exit(main())

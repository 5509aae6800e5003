#!/usr/bin/env python3
"""Makes one table of the best that filter_bench and event-ruler measured, and checks that both counted the same matches.

usage: table.py ENGINE RULER      (RULER may be empty)
"""
import sys

engine, order, counts = {}, [], {}
for line in open(sys.argv[1]):
    name, mode, nanoseconds, matched = line.split()
    if name not in engine:
        order.append(name)
    modes = engine.setdefault(name, {})
    modes[mode] = min(float(nanoseconds), modes.get(mode, float("inf")))
    if mode.endswith("-cold"):
        counts.setdefault(name, {})[mode] = matched
ruler = {}
for line in open(sys.argv[2]):
    name, rate, matched = line.split()
    ruler[name] = max(float(rate), ruler.get(name, 0))
    counts.setdefault(name, {})["event-ruler"] = matched


def rate(name, mode):
    value = engine[name].get(mode)
    return f"{1e3 / value:.2f} M" if value else "-"


print("| rules | full, cold | full, hot | touched, cold | touched, hot | event-ruler | full, cold / event-ruler |")
print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
for name in order:
    ours, theirs = engine[name].get("full-cold"), ruler.get(name)
    ratio = f"{1e9 / ours / theirs:.0f} ×" if ours and theirs else "-"
    there = f"{theirs / 1e6:.3f} M" if theirs else "-"
    print(f"| {name} | {rate(name, 'full-cold')} | {rate(name, 'full-hot')} | {rate(name, 'touched-cold')} | {rate(name, 'touched-hot')} | {there} | {ratio} |")
wrong = {name: found for name, found in counts.items() if len(set(found.values())) > 1}
for name, found in wrong.items():
    print(f"{name}: the counts differ: {found}")
sys.exit(1 if wrong else 0)

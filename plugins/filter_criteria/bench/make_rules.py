#!/usr/bin/env python3
"""Prints the sixteen rule sets of the filter benchmark as JSON: {"SET": ["pattern", ...], ...}."""
import json

P = "properties"
X, LOW, HIGH = -122.42916360922355, -122.46471267081272, -122.4063085128395
MIDDLE = -122.41600944012424
FIELDS = [(P, "STREET"), (P, "STREET"), (P, "ST_TYPE"), ("geometry", "type"), (P, "FROM_ST")]


def rule(outer, inner, alternative):
    return {outer: {inner: [alternative]}}


def same(inner, wrap, values):
    return [rule(P, inner, wrap(value)) for value in values]


def anything_but(wrap, values):
    return [rule(outer, inner, {"anything-but": wrap(value)}) for (outer, inner), value in zip(FIELDS, values)]


def coordinates(name, exact_axis, exact):
    def numeric(*bounds):
        return {"geometry": {name: {"x": [{"numeric": list(bounds)}]}}}

    return [
        {"geometry": {"type": ["Polygon"], name: {"x": [{"numeric": ["=", X]}]}}},
        {"geometry": {"type": ["MultiPolygon"], name: {exact_axis: [{"numeric": ["=", exact]}]}}},
        numeric("<", MIDDLE),
        numeric(">", MIDDLE),
        numeric(">", LOW, "<", HIGH),
    ]


blocks = ["143*", "2*0*1*7", "*218", "3*5*2", "VA*IL"]
sets = {
    "EXACT": same("MAPBLKLOT", lambda v: v, ["1430022", "2607117", "2607218", "3745012", "VACSTWIL"]),
    "WILDCARD": same("MAPBLKLOT", lambda v: {"wildcard": v}, blocks),
    "PREFIX": same("STREET", lambda v: {"prefix": v}, ["AC", "BL", "DR", "FU", "RH"]),
    "PREFIX_EIC": same("STREET", lambda v: {"prefix": {"equals-ignore-case": v}}, ["Ac", "bL", "dR", "Fu", "rH"]),
    "SUFFIX": same("STREET", lambda v: {"suffix": v}, ["ON", "KE", "MM", "ING", "GO"]),
    "SUFFIX_EIC": same("STREET", lambda v: {"suffix": {"equals-ignore-case": v}}, ["oN", "Ke", "mM", "InG", "gO"]),
    "EQUALS_IGNORE_CASE": same("STREET", lambda v: {"equals-ignore-case": v}, ["jefferson", "bEaCh", "HyDe", "CHESTNUT"])
    + [rule(P, "ST_TYPE", {"equals-ignore-case": "st"})],
    "NUMERIC": coordinates("firstCoordinates", "z", 0),
    "ANYTHING-BUT": anything_but(lambda v: [v], ["FULTON", "MASON", "ST", "Polygon", "441"]),
    "ANYTHING-BUT-IGNORE-CASE": anything_but(lambda v: {"equals-ignore-case": [v]}, ["Fulton", "Mason", "st", "polygon", "441"]),
    "ANYTHING-BUT-PREFIX": anything_but(lambda v: {"prefix": v}, ["FULTO", "MASO", "S", "Poly", "44"]),
    "ANYTHING-BUT-SUFFIX": anything_but(lambda v: {"suffix": v}, ["ULTON", "ASON", "T", "olygon", "41"]),
    "ANYTHING-BUT-WILDCARD": same("MAPBLKLOT", lambda v: {"anything-but": {"wildcard": v}}, blocks),
    "COMPLEX_ARRAYS": coordinates("coordinates", "y", 37.729900216217324),
}
partial = ["NUMERIC", "EXACT", "PREFIX", "ANYTHING-BUT", "ANYTHING-BUT-IGNORE-CASE", "ANYTHING-BUT-PREFIX", "ANYTHING-BUT-SUFFIX", "ANYTHING-BUT-WILDCARD"]
sets["PARTIAL_COMBO"] = [pattern for name in partial for pattern in sets[name]]
sets["COMBO"] = sets["PARTIAL_COMBO"] + sets["COMPLEX_ARRAYS"]
print(json.dumps({name: [json.dumps(pattern) for pattern in patterns] for name, patterns in sets.items()}, indent=1))

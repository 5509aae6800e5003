#!/usr/bin/env python3
"""Writes the data set of the filter benchmark: land parcels as JSON lines, made up.

usage: make_data.py OUT [LINES=213068] [SEED=1]

The shape, the names and the kinds of values are those of the parcels that event patterns are commonly measured with:
about 900 bytes a line, the coordinates of a polygon as a list of objects. Equal arguments give equal bytes. Some lines
are placed on purpose, so that every rule of the benchmark finds the handful of matches it is known for.
"""
import random
import sys

# Name, kind (None is null) and how often of 6,000 parcels.
STREETS = """
FULTON ST 90|FUNSTON AVE 22|MASON ST 125|JEFFERSON ST 6|BEACH ST 10|HYDE ST 83|CHESTNUT ST 39|ACADIA ST 1|ACTON ST 1
BLAKE ST 6|BLYTHDALE AVE 15|DRAKE ST 1|DRUMM ST 1|RHODE_ISLAND ST 16|CRANLEIGH DR 1|LAKE ST 34|CHANNING ST 40|SPRING ST 50
SANTIAGO ST 25|FOLSOM ST 65|WASHINGTON ST 120|JACKSON ST 130|DIVISADERO ST 90|STOCKTON ST 110|JOHNSTON AVE 60|MISSION ST 330
MARKET ST 260|CALIFORNIA ST 220|GEARY BLVD 160|CLEMENT ST 150|IRVING ST 120|JUDAH ST 120|NORIEGA ST 130|TARAVAL ST 110
ULLOA ST 120|17TH ST 76|18TH ST 90|24TH ST 100|25TH AVE 130|30TH AVE 140|40TH AVE 140|46TH AVE 130|3RD ST 110
SAN_BRUNO AVE 120|PORTOLA DR 40|MONTEREY BLVD 60|ALEMANY BLVD 70|GREENWICH ST 90|TURK BLVD 60|CABRILLO ST 120
OCTAVIA ST 80|FOERSTER ST 30|VALLEJO ST 90|UNION ST 100|PACIFIC AVE 110|SILVER AVE 60|CORTLAND AVE 50|HOLLOWAY AVE 60
UNKNOWN - 700
"""
X = -122.42916360922355  # the coordinates that the rules ask for
Y = 37.729900216217324


def streets():
    parsed = [entry.split() for line in STREETS.strip().splitlines() for entry in line.split("|")]
    names = [(name.replace("_", " "), None if kind == "-" else kind) for name, kind, _ in parsed]
    return names, [int(weight) for _, _, weight in parsed]


def point(x, y):
    return '{"x":%r,"y":%r,"z":0.0}' % (x, y)


def parcel(rng, number, names, weights):
    street, kind = rng.choices(names, weights)[0]
    block = f"{rng.randrange(1, 7400):04d}"
    if rng.random() < 0.01:
        block += rng.choice("ABCDEF")
    lot = f"{rng.randrange(1, 120):03d}"
    whole = block + lot
    mapped = whole if rng.random() < 0.75 else block + f"{rng.randrange(1, 40):03d}"
    placed = {0: "1430022", 1: "VACSTWIL"}.get(number)
    if placed is None:
        placed = "2607117" if number % 2103 == 7 else "2607218" if number % 6001 == 11 else "3745012" if number % 325 == 13 else mapped
    house = rng.randrange(1, 4300)
    if rng.random() < 0.0115:
        house = 441
    x, y = -122.51 + rng.random() * 0.13, 37.708 + rng.random() * 0.10
    if number % 106534 == 3:
        x = X
    corners = max(4, min(120, int(rng.gauss(10, 4)) if rng.random() > 0.02 else rng.randrange(20, 120)))
    first = point(x, y)
    points = [first] + [point(x + rng.random() * 0.0005, y + rng.random() * 0.0005) for _ in range(corners - 2)] + [first]
    if number % 986 == 21:
        points[1] = point(X, Y)
    return (
        '{"type":"Feature","properties":{"MAPBLKLOT":"%s","BLKLOT":"%s","BLOCK_NUM":"%s","LOT_NUM":"%s","FROM_ST":"%d","TO_ST":"%d",'
        '"STREET":"%s","ST_TYPE":%s,"ODD_EVEN":"%s"},"geometry":{"type":"%s","firstCoordinates":%s,"coordinates":[%s]}}\n'
        % (placed, whole, block, lot, house, house, street, f'"{kind}"' if kind else "null", "EO"[house % 2],
           "MultiPolygon" if number % 1777 == 5 else "Polygon", first, ",".join(points))
    )


def main():
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else 213068
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    names, weights = streets()
    with open(sys.argv[1], "w", encoding="ascii", newline="\n") as out:
        for number in range(lines):
            out.write(parcel(rng, number, names, weights))


main()

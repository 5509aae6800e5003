#!/usr/bin/env python3
"""Reads rows of CSV and writes each record's key and value as `millrace plugin check --decoder` wants them."""
import base64, csv, json, sys

rows = csv.reader(open(sys.stdin.fileno(), encoding="latin-1", newline=""))  # latin-1: one character for each byte
for row in rows:
    key, value = (base64.b64encode(text.encode("latin-1")).decode() for text in row[4:])
    print(json.dumps({"key": key, "value": value}))

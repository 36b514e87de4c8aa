# SPDX-License-Identifier: Apache-2.0
"""Encodes and decodes JSON."""
import json

records = [
    {"id": i, "name": f"name {i * 7919 % 10007}", "tags": [f"t{j}" for j in range(i % 7)],
     "nested": {"x": i / 3, "y": None, "z": i % 2 == 0}}
    for i in range(20000)
]
length = 0
for _ in range(8):
    text = json.dumps(records)
    again = json.loads(text)
    length += len(text) + len(again)
print(length)

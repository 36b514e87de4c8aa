#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# python3 with threads, children, extension modules.
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3
cat > threads.py <<'PY'
import collections, ctypes, hashlib, json, os, re, subprocess, sys, threading, zlib
totals = collections.Counter()
lock = threading.Lock()
def work(n):
    items = [{"id": i, "name": "name%d" % i, "sub": list(range(i % 50))} for i in range(3000)]
    text = json.dumps(items)
    back = json.loads(text)
    data = zlib.compress(text.encode())
    with lock:
        totals["digest"] += int(hashlib.sha256(data).hexdigest()[:8], 16)
        totals["items"] += len(back) + len(re.findall(r"name\d+", text))
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(totals.items()))
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.write(w, b"from the child")
    os._exit(9)
print(os.read(r, 100), os.waitpid(pid, 0)[1] >> 8)
print(subprocess.run(["sh", "-c", "echo out; exit 4"], capture_output=True))
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("no other child")
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
for size in (1, 100, 10000, 1000000):
    libc.free(libc.malloc(size))
try:
    x = bytearray(1 << 62)
except MemoryError:
    print("MemoryError")
sys.exit(17)
PY
same "threads, fork, subprocess" "$python" "$work/threads.py"
same "-c with threads" "$python" -c '
import threading
out = [0] * 20
def f(i): out[i] = sum(len(str(j)) for j in range(10000)) + i
ts = [threading.Thread(target=f, args=(i,)) for i in range(20)]
[t.start() for t in ts]; [t.join() for t in ts]
print(out)'
same "pymalloc switched off" env PYTHONMALLOC=malloc "$python" -c '
d = {i: [str(i)] * 5 for i in range(100000)}
print(len(d), sum(len(v) for v in d.values()))'

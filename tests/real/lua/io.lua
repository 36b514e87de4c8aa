-- SPDX-License-Identifier: Apache-2.0
-- Files, lines, pipes and their status, standard streams.
local name = "lua-io.txt"
local f = assert(io.open(name, "w"))
f:setvbuf("full", 4096)
for i = 1, 20000 do f:write("line ", i, "\n") end
f:close()
local n, bytes = 0, 0
for line in io.lines(name) do n = n + 1; bytes = bytes + #line end
f = assert(io.open(name, "rb"))
local size = f:seek("end")
f:seek("set", 5)
local first = f:read("n")
f:seek("set", 0)
local all = f:read("a")
f:close()
assert(first == 1 and #all == size)
local p = assert(io.popen("cat; exit 7", "w"))
p:write("through a pipe\n")
print(p:close())
print(os.execute("exit 3"))
io.stderr:write("to the error stream\n")
assert(os.remove(name) and not io.open(name))
print("io", n, bytes, size)
os.exit(5, true)

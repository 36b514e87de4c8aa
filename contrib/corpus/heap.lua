-- SPDX-License-Identifier: Apache-2.0
-- Something of each kind that stays, until a line is read.
local kept = { tables = {}, strings = {}, closures = {}, threads = {}, arrays = {} }

local function keep(i)
	local seen = i
	kept.closures[i] = function(x)
		seen = seen + x
		return seen
	end
	kept.threads[i % 500 + 1] = coroutine.create(function(a)
		local b = coroutine.yield(a)
		return b
	end)
	coroutine.resume(kept.threads[i % 500 + 1], i)
end

for i = 1, 20000 do
	kept.tables["name" .. i] = { id = i, tags = { i, i + 1 }, note = "note " .. i % 97 }
	kept.strings[i] = ("text"):rep(i % 50) .. i
	kept.arrays[i % 2000 + 1] = { i, i * 2, i * 3, i * 4, i / 2 }
	keep(i)
end
local chunks = {}
for i = 1, 200 do
	chunks[i] = load("local a, b = ... ; return function(c) return a * " .. i ..
		" + b - c, 'constant" .. i .. "' end")
	chunks[i](i, i)
end
local file = io.tmpfile()
file:write(table.concat(kept.strings, " ", 1, 1000))
collectgarbage()
print("ready")
io.flush()
io.read()
print(#kept.closures, #chunks, file)

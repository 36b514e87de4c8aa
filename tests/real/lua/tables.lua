-- SPDX-License-Identifier: Apache-2.0
-- Tables: array and hash parts grow and shrink, order, metatables, weak ones.
local t = {}
for i = 1, 300000 do t[i] = i * i % 1009 end
table.sort(t)
for i = 2, #t do assert(t[i - 1] <= t[i]) end
table.sort(t, function(x, y) return x > y end)
assert(t[1] == 1008 and t[#t] == 0)
local h = {}
for i = 1, 100000 do h["k" .. i] = { id = i, list = { i, i + 1 } } end
local sum, count = 0, 0
for _, v in pairs(h) do sum = sum + v.id + #v.list; count = count + 1 end
assert(count == 100000)
for i = 1, 100000, 2 do h["k" .. i] = nil end
collectgarbage()
count = 0
for _ in pairs(h) do count = count + 1 end
assert(count == 50000)
local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return setmetatable({ x = a.x + b.x }, Vector) end
Vector.__eq = function(a, b) return a.x == b.x end
Vector.__lt = function(a, b) return a.x < b.x end
Vector.__len = function(a) return a.x end
Vector.__call = function(a, n) return a.x * n end
Vector.__close = function(a) a.x = -1 end
local v = setmetatable({ x = 3 }, Vector)
assert((v + v) == setmetatable({ x = 6 }, Vector) and #v == 3 and v(5) == 15)
do local closed <close> = v end
assert(v.x == -1)
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 1000 do weak[i] = {} end
collectgarbage()
assert(next(weak) == nil)
local finalized = 0
for _ = 1, 1000 do
	setmetatable({}, { __gc = function() finalized = finalized + 1 end })
end
collectgarbage()
assert(finalized == 1000)
local moved = table.move({ 1, 2, 3 }, 1, 3, 3, { 9, 9 })
print("tables", sum, table.concat(moved, ","), select("#", table.unpack(t, 1, 200)))

-- SPDX-License-Identifier: Apache-2.0
-- Closures, coroutines, errors, deep recursion, code loaded at run time.
local function counter()
	local n = 0
	return function() n = n + 1; return n end
end
local one, two = counter(), counter()
one(); one()
assert(one() == 3 and two() == 1)
local function generate(limit)
	return coroutine.wrap(function()
		for i = 1, limit do coroutine.yield(i) end
	end)
end
local total = 0
for i in generate(50000) do total = total + i end
assert(total == 50000 * 50001 // 2)
local crowd = {}
for i = 1, 5000 do
	crowd[i] = coroutine.create(function(a)
		local b = coroutine.yield(a + 1)
		error({ code = b })
	end)
end
local codes = 0
for i, co in ipairs(crowd) do
	local ok, value = coroutine.resume(co, i)
	assert(ok and value == i + 1)
	ok, value = coroutine.resume(co, i * 2)
	assert(not ok and value.code == i * 2 and coroutine.status(co) == "dead")
	codes = codes + value.code
end
local function depth(n) return n == 0 and 0 or 1 + depth(n - 1) end
assert(depth(100000) == 100000)
local ok, message = pcall(function() local function f() return 1 + f() end; return f() end)
assert(not ok and message:find("stack overflow"))
local functions = {}
for i = 1, 3000 do functions[i] = load("local a = ... return a * " .. i) end
local product = 0
for i, f in ipairs(functions) do product = product + f(i) end
assert(not load("this is not lua"))
for i = 1, 3 do
	for j = 1, 3 do
		if j == 2 then goto continue end
		codes = codes + i * j
		::continue::
	end
end
assert(7 // 2 == 3 and -7 // 2 == -4 and 7 % -3 == -2 and 1 << 62 == 2^62)
assert(math.type(2^53) == "float" and math.tointeger(2^53) == 9007199254740992)
print("control", total, codes, product, select(2, pcall(error, "plain")))

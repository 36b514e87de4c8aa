-- SPDX-License-Identifier: Apache-2.0
-- Trees, objects, arrays and closures: small tables that come and go.
local function tree(depth)
	if depth == 0 then return {} end
	return { tree(depth - 1), tree(depth - 1) }
end

local function count(node)
	if not node[1] then return 1 end
	return 1 + count(node[1]) + count(node[2])
end

local long = tree(15)
local nodes = 0
for _ = 1, 60 do nodes = nodes + count(tree(12)) end

local Account = {}
Account.__index = Account
local accounts = {}
for i = 1, 200000 do
	accounts[i] = setmetatable({ id = i, balance = i * 7 % 1000 }, Account)
end
table.sort(accounts, function(a, b)
	if a.balance ~= b.balance then return a.balance < b.balance end
	return a.id < b.id
end)

local adders = {}
for i = 1, 200000 do adders[i % 5000] = function(x) return x + i end end
print(nodes, count(long), accounts[1].id, adders[1](1))

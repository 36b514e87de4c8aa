-- SPDX-License-Identifier: Apache-2.0
-- Strings: building, splitting, replacing, keys of tables.
local words = {}
for i = 1, 40000 do
	words[i] = string.format("word%d-%s", i * 7919 % 100003, ("x"):rep(i % 40))
end
local text = table.concat(words, " ")
local total = 0
for _ = 1, 4 do
	local seen = {}
	for word in text:gmatch("%S+") do
		seen[word] = (seen[word] or 0) + 1
		total = total + #word
	end
	local replaced = text:gsub("word(%d+)", function(n) return "<" .. n .. ">" end)
	total = total + #replaced:upper():reverse()
end
local line = ""
for i = 1, 6000 do line = line .. i % 10 end
print(total, #line)

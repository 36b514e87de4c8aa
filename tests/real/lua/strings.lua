-- SPDX-License-Identifier: Apache-2.0
-- Strings: long and short, built, searched, packed, interned.
assert(("x"):rep(5, ",") == "x,x,x,x,x")
assert(("hello world"):find("o w") == 5)
assert(("hello"):gsub("l", { l = "L" }) == "heLLo")
assert(string.format("%5.2f|%-6s|%06d|%q", 3.14159, "ab", 42, 'a"b\n')
	== ' 3.14|ab    |000042|"a\\"b\\\n"')
assert(("key = value"):match("^(%w+)%s*=%s*(%w+)$") == "key")
local pieces = {}
for word in ("the quick brown fox"):gmatch("%a+") do
	pieces[#pieces + 1] = word:upper():reverse()
end
assert(table.concat(pieces, " ") == "EHT KCIUQ NWORB XOF")
local packed = string.pack("<i4 z s2 d", -7, "zero", "sized", 0.5)
local a, b, c, d = string.unpack("<i4 z s2 d", packed)
assert(a == -7 and b == "zero" and c == "sized" and d == 0.5)
assert(utf8.char(228, 8364, 0x1F600) == "ä€😀" and utf8.len("ä€😀") == 3)
local big = ("0123456789"):rep(200000)
assert(#big == 2000000 and big:sub(-10) == "0123456789")
assert(#big:gsub("5", "five") == 2600000)
local sum = 0
for i = 1, 100000 do
	local s = "item" .. i
	sum = (sum * 31 + #s + s:byte(-1)) % 1000000007
end
print("strings", sum, #big)

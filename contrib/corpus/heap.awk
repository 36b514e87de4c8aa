# SPDX-License-Identifier: Apache-2.0
# Arrays of all kinds, kept until a line is read.
BEGIN {
	for (i = 0; i < 20000; i++) {
		by_name["name " i] = i
		by_number[i] = "value " i
		sparse[i * 1009] = i / 7
		nested[i % 500][i] = substr("a text to cut", i % 7, 5)
		if (match("key" i, /([a-z]+)([0-9]+)/, part))
			found[part[1], part[2]] = part[0]
	}
	for (i = 0; i < 200; i++)
		if ("x" i ~ ("^(x|y)" i % 10 "*$"))
			matched[i] = split(by_number[i], words, " ")
	print "ready"
	fflush()
	getline line
	print length(by_name), length(found), length(nested), line
}

# SPDX-License-Identifier: Apache-2.0
# Values of all kinds, kept until a line is read.
proc keep {i} {
	global names lists tables
	dict set names "name $i" "value $i"
	lappend lists [list $i [expr {$i / 7.0}] [string repeat text [expr {$i % 9}]]]
	dict set tables $i [dict create id $i tags [list [expr {$i + 1}] x$i]]
}
for {set i 0} {$i < 10000} {incr i} {
	keep $i
}
for {set i 0} {$i < 500} {incr i} {
	proc made$i {a {b 2} args} "expr {\$a + \$b + $i}"
	made$i 1
	regexp "^(x|y)$i+" x$i
}
puts ready
flush stdout
gets stdin line
puts [llength $lists]

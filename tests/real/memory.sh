#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hosts that limit or wipe their surroundings.
. "$(dirname "$0")/lib.sh"
same "RLIMIT_AS of 256 MB" bash -c 'ulimit -v 262144
	sort --version | head -n 1
	seq 200000 | sort -r | tail -n 1
	perl -e "print scalar(@{[1 .. 200000]}), qq(\n)"'
same "a program with every descriptor closed" perl -e '
	use POSIX ();
	POSIX::close($_) for 3 .. 255;
	my @a = map { { n => $_ } } 1 .. 50000;
	print scalar(@a), "\n"; print join(" ", glob("/proc/self/fd/*")) ne "", "\n"'
same "an environment wiped by its parent" env -i /usr/bin/env
same "no room for descriptors" bash -c 'ulimit -n 3; echo "$((1 + 1))"'
same "a file read by many small tools" sh -c 'seq 20000 | sed s/7/x/ |
	awk "{ a[\$1 % 100] += \$1 } END { for (i = 0; i < 100; i++) print a[i] }" |
	sort | uniq -c | sha256sum'

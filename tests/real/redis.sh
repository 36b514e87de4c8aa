#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# redis-server passes its own tests for types, scripts, transactions and more,
# the same ones as without the runtime.
. "$(dirname "$0")/lib.sh"
corpus redis
source=$(dirname "$(dirname "$binary")")

units="type/string type/hash type/list type/set type/incr keyspace bitops
	scripting functions multi pubsub protocol acl"

# suite WAY PORT: redis's tests in a folder of their own, whose redis-server
# is a script; both ways run at once.
suite() {
	mkdir -p "$1/src"
	cp -r "$source/tests" "$1/tests"
	ln -s "$source"/src/redis-cli "$source"/src/redis-benchmark "$1/src/"
	local preload=
	[ "$1" = plain ] || preload="LD_PRELOAD='$runtime' "
	printf '#!/bin/sh\n%sexec "%s" "$@"\n' "$preload" "$binary" \
		> "$1/src/redis-server"
	chmod +x "$1/src/redis-server"
	# shellcheck disable=SC2046,SC2086 # a list of words
	(cd "$1" && exec tclsh tests/test_helper.tcl --clients 3 \
		--baseport "$2" --portcount 300 \
		$(printf -- '--single unit/%s ' $units)) > "$1.log" 2>&1
}

# Which tests passed, without their times.
passed() {
	sed -n 's/\x1b\[[0-9;]*m//g; s/^\[ok\]: \(.*\) ([0-9]* ms)$/\1/p' \
		"$1.log" | sort
}

port=$((20000 + $$ % 10000))
suite plain $port &
suite preloaded $((port + 400))
status=$?
wait $!
verdict $status "its TCL tests" "$(grep -aE 'err|exception|crash' \
	preloaded.log | head -n 3 | tr '\n' '|')"
passed plain > plain.passed
passed preloaded > preloaded.passed
count=$(wc -l < plain.passed)
[ "$count" -gt 500 ] && cmp -s plain.passed preloaded.passed
verdict $? "the same tests as without ($count)" \
	"$(diff plain.passed preloaded.passed | head -n 3 | tr '\n' '|')"

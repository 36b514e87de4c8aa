#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh [NAME...]: glibc's malloc against the runtime, in one table.
# Names: start, loop, threads, throw, redis.  Runs are interleaved (glibc, allotype,
# glibc, ...); what counts is CPU time, not the clock's; a cell is the median
# of ROUNDS runs (default 7) with its smallest and largest.
# Run by `make bench`; by hand, from the build folder.
set -eu
here=$(dirname "$(realpath "$0")")
top_builddir=$(realpath "${top_builddir:-.}")
runtime=$top_builddir/.libs/liballotype.so
rounds=${ROUNDS:-7}
port=${BENCH_PORT:-7398}
work=$(mktemp -d)
server=
cleanup() {
	[ -z "$server" ] || kill -9 "$server" 2> /dev/null || :
	rm -rf "$work"
}
trap cleanup EXIT
[ -f "$runtime" ] || { echo "$runtime is not built" >&2; exit 1; }
unset LD_PRELOAD

# cpu COMMAND...: its CPU time, children's included, in milliseconds.
cpu() {
	local TIMEFORMAT='%3U %3S'
	{ time "$@" > /dev/null 2>&1; } 2>&1 |
		awk '{ printf "%.0f\n", ($1 + $2) * 1000 }'
}

# with WAY COMMAND...
with() {
	local preload=
	[ "$1" = glibc ] || preload=$runtime
	LD_PRELOAD=$preload "${@:2}"
}

start_once() {
	cpu with "$1" "$work/start" 300 >> "$work/start.$1"
}
loop_once() {
	cpu with "$1" "$work/malloc_loop" 1 >> "$work/loop.$1"
}
threads_once() {
	cpu with "$1" "$work/malloc_loop" 4 2000000 >> "$work/threads.$1"
}
throw_once() {
	cpu with "$1" "$work/throw" >> "$work/throw.$1"
}

redis_once() {
	local folder=$(dirname "$redis")
	with "$1" "$redis" --port "$port" --save '' --appendonly no \
		--dir "$work" --daemonize yes --pidfile "$work/pid" \
		> /dev/null 2>&1
	until server=$(grep . "$work/pid" 2> /dev/null); do sleep 0.05; done
	until "$folder/redis-cli" -p "$port" ping 2> /dev/null |
		grep -q PONG; do sleep 0.05; done
	"$folder/redis-benchmark" -p "$port" -q -n 100000 -r 100000 -c 20 \
		-P 16 -t set,get,lpush,hset,zadd > /dev/null
	awk '{ print ($14 + $15) * 10 }' "/proc/$server/stat" \
		>> "$work/redis-cpu.$1"
	awk '/^VmHWM/ { print $2 }' "/proc/$server/status" \
		>> "$work/redis-rss.$1"
	kill -9 "$server"
	while kill -0 "$server" 2> /dev/null; do sleep 0.05; done
	server=
	rm "$work/pid"
}

# statistics FILE: median, smallest, largest.
statistics() {
	sort -n "$1" | awk '{ v[NR] = $1 }
		END { print v[int((NR + 1) / 2)], v[1], v[NR] }'
}

row() {
	local title=$1 name=$2 a b
	a=$(statistics "$work/$name.glibc")
	b=$(statistics "$work/$name.allotype")
	echo "$a $b" | awk -v title="$title" '{
		printf "%-34s %8d (%d-%d)  %8d (%d-%d)  %6.2f\n", title,
			$1, $2, $3, $4, $5, $6, $1 ? $4 / $1 : 0 }'
}

measure() {
	local round way
	for round in $(seq "$rounds"); do
		for way in glibc allotype; do
			"$1_once" "$way"
		done
	done
}

[ $# -gt 0 ] || set -- start loop threads throw redis
cat > "$work/start" <<'SH'
#!/bin/sh
i=0
while [ $i -lt "$1" ]; do /bin/true; i=$((i + 1)); done
SH
chmod +x "$work/start"
${CC:-cc} -O2 -pthread -o "$work/malloc_loop" "$here/malloc_loop.c"
${CXX:-c++} -O2 -o "$work/throw" "$here/throw.cc"
case " $* " in
*" redis "*) redis=$("$here/../corpus/build.sh" redis) ;;
esac

printf '%-34s %18s  %18s  %6s\n' "" glibc allotype ratio
for name; do
	measure "$name"
	case $name in
	start) row "300 starts of true, CPU ms" start ;;
	loop) row "5 M malloc/free, CPU ms" loop ;;
	threads) row "4 threads x 2 M, CPU ms" threads ;;
	throw) row "300,000 throws, CPU ms" throw ;;
	redis)
		row "redis-benchmark, server CPU ms" redis-cpu
		row "redis-benchmark, peak RSS KB" redis-rss
		;;
	esac
done

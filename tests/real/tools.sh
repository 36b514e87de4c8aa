#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# git, perl, gcc and bash: output, status and children stay the same.
. "$(dirname "$0")/lib.sh"

cat > git-work <<'SH'
set -e
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
export GIT_CONFIG_NOSYSTEM=1
git init -q -b trunk repo
cd repo
git config user.name somebody
git config user.email somebody@example.org
for i in 1 2 3 4 5 6 7 8; do
	seq $i $((i * 1000)) > file$i
	git add .
	git commit -q -m "commit $i"
done
git checkout -q -b side HEAD~3
echo side > side
git add side
git commit -q -m side
git merge -q -m merge trunk
git log --oneline --graph --stat | cat
git gc -q
git fsck --full
cd ..
git clone -q --no-local repo copy
git -C copy diff HEAD~2 --stat
git -C copy blame file8 | tail -n 2
git -C copy rev-parse HEAD no-such-revision
SH
same git sh "$work/git-work"

cat > work.pl <<'PL'
use strict;
use warnings;
my (%h, @a);
$h{"key$_"} = { n => $_, list => [1 .. $_ % 20] } for 1 .. 30000;
my $sum = 0;
$sum += @{ $h{$_}{list} } for keys %h;
print "$sum\n";
my $text = join ' ', map { "word$_" } 1 .. 50000;
my $count = () = $text =~ /word\d*7\b/g;
(my $other = $text) =~ s/(\d+)/<$1>/g;
print "$count ", length $other, "\n";
for my $n (1 .. 5) {
	my $pid = fork // die;
	exit $n if !$pid;
}
my @statuses;
while ((my $pid = waitpid -1, 0) > 0) { push @statuses, $? >> 8 }
print "children: @{[sort @statuses]}\n";
print `echo from a shell; exit 2`, $? >> 8, "\n";
local $SIG{USR1} = sub { print "signal\n" };
kill USR1 => $$;
open my $pipe, '-|', 'seq 5' or die;
print while <$pipe>;
close $pipe;
my @sorted = sort { $a <=> $b } map { ($_ * 7919) % 100003 } 1 .. 50000;
print "@sorted[0, 1, -1]\n";
eval { die { code => 5 } };
print "caught $@->{code}\n";
exit 11;
PL
same perl perl "$work/work.pl"

cat > unit.cc <<'CC'
#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>
int main()
{
	std::map<std::string, std::vector<int>> m;
	for (int i = 0; i < 1000; i++)
		m[std::to_string(i % 37)].push_back(i);
	std::regex r("(1|2)+");
	std::cout << std::count_if(m.begin(), m.end(), [&](const auto &e) {
		return std::regex_match(e.first, r); }) << std::endl;
}
CC
same gcc sh -c 'gcc -g -O2 -c "$0" -o unit.o && sha256sum unit.o &&
	g++ -o unit unit.o && ./unit' "$work/unit.cc"
same "gcc's errors" gcc -Wall -c -x c - -o /dev/null

cat > work.bash <<'BASH'
trap 'echo leaving with $?' EXIT
trap 'echo USR1' USR1
declare -A map
for ((i = 0; i < 5000; i++)); do map[key$i]=$((i * i)); done
echo ${#map[@]} ${map[key777]}
kill -USR1 $BASHPID
(exit 3) & wait $!; echo status $?
sh -c 'kill -TERM $$'; echo status $?
sleep 100 & sleep 0.3; kill $!; wait $! 2> /dev/null; echo status $?
seq 1000 | grep 7 | sort -r | head -n 3; echo "${PIPESTATUS[@]}"
text=$(printf '%s ' {1..3000}); echo ${#text} "${text//9/nine}" | md5sum
read -r a b <<< "two words"; echo "$b $a"
coproc cat; echo through >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
diff <(seq 3) <(seq 4)
ls /proc/self/fd | wc -l
exec {fd}> /dev/null; echo $((fd >= 10))
ulimit -n 64; true; no-such-command; echo $?
exit 23
BASH
same bash bash "$work/work.bash"

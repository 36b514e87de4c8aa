#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A choice of sqlite's own tests (its testfixture, of Debian's source), check
# by check the same with the runtime as without.
. "$(dirname "$0")/lib.sh"
tests="alterauth alterqf altertrig analyze4 analyze7 analyzeC autoinc blob
	capi3 capi3e coalesce collate3 collate7 collateA cse date3 delete_db
	distinctagg e_blobwrite e_dropview e_reindex e_update e_walhook enc3
	fkey1 fkey5 fkey8 fts3ac fts3af fts3ai fts3al fts3ao fts3aux1
	fts4check fts4growth fts4langid fts4merge2 fts4merge5 fts4onepass
	fts4rename fts4upfrom func4 func7 in4 incrblob incrblob4 index6 index9
	indexexpr2 insert2 intpkey join2 join7 joinF json102 json105 minmax3
	orderby2 orderby5 pragma3 savepoint5 schema5 select1 select2 select3
	select4 select5 select6 select7 selectD shared2 shared6 shared9
	subquery tkt-02a8e81d44 tkt-2a5629202f tkt-313723c356 tkt-3998683a16
	tkt-4a03edc4c8 tkt-5e10420e8d tkt-752e1646fc trigger1 trigger4
	trigger7 triggerA triggerE types3 update vacuum-into vacuum4 view2
	vtab4 vtab8 vtabB vtabH vtabK where2 where5 whereB whereF whereI whereL
	wherelimit2 window6 windowA windowD with2 with5 without_rowid2"
CFLAGS="-g -O1" corpus sqlite3-tests
source=$(dirname "$binary")

# suite WAY: the verdict of every check, in order, in WAY.verdicts.
suite() {
	local test
	mkdir "$1"
	for test in $tests; do
		(
			cd "$1" || exit 99
			if [ "$1" = preloaded ]; then
				preloaded "$binary" "$source/test/$test.test"
			fi
			exec "$binary" "$source/test/$test.test"
		) > "$1.log" 2>&1 < /dev/null
		echo "$test: exit status $?"
		# Its figures of memory and time differ from run to run.
		grep -aE '\.\.\. ?(Ok|Omit|Skip)|^! |errors out of' "$1.log"
	done > "$1.verdicts"
}

suite plain &
suite preloaded
wait $!
count=$(grep -c ' Ok$' plain.verdicts)
[ "$count" -gt 4000 ] && cmp -s plain.verdicts preloaded.verdicts
verdict $? "$count checks of $(echo "$tests" | wc -w) files" \
	"$(diff plain.verdicts preloaded.verdicts | head -n 6 | tr '\n' '|')"
[ "$(grep -c 'exit status [^0]' plain.verdicts)" = 0 ]
verdict $? "all of them pass"

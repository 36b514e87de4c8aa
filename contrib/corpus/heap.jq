# SPDX-License-Identifier: Apache-2.0
# Documents of all kinds, kept while the next one is awaited.
[range(20000) | {
	id: .,
	name: "document \(.)",
	tags: [range(. % 5) | tostring],
	share: (. / 7),
	of: (if . % 3 == 0 then null else {even: (. % 2 == 0)} end)
}] as $documents |
($documents | map({(.name): .id}) | add) as $by_name |
"ready",
(input | $documents | length, ($by_name | length))

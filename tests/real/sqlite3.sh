#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sqlite3 shell loads 200,000 rows and queries them.
. "$(dirname "$0")/lib.sh"
corpus sqlite3
mkdir in
awk 'BEGIN {
	for (i = 1; i <= 200000; i++)
		printf "%d,name-%d,%d,%.3f,%s\n", i, (i * 7919) % 200003,
			i % 97, i / 7, i % 3 ? "some text to carry" : ""
}' > in/rows.csv
cat > in/load.sql <<'SQL'
CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, bucket INT, v REAL, note TEXT);
.mode csv
.import rows.csv t
.mode list
CREATE INDEX by_name ON t(name);
CREATE INDEX by_bucket ON t(bucket, v);
SELECT count(*), sum(id), round(avg(v), 3) FROM t;
SELECT bucket, count(*), max(v) FROM t GROUP BY bucket ORDER BY 3 DESC LIMIT 5;
SELECT a.id, b.id FROM t a JOIN t b ON a.name = 'name-' || b.id
	WHERE b.id % 20011 = 0 ORDER BY 1;
UPDATE t SET note = upper(name) WHERE bucket = 13;
DELETE FROM t WHERE bucket = 14;
CREATE VIRTUAL TABLE words USING fts5(name, note);
INSERT INTO words SELECT name, note FROM t WHERE id <= 20000;
SELECT count(*) FROM words WHERE words MATCH 'carry';
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50000)
	SELECT sum(n), group_concat(n, '') LIKE '123%' FROM c;
SELECT count(DISTINCT note), total(length(note)) FROM t;
PRAGMA integrity_check;
SELECT * FROM missing;
SQL
same "200,000 rows in memory" "$binary" -batch :memory: '.read load.sql'
same "200,000 rows in a file" sh -c "$binary -batch db '.read load.sql'
	sha256sum db"

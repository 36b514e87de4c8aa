-- SPDX-License-Identifier: Apache-2.0
-- Insert, index, query, update, delete; all in memory.
PRAGMA journal_mode = MEMORY;
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, city TEXT, age INT, note TEXT);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, person INT, item TEXT, price REAL);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
INSERT INTO person SELECT i, 'name' || (i * 7919 % 60013), 'city' || (i % 97), i % 90,
	printf('%.*c', i % 60, 'n') FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
INSERT INTO purchase SELECT i, i * 31 % 60000, 'item' || (i % 1009), i % 977 * 0.25 FROM n;
COMMIT;
CREATE INDEX person_city ON person (city, age);
CREATE INDEX purchase_person ON purchase (person);
SELECT city, count(*), avg(age) FROM person GROUP BY city ORDER BY 2 DESC, 1 LIMIT 5;
SELECT p.name, sum(b.price) FROM person p JOIN purchase b ON b.person = p.id
	WHERE p.city = 'city13' GROUP BY p.id ORDER BY 2 DESC, 1 LIMIT 5;
SELECT item, group_concat(id) FROM purchase WHERE price < 3 GROUP BY item ORDER BY length(item), item LIMIT 3;
UPDATE purchase SET item = item || '-x' WHERE id % 3 = 0;
DELETE FROM person WHERE id % 5 = 0;
SELECT count(DISTINCT item), count(*) FROM purchase;
CREATE VIRTUAL TABLE words USING fts5 (body);
INSERT INTO words SELECT name || ' ' || city || ' ' || note FROM person WHERE id < 20000;
SELECT count(*) FROM words WHERE words MATCH 'city7 OR city8';

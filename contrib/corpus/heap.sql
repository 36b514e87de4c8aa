-- SPDX-License-Identifier: Apache-2.0
-- A database in memory that stays open, with tables, indexes, triggers, views
-- and full text.
PRAGMA cache_size = 20000;
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, city TEXT, age INT, note TEXT);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, person INT REFERENCES person,
	item TEXT DEFAULT 'none', price REAL CHECK (price >= 0));
CREATE VIEW spent AS SELECT name, sum(price) AS total FROM person
	JOIN purchase ON person.id = person GROUP BY person.id;
CREATE TRIGGER aged AFTER UPDATE OF age ON person BEGIN
	UPDATE person SET note = 'aged' WHERE id = new.id;
END;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO person SELECT i, 'name' || (i * 7919 % 20011), 'city' || (i % 97), i % 90,
	printf('%.*c', i % 60, 'n') FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
INSERT INTO purchase SELECT i, i * 31 % 20000, 'item' || (i % 1009), i % 977 * 0.25 FROM n;
COMMIT;
CREATE INDEX person_city ON person (city, age);
CREATE INDEX purchase_person ON purchase (person);
CREATE VIRTUAL TABLE words USING fts5 (body);
BEGIN;
INSERT INTO words SELECT name || ' ' || city || ' ' || note FROM person;
ATTACH ':memory:' AS other;
CREATE TEMP TABLE seen AS SELECT DISTINCT city FROM person;
UPDATE person SET age = age + 1 WHERE id % 7 = 0;
SELECT count(*) FROM words WHERE words MATCH 'city7 OR city8';
SELECT count(*) FROM spent;
SELECT 'ready';

-- The sums of a day are found by their whole key. Looked for by a list of pairs, they cost a look at everybody of that
-- day for each request that ended: SQLite takes only the day from such a list.

DROP TRIGGER usage_removed;
DROP TRIGGER usage_changed;

CREATE TRIGGER usage_removed AFTER DELETE ON usage BEGIN
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND source = '' AND subject = '';
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND source = old.source AND subject = old.person;
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND source = old.source AND subject = 'chat:' || old.chat;
END;

CREATE TRIGGER usage_changed AFTER UPDATE OF prompt, completion, at, source, chat, person ON usage BEGIN
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND source = '' AND subject = '';
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND source = old.source AND subject = old.person;
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND source = old.source AND subject = 'chat:' || old.chat;
  INSERT INTO used (day, source, subject, tokens)
  SELECT CAST(new.at / 86400 AS INTEGER), column1, column2, COALESCE(new.prompt, 0) + COALESCE(new.completion, 0)
  FROM (VALUES ('', ''), (new.source, new.person), (new.source, 'chat:' || new.chat)) WHERE true
  ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens;
END;

-- What answers cost. Money is counted in millionths of a currency; null is unknown, never zero.

ALTER TABLE usage ADD COLUMN cost INTEGER;
ALTER TABLE usage ADD COLUMN currency TEXT;
ALTER TABLE usage ADD COLUMN purpose TEXT NOT NULL DEFAULT 'answer';  -- 'answer'; 'memory': made beside it; 'cache': nobody was asked

CREATE INDEX usage_pending ON usage (source, person, cost) WHERE pending = 1;

CREATE TABLE spent (                  -- what budgets are counted by; what is being asked is not in it yet
  month REAL NOT NULL,              -- when it began
  currency TEXT NOT NULL,
  source TEXT NOT NULL,             -- platform:account; empty, as the person: of everybody together
  person TEXT NOT NULL,
  cost INTEGER NOT NULL,
  PRIMARY KEY (month, currency, source, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE used (                   -- tokens of a day, by which limits are counted however many answers it has
  day INTEGER NOT NULL,             -- days since 1970, UTC
  source TEXT NOT NULL,             -- platform:account; empty, as the subject: of everybody together
  subject TEXT NOT NULL,            -- a person's id, or `chat:` and a chat's
  tokens INTEGER NOT NULL,
  PRIMARY KEY (day, source, subject)
) STRICT, WITHOUT ROWID;

-- Whatever becomes of a request's row, the sums of its day follow.
CREATE TRIGGER usage_added AFTER INSERT ON usage BEGIN
  INSERT INTO used (day, source, subject, tokens)
  SELECT CAST(new.at / 86400 AS INTEGER), column1, column2, COALESCE(new.prompt, 0) + COALESCE(new.completion, 0)
  FROM (VALUES ('', ''), (new.source, new.person), (new.source, 'chat:' || new.chat)) WHERE true
  ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens;
END;
CREATE TRIGGER usage_removed AFTER DELETE ON usage BEGIN
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND (source, subject) IN (
    VALUES ('', ''), (old.source, old.person), (old.source, 'chat:' || old.chat)
  );
END;
CREATE TRIGGER usage_changed AFTER UPDATE OF prompt, completion, at, source, chat, person ON usage BEGIN
  UPDATE used SET tokens = tokens - COALESCE(old.prompt, 0) - COALESCE(old.completion, 0)
  WHERE day = CAST(old.at / 86400 AS INTEGER) AND (source, subject) IN (
    VALUES ('', ''), (old.source, old.person), (old.source, 'chat:' || old.chat)
  );
  INSERT INTO used (day, source, subject, tokens)
  SELECT CAST(new.at / 86400 AS INTEGER), column1, column2, COALESCE(new.prompt, 0) + COALESCE(new.completion, 0)
  FROM (VALUES ('', ''), (new.source, new.person), (new.source, 'chat:' || new.chat)) WHERE true
  ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens;
END;
INSERT INTO used (day, source, subject, tokens)
SELECT CAST(at / 86400 AS INTEGER), '', '', SUM(COALESCE(prompt, 0) + COALESCE(completion, 0)) FROM usage GROUP BY 1
UNION ALL
SELECT CAST(at / 86400 AS INTEGER), source, person, SUM(COALESCE(prompt, 0) + COALESCE(completion, 0)) FROM usage
GROUP BY 1, 2, 3
UNION ALL
SELECT CAST(at / 86400 AS INTEGER), source, 'chat:' || chat, SUM(COALESCE(prompt, 0) + COALESCE(completion, 0))
FROM usage GROUP BY 1, 2, 3;

CREATE TABLE cached_answer (          -- answers to first questions, for whoever asks the same
  key TEXT PRIMARY KEY,             -- a hash of all that shapes the answer
  source TEXT NOT NULL,             -- whose question it was
  person TEXT NOT NULL,
  answer TEXT NOT NULL,
  at REAL NOT NULL,
  until REAL NOT NULL               -- not to be given after
) STRICT, WITHOUT ROWID;

ALTER TABLE event ADD COLUMN standing TEXT NOT NULL DEFAULT '';  -- what the platform vouched for about the person

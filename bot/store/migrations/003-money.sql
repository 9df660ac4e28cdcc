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

CREATE TABLE cached_answer (          -- answers to first questions, for whoever asks the same
  key TEXT PRIMARY KEY,             -- a hash of all that shapes the answer
  source TEXT NOT NULL,             -- whose question it was
  person TEXT NOT NULL,
  answer TEXT NOT NULL,
  at REAL NOT NULL,
  until REAL NOT NULL               -- not to be given after
) STRICT, WITHOUT ROWID;

ALTER TABLE event ADD COLUMN standing TEXT NOT NULL DEFAULT '';  -- what the platform vouched for about the person

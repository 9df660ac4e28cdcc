-- What people choose, menus that are rewritten where they stand, and what they think of an answer.

ALTER TABLE turn ADD COLUMN controls TEXT NOT NULL DEFAULT '[]';  -- of a notice: the choices under it
ALTER TABLE turn ADD COLUMN rating INTEGER CHECK (rating IN (-1, 1));
ALTER TABLE event ADD COLUMN bare INTEGER NOT NULL DEFAULT 0;   -- a command that came without a slash
ALTER TABLE event ADD COLUMN opens INTEGER NOT NULL DEFAULT 0;  -- it begins its thread
ALTER TABLE event ADD COLUMN onto INTEGER;  -- a press in a menu: the turn whose message shows what comes of it

CREATE TABLE preference (
  scope TEXT NOT NULL,              -- `person:<platform>:<account>:<id>`, or `chat:<platform>:<account>:<chat>[:<thread>]`
  name TEXT NOT NULL,               -- `language`, `role`, `model`, `think`, …
  value TEXT NOT NULL,
  PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE chatter (                -- what was said around the bot, in chats whose people want it to know
  scope TEXT NOT NULL,              -- as in preference
  key TEXT NOT NULL,                -- the platform's name of the event
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

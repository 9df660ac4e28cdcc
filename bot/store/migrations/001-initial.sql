-- Chats, what people said in them, the answers in the making, and what stands on the screen.
-- Moments are seconds since 1970, UTC.

CREATE TABLE chat (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  account TEXT NOT NULL,            -- the bot's own id there, or the workspace
  chat TEXT NOT NULL,
  thread TEXT NOT NULL,             -- a topic or thread, else empty
  created_at REAL NOT NULL,
  forgotten_to INTEGER NOT NULL DEFAULT 0,  -- turns up to this one are kept, but not given to the model
  UNIQUE (platform, account, chat, thread)
) STRICT;

CREATE TABLE turn (
  id INTEGER PRIMARY KEY,
  chat_id INTEGER NOT NULL REFERENCES chat (id),
  kind TEXT NOT NULL CHECK (kind IN ('answer', 'notice')),
  state TEXT NOT NULL CHECK (state IN ('running', 'answered', 'done', 'failed')),
  attempt INTEGER NOT NULL DEFAULT 0,       -- fences out older attempts
  tries INTEGER NOT NULL DEFAULT 0,         -- attempts without any progress
  leased INTEGER NOT NULL DEFAULT 0,        -- an attempt of the process that owns the database holds it
  stop_requested INTEGER NOT NULL DEFAULT 0,
  asks INTEGER REFERENCES turn (id),        -- the turn that took the events this one answers again
  replaced INTEGER NOT NULL DEFAULT 0,      -- a later turn answers the same question again
  person TEXT NOT NULL,                     -- whom it answers
  language TEXT NOT NULL,
  route TEXT NOT NULL,
  model TEXT,
  question TEXT NOT NULL DEFAULT '',        -- as the model was given it
  answer TEXT NOT NULL DEFAULT '',          -- Markdown, as far as it was shown
  note TEXT NOT NULL DEFAULT '',            -- the bot's own sentence under it
  finish TEXT,                              -- why the answer ended
  boundaries TEXT NOT NULL DEFAULT '[]',    -- offsets in the answer where pages 2..n start
  created_at REAL NOT NULL,
  finished_at REAL
) STRICT;

CREATE UNIQUE INDEX one_live_turn_per_chat ON turn (chat_id) WHERE state IN ('running', 'answered');
CREATE INDEX free_turn ON turn (id) WHERE leased = 0 AND state IN ('running', 'answered');
CREATE INDEX turn_of_chat ON turn (chat_id, id);

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,             -- platform:account
  key TEXT NOT NULL,                -- the platform's name of the event
  chat_id INTEGER NOT NULL REFERENCES chat (id),
  turn_id INTEGER REFERENCES turn (id),     -- null: waits in line
  kind TEXT NOT NULL CHECK (kind IN ('said', 'command', 'pressed')),
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  ref TEXT NOT NULL,
  route TEXT NOT NULL,
  text TEXT NOT NULL,               -- of a command: its arguments
  command TEXT NOT NULL DEFAULT '',
  quote TEXT NOT NULL DEFAULT '',
  shared INTEGER NOT NULL DEFAULT 0,
  attachments TEXT NOT NULL DEFAULT '[]',
  marked INTEGER NOT NULL DEFAULT 0,        -- shown as waiting
  sent_at REAL NOT NULL,
  stored_at REAL NOT NULL,
  ready_at REAL NOT NULL,           -- not to be taken before: more of it may come
  UNIQUE (source, key)
) STRICT;

CREATE INDEX waiting_event ON event (chat_id, id) WHERE turn_id IS NULL;
CREATE INDEX event_of_turn ON event (turn_id, id);

CREATE TABLE page (
  turn_id INTEGER NOT NULL REFERENCES turn (id),
  n INTEGER NOT NULL,
  ref TEXT,                         -- null: a post was begun, and we do not know whether it happened
  PRIMARY KEY (turn_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
  id INTEGER PRIMARY KEY,
  turn_id INTEGER NOT NULL REFERENCES turn (id),
  attempt INTEGER NOT NULL,
  model TEXT NOT NULL,
  prompt INTEGER,                   -- null is unknown, never zero
  cached INTEGER,                   -- part of prompt
  completion INTEGER,
  reasoning INTEGER,                -- part of completion
  estimated INTEGER NOT NULL,
  at REAL NOT NULL
) STRICT;

CREATE INDEX usage_of_turn ON usage (turn_id);

CREATE TABLE position (
  source TEXT PRIMARY KEY,          -- platform:account
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  raw TEXT NOT NULL,
  at REAL NOT NULL,
  UNIQUE (source, key)
) STRICT;

CREATE TABLE refusal (
  source TEXT NOT NULL,
  person TEXT NOT NULL,
  told_at REAL NOT NULL,
  PRIMARY KEY (source, person)
) STRICT, WITHOUT ROWID;

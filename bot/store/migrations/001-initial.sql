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
  thoughts TEXT NOT NULL DEFAULT '',        -- the end of what the model thought, if people see it; never given back
  note TEXT NOT NULL DEFAULT '',            -- the bot's own sentence under it
  finish TEXT,                              -- why the answer ended
  offers_again INTEGER NOT NULL DEFAULT 0,  -- asking once more can help
  boundaries TEXT NOT NULL DEFAULT '[]',    -- offsets in the answer where pages 2..n start
  created_at REAL NOT NULL,
  finished_at REAL
) STRICT;

CREATE UNIQUE INDEX one_live_turn_per_chat ON turn (chat_id) WHERE state IN ('running', 'answered');
CREATE INDEX free_turn ON turn (id) WHERE leased = 0 AND state IN ('running', 'answered');
CREATE INDEX turn_of_chat ON turn (chat_id, id);
CREATE INDEX turn_of_person ON turn (person);
CREATE INDEX turn_asked_again ON turn (asks) WHERE asks IS NOT NULL;
CREATE INDEX turn_by_moment ON turn (created_at);

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
CREATE INDEX event_of_chat ON event (chat_id);
CREATE INDEX event_of_person ON event (source, person, stored_at);
CREATE INDEX event_by_moment ON event (stored_at);

CREATE TABLE page (
  turn_id INTEGER NOT NULL REFERENCES turn (id),
  n INTEGER NOT NULL,
  ref TEXT,                         -- null: a post was begun, and we do not know whether it happened
  PRIMARY KEY (turn_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
  id INTEGER PRIMARY KEY,
  turn_id INTEGER REFERENCES turn (id) ON DELETE SET NULL,   -- null: the turn was deleted, its cost is not
  attempt INTEGER NOT NULL,
  model TEXT NOT NULL,
  prompt INTEGER,                   -- null is unknown, never zero
  cached INTEGER,                   -- part of prompt
  completion INTEGER,
  reasoning INTEGER,                -- part of completion
  estimated INTEGER NOT NULL,
  pending INTEGER NOT NULL DEFAULT 0,       -- stands for a request that has not ended
  at REAL NOT NULL,
  source TEXT NOT NULL,             -- whose it was: limits are counted by these three
  chat TEXT NOT NULL,               -- the place, without its thread
  person TEXT NOT NULL
) STRICT;

CREATE INDEX usage_of_turn ON usage (turn_id);
CREATE INDEX usage_of_person ON usage (source, person, at, prompt, completion);
CREATE INDEX usage_of_chat ON usage (source, chat, at, prompt, completion);
CREATE INDEX usage_of_day ON usage (at, prompt, completion);

CREATE TABLE position (
  source TEXT PRIMARY KEY,          -- platform:account
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE silence (
  source TEXT NOT NULL,
  scope TEXT NOT NULL,              -- what the platform does not want to be written to
  until REAL NOT NULL,
  seconds REAL NOT NULL,            -- how long it was asked for
  PRIMARY KEY (source, scope)
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

CREATE TABLE limit_told (
  source TEXT NOT NULL,
  subject TEXT NOT NULL,            -- a person's id, or `chat:` and a chat's
  name TEXT NOT NULL,               -- which limit was reached
  until REAL NOT NULL,              -- not to be mentioned again before
  PRIMARY KEY (source, subject, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE doomed (                -- turns about to be deleted; empty outside of the transaction that deletes
  turn_id INTEGER PRIMARY KEY,
  chat_id INTEGER NOT NULL
) STRICT;

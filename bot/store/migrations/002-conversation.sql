-- What people choose, menus that are rewritten where they stand, and what they think of an answer.

ALTER TABLE turn ADD COLUMN controls TEXT NOT NULL DEFAULT '[]';  -- of a notice: the choices under it
ALTER TABLE turn ADD COLUMN rating INTEGER CHECK (rating IN (-1, 1));
ALTER TABLE turn ADD COLUMN remark TEXT NOT NULL DEFAULT '';    -- what the operator noted about the answer
ALTER TABLE event ADD COLUMN bare INTEGER NOT NULL DEFAULT 0;   -- a command that came without a slash
ALTER TABLE event ADD COLUMN opens INTEGER NOT NULL DEFAULT 0;  -- it begins its thread
ALTER TABLE event ADD COLUMN onto INTEGER;  -- a press or a change: the turn whose message shows what comes of it

-- A question keeps its place in a conversation however often it is answered: the turn that took it.
ALTER TABLE turn ADD COLUMN since INTEGER NOT NULL DEFAULT 0;   -- its conversation begins after this turn
ALTER TABLE turn ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;    -- characters of the answer that an earlier turn wrote
ALTER TABLE event ADD COLUMN edited_at REAL NOT NULL DEFAULT 0; -- when its author changed it last
UPDATE turn SET since = (SELECT forgotten_to FROM chat WHERE chat.id = turn.chat_id)
WHERE chat_id IN (SELECT id FROM chat WHERE forgotten_to > 0);
CREATE INDEX turn_by_place ON turn (chat_id, COALESCE(asks, id)) WHERE kind = 'answer' AND replaced = 0;
CREATE INDEX said_of_chat ON event (chat_id, turn_id) WHERE kind = 'said';

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

CREATE TABLE forgotten (              -- what was erased, and may be handed over by a platform once more
  mark TEXT PRIMARY KEY,            -- a hash: of an account and a person, or of an account and a message's key
  moment REAL NOT NULL              -- of a person: what they sent before it is erased; of a message: when it was sent
) STRICT, WITHOUT ROWID;

CREATE TABLE role (                   -- roles that people made; those that come with the bot are not stored
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,              -- a person's scope as in preference; empty: everybody's
  name TEXT NOT NULL COLLATE NOCASE,
  description TEXT NOT NULL,
  prompt TEXT NOT NULL,
  model TEXT NOT NULL DEFAULT '',   -- empty: the chat's
  temperature REAL,
  top_p REAL,
  max_tokens INTEGER,
  UNIQUE (owner, name)
) STRICT;

ALTER TABLE turn ADD COLUMN why TEXT NOT NULL DEFAULT '';   -- the rule that chose the model; empty: the chat had chosen it
ALTER TABLE turn ADD COLUMN role TEXT NOT NULL DEFAULT '';  -- the key of the role that answered: a built-in one's name, or an id

CREATE TABLE admission (              -- whom administrators let in, or kept out, beside the operator's lists
  platform TEXT NOT NULL,
  person TEXT NOT NULL,
  allowed INTEGER NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (platform, person)
) STRICT, WITHOUT ROWID;

-- What a long conversation is reminded of.
-- A turn's place is the id of the turn that heard its question: COALESCE (asks, id).

CREATE TABLE memory (
  chat_id INTEGER PRIMARY KEY REFERENCES chat (id) ON DELETE CASCADE,
  since INTEGER NOT NULL,           -- chat.forgotten_to when it was made: of another conversation it says nothing
  window_from INTEGER NOT NULL,     -- turns from this place on are given to the model word for word
  folded_to INTEGER NOT NULL DEFAULT 0,     -- the summary holds what stands before this place, never after window_from
  newest INTEGER NOT NULL DEFAULT 0,        -- the newest turn when it was made: a later one before folded_to is missing
  summary TEXT NOT NULL DEFAULT ''  -- in the words of a model
) STRICT;

ALTER TABLE usage ADD COLUMN guessed INTEGER;  -- what prompt was taken for before the provider said; null: not known

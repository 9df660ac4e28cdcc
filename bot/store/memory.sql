-- What a chat is reminded of: a summary of what is long ago, and the turns after it word for word.

-- name: read_memory
-- A summary of a conversation that people have left behind says nothing about the one they are in.
SELECT chat.forgotten_to AS since, COALESCE(memory.window_from, 0) AS window_from,
       COALESCE(memory.folded_to, 0) AS folded_to, COALESCE(memory.newest, 0) AS newest,
       COALESCE(memory.summary, '') AS summary
FROM chat LEFT JOIN memory ON memory.chat_id = chat.id AND memory.since = chat.forgotten_to
WHERE chat.id = :chat_id;

-- name: turns_between
-- What the model may be reminded of from one place up to another, newest first.
SELECT id, COALESCE(asks, id) AS place, question, answer FROM turn INDEXED BY turn_by_place
WHERE chat_id = :chat_id AND COALESCE(asks, id) >= :first AND COALESCE(asks, id) < :before
  AND kind = 'answer' AND state = 'done' AND replaced = 0 AND answer != '' AND question != ''
ORDER BY COALESCE(asks, id) DESC LIMIT :most;

-- name: newest_turn
-- The newest turn that is over: what is being answered now is not known yet.
SELECT id FROM turn INDEXED BY turn_of_chat
WHERE chat_id = :chat_id AND state IN ('done', 'failed') ORDER BY id DESC LIMIT 1;

-- name: answered_since
-- Whether a question within the summary was answered once more after the summary was made.
SELECT 1 FROM turn INDEXED BY turn_of_chat
WHERE chat_id = :chat_id AND id > :newest AND COALESCE(asks, id) > :since AND COALESCE(asks, id) < :folded_to
  AND kind = 'answer' AND state = 'done' LIMIT 1;

-- name: guesses
-- What requests to a model were taken for, and what they were; of the last few, so that it costs the same always.
SELECT guessed, prompt FROM usage
WHERE id > (SELECT MAX(id) FROM usage) - 500 AND model = :model
  AND guessed IS NOT NULL AND prompt IS NOT NULL AND estimated = 0
ORDER BY id DESC LIMIT :most;

-- name: reserved_prompt
SELECT prompt FROM usage WHERE turn_id = :turn_id AND attempt = :attempt AND pending = 1;

-- name: note_guess
UPDATE usage SET guessed = :guessed
WHERE id = (SELECT MAX(id) FROM usage WHERE turn_id = :turn_id AND attempt = :attempt AND pending = 0);

-- name: leave_memory
-- Make room for the conversation a chat is in.
DELETE FROM memory WHERE chat_id = :chat_id AND since != (SELECT forgotten_to FROM chat WHERE id = :chat_id);

-- name: move_window
INSERT INTO memory (chat_id, since, window_from)
SELECT id, forgotten_to, :window_from FROM chat WHERE id = :chat_id AND forgotten_to = :since
ON CONFLICT (chat_id) DO UPDATE SET window_from = MAX(window_from, excluded.window_from);

-- name: count_standing
-- How many of these turns are still there and still hold.
SELECT COUNT(*) AS turns FROM turn WHERE id IN (SELECT value FROM json_each(:ids)) AND replaced = 0;

-- name: fold_memory
-- A summary takes the place of the one it was made from, and of no other.
INSERT INTO memory (chat_id, since, window_from, folded_to, newest, summary)
SELECT id, forgotten_to, :folded_to, :folded_to, :newest, :summary FROM chat
WHERE id = :chat_id AND forgotten_to = :since
  AND :base = COALESCE((SELECT folded_to FROM memory WHERE chat_id = :chat_id AND since = :since), 0)
ON CONFLICT (chat_id) DO UPDATE SET folded_to = excluded.folded_to, newest = excluded.newest,
  summary = excluded.summary, window_from = MAX(window_from, excluded.window_from)
RETURNING chat_id;

-- name: drop_memory
DELETE FROM memory WHERE chat_id = :chat_id;

-- name: drop_doomed_summaries
-- A summary that holds a doomed turn goes with it; the window stays, and what is left before it is summarised anew.
UPDATE memory SET summary = '', folded_to = 0
WHERE chat_id IN (
  SELECT told.chat_id FROM doomed
    CROSS JOIN turn ON turn.id = doomed.turn_id CROSS JOIN memory AS told ON told.chat_id = turn.chat_id
  WHERE turn.kind = 'answer'
    AND COALESCE(turn.asks, turn.id) > told.since AND COALESCE(turn.asks, turn.id) < told.folded_to
);

-- What the operator looks at. Each statement reads a bounded part of the history, because what people say waits for it.

-- name: talks
-- The chats whose newest turn lies in a window before a turn, the newest first.
SELECT seen.chat_id, MAX(seen.id) AS last FROM (
  SELECT id, chat_id, question, answer FROM turn WHERE id < :before ORDER BY id DESC LIMIT :window
) AS seen JOIN chat ON chat.id = seen.chat_id
WHERE (:platform = '' OR chat.platform = :platform)
  AND (:words = '' OR seen.question LIKE :words ESCAPE '\' OR seen.answer LIKE :words ESCAPE '\')
  AND NOT EXISTS (
    SELECT 1 FROM turn AS later INDEXED BY turn_of_chat
    WHERE later.chat_id = seen.chat_id AND later.id >= :before
      AND (:words = '' OR later.question LIKE :words ESCAPE '\' OR later.answer LIKE :words ESCAPE '\')
  )
GROUP BY seen.chat_id ORDER BY last DESC LIMIT :most;

-- name: end_of_window
-- Where such a window ends; null if nothing lies beyond it.
SELECT id FROM turn WHERE id < :before ORDER BY id DESC LIMIT 1 OFFSET :window - 1;

-- name: find_talk
SELECT * FROM chat WHERE id = :chat_id;

-- name: newest_of_chat
SELECT * FROM turn INDEXED BY turn_of_chat WHERE chat_id = :chat_id ORDER BY id DESC LIMIT 1;

-- name: newest_answer
SELECT * FROM turn INDEXED BY turn_of_chat
WHERE chat_id = :chat_id AND kind = 'answer' AND replaced = 0 ORDER BY id DESC LIMIT 1;

-- name: first_question
-- Of the conversation as it goes on since the model was last made to forget; of all of it, if that is not long ago.
SELECT question FROM turn INDEXED BY turn_of_chat
WHERE chat_id = :chat_id AND id > :after AND kind = 'answer' AND question != '' ORDER BY id LIMIT 1;

-- name: sums_of_talk
-- What the newest answers of a chat have used.
SELECT COUNT(DISTINCT one.id) AS answers, SUM(usage.prompt) AS prompt, SUM(usage.completion) AS completion,
       CASE WHEN COUNT(usage.id) = COUNT(usage.cost) AND COUNT(DISTINCT usage.currency) < 2 THEN SUM(usage.cost) END AS cost,
       MAX(usage.currency) AS currency
FROM (
  SELECT id FROM turn INDEXED BY turn_of_chat
  WHERE chat_id = :chat_id AND kind = 'answer' ORDER BY id DESC LIMIT :most
) AS one LEFT JOIN usage INDEXED BY usage_of_turn ON usage.turn_id = one.id AND usage.pending = 0;

-- name: turns_of_talk
-- The newest turns of a chat that stand in it: an answer made again stands in the place of the first one.
SELECT * FROM turn INDEXED BY turn_of_chat
WHERE chat_id = :chat_id AND replaced = 0 ORDER BY id DESC LIMIT :most;

-- name: one_turn
SELECT turn.*, chat.platform, chat.account, chat.chat, chat.thread
FROM turn JOIN chat ON chat.id = turn.chat_id WHERE turn.id = :turn_id;

-- name: events_of_turns
SELECT id, turn_id, kind, command, text, onto FROM event INDEXED BY event_of_turn
WHERE turn_id IN (SELECT value FROM json_each(:turns)) ORDER BY id;

-- name: waiting_events
-- What people wrote; a press that waits shows in what it was pressed under.
SELECT id, kind, command, text, onto, stored_at FROM event INDEXED BY waiting_event
WHERE chat_id = :chat_id AND turn_id IS NULL AND onto IS NULL ORDER BY id;

-- name: usage_of_turns
-- What answers took themselves: a summary that was made after one is no part of it.
SELECT turn_id, SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion,
       SUM(reasoning) AS reasoning, MAX(estimated) AS estimated,
       CASE WHEN COUNT(*) = COUNT(cost) AND COUNT(DISTINCT currency) < 2 THEN SUM(cost) END AS cost,
       MAX(currency) AS currency
FROM usage INDEXED BY usage_of_turn
WHERE turn_id IN (SELECT value FROM json_each(:turns)) AND pending = 0 AND purpose != 'memory' GROUP BY turn_id;

-- name: turn_of_event
SELECT turn_id FROM event WHERE source = :source AND key = :key;

-- name: rate_turn
UPDATE turn SET rating = :rating, remark = COALESCE(:remark, remark)
WHERE id = :turn_id AND chat_id = :chat_id AND kind = 'answer' AND state IN ('answered', 'done', 'failed')
RETURNING id;

-- name: mark_some_of_talk
-- A slice of a chat's turns, to be deleted, unless something in it is being answered.
INSERT INTO doomed (turn_id, chat_id)
SELECT id, chat_id FROM turn INDEXED BY turn_of_chat
WHERE chat_id = :chat_id AND NOT EXISTS (
  SELECT 1 FROM turn AS live INDEXED BY one_live_turn_per_chat
  WHERE live.chat_id = :chat_id AND live.state IN ('running', 'answered')
)
LIMIT :limit;

-- name: mark_talk
-- Every turn of a chat, to be deleted.
INSERT INTO doomed (turn_id, chat_id) SELECT id, chat_id FROM turn INDEXED BY turn_of_chat WHERE chat_id = :chat_id;

-- name: is_talk_live
SELECT 1 FROM turn INDEXED BY one_live_turn_per_chat
WHERE chat_id = :chat_id AND state IN ('running', 'answered') LIMIT 1;

-- name: delete_waiting
DELETE FROM event WHERE chat_id = :chat_id AND turn_id IS NULL;

-- name: delete_choices
-- What was chosen for a chat.
DELETE FROM preference WHERE scope = :scope;

-- name: used_within
-- What was used in a slice of time. What was asked outside of any chat, or erased since, counts by its requests.
SELECT model, COUNT(DISTINCT turn_id) + SUM(turn_id IS NULL AND purpose = 'answer') AS answers,
       SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion,
       SUM(CASE WHEN currency = :currency THEN cost END) AS cost
FROM usage INDEXED BY usage_of_day
WHERE at >= :since AND at < :until AND pending = 0 GROUP BY model;

-- name: used_by_people
-- The same by those who used most.
SELECT source, person, COUNT(DISTINCT turn_id) + SUM(turn_id IS NULL AND purpose = 'answer') AS answers,
       SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion,
       SUM(CASE WHEN currency = :currency THEN cost END) AS cost
FROM usage INDEXED BY usage_of_day
WHERE at >= :since AND at < :until AND pending = 0 GROUP BY source, person
ORDER BY COALESCE(SUM(prompt), 0) + COALESCE(SUM(completion), 0) DESC, source, person LIMIT :most;

-- name: name_of_person
SELECT name FROM event INDEXED BY event_of_person
WHERE source = :source AND person = :person AND name != '' ORDER BY stored_at DESC LIMIT 1;

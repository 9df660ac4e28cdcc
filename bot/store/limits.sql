-- What the limits look at. Every statement is asked once for each message, so each reads an index and little of it.

-- name: nth_of_person
-- When the n-th newest message of a person was stored, if that was within the window. What has the model asked once
-- more counts as one.
SELECT stored_at FROM event
WHERE stored_at > :since AND stored_at <= :now AND source = :source AND person = :person
  AND command != 'limited' AND (kind != 'pressed' OR command IN ('again', 'continue', 'edited'))
ORDER BY stored_at DESC LIMIT 1 OFFSET :n - 1;

-- name: nth_of_chat
-- The same for a place with all its threads.
SELECT event.stored_at FROM event INDEXED BY event_by_moment CROSS JOIN chat ON chat.id = event.chat_id
WHERE event.stored_at > :since AND event.stored_at <= :now AND event.source = :source AND chat.chat = :chat
  AND event.command != 'limited' AND (event.kind != 'pressed' OR event.command IN ('again', 'continue', 'edited'))
ORDER BY event.stored_at DESC LIMIT 1 OFFSET :n - 1;

-- name: answers_elsewhere
-- In how many other chats a person is being answered, or waits for it.
SELECT COUNT(*) AS chats FROM (
  SELECT turn.chat_id FROM turn INDEXED BY one_live_turn_per_chat CROSS JOIN chat ON chat.id = turn.chat_id
  WHERE turn.state IN ('running', 'answered') AND turn.kind = 'answer' AND turn.chat_id != :chat_id
    AND turn.person = :person AND chat.platform || ':' || chat.account = :source
  UNION
  SELECT chat_id FROM event INDEXED BY waiting_event
  WHERE turn_id IS NULL AND kind = 'said' AND chat_id != :chat_id AND person = :person AND source = :source
);

-- name: tokens_of_person
-- What was used on the day that began at a moment; what is being asked counts as far as it is known.
SELECT COALESCE(SUM(tokens), 0) AS tokens FROM used
WHERE day = CAST(:since / 86400 AS INTEGER) AND source = :source AND subject = :person;

-- name: tokens_of_chat
SELECT COALESCE(SUM(tokens), 0) AS tokens FROM used
WHERE day = CAST(:since / 86400 AS INTEGER) AND source = :source AND subject = 'chat:' || :chat;

-- name: tokens_of_all
SELECT COALESCE(SUM(tokens), 0) AS tokens FROM used
WHERE day = CAST(:since / 86400 AS INTEGER) AND source = '' AND subject = '';

-- name: limit_told_until
SELECT until FROM limit_told WHERE source = :source AND subject = :subject AND name = :name AND until > :now;

-- name: tell_limit
INSERT INTO limit_told (source, subject, name, until) VALUES (:source, :subject, :name, :until)
ON CONFLICT (source, subject, name) DO UPDATE SET until = excluded.until;

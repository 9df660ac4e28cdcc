-- What people may see of what is kept about them, and what makes it go away.

-- name: conversation_of
-- What one person asked in one chat, newest first. A question to which several contributed belongs to each of them.
SELECT turn.question, turn.answer, turn.created_at FROM turn
WHERE turn.chat_id = :chat_id AND turn.kind = 'answer' AND turn.state IN ('done', 'failed') AND turn.question != ''
  AND turn.replaced = 0
  AND EXISTS (
    SELECT 1 FROM event
    WHERE event.turn_id = COALESCE(turn.asks, turn.id) AND event.kind = 'said' AND event.person = :person
  )
ORDER BY turn.id DESC LIMIT :limit;

-- name: asked_to_forget
-- Whether the person asked for it since, in this chat, before the turn that confirms it.
SELECT 1 FROM event
WHERE source = :source AND person = :person AND chat_id = :chat_id AND command = 'forget' AND stored_at > :since
  AND turn_id IS NOT NULL AND turn_id < :turn_id
LIMIT 1;

-- name: busy_elsewhere
-- Whether anything of the person's is being answered, or waits for it, in another chat.
SELECT 1 WHERE EXISTS (
  SELECT 1 FROM event INDEXED BY waiting_event
  WHERE turn_id IS NULL AND source = :source AND person = :person AND chat_id != :chat_id
) OR EXISTS (
  SELECT 1 FROM turn JOIN chat ON chat.id = turn.chat_id
  WHERE turn.state IN ('running', 'answered') AND turn.chat_id != :chat_id
    AND chat.platform || ':' || chat.account = :source
    AND (turn.person = :person OR EXISTS (
      SELECT 1 FROM event
      WHERE event.turn_id = COALESCE(turn.asks, turn.id) AND event.kind != 'pressed' AND event.person = :person))
);

-- name: mark_turns_of
-- Every turn that heard the person or answered them, but for one that is spared, and what is being answered that was
-- asked after it. Who only stopped a turn, or tried to, has no part in it.
INSERT INTO doomed (turn_id, chat_id)
SELECT turn.id, turn.chat_id FROM turn JOIN chat ON chat.id = turn.chat_id
WHERE turn.person = :person AND chat.platform || ':' || chat.account = :source AND turn.id != :spared
  AND (turn.id < :spared OR turn.state IN ('done', 'failed'))
UNION
SELECT turn.id, turn.chat_id FROM event JOIN turn ON turn.id = event.turn_id
WHERE event.source = :source AND event.person = :person AND event.kind != 'pressed' AND turn.id != :spared
  AND (turn.id < :spared OR turn.state IN ('done', 'failed'));

-- name: mark_some_of
-- A slice of those that are over; whether they heard the person or answered them. Not those in which the person asked
-- to be forgotten: whoever begins again after a kill must find that they did.
INSERT INTO doomed (turn_id, chat_id)
SELECT * FROM (
  SELECT turn.id, turn.chat_id FROM event INDEXED BY event_of_person CROSS JOIN turn ON turn.id = event.turn_id
  WHERE event.source = :source AND event.person = :person AND event.kind != 'pressed' AND turn.id != :spared
    AND turn.state IN ('done', 'failed')
    AND NOT EXISTS (SELECT 1 FROM event AS wish WHERE wish.turn_id = turn.id AND wish.command = 'forget')
  LIMIT :limit
)
UNION
SELECT * FROM (
  SELECT turn.id, turn.chat_id FROM turn INDEXED BY turn_of_person CROSS JOIN chat ON chat.id = turn.chat_id
  WHERE turn.person = :person AND chat.platform || ':' || chat.account = :source AND turn.id != :spared
    AND turn.state IN ('done', 'failed')
    AND NOT EXISTS (SELECT 1 FROM event AS wish WHERE wish.turn_id = turn.id AND wish.command = 'forget')
  LIMIT :limit
);

-- name: mark_turns_again
-- A turn that answers a doomed one again has its question, too.
INSERT INTO doomed (turn_id, chat_id)
SELECT turn.id, turn.chat_id FROM doomed CROSS JOIN turn INDEXED BY turn_asked_again ON turn.asks = doomed.turn_id
WHERE turn.id != :spared
ON CONFLICT DO NOTHING;

-- name: mark_old_turns
-- A slice of the turns that ended before a moment; what a later turn answers again stays as long as that one.
INSERT INTO doomed (turn_id, chat_id)
SELECT id, chat_id FROM turn
WHERE created_at < :before AND COALESCE(finished_at, created_at) < :before AND state IN ('done', 'failed')
  AND NOT EXISTS (SELECT 1 FROM turn AS later WHERE later.asks = turn.id)
ORDER BY created_at LIMIT :limit;

-- name: delete_pages
DELETE FROM page WHERE turn_id IN (SELECT turn_id FROM doomed);

-- name: delete_events
DELETE FROM event WHERE turn_id IN (SELECT turn_id FROM doomed);

-- name: detach_usage
-- What was paid stays counted, as a number without words.
UPDATE usage SET turn_id = NULL WHERE turn_id IN (SELECT turn_id FROM doomed);

-- name: detach_turns
UPDATE turn SET asks = NULL
WHERE id IN (SELECT turn_id FROM doomed) OR asks IN (SELECT turn_id FROM doomed);

-- name: delete_turns
DELETE FROM turn WHERE id IN (SELECT turn_id FROM doomed);

-- name: clear_doomed
DELETE FROM doomed;

-- name: forget_name
-- The command that asked for it keeps its place in line and nothing else.
UPDATE event SET name = '' WHERE turn_id = :turn_id;

-- name: forget_presses
-- What they did to the answers of others, which stay.
DELETE FROM event WHERE id IN (
  SELECT id FROM event INDEXED BY event_of_person
  WHERE source = :source AND person = :person AND kind = 'pressed' LIMIT :limit
);

-- name: forget_refusals
DELETE FROM refusal WHERE source = :source AND person = :person;

-- name: forget_set_aside
-- What nobody could read may be theirs if it holds their id.
DELETE FROM set_aside WHERE source = :source AND instr(raw, :person) > 0;

-- name: lonely_places
-- A private chat may have the id of its person: where nobody else was answered, the place goes with whose it was.
SELECT own.chat FROM (
  SELECT DISTINCT chat FROM usage INDEXED BY usage_of_person
  WHERE source = :source AND person = :person AND at < :since AND chat != ''
) AS own
WHERE NOT EXISTS (
  SELECT 1 FROM usage AS other
  WHERE other.source = :source AND other.chat = own.chat AND other.person NOT IN ('', :person)
);

-- name: forget_place
UPDATE usage SET chat = '' WHERE id IN (
  SELECT id FROM usage INDEXED BY usage_of_chat WHERE source = :source AND chat = :chat AND at < :since LIMIT :limit
);

-- name: forget_usage
-- Whose it was is needed until the day is over: limits must not be shaken off by asking to be forgotten.
UPDATE usage SET person = '' WHERE id IN (
  SELECT id FROM usage INDEXED BY usage_of_person WHERE source = :source AND person = :person AND at < :since LIMIT :limit
);

-- name: days_over
-- Who asked to be forgotten on a day that is over.
SELECT source, subject, until FROM limit_told WHERE name = :name AND until < :now;

-- name: forget_used
-- The sums of today stay, so that limits hold.
DELETE FROM used WHERE source = :source AND subject = :person AND day < CAST(:since / 86400 AS INTEGER);

-- name: delete_used
DELETE FROM used WHERE (day, source, subject) IN (
  SELECT day, source, subject FROM used WHERE day < CAST(:before / 86400 AS INTEGER) LIMIT :limit
);

-- name: delete_emptied_chats
-- Places where nothing is left.
DELETE FROM chat WHERE id IN (SELECT chat_id FROM doomed)
  AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.chat_id = chat.id)
  AND NOT EXISTS (SELECT 1 FROM event WHERE event.chat_id = chat.id);

-- name: delete_set_aside
DELETE FROM set_aside WHERE id IN (SELECT id FROM set_aside WHERE at < :before LIMIT :limit);

-- name: mark_refused
-- A slice of the sentences with which people were refused who have not asked since.
INSERT INTO doomed (turn_id, chat_id)
SELECT turn.id, turn.chat_id FROM refusal
CROSS JOIN turn INDEXED BY turn_of_person ON turn.person = refusal.person
CROSS JOIN chat ON chat.id = turn.chat_id AND chat.platform || ':' || chat.account = refusal.source
WHERE refusal.told_at < :before AND turn.kind = 'notice' AND turn.state IN ('done', 'failed')
  AND NOT EXISTS (SELECT 1 FROM event WHERE event.turn_id = turn.id)
LIMIT :limit;

-- name: delete_refusals
DELETE FROM refusal WHERE (source, person) IN (
  SELECT source, person FROM refusal WHERE told_at < :before LIMIT :limit
);

-- name: delete_told
DELETE FROM limit_told WHERE (source, subject, name) IN (
  SELECT source, subject, name FROM limit_told WHERE until < :now LIMIT :limit
);

-- name: delete_usage
DELETE FROM usage WHERE id IN (SELECT id FROM usage WHERE at < :before LIMIT :limit);

-- name: moment_of_turn
SELECT created_at FROM turn WHERE id = :turn_id;

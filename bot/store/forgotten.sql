-- What must not be taken in again; see `forgotten.py`.

-- name: add_forgotten
INSERT INTO forgotten (mark, moment) VALUES (:mark, :moment)
ON CONFLICT (mark) DO UPDATE SET moment = MAX(moment, excluded.moment);

-- name: doomed_messages
-- What is about to be deleted, and young enough to be handed over again.
SELECT event.source, event.key, event.sent_at FROM doomed
  CROSS JOIN event INDEXED BY event_of_turn ON event.turn_id = doomed.turn_id
WHERE event.kind != 'pressed' AND event.sent_at > :since;

-- name: find_forgotten
SELECT 1 FROM forgotten WHERE mark = :message
UNION ALL
SELECT 1 FROM forgotten WHERE mark = :person AND moment > :sent_at
LIMIT 1;

-- name: forgotten_until
SELECT moment FROM forgotten WHERE mark = :person;

-- name: delete_forgotten
DELETE FROM forgotten WHERE mark IN (SELECT mark FROM forgotten WHERE moment < :before LIMIT :limit);

-- What may be spent, and what was. Each statement that is asked for a question reads a row or two.

-- name: spent
SELECT cost FROM spent WHERE month = :month AND currency = :currency AND source = :source AND person = :person;

-- name: held
-- What answers in the making may cost: of one person, or of everybody together.
SELECT COALESCE(SUM(cost), 0) AS cost FROM usage INDEXED BY usage_pending
WHERE pending = 1 AND (:source = '' OR (source = :source AND person = :person)) AND currency = :currency;

-- name: add_spent
INSERT INTO spent (month, currency, source, person, cost) VALUES (:month, :currency, :source, :person, :cost)
ON CONFLICT (month, currency, source, person) DO UPDATE SET cost = cost + excluded.cost;

-- name: reservation
-- What was held for a request.
SELECT cost, currency FROM usage WHERE turn_id = :turn_id AND attempt = :attempt AND pending = 1;

-- name: reserve_usage
-- What a request will cost at least, counted until the provider says; a process that dies meanwhile has paid it.
INSERT INTO usage (turn_id, attempt, model, prompt, estimated, pending, at, source, chat, person, cost, currency, purpose)
SELECT :turn_id, :attempt, :model, :prompt, 1, 1, :now,
       chat.platform || ':' || chat.account, chat.chat, turn.person, :cost, :currency, :purpose
FROM turn JOIN chat ON chat.id = turn.chat_id WHERE turn.id = :turn_id;

-- name: drop_reservation
DELETE FROM usage WHERE turn_id = :turn_id AND attempt = :attempt AND pending = 1;

-- name: add_usage
INSERT INTO usage (turn_id, attempt, model, prompt, cached, completion, reasoning, estimated, at, source, chat, person,
                   cost, currency, purpose)
SELECT :turn_id, :attempt, :model, :prompt, :cached, :completion, :reasoning, :estimated, :now,
       chat.platform || ':' || chat.account, chat.chat, turn.person, :cost, :currency, :purpose
FROM turn JOIN chat ON chat.id = turn.chat_id WHERE turn.id = :turn_id;

-- name: bill_of_turn
-- What one answer took, all requests for it together.
SELECT SUM(prompt) AS prompt, SUM(completion) AS completion, MAX(estimated) AS estimated,
       CASE WHEN COUNT(*) = COUNT(cost) AND COUNT(DISTINCT currency) < 2 THEN SUM(cost) END AS cost,
       MAX(currency) AS currency
FROM usage WHERE turn_id = :turn_id AND purpose = 'answer';

-- name: orphans
-- What was held by a process that is gone.
SELECT source, person, currency, at, cost FROM usage INDEXED BY usage_pending WHERE pending = 1 AND cost IS NOT NULL;

-- name: settle_orphans
UPDATE usage INDEXED BY usage_pending SET pending = 0 WHERE pending = 1;

-- name: delete_spent
DELETE FROM spent WHERE (month, currency, source, person) IN (
  SELECT month, currency, source, person FROM spent WHERE month < :month LIMIT :limit
);

-- name: cached_answer
SELECT answer FROM cached_answer WHERE key = :key AND until > :now AND at <= :now;

-- name: cache_answer
INSERT INTO cached_answer (key, source, person, answer, at, until)
VALUES (:key, :source, :person, :answer, :now, :until)
ON CONFLICT (key) DO UPDATE SET source = excluded.source, person = excluded.person, answer = excluded.answer,
  at = excluded.at, until = excluded.until;

-- name: worn_cached
-- What is over or too old, and the oldest of too many.
SELECT key FROM cached_answer
WHERE until <= :now OR at < :before OR key NOT IN (SELECT key FROM cached_answer ORDER BY at DESC LIMIT :most);

-- name: delete_cached
DELETE FROM cached_answer WHERE key IN (SELECT value FROM json_each(:keys));

-- name: forget_cached
DELETE FROM cached_answer WHERE source = :source AND person = :person;

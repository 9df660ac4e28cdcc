-- Requests outside of any conversation: nothing is stored but what they cost.

-- name: reserve_ask
-- What a request will likely cost, counted before it is made.
INSERT INTO usage (turn_id, attempt, model, prompt, estimated, pending, at, source, chat, person, cost, currency)
VALUES (NULL, 0, :model, :prompt, 1, 1, :now, :source, :chat, :person, :cost, :currency)
RETURNING id;

-- name: settle_ask
UPDATE usage SET model = :model, prompt = :prompt, cached = :cached, completion = :completion, reasoning = :reasoning,
  estimated = :estimated, cost = :cost, currency = :currency, pending = 0 WHERE id = :id;

-- name: held_for_ask
SELECT cost, currency, source, person FROM usage WHERE id = :id;

-- name: drop_ask
DELETE FROM usage WHERE id = :id;

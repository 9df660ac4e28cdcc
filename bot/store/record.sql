-- What a person may look at of their own: conversations, and every answer in them. Theirs is what they asked, alone or
-- together with others, whoever had it answered again. (The index is one of an expression, which has no affinity: the
-- plus takes it off the other side, too.)

-- name: conversations_of
-- A person's conversations, the newest first: what was said in one chat between two new beginnings.
SELECT turn.chat_id, turn.since, MIN(COALESCE(turn.asks, turn.id)) AS first, MAX(turn.id) AS last,
  MAX(turn.created_at) AS at, COUNT(*) AS answers, SUM(turn.rating = 1) AS liked, SUM(turn.rating = -1) AS disliked
FROM (
  SELECT DISTINCT chat_id, turn_id FROM event INDEXED BY event_of_person
  WHERE source = :platform || ':' || :account AND person = :person AND kind = 'said' AND turn_id IS NOT NULL
) AS asked
CROSS JOIN turn INDEXED BY turn_by_place
  ON turn.chat_id = asked.chat_id AND COALESCE(turn.asks, turn.id) = +asked.turn_id
  AND turn.kind = 'answer' AND turn.replaced = 0
JOIN chat ON chat.id = turn.chat_id
WHERE turn.question != '' AND (:chat = '' OR chat.chat = :chat)
GROUP BY turn.chat_id, turn.since ORDER BY last DESC LIMIT :most OFFSET :skip;

-- name: first_words
SELECT question FROM turn INDEXED BY turn_by_place
WHERE chat_id = :chat_id AND COALESCE(asks, id) = :first AND kind = 'answer' AND replaced = 0
ORDER BY id DESC LIMIT 1;

-- name: models_of_conversation
-- What answered in it, and the tokens that took.
SELECT GROUP_CONCAT(DISTINCT turn.model) AS models, SUM(usage.prompt) AS prompt, SUM(usage.completion) AS completion
FROM turn INDEXED BY turn_of_chat LEFT JOIN usage ON usage.turn_id = turn.id
WHERE turn.chat_id = :chat_id AND turn.id >= :first AND turn.id <= :last AND turn.since = :since
  AND turn.kind = 'answer' AND turn.replaced = 0 AND EXISTS (
    SELECT 1 FROM event
    WHERE event.turn_id = COALESCE(turn.asks, turn.id) AND event.person = :person AND event.kind = 'said'
  );

-- name: summaries_of
-- What the model is reminded of in chats where nobody but this person was heard: others' words are not theirs to take.
SELECT memory.chat_id, memory.since, memory.summary FROM (
  SELECT DISTINCT chat_id FROM event INDEXED BY event_of_person
  WHERE source = :platform || ':' || :account AND person = :person
) AS own CROSS JOIN memory ON memory.chat_id = own.chat_id CROSS JOIN chat ON chat.id = own.chat_id
WHERE memory.summary != '' AND (:chat = '' OR chat.chat = :chat) AND NOT EXISTS (
  SELECT 1 FROM event INDEXED BY event_of_chat WHERE event.chat_id = own.chat_id AND event.person != :person
);

-- name: asked_by_person
-- The answers to what a person asked, in the order in which it was asked.
SELECT turn.id FROM (
  SELECT DISTINCT chat_id, turn_id FROM event INDEXED BY event_of_person
  WHERE source = :platform || ':' || :account AND person = :person AND kind = 'said' AND turn_id IS NOT NULL
) AS asked
CROSS JOIN turn INDEXED BY turn_by_place
  ON turn.chat_id = asked.chat_id AND COALESCE(turn.asks, turn.id) = +asked.turn_id
  AND turn.kind = 'answer' AND turn.replaced = 0
JOIN chat ON chat.id = turn.chat_id
WHERE turn.question != '' AND (:chat = '' OR chat.chat = :chat)
  AND (:conversation IS NULL OR (turn.chat_id = :conversation AND turn.since = :since))
ORDER BY turn.id;

-- name: answers_among
-- Answers, with what each took itself: a summary that was made after it is no part of it.
SELECT turn.id, turn.chat_id, turn.since, turn.created_at, turn.question, turn.answer, turn.model, turn.role, turn.finish,
  turn.rating, chat.platform, chat.chat, chat.thread,
  SUM(usage.prompt) AS prompt, SUM(usage.cached) AS cached,
  SUM(usage.completion) AS completion, SUM(usage.reasoning) AS reasoning,
  CASE WHEN COUNT(usage.id) = COUNT(usage.cost) AND COUNT(DISTINCT usage.currency) < 2 THEN SUM(usage.cost) END AS cost,
  MAX(usage.currency) AS currency
FROM json_each(:ids) AS wanted CROSS JOIN turn ON turn.id = wanted.value JOIN chat ON chat.id = turn.chat_id
  LEFT JOIN usage INDEXED BY usage_of_turn
    ON usage.turn_id = turn.id AND usage.pending = 0 AND usage.purpose != 'memory'
GROUP BY turn.id ORDER BY turn.id;

-- What was used, summed up. An answer that took several requests is one; what was erased counts by its requests.
-- Beside answers there is what was made in the background, whose tokens and money count along,
-- and what came from the cache. Money of different currencies stays apart.

-- name: use_of_person
SELECT COUNT(DISTINCT CASE purpose WHEN 'answer' THEN COALESCE(turn_id, -id) END) AS answers,
       COUNT(DISTINCT CASE WHEN purpose = 'answer' AND cost IS NULL THEN COALESCE(turn_id, -id) END) AS unpriced,
       COUNT(CASE purpose WHEN 'cache' THEN 1 END) AS cache,
       SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion, SUM(reasoning) AS reasoning,
       SUM(CASE currency WHEN 'USD' THEN cost END) AS usd, SUM(CASE currency WHEN 'CNY' THEN cost END) AS cny
FROM usage INDEXED BY usage_of_person
WHERE source = :source AND person = :person AND at >= :since AND pending = 0;

-- name: use_of_chat
SELECT COUNT(DISTINCT CASE purpose WHEN 'answer' THEN COALESCE(turn_id, -id) END) AS answers,
       COUNT(DISTINCT CASE WHEN purpose = 'answer' AND cost IS NULL THEN COALESCE(turn_id, -id) END) AS unpriced,
       COUNT(CASE purpose WHEN 'cache' THEN 1 END) AS cache,
       SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion, SUM(reasoning) AS reasoning,
       SUM(CASE currency WHEN 'USD' THEN cost END) AS usd, SUM(CASE currency WHEN 'CNY' THEN cost END) AS cny
FROM usage INDEXED BY usage_of_chat
WHERE source = :source AND chat = :chat AND at >= :since AND pending = 0;

-- name: use_by_person
-- Of everybody together, then of some of them, the dearest first, then who used most. What was forgotten is under an empty
-- person.
WITH each AS MATERIALIZED (
  SELECT source, person AS subject,
         COUNT(DISTINCT CASE purpose WHEN 'answer' THEN COALESCE(turn_id, -id) END) AS answers,
         COUNT(DISTINCT CASE WHEN purpose = 'answer' AND cost IS NULL THEN COALESCE(turn_id, -id) END) AS unpriced,
         COUNT(CASE purpose WHEN 'cache' THEN 1 END) AS cache,
         SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion, SUM(reasoning) AS reasoning,
         SUM(CASE currency WHEN 'USD' THEN cost END) AS usd, SUM(CASE currency WHEN 'CNY' THEN cost END) AS cny,
         COALESCE(SUM(cost), 0) AS dear, COALESCE(SUM(prompt), 0) + COALESCE(SUM(completion), 0) AS much
  FROM usage WHERE at >= :since AND pending = 0 GROUP BY source, person
)
SELECT COUNT(*) AS subjects, '' AS source, '' AS subject, SUM(answers) AS answers, SUM(unpriced) AS unpriced,
       SUM(cache) AS cache, SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion,
       SUM(reasoning) AS reasoning, SUM(usd) AS usd, SUM(cny) AS cny
FROM each
UNION ALL
SELECT * FROM (
  SELECT 1, source, subject, answers, unpriced, cache, prompt, cached, completion, reasoning, usd, cny
  FROM each ORDER BY dear DESC, much DESC, source, subject LIMIT :most OFFSET :skip
);

-- name: use_by_chat
-- As above, of chats. A statement of its own: each is grouped in the order of its index, and nothing has to be sorted.
WITH each AS MATERIALIZED (
  SELECT source, chat AS subject,
         COUNT(DISTINCT CASE purpose WHEN 'answer' THEN COALESCE(turn_id, -id) END) AS answers,
         COUNT(DISTINCT CASE WHEN purpose = 'answer' AND cost IS NULL THEN COALESCE(turn_id, -id) END) AS unpriced,
         COUNT(CASE purpose WHEN 'cache' THEN 1 END) AS cache,
         SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion, SUM(reasoning) AS reasoning,
         SUM(CASE currency WHEN 'USD' THEN cost END) AS usd, SUM(CASE currency WHEN 'CNY' THEN cost END) AS cny,
         COALESCE(SUM(cost), 0) AS dear, COALESCE(SUM(prompt), 0) + COALESCE(SUM(completion), 0) AS much
  FROM usage WHERE at >= :since AND pending = 0 GROUP BY source, chat
)
SELECT COUNT(*) AS subjects, '' AS source, '' AS subject, SUM(answers) AS answers, SUM(unpriced) AS unpriced,
       SUM(cache) AS cache, SUM(prompt) AS prompt, SUM(cached) AS cached, SUM(completion) AS completion,
       SUM(reasoning) AS reasoning, SUM(usd) AS usd, SUM(cny) AS cny
FROM each
UNION ALL
SELECT * FROM (
  SELECT 1, source, subject, answers, unpriced, cache, prompt, cached, completion, reasoning, usd, cny
  FROM each ORDER BY dear DESC, much DESC, source, subject LIMIT :most OFFSET :skip
);

-- name: who_is_in_chat
-- Who spoke last in a place with all its threads, and whether others can.
SELECT event.name, event.person, event.shared FROM chat JOIN event INDEXED BY event_of_chat ON event.chat_id = chat.id
WHERE chat.platform || ':' || chat.account = :source AND chat.chat = :chat AND event.kind != 'pressed'
ORDER BY event.id DESC LIMIT 1;

-- What an administrator is told about the bot.

-- name: load
-- What is to be done, and what was done since a moment.
SELECT
  (SELECT COUNT(*) FROM turn INDEXED BY one_live_turn_per_chat WHERE state IN ('running', 'answered')) AS running,
  (SELECT COUNT(*) FROM event INDEXED BY waiting_event WHERE turn_id IS NULL) AS waiting,
  (SELECT COUNT(*) FROM turn INDEXED BY turn_by_moment
   WHERE created_at >= :since AND created_at < :until AND kind = 'answer' AND answer != '') AS answers,
  (SELECT COALESCE(SUM(COALESCE(prompt, 0) + COALESCE(completion, 0)), 0) FROM usage
   WHERE at >= :since AND at < :until) AS tokens;

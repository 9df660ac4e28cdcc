-- How much there is to do, and how much was done.

-- name: count_running
-- Answers in the making, or on their way to the screen.
SELECT COUNT(*) AS turns FROM turn INDEXED BY one_live_turn_per_chat WHERE state IN ('running', 'answered');

-- name: count_waiting
-- Messages that no turn has taken.
SELECT COUNT(*) AS events FROM event INDEXED BY waiting_event WHERE turn_id IS NULL;

-- name: count_answers
SELECT COUNT(*) AS answers FROM turn INDEXED BY turn_by_moment
WHERE created_at >= :since AND created_at < :until AND kind = 'answer' AND answer != '';

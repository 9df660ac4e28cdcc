-- What a press under an answer, or a change of its question, does. A question keeps its place in the conversation
-- however often it is answered: the turn that took it, COALESCE(asks, id).

-- name: find_pressed
-- The turn under which somebody pressed, and whether it is theirs: they asked, or had it answered again.
-- Its message may stand outside of the topic or thread that is answered.
SELECT turn.id, turn.chat_id, turn.kind, turn.state, turn.replaced, turn.language, turn.route, turn.finish,
  turn.person = :person OR EXISTS (
    SELECT 1 FROM event
    WHERE event.turn_id = COALESCE(turn.asks, turn.id) AND event.kind != 'pressed' AND event.person = :person
  ) AS is_own
FROM turn JOIN chat ON chat.id = turn.chat_id
WHERE turn.id = :turn_id AND chat.platform = :platform AND chat.account = :account AND chat.chat = :chat;

-- name: find_running
-- The answer that is being made in a chat, and whether this person asked for it.
SELECT turn.id, COALESCE(turn.asks, turn.id) AS place, turn.language,
  turn.person = :person OR EXISTS (
    SELECT 1 FROM event
    WHERE event.turn_id = COALESCE(turn.asks, turn.id) AND event.kind != 'pressed' AND event.person = :person
  ) AS is_own
FROM turn INDEXED BY one_live_turn_per_chat
WHERE turn.chat_id = :chat_id AND turn.state IN ('running', 'answered') AND turn.state = 'running'
  AND turn.kind = 'answer';

-- name: waits_here
-- Whether anything a person said waits in a chat.
SELECT 1 FROM event INDEXED BY waiting_event
WHERE chat_id = :chat_id AND turn_id IS NULL AND kind = 'said' AND person = :person LIMIT 1;

-- name: is_busy
-- Whether a chat is being answered, or anything waits in it.
SELECT 1 WHERE EXISTS (
  SELECT 1 FROM turn INDEXED BY one_live_turn_per_chat
  WHERE chat_id = :chat_id AND state IN ('running', 'answered')
) OR EXISTS (SELECT 1 FROM event INDEXED BY waiting_event WHERE chat_id = :chat_id AND turn_id IS NULL);

-- name: is_awaited
-- Whether somebody pressed this already and it waits.
SELECT 1 FROM event INDEXED BY waiting_event
WHERE chat_id = :chat_id AND turn_id IS NULL AND command IN ('again', 'continue') AND onto = :turn_id;

-- name: first_order
-- What waits first in a chat, if it is a command.
SELECT id, command, text, onto, person FROM event
WHERE id = (SELECT MIN(id) FROM event INDEXED BY waiting_event WHERE chat_id = :chat_id AND turn_id IS NULL)
  AND kind = 'command';

-- name: find_answered
-- A turn whose question can be answered again.
SELECT id, COALESCE(asks, id) AS place, language, route, question, model, answer, thoughts, boundaries, since
FROM turn
WHERE id = :turn_id AND chat_id = :chat_id AND kind = 'answer' AND state IN ('done', 'failed') AND replaced = 0;

-- name: newest_of_question
-- The newest of the turns that answered a question.
SELECT id, COALESCE(asks, id) AS place, language, route, question, model, since FROM turn
WHERE id = COALESCE((SELECT MAX(id) FROM turn WHERE asks = :place), :place);

-- name: earlier_answer
-- What a question was answered with before this turn, if it was the same question. An answer that was given up half
-- way, as in a chat that was closed to the bot, has no end of its own.
SELECT answer, thoughts, COALESCE(finish, 'broken') AS finish FROM turn
WHERE id = COALESCE((SELECT MAX(id) FROM turn WHERE asks = :place AND id < :turn_id), :place)
  AND kind = 'answer' AND answer != '' AND question = :question;

-- name: answer_again
-- The turn answers a question that was answered before, at the place of that question.
UPDATE turn SET asks = :place, person = :person, language = :language, route = :route, question = :question,
  model = :model, why = :why, since = :since
WHERE id = :turn_id;

-- name: go_on
-- The turn goes on from what another wrote.
UPDATE turn SET answer = :answer, thoughts = :thoughts, boundaries = :boundaries, kept = :kept WHERE id = :turn_id;

-- name: replace_turn
UPDATE turn SET replaced = 1 WHERE id = :turn_id;

-- name: take_press
-- What a press asked for is done, or no longer wanted: it is kept by its key only.
UPDATE event SET turn_id = :turn_id, kind = 'pressed' WHERE id = :event_id;

-- name: drop_event
DELETE FROM event WHERE id = :event_id;

-- name: drop_claimed
-- Nothing was left to do in the chat that was claimed.
DELETE FROM turn WHERE id = :turn_id;

-- name: last_question
-- The turn that took what was said last in a chat.
SELECT turn_id FROM event INDEXED BY said_of_chat
WHERE chat_id = :chat_id AND kind = 'said' AND turn_id IS NOT NULL ORDER BY turn_id DESC LIMIT 1;

-- name: find_said
-- A message of a person's that a turn took, as long as it was not changed later than this.
SELECT id, turn_id, key, text, route, language, shared, opens, quote FROM event
WHERE turn_id = :turn_id AND kind = 'said' AND ref = :ref AND person = :person AND edited_at <= :edited_at;

-- name: find_obeyed
-- A command of a person's, if nothing was done in the chat since.
SELECT id, turn_id, command, text, route, language, shared, opens, quote FROM event
WHERE turn_id = (SELECT MAX(id) FROM turn WHERE chat_id = :chat_id) AND kind = 'command' AND command != 'limited'
  AND ref = :ref AND person = :person AND edited_at <= :edited_at;

-- name: edit_said
UPDATE event SET text = :text, edited_at = :edited_at WHERE id = :event_id;

-- name: is_edited
-- Whether a question was changed and is to be answered anew.
SELECT 1 FROM event INDEXED BY waiting_event
WHERE chat_id = :chat_id AND turn_id IS NULL AND command = 'edited' AND onto = :place LIMIT 1;

-- name: first_edit
-- The question of a chat that was changed after it was answered. It is answered before what was said after it.
SELECT onto, person FROM event INDEXED BY waiting_event
WHERE chat_id = :chat_id AND turn_id IS NULL AND command = 'edited' ORDER BY id DESC LIMIT 1;

-- name: take_edits
UPDATE event INDEXED BY waiting_event SET turn_id = :turn_id, kind = 'pressed'
WHERE chat_id = :chat_id AND turn_id IS NULL AND command = 'edited' AND onto = :place;

-- name: drop_edits
-- The question was erased, and so is that it was changed.
DELETE FROM event WHERE id IN (
  SELECT id FROM event INDEXED BY waiting_event
  WHERE chat_id = :chat_id AND turn_id IS NULL AND command = 'edited' AND onto = :place
);

-- name: void_answer
-- What was answered so far answers another question.
UPDATE turn SET answer = '', thoughts = '', boundaries = '[]', kept = 0
WHERE id = :turn_id AND attempt = :attempt AND state = 'running';

-- name: press_opinion
-- The same opinion a second time takes it back.
UPDATE turn SET rating = CASE WHEN rating IS :rating THEN NULL ELSE :rating END WHERE id = :turn_id;

-- name: reopen_turn
-- The buttons under an answer are to be drawn anew, if nothing else is written in its chat.
UPDATE turn SET state = 'answered', leased = 0, tries = 0
WHERE id = :turn_id AND state = 'done' AND NOT EXISTS (
  SELECT 1 FROM turn AS live INDEXED BY one_live_turn_per_chat
  WHERE live.chat_id = turn.chat_id AND live.state IN ('running', 'answered')
);

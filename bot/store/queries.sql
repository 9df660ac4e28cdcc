-- Every statement the bot sends to its database, by name. A line `-- name: x` starts one.
-- What is asked for every message names its index where SQLite would choose one that grows with the history:
-- without statistics it takes an equality on a chat, a person or an account for more telling than it is.

-- name: add_chat
-- Make the chat known; knowing it twice changes nothing.
INSERT INTO chat (platform, account, chat, thread, created_at)
VALUES (:platform, :account, :chat, :thread, :now)
ON CONFLICT DO NOTHING;

-- name: find_chat
SELECT id FROM chat WHERE platform = :platform AND account = :account AND chat = :chat AND thread = :thread;

-- name: takes_part
-- The bot takes part in a chat once somebody addressed it there.
SELECT 1 FROM event WHERE chat_id = :chat_id LIMIT 1;

-- name: find_event
SELECT 1 FROM event WHERE source = :source AND key = :key;

-- name: add_event
-- The same event a second time changes nothing.
INSERT INTO event (source, key, chat_id, turn_id, kind, person, name, standing, language, ref, route, text, command,
                   quote, shared, attachments, bare, opens, onto, sent_at, stored_at, ready_at)
VALUES (:source, :key, :chat_id, :turn_id, :kind, :person, :name, :standing, :language, :ref, :route, :text, :command,
        :quote, :shared, :attachments, :bare, :opens, :onto, :sent_at, :now, :ready_at)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: waiting_words
-- What a message became that nobody took yet, as long as it was not changed later than this.
SELECT id, chat_id, route, language, shared, opens, quote FROM event INDEXED BY waiting_event
WHERE source = :source AND ref = :ref AND person = :person AND turn_id IS NULL AND command != 'limited'
  AND edited_at <= :edited_at ORDER BY id;

-- name: edit_waiting_event
UPDATE event SET kind = :kind, command = :command, bare = :bare, text = :text, edited_at = :edited_at
WHERE id = :event_id;

-- name: told_since
SELECT 1 FROM refusal WHERE source = :source AND person = :person AND told_at > :since;

-- name: tell
INSERT INTO refusal (source, person, told_at) VALUES (:source, :person, :now)
ON CONFLICT (source, person) DO UPDATE SET told_at = excluded.told_at;

-- name: add_notice
-- A sentence of the bot's own, written like an answer that is already complete.
INSERT INTO turn (chat_id, kind, state, person, language, route, answer, finish, created_at)
VALUES (:chat_id, 'notice', 'answered', :person, :language, :route, :answer, 'stop', :now)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: request_stop
-- Stop takes effect at once and never waits in line.
UPDATE turn INDEXED BY one_live_turn_per_chat SET stop_requested = 1
WHERE chat_id = :chat_id AND state IN ('running', 'answered') AND state = 'running' AND kind = 'answer' AND (:turn_id IS NULL OR id = :turn_id)
RETURNING id;

-- name: end_leases
-- A process that owns the database alone knows that every lease in it belongs to a dead one.
UPDATE turn SET leased = 0 WHERE state IN ('running', 'answered');

-- name: claim_free
-- Turns that were killed twice without progress go on in a process that has lived for a while, and one at a time: only
-- what kills the process counts further.
UPDATE turn SET attempt = attempt + 1, tries = tries + 1, leased = 1
WHERE id = (
  SELECT turn.id FROM turn INDEXED BY free_turn CROSS JOIN chat ON chat.id = turn.chat_id
  WHERE turn.state IN ('running', 'answered') AND turn.leased = 0
    AND chat.platform IN (SELECT value FROM json_each(:platforms))
    AND (turn.tries < 2 OR :suspects AND NOT EXISTS (
      SELECT 1 FROM turn AS suspect INDEXED BY one_live_turn_per_chat
      WHERE suspect.state IN ('running', 'answered') AND suspect.leased = 1 AND suspect.tries > 2
    ))
  ORDER BY turn.id LIMIT 1
)
RETURNING id;

-- name: claim_waiting
-- The chat that has waited longest and is quiet gets a turn; one live turn per chat is a unique index.
-- A clock that jumped back must not hold an event up, hence the second arm.
INSERT INTO turn (chat_id, kind, state, attempt, tries, leased, person, language, route, since, created_at)
SELECT event.chat_id, 'answer', 'running', 1, 1, 1, '', '', '', chat.forgotten_to, :now
FROM event INDEXED BY waiting_event CROSS JOIN chat ON chat.id = event.chat_id
WHERE event.turn_id IS NULL
  AND chat.platform IN (SELECT value FROM json_each(:platforms))
  AND NOT EXISTS (
    SELECT 1 FROM turn WHERE turn.chat_id = event.chat_id AND turn.state IN ('running', 'answered')
  )
GROUP BY event.chat_id
HAVING MAX(event.ready_at) <= :now OR MAX(event.ready_at) > :now + 5 OR MIN(event.stored_at) < :now - 5
ORDER BY MIN(event.id)
LIMIT 1
ON CONFLICT DO NOTHING
RETURNING id;

-- name: next_ready
-- When the first of the chats that could have a turn becomes quiet.
SELECT MIN(quiet_at) AS ready_at FROM (
  SELECT MAX(event.ready_at) AS quiet_at
  FROM event INDEXED BY waiting_event CROSS JOIN chat ON chat.id = event.chat_id
  WHERE event.turn_id IS NULL
    AND chat.platform IN (SELECT value FROM json_each(:platforms))
    AND NOT EXISTS (
      SELECT 1 FROM turn WHERE turn.chat_id = event.chat_id AND turn.state IN ('running', 'answered')
    )
  GROUP BY event.chat_id
);

-- name: take_said
-- All waiting events of the chat up to the first command.
UPDATE event INDEXED BY waiting_event SET turn_id = :turn_id
WHERE chat_id = :chat_id AND turn_id IS NULL AND id < COALESCE(
  (SELECT MIN(id) FROM event INDEXED BY waiting_event WHERE chat_id = :chat_id AND turn_id IS NULL AND kind = 'command'),
  9223372036854775807);

-- name: take_command
-- A command is a turn of its own, so that order is kept.
UPDATE event SET turn_id = :turn_id
WHERE id = (SELECT MIN(id) FROM event INDEXED BY waiting_event WHERE chat_id = :chat_id AND turn_id IS NULL);

-- name: onto_turn
-- What comes of a press in a menu is shown in the message of the menu.
SELECT onto FROM event WHERE turn_id = :turn_id AND onto IS NOT NULL;

-- name: supersede_menus
-- A message shows one turn: what stood in it is replaced.
UPDATE turn SET replaced = 1
WHERE chat_id = :chat_id AND id >= :first AND id < :turn_id AND kind = 'notice' AND EXISTS (
  SELECT 1 FROM page WHERE page.turn_id = turn.id AND page.ref IN (
    SELECT ref FROM page WHERE turn_id = :first AND ref IS NOT NULL)
);

-- name: take_stop
-- A stop that came before anything ran stops what its author said before it; an administrator's stops anything.
UPDATE event SET turn_id = :turn_id, kind = 'pressed'
WHERE id = (SELECT MIN(id) FROM event INDEXED BY waiting_event WHERE chat_id = :chat_id AND turn_id IS NULL)
  AND kind = 'command' AND command = 'stop'
  AND (text = :all OR person IN (SELECT asked.person FROM event AS asked WHERE asked.turn_id = :place AND asked.kind != 'pressed'))
RETURNING id;

-- name: address_turn
-- A turn answers the last thing said, in the language of the first.
UPDATE turn SET
  person = (SELECT person FROM event WHERE turn_id = :turn_id ORDER BY sent_at DESC, id DESC LIMIT 1),
  route = (SELECT route FROM event WHERE turn_id = :turn_id ORDER BY sent_at DESC, id DESC LIMIT 1),
  language = (SELECT language FROM event WHERE turn_id = :turn_id ORDER BY sent_at, id LIMIT 1)
WHERE id = :turn_id;

-- name: hold_turn
-- Whether this attempt still holds its lease; asked in the transaction that writes.
SELECT id FROM turn WHERE id = :turn_id AND attempt = :attempt AND state IN ('running', 'answered');

-- name: read_turn
SELECT turn.*, chat.platform, chat.account, chat.chat, chat.thread, chat.forgotten_to
FROM turn JOIN chat ON chat.id = turn.chat_id
WHERE turn.id = :turn_id;

-- name: events_of_turn
-- In the order in which they were sent: after an outage the older one may be found later.
SELECT * FROM event WHERE turn_id = :turn_id AND kind != 'pressed' ORDER BY sent_at, id;

-- name: pages_of_turn
SELECT n, ref FROM page WHERE turn_id = :turn_id ORDER BY n;

-- name: waiting_until
-- Until when more may come of what waits behind a live turn.
SELECT MAX(ready_at) AS ready_at FROM event INDEXED BY waiting_event WHERE chat_id = :chat_id AND turn_id IS NULL;

-- name: waiting_unmarked
-- What waits behind a live turn and does not show it yet.
SELECT * FROM event INDEXED BY waiting_event
WHERE chat_id = :chat_id AND turn_id IS NULL AND marked = 0 AND ref != '' ORDER BY id;

-- name: mark_event
UPDATE event SET marked = :marked WHERE id = :event_id;

-- name: dismiss_event
-- It was answered beside the turn it waited behind: it is kept by its key only.
UPDATE event SET turn_id = :turn_id, kind = 'pressed' WHERE id = :event_id AND turn_id IS NULL;

-- name: begin_turn
UPDATE turn SET question = :question, model = :model, why = :why, role = :role
WHERE id = :turn_id AND attempt = :attempt AND state = 'running'
RETURNING id;

-- name: checkpoint_turn
-- Progress, as long as it is made. What is whole stays as it was completed, and each try to show it counts.
UPDATE turn SET boundaries = :boundaries,
  answer = CASE state WHEN 'running' THEN :answer ELSE answer END,
  thoughts = CASE state WHEN 'running' THEN :thoughts ELSE thoughts END,
  tries = CASE state WHEN 'running' THEN 0 ELSE :tries END
WHERE id = :turn_id AND attempt = :attempt AND state IN ('running', 'answered')
RETURNING id;

-- name: give_up_turn
UPDATE turn SET answer = '', thoughts = '', note = :note, finish = 'failed', offers_again = :again, controls = '[]',
  boundaries = '[]'
WHERE id = :turn_id AND attempt = :attempt AND state = 'answered'
RETURNING id;

-- name: survive_turn
UPDATE turn SET tries = :tries WHERE id = :turn_id AND attempt = :attempt AND state IN ('running', 'answered')
RETURNING id;

-- name: intend_page
-- From here until the ref is stored, nobody knows whether the message exists.
INSERT INTO page (turn_id, n, ref) VALUES (:turn_id, :n, NULL)
ON CONFLICT (turn_id, n) DO UPDATE SET ref = NULL;

-- name: place_page
INSERT INTO page (turn_id, n, ref) VALUES (:turn_id, :n, :ref)
ON CONFLICT (turn_id, n) DO UPDATE SET ref = excluded.ref;

-- name: count_siblings
-- Conversations in the same chat of the platform: its threads or topics.
SELECT COUNT(*) FROM chat WHERE platform = :platform AND account = :account AND chat = :chat;

-- name: count_lost
-- Posts of the account that were begun, and of which nobody knows whether they happened.
SELECT COUNT(*) FROM turn INDEXED BY one_live_turn_per_chat
  CROSS JOIN page ON page.turn_id = turn.id CROSS JOIN chat ON chat.id = turn.chat_id
WHERE turn.state IN ('running', 'answered') AND page.ref IS NULL
  AND chat.platform = :platform AND chat.account = :account;

-- name: refs_since
-- Messages of the account, people's and ours, since an event. A turn that began long before may still post.
-- What a button was pressed under is a message of ours, and may be one that was lost.
SELECT ref FROM event NOT INDEXED
WHERE id >= :event_id AND source = :platform || ':' || :account AND ref != '' AND kind != 'pressed'
UNION
SELECT page.ref FROM page CROSS JOIN turn ON turn.id = page.turn_id CROSS JOIN chat ON chat.id = turn.chat_id
WHERE page.turn_id > :turn_id - 1000 AND page.ref IS NOT NULL
  AND chat.platform = :platform AND chat.account = :account;

-- name: move_chat
-- A chat under its new id, if nobody was heard there before.
UPDATE OR IGNORE chat SET chat = :chat, thread = :thread WHERE id = :chat_id;

-- name: drop_pages
DELETE FROM page WHERE turn_id = :turn_id;

-- name: restart_turn
-- Nothing of it is shown where it goes on; an answer that is whole stays whole.
UPDATE turn SET leased = 0, route = '', tries = MAX(0, tries - 1), boundaries = '[]',
  answer = CASE state WHEN 'running' THEN '' ELSE answer END, kept = CASE state WHEN 'running' THEN 0 ELSE kept END
WHERE id = :turn_id;

-- name: move_events
-- What the turn has heard waits again.
UPDATE event SET chat_id = :new_id,
  turn_id = CASE WHEN turn_id = :turn_id AND kind != 'pressed' THEN NULL ELSE turn_id END
WHERE chat_id = :old_id;

-- name: move_turns
UPDATE turn SET chat_id = :new_id WHERE chat_id = :old_id;

-- name: drop_page
DELETE FROM page WHERE turn_id = :turn_id AND n = :n;

-- name: complete_turn
-- The answer is whole and paid for; from here recovery needs no model.
UPDATE turn SET state = 'answered', answer = :answer, thoughts = :thoughts, note = :note, finish = :finish,
  kind = :kind, offers_again = :again, controls = :controls, tries = 0
WHERE id = :turn_id AND attempt = :attempt AND state = 'running'
RETURNING chat_id;

-- name: forget_chat
UPDATE chat SET forgotten_to = MAX(forgotten_to, :turn_id) WHERE id = :chat_id;

-- name: end_turn
-- What is only drawn anew was over before.
UPDATE turn SET state = :state, boundaries = :boundaries, finished_at = COALESCE(finished_at, :now), leased = 0,
  tries = 0
WHERE id = :turn_id AND attempt = :attempt AND state IN ('running', 'answered')
RETURNING rating;

-- name: release_turn
-- Another process may take the turn at once, and this attempt does not count.
UPDATE turn SET leased = 0, tries = MAX(0, tries - 1)
WHERE id = :turn_id AND attempt = :attempt AND state IN ('running', 'answered');

-- name: find_menu
-- The turn under which something was picked, and what the order it stands for is given with.
SELECT turn.id, turn.person, turn.language, turn.route, turn.kind,
  (SELECT MAX(event.opens) FROM event WHERE event.turn_id = turn.id) AS opens,
  (SELECT MAX(event.bare) FROM event WHERE event.turn_id = turn.id) AS bare,
  (SELECT MAX(event.shared) FROM event WHERE event.turn_id = turn.id) AS shared
FROM turn WHERE turn.id = :turn_id AND turn.chat_id = :chat_id;

-- name: inherit_pages
INSERT INTO page (turn_id, n, ref) SELECT :turn_id, n, ref FROM page WHERE turn_id = :old_id AND ref IS NOT NULL;

-- name: read_position
SELECT value FROM position WHERE source = :source;

-- name: write_position
INSERT INTO position (source, value) VALUES (:source, :value)
ON CONFLICT (source) DO UPDATE SET value = excluded.value;

-- name: recent_chats
-- The chats people were heard in since a moment, the newest first; looked at are the last few thousand messages.
SELECT chat.chat, chat.thread FROM (
  SELECT chat_id, stored_at FROM event INDEXED BY event_by_moment
  WHERE stored_at > :since AND source = :source AND kind != 'pressed' ORDER BY stored_at DESC LIMIT 5000
) AS heard JOIN chat ON chat.id = heard.chat_id
GROUP BY heard.chat_id ORDER BY MAX(heard.stored_at) DESC LIMIT :most;

-- name: set_aside
INSERT INTO set_aside (source, key, raw, at) VALUES (:source, :key, :raw, :now) ON CONFLICT DO NOTHING;

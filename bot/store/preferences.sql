-- What people chose, and what is kept because they did.
-- Scopes that lie within another one begin with it and a colon, and a semicolon comes next after that: a range of the key.

-- name: read_preferences
-- The wishes that hold in some scopes.
SELECT scope, name, value FROM preference WHERE scope IN (SELECT value FROM json_each(:scopes));

-- name: chosen_languages
SELECT scope, value FROM preference WHERE name = 'language';

-- name: prefer
INSERT INTO preference (scope, name, value) VALUES (:scope, :name, :value)
ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value;

-- name: prefer_nothing
DELETE FROM preference WHERE scope = :scope AND name = :name;

-- name: is_overhearing
SELECT 1 FROM preference WHERE scope = :scope AND name = 'chatter' AND value = 'on';

-- name: add_chatter
INSERT INTO chatter (scope, key, person, name, text, at)
VALUES (:scope, :key, :person, :name, :text, :at) ON CONFLICT DO NOTHING;

-- name: trim_chatter
DELETE FROM chatter WHERE scope = :scope AND key NOT IN (
  SELECT key FROM chatter WHERE scope = :scope ORDER BY at DESC LIMIT :most
);

-- name: drop_chatter
-- What was said to others is said to the bot after all.
DELETE FROM chatter WHERE scope = :scope AND key = :key;

-- name: read_chatter
-- The newest messages since a moment, oldest first.
SELECT name, text FROM (
  SELECT name, text, at FROM chatter WHERE scope IN (SELECT value FROM json_each(:scopes)) AND at > :since
  ORDER BY at DESC LIMIT :most
) ORDER BY at;

-- name: move_preferences
-- What holds in a chat and its threads, under the id by which it goes on.
UPDATE OR IGNORE preference SET scope = :new || substr(scope, length(:old) + 1)
WHERE scope = :old OR (scope >= :old || ':' AND scope < :old || ';');

-- name: move_chatter
UPDATE OR IGNORE chatter SET scope = :new || substr(scope, length(:old) + 1)
WHERE scope = :old OR (scope >= :old || ':' AND scope < :old || ';');

-- name: forget_chatter
DELETE FROM chatter WHERE scope = :scope OR (scope >= :scope || ':' AND scope < :scope || ';');

-- name: last_choice
-- The model that was asked last in a conversation, and why that one.
SELECT model, why FROM turn
WHERE chat_id = :chat_id AND id < :before AND id > :after AND kind = 'answer' AND model IS NOT NULL
ORDER BY id DESC LIMIT 1;

-- name: forget_chatter_of
DELETE FROM chatter
WHERE scope >= 'chat:' || :source || ':' AND scope < 'chat:' || :source || ';' AND person = :person;

-- name: delete_chatter
DELETE FROM chatter WHERE (scope, key) IN (
  SELECT scope, key FROM chatter WHERE at < :before LIMIT :limit
);

-- name: forget_preferences
DELETE FROM preference WHERE scope = :own OR (:chat != '' AND scope = :chat);

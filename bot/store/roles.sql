-- Roles that people made.

-- name: roles_for
-- A person's own and everybody's, in the order of their names.
SELECT * FROM role WHERE owner IN ('', :owner) ORDER BY owner DESC, name;

-- name: read_role
SELECT * FROM role WHERE id = :id;

-- name: count_roles
SELECT COUNT(*) AS roles FROM role WHERE owner = :owner;

-- name: add_role
INSERT INTO role (owner, name, description, prompt, model, temperature, top_p, max_tokens)
VALUES (:owner, :name, :description, :prompt, :model, :temperature, :top_p, :max_tokens)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: change_role
UPDATE OR IGNORE role SET name = :name, description = :description, prompt = :prompt, model = :model,
  temperature = :temperature, top_p = :top_p, max_tokens = :max_tokens
WHERE id = :id
RETURNING id;

-- name: share_role
UPDATE OR IGNORE role SET owner = '' WHERE id = :id RETURNING id;

-- name: delete_role
DELETE FROM role WHERE id = :id;

-- name: forget_roles
DELETE FROM role WHERE owner = :owner;

-- Whom administrators let in, or kept out.

-- name: admissions
SELECT platform, person, allowed FROM admission ORDER BY at;

-- name: decide_admission
INSERT INTO admission (platform, person, allowed, at) VALUES (:platform, :person, :allowed, :now)
ON CONFLICT (platform, person) DO UPDATE SET allowed = excluded.allowed, at = excluded.at;

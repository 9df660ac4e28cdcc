-- Silences that platforms asked for; see `silences.py`.

-- name: keep_silence
INSERT INTO silence (source, scope, until, seconds) VALUES (:source, :scope, :until, :seconds)
ON CONFLICT DO UPDATE SET until = excluded.until, seconds = excluded.seconds
WHERE excluded.until > silence.until;

-- name: end_silences
DELETE FROM silence WHERE until <= :now;

-- name: silences
SELECT source, scope, until, seconds FROM silence;

-- +goose Up

SELECT pg_advisory_xact_lock(110403819368563);

-- Passkeys of people. Each counts by its certificate alone, and not because it is
-- here.
CREATE TABLE passkeys (
	id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- base64url, as public_key and aaguid
	person TEXT COLLATE "C" NOT NULL,
	public_key TEXT COLLATE "C" NOT NULL, -- COSE
	origin TEXT COLLATE "C" NOT NULL,
	entry_seq BIGINT NOT NULL, -- of the audit trail, by which it was enrolled
	certificate TEXT COLLATE "C" NOT NULL,
	enrolled_us BIGINT NOT NULL,
	counter BIGINT NOT NULL,
	flags BIGINT NOT NULL,
	aaguid TEXT COLLATE "C" NOT NULL,
	transports TEXT COLLATE "C" NOT NULL, -- apart by blanks
	used_us BIGINT NOT NULL, -- 0: never since
	removed_us BIGINT NOT NULL); -- 0: it was not; it stays, for who checks later what it signed
CREATE INDEX passkeys_of_people ON passkeys (person, entry_seq);

-- What is under way about them: invitations, enrolments, sign-ins.
CREATE TABLE passkey_ceremonies (
	hash TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- of the token or handle
	kind TEXT COLLATE "C" NOT NULL,
	person TEXT COLLATE "C" NOT NULL,
	challenge TEXT COLLATE "C" NOT NULL, -- base64url
	seal TEXT COLLATE "C" NOT NULL,
	expires_us BIGINT NOT NULL);
CREATE INDEX passkey_ceremonies_expire ON passkey_ceremonies (expires_us);

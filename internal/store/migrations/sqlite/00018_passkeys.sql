-- +goose Up

-- Passkeys of people. Each counts by its certificate alone, and not because it is
-- here.
CREATE TABLE passkeys (
	id TEXT NOT NULL PRIMARY KEY, -- base64url, as public_key and aaguid
	person TEXT NOT NULL,
	public_key TEXT NOT NULL, -- COSE
	origin TEXT NOT NULL,
	entry_seq INTEGER NOT NULL, -- of the audit trail, by which it was enrolled
	certificate TEXT NOT NULL,
	enrolled_us INTEGER NOT NULL,
	counter INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	aaguid TEXT NOT NULL,
	transports TEXT NOT NULL, -- apart by blanks
	used_us INTEGER NOT NULL, -- 0: never since
	removed_us INTEGER NOT NULL) STRICT; -- 0: it was not; it stays, for who checks later what it signed
CREATE INDEX passkeys_of_people ON passkeys (person, entry_seq);

-- What is under way about them: invitations, enrolments, sign-ins.
CREATE TABLE passkey_ceremonies (
	hash TEXT NOT NULL PRIMARY KEY, -- of the token or handle
	kind TEXT NOT NULL,
	person TEXT NOT NULL,
	challenge TEXT NOT NULL, -- base64url
	seal TEXT NOT NULL,
	expires_us INTEGER NOT NULL) STRICT;
CREATE INDEX passkey_ceremonies_expire ON passkey_ceremonies (expires_us);

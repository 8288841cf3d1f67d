package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"didops/internal/passkey"
)

const (
	passkeyColumns = `id, person, public_key, origin, entry_seq, certificate, enrolled_us, counter, flags, aaguid, transports, used_us, removed_us` //nolint:gosec // names of columns
	insertPasskey  = `INSERT INTO passkeys (` + passkeyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	selectPasskey  = `SELECT ` + passkeyColumns + ` FROM passkeys WHERE id = $1`
	selectPasskeys = `SELECT ` + passkeyColumns + ` FROM passkeys WHERE removed_us = 0 AND ($1 = '' OR person = $1) ORDER BY entry_seq, id`
	usePasskey     = `UPDATE passkeys SET counter = $2, flags = $3, used_us = $4 WHERE id = $1`
	removePasskey  = `UPDATE passkeys SET removed_us = $2 WHERE id = $1 AND removed_us = 0`

	insertCeremony   = `INSERT INTO passkey_ceremonies (hash, kind, person, challenge, seal, expires_us) VALUES ($1, $2, $3, $4, $5, $6)`
	selectCeremony   = `SELECT kind, person, challenge, seal, expires_us FROM passkey_ceremonies WHERE hash = $1`
	deleteCeremony   = `DELETE FROM passkey_ceremonies WHERE hash = $1`
	forgetCeremonies = `DELETE FROM passkey_ceremonies WHERE expires_us < $1`
)

// keepCeremonies is how long it is known of something that it was under way.
const keepCeremonies = 24 * time.Hour

// Passkeys returns the store of passkeys.
func (s *Store) Passkeys() passkey.Store {
	return domain[passkey.StoreTx]{s, func(t *tx) passkey.StoreTx { return passkeyTx{trailTx{t}} }}
}

// passkeyTx is a [passkey.StoreTx], and what a transaction embeds by which
// passkeys are verified.
type passkeyTx struct{ trailTx }

// passkeyRow is a credential as it is kept.
type passkeyRow struct {
	passkey.Credential

	id, key, aaguid, transports             string
	enrolled, used, removed, counter, flags int64
}

func (r *passkeyRow) columns() []any {
	return []any{
		&r.id, &r.Person, &r.key, &r.Origin, &r.Entry, &r.Certificate, &r.enrolled, &r.counter, &r.flags, &r.aaguid, &r.transports, &r.used, &r.removed,
	}
}

// credential returns the row as it is used. What of it can't be read is as good
// as altered, and counts as that.
func (r *passkeyRow) credential() passkey.Credential {
	c := r.Credential
	if errors.Join(c.ID.UnmarshalText([]byte(r.id)), c.PublicKey.UnmarshalText([]byte(r.key)), c.AAGUID.UnmarshalText([]byte(r.aaguid))) != nil {
		c.Certificate = ""
	}
	c.Enrolled, c.Used, c.Removed, c.Transports = moment(r.enrolled), moment(r.used), moment(r.removed), strings.Fields(r.transports)
	c.Counter, c.Flags = uint32(r.counter), uint8(r.flags) //nolint:gosec // kept as such
	return c
}

// Passkey implements [passkey.Tx].
func (t passkeyTx) Passkey(id passkey.Bytes) (passkey.Credential, error) {
	var r passkeyRow
	err := t.one("read a passkey", r.columns(), selectPasskey, id.String())
	return r.credential(), err
}

// Passkeys implements [passkey.Tx].
func (t passkeyTx) Passkeys(person string) ([]passkey.Credential, error) {
	var list []passkey.Credential
	var r passkeyRow
	err := t.each("read the passkeys", r.columns(), func() error {
		list = append(list, r.credential())
		return nil
	}, selectPasskeys, person)
	return list, err
}

// SavePasskey implements [passkey.Tx].
func (t passkeyTx) SavePasskey(c passkey.Credential) error {
	return t.some("keep the use of a passkey", usePasskey, c.ID.String(), int64(c.Counter), int64(c.Flags), micros(c.Used))
}

// AddPasskey implements [passkey.StoreTx].
func (t passkeyTx) AddPasskey(c passkey.Credential) error {
	_, err := t.exec("keep a passkey", insertPasskey, c.ID.String(), c.Person, c.PublicKey.String(), c.Origin, c.Entry, c.Certificate,
		micros(c.Enrolled), int64(c.Counter), int64(c.Flags), c.AAGUID.String(), strings.Join(c.Transports, " "), micros(c.Used), micros(c.Removed))
	return err
}

// RemovePasskey implements [passkey.StoreTx].
func (t passkeyTx) RemovePasskey(id passkey.Bytes, at time.Time) error {
	return t.some("remove a passkey", removePasskey, id.String(), micros(at))
}

// Begin implements [passkey.StoreTx].
func (t passkeyTx) Begin(p passkey.Pending) error {
	if _, err := t.exec("forget old ceremonies", forgetCeremonies, t.store.clock().Add(-keepCeremonies).UnixMicro()); err != nil {
		return err
	}
	_, err := t.exec("keep a ceremony", insertCeremony, p.Hash, p.Kind, p.Person, p.Challenge.String(), p.Seal, micros(p.Expires))
	return err
}

// Pending implements [passkey.StoreTx].
func (t passkeyTx) Pending(hash string) (passkey.Pending, error) {
	p := passkey.Pending{Hash: hash}
	var challenge string
	var expires int64
	err := t.one("read a ceremony", []any{&p.Kind, &p.Person, &challenge, &p.Seal, &expires}, selectCeremony, hash)
	if err == nil && p.Challenge.UnmarshalText([]byte(challenge)) != nil {
		err = passkey.ErrNone
	}
	p.Expires = moment(expires)
	return p, err
}

// End implements [passkey.StoreTx].
func (t passkeyTx) End(hash string) error { return t.some("end a ceremony", deleteCeremony, hash) }

// some runs a statement that concerns a row; [passkey.ErrNone] where there is
// none.
func (t passkeyTx) some(what, query string, args ...any) error {
	n, err := t.exec(what, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, passkey.ErrNone)
	}
	return err
}

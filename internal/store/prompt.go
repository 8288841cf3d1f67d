package store

import (
	"fmt"
	"time"

	"didops/internal/order"
)

const (
	insertInvitation = `INSERT INTO invitations (hash, order_id, principal, call, expires_us, used)
	VALUES ($1, $2, $3, $4, $5, $6)`
	selectInvitation = `SELECT order_id, principal, call, expires_us, used FROM invitations WHERE hash = $1`
	useInvitation    = `UPDATE invitations SET used = 1 WHERE hash = $1`
	dropInvitations  = `DELETE FROM invitations WHERE expires_us < $1`
)

// Prompts returns the store of prompts.
func (s *Store) Prompts() order.PromptStore {
	return domain[order.PromptTx]{s, func(t *tx) order.PromptTx { return promptTx{t} }}
}

// promptTx is an [order.PromptTx].
type promptTx struct{ *tx }

// keepInvitations is how long an invitation is kept after it expired: until
// then its handle is told from one that never was.
const keepInvitations = 24 * time.Hour

// IssuePrompt implements [order.PromptTx]. Those that expired a day ago are forgotten.
func (t promptTx) IssuePrompt(i order.Prompt) error {
	old := t.store.clock().Add(-keepInvitations)
	if _, err := t.exec("forget old invitations", dropInvitations, old.UnixMicro()); err != nil {
		return err
	}
	_, err := t.exec("keep an invitation", insertInvitation, i.Hash, i.Order, i.Principal, i.Call, micros(i.Expires), number(i.Used))
	return err
}

// Prompt implements [order.PromptTx].
func (t promptTx) Prompt(hash string) (order.Prompt, error) {
	i := order.Prompt{Hash: hash}
	var expires, used int64
	err := t.one("read an invitation", []any{&i.Order, &i.Principal, &i.Call, &expires, &used}, selectInvitation, hash)
	if err != nil {
		return order.Prompt{}, err
	}
	i.Expires, i.Used = moment(expires), used == 1
	return i, nil
}

// UsePrompt implements [order.PromptTx]. One that is not there is
// [order.ErrNone].
func (t promptTx) UsePrompt(hash string) error {
	n, err := t.exec("use an invitation", useInvitation, hash)
	if err == nil && n == 0 {
		return fmt.Errorf("use an invitation: %w", order.ErrNone)
	}
	return err
}

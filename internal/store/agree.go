package store

import (
	"errors"
	"fmt"
	"time"

	"didops/internal/order"
)

// keepInvitations is how long an invitation is kept after it expired: until
// then its handle is told from one that never was.
const keepInvitations = 24 * time.Hour

// Lease implements [order.Tx].
func (t *tx) Lease(name, holder string, now, until time.Time) (bool, error) {
	var got string
	err := t.one("take the lease "+name, []any{&got}, takeLease, name, holder, until.UnixMicro(), now.UnixMicro())
	if errors.Is(err, order.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

// Release implements [order.Tx]. A lease of somebody else stays.
func (t *tx) Release(name, holder string) error {
	_, err := t.exec("give back the lease "+name, dropLease, name, holder)
	return err
}

// IssuePrompt implements [order.Tx]. Those that expired a day ago are forgotten.
func (t *tx) IssuePrompt(i order.Prompt) error {
	old := t.store.clock().Add(-keepInvitations)
	if _, err := t.exec("forget old invitations", dropInvitations, old.UnixMicro()); err != nil {
		return err
	}
	_, err := t.exec("keep an invitation", insertInvitation, i.Hash, i.Order, i.Principal, i.Call, micros(i.Expires), number(i.Used))
	return err
}

// Prompt implements [order.Tx].
func (t *tx) Prompt(hash string) (order.Prompt, error) {
	i := order.Prompt{Hash: hash}
	var expires, used int64
	err := t.one("read an invitation", []any{&i.Order, &i.Principal, &i.Call, &expires, &used}, selectInvitation, hash)
	if err != nil {
		return order.Prompt{}, err
	}
	i.Expires, i.Used = moment(expires), used == 1
	return i, nil
}

// UsePrompt implements [order.Tx]. One that is not there is
// [order.ErrNone].
func (t *tx) UsePrompt(hash string) error {
	n, err := t.exec("use an invitation", useInvitation, hash)
	if err == nil && n == 0 {
		return fmt.Errorf("use an invitation: %w", order.ErrNone)
	}
	return err
}

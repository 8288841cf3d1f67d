package order_test

import (
	"context"
	"testing"

	"didops/internal/audit"
)

// rotates changes the key of the log. Engines of before have the old one.
func (v *vault) rotates() {
	v.Helper()
	err := v.store.Audit().Write(context.Background(), func(tx audit.Tx) error {
		size, err := tx.Size()
		if err != nil {
			return err
		}
		next, _, change, err := v.key.Next(size)
		if err != nil {
			return err
		}
		v.key = next
		if _, _, err = tx.Append(audit.Entry{Event: audit.KeyChanged, At: v.now(), Exchange: place, Key: change}); err != nil {
			return err
		}
		return tx.KeepLogKeys(next.Public())
	})
	if err != nil {
		v.Fatal(err)
	}
	v.service = v.verifier(v.key)
}

// TestApprovedBeforeTheKeyChanged holds that what a passkey approved is sent with the
// next key of the log, and waits where a process has the old one.
func TestApprovedBeforeTheKeyChanged(t *testing.T) {
	t.Parallel()
	inVaults(t, 0, func(v *vault) {
		d, old := v.engine("a"), v.engine("old")
		o := v.plan(d, "9711", "9712")
		wantStates(v.t, v.approves(d, "Bob", o.ID), "scheduled: waiting waiting")
		v.rotates()
		v.passes(old)
		wantSends(v.t, v.x, "", 0)
		wantStates(v.t, d.see(alice(), o), "scheduled: waiting waiting")
		v.passes(v.engine("new"))
		wantSends(v.t, v.x, "", 2)
		wantStates(v.t, d.see(alice(), o), "done: done done")
		sound(v.t, v.store)
	})
}

package store_test

import (
	"bytes"
	"testing"

	"didops/internal/order"
	"didops/internal/store"
)

func TestKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		key := func(s *store.Store) (k []byte) {
			write(t, s.Orders(), func(tx order.Tx) (err error) {
				k, err = tx.Key()
				return err
			})
			return k
		}
		first := key(at(t, path))
		if len(first) != 32 || bytes.Equal(first, make([]byte, 32)) {
			t.Errorf("got %x, want 32 random bytes", first)
		}
		if again := key(at(t, path)); !bytes.Equal(first, again) {
			t.Error("another process: got another key, want the same")
		}
		if other := key(at(t, place(t))); bytes.Equal(first, other) {
			t.Error("another store: got the same key, want another")
		}
	})
}

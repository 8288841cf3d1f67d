package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/transaction"
)

// TestTheStoreIsObserved holds that all work is told of, of whatever domain,
// and what counts as a failure of the store: nothing that a transaction found
// out, and not the end of who asked.
func TestTheStoreIsObserved(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		var got []string
		c := in(place(t))
		c.Observe = func(kind string, took time.Duration, failed error) {
			if took < 0 {
				t.Errorf("got %s for %s, want a time", took, kind)
			}
			got = append(got, fmt.Sprint(kind, " ", failed != nil))
		}
		s := with(t, c)
		told := func(what, kind string, failed bool) {
			t.Helper()
			if want := []string{fmt.Sprint(kind, " ", failed)}; !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", what, got, want)
			}
			got = nil
		}
		ended, end := context.WithCancel(t.Context())
		end()
		nothing(t, s)
		got = nil
		_, _ = s.Audit().Head(t.Context())
		told("no store", transaction.HeadKind, false)
		insert(t, s, pending("o-1", 0, "1"))
		told("an order", transaction.WriteKind, false)
		orderOf(t, s, "o-1")
		told("a reading", transaction.ReadKind, false)
		_, _ = s.Leases().Acquire(t.Context(), "x", "me", time.Minute)
		told("a lease", transaction.WriteKind, false)
		_ = s.Orders().Write(t.Context(), func(tx order.Tx) error { return tx.Insert(pending("o-2", 0, "1")) })
		told("a number that is held", transaction.WriteKind, false)
		_ = s.Orders().Write(t.Context(), func(order.Tx) error { return errors.New("a verdict") })
		told("a verdict", transaction.WriteKind, false)
		_ = s.Orders().Read(ended, func(order.Tx) error { return ended.Err() })
		told("the end of who asked", transaction.ReadKind, false)
		alter(t, c.Path+c.URL, `DROP TABLE leases`)
		_, _ = s.Leases().Acquire(t.Context(), "x", "me", time.Minute)
		told("no table", transaction.WriteKind, true)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		_, _ = s.Audit().Head(t.Context())
		told("closed", transaction.HeadKind, true)
	})
}

// TestNowhere holds that a store without a place says why, whatever is asked.
func TestNowhere(t *testing.T) {
	t.Parallel()
	why := fault.New(fault.Invalid, "there is no place")
	s := store.Nowhere(why)
	_, head := s.Audit().Head(t.Context())
	_, lease := s.Leases().Acquire(t.Context(), "x", "me", time.Minute)
	_, check := s.Check(t.Context())
	for what, err := range map[string]error{
		"read":  s.Orders().Read(t.Context(), func(order.Tx) error { return nil }),
		"write": s.Orders().Write(t.Context(), func(order.Tx) error { return nil }),
		"head":  head, "lease": lease, "check": check,
	} {
		if !errors.Is(err, why) {
			t.Errorf("%s: got %v, want %v", what, err, why)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

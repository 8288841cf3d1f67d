package store_test

import (
	"errors"
	"testing"
	"time"

	"didops/internal/order"
)

func TestTasks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		now := morning()
		c := in(place(t))
		c.Now = func() time.Time { return now }
		s := with(t, c)
		first := order.Task{Hash: "h1", Order: "o-1", Principal: "os:alice", Created: morning(), Expires: morning().Add(time.Hour)}
		second := order.Task{Hash: "h2", Order: "o-1", Principal: "http:team", Created: morning(), Expires: morning().Add(2 * time.Hour)}
		write(t, s.Tasks(), func(tx order.TaskTx) error { return errors.Join(tx.KeepTask(first), tx.KeepTask(second)) })
		check := func(hash string, want order.Task) {
			t.Helper()
			read(t, s.Tasks(), func(tx order.TaskTx) error {
				got, err := tx.Task(hash)
				if errors.Is(err, order.ErrNone) != (want.Hash == "") {
					t.Errorf("task %s: got %v", hash, err)
				}
				equal(t, "task "+hash, got, want)
				return nil
			})
		}
		count := func(id string, want int) {
			t.Helper()
			read(t, s.Tasks(), func(tx order.TaskTx) error {
				got, err := tx.CountTasks(id, now)
				equal(t, "tasks of "+id, got, want)
				return err
			})
		}
		check("h1", first)
		check("h2", second)
		check("h3", order.Task{})
		count("o-1", 2)
		count("o-2", 0)
		if err := s.Tasks().Write(t.Context(), func(tx order.TaskTx) error { return tx.KeepTask(first) }); err == nil {
			t.Error("the same hash again: got no error, want one")
		}
		now = first.Expires
		count("o-1", 1)
		third := order.Task{Hash: "h3", Order: "o-3", Principal: "os:bob", Created: now, Expires: now.Add(time.Hour)}
		write(t, s.Tasks(), func(tx order.TaskTx) error { return tx.KeepTask(third) })
		check("h1", order.Task{}) // forgotten
		check("h2", second)
		check("h3", third)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = with(t, c)
		check("h2", second) // whatever process asks
	})
}

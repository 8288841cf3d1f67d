package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
)

func TestNothingOfAFailedWriteIsKept(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		boom := errors.New("boom")
		for _, c := range []struct {
			name string
			end  func(context.CancelFunc) error
			want error
		}{
			{"error", func(context.CancelFunc) error { return boom }, boom},
			{"context", func(cancel context.CancelFunc) error { cancel(); return nil }, context.Canceled},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := at(t, place(t))
				trail(t, s, "first")
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				err := s.Orders().Write(ctx, func(tx order.Tx) error {
					if err := tx.Insert(pending("o-1", 0, "1")); err != nil {
						return err
					}
					if _, _, err := tx.Append(audit.Entry{Event: "second"}); err != nil {
						return err
					}
					return c.end(cancel)
				})
				if !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				trail(t, s, "second")
				if head, err := s.Audit().Head(t.Context()); head != 2 || err != nil {
					t.Errorf("head: got %d, %v, want 2", head, err)
				}
				insert(t, s, pending("o-1", 0, "1"))
			})
		}
	})
}

func TestAPanicKeepsNothingAndHoldsNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		trail(t, s, "first")
		func() {
			defer func() { _ = recover() }()
			_ = s.Orders().Write(t.Context(), func(tx order.Tx) error {
				_, _, _ = tx.Append(audit.Entry{Event: "second"})
				panic("fault of the program")
			})
		}()
		trail(t, s, "second")
		if head, err := s.Audit().Head(t.Context()); head != 2 || err != nil {
			t.Errorf("head: got %d, %v, want 2", head, err)
		}
	})
}

func TestReadingWritesNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		trail(t, s, "first")
		err := s.Orders().Read(t.Context(), func(tx order.Tx) error { return tx.Insert(pending("o-1", 0, "1")) })
		if err == nil {
			t.Error("got no error, want one")
		}
	})
}

// TestReadersNeverWait holds a write open and reads beside it, then lets a
// write be committed in the midst of a read.
func TestReadersNeverWait(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s, other := at(t, path), at(t, path)
		insert(t, s, pending("o-1", 0, "1"))
		trail(t, s, "first")
		write(t, s.Orders(), func(tx order.Tx) error {
			r, err := tx.Order("o-1")
			if err != nil {
				return err
			}
			r.Reason = "new"
			if err := tx.Save(r); err != nil {
				return err
			}
			if _, _, err := tx.Append(audit.Entry{Event: "second"}); err != nil {
				return err
			}
			for _, reader := range []*store.Store{s, other} {
				if head, err := reader.Audit().Head(t.Context()); head != 1 || err != nil {
					t.Errorf("beside a write: got head %d, %v, want 1", head, err)
				}
				equal(t, "reason beside a write", orderOf(t, reader, "o-1").Reason, "")
			}
			return nil
		})
		read(t, s.Orders(), func(tx order.Tx) error {
			before, err := tx.Order("o-1")
			if err != nil {
				return err
			}
			change(t, other, "o-1", func(r *order.Record) { r.Reason = "newer" })
			after, err := tx.Order("o-1")
			equal(t, "within one read", after, before)
			equal(t, "after it", orderOf(t, s, "o-1").Reason, "newer")
			return err
		})
	})
}

func TestAWriterThatWaitsGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s, other := at(t, path), at(t, path)
		trail(t, s, "first")
		trail(t, other, "second")
		write(t, s.Orders(), func(order.Tx) error {
			for name, waiting := range map[string]*store.Store{"same": s, "other": other} {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				err := waiting.Orders().Write(ctx, func(order.Tx) error {
					t.Errorf("%s store: got a second writer, want one at a time", name)
					return nil
				})
				cancel()
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s store: got %v, want %v", name, err, context.DeadlineExceeded)
				}
			}
			return nil
		})
		trail(t, other, "third")
	})
}

func TestHookIsCalledAroundEachCommit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		var heads []string
		path := place(t)
		other := at(t, path)
		c := in(path)
		c.Hook = func(point string) {
			head, err := other.Audit().Head(context.Background())
			if err != nil {
				t.Error(err)
			}
			heads = append(heads, point+" "+strings.Repeat("i", int(head)))
		}
		s := with(t, c)
		trail(t, s, "first")
		_ = s.Orders().Write(t.Context(), func(order.Tx) error { return errors.New("no commit") })
		trail(t, s, "second")
		want := []string{"before-commit ", "after-commit i", "before-commit i", "after-commit ii"}
		if !slices.Equal(heads, want) {
			t.Errorf("got %q, want %q", heads, want)
		}
	})
}

func TestClosedStoreRefuses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		trail(t, s, "first")
		for range 2 {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		if _, err := s.Audit().Head(t.Context()); err == nil || fault.CodeOf(err) != fault.Internal {
			t.Errorf("got %v, want an internal error", err)
		}
	})
}

// TestEveryQueryHasAnIndex asks the database how it would find the rows. What
// is due is little, and sorted; the end of the trail is the end of its table.
func TestEveryQueryHasAnIndex(t *testing.T) {
	t.Parallel()
	path := place(t)
	trail(t, at(t, path), "first")
	db := raw(t, path)
	for _, query := range store.Searches() {
		args := 0
		for strings.Contains(query, fmt.Sprint("$", args+1)) {
			args++
		}
		rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, make([]any, args)...)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		for rows.Next() {
			var id, parent, unused int
			var plan string
			if err := rows.Scan(&id, &parent, &unused, &plan); err != nil {
				t.Error(err)
			}
			scans := strings.HasPrefix(plan, "SCAN") && !strings.Contains(query, "FROM audit ORDER BY seq DESC")
			sorts := strings.Contains(plan, "TEMP B-TREE") && !strings.Contains(query, "due_us <= $2")
			if scans || sorts {
				t.Errorf("%s: %s, want rows found and ordered by an index", query, plan)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
	}
}

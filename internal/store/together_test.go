package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
)

// joining is a write that may be committed together with others.
func joining(ctx context.Context, s *store.Store, fn func(order.Tx) error) error {
	return s.Orders().(order.Foreseer).WriteForeseen(ctx, order.Foresight{Joins: true}, fn) //nolint:forcetypeassert // all stores of this package are
}

// note adds an entry to the trail.
func note(tx order.Tx, event string) error {
	_, _, err := tx.Append(audit.Entry{At: morning(), Event: event, Exchange: exchange})
	return err
}

// said are the events of the trail after an entry.
func said(s *store.Store, after int) (list []string, err error) {
	err = s.Audit().Read(context.Background(), func(tx audit.Tx) error {
		kept, err := tx.Since(int64(after), 1000)
		for _, k := range kept {
			var e audit.Entry
			err = errors.Join(err, json.Unmarshal([]byte(k.Text), &e))
			list = append(list, e.Event)
		}
		return err
	})
	return list, err
}

// queued waits until so many wait for who writes.
func queued(s *store.Store, n int) {
	for store.Queued(s) < n {
		runtime.Gosched()
	}
}

// ways are how a write may go that waited while another one ran.
const (
	goesWell = iota
	goesWellAlone
	fails
	failsLate // after it has written
	isRefused // by a statement
	isCancelled
	isCancelledLate
	ways
)

var errAsked = errors.New("asked for")

// attempt writes an event in a way, and returns what is wrong with what it is told.
func attempt(s *store.Store, way int, event string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	want := map[int]error{fails: errAsked, failsLate: errAsked, isRefused: store.ErrHeld, isCancelled: context.Canceled, isCancelledLate: context.Canceled}[way]
	fn := func(tx order.Tx) error {
		if way == fails {
			return errAsked
		}
		if err := note(tx, event); err != nil {
			return err
		}
		switch way {
		case failsLate:
			return errAsked
		case isCancelledLate:
			cancel()
		case isRefused:
			return tx.Insert(pending("o-"+event, 0, "held"))
		}
		return nil
	}
	if way == isCancelled {
		cancel()
	}
	var err error
	if way == goesWellAlone {
		err = s.Orders().Write(ctx, fn)
	} else {
		err = joining(ctx, s, fn)
	}
	if !errors.Is(err, want) || want == nil && err != nil {
		return fmt.Errorf("%s: got %w, want %w", event, err, want)
	}
	return nil
}

// Of writes that are committed together each is kept that was told so, whole and in
// one place of the trail, and nothing of the others.
func TestWritesAreCommittedTogether(t *testing.T) {
	t.Parallel()
	s := at(t, place(t))
	insert(t, s, pending("o-held", 0, "held"))
	trail(t, s, "begun")
	rounds, last := 0, 1
	rapid.Check(t, func(t *rapid.T) {
		plan := rapid.SliceOfN(rapid.IntRange(0, ways-1), 1, 40).Draw(t, "ways")
		var all sync.WaitGroup
		var mu sync.Mutex
		var wrong []error
		var want []string
		err := joining(context.Background(), s, func(tx order.Tx) error {
			waits := 0
			for i, way := range plan {
				event := fmt.Sprint(rounds, "-", i)
				all.Go(func() {
					err := attempt(s, way, event)
					mu.Lock()
					defer mu.Unlock()
					wrong = append(wrong, err)
					if way == goesWell || way == goesWellAlone {
						want = append(want, event)
					}
				})
				if way != isCancelled { // which may not wait at all
					waits++
				}
			}
			queued(s, waits)
			return note(tx, fmt.Sprint(rounds, " first"))
		})
		all.Wait()
		if err := errors.Join(append(wrong, err)...); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint(rounds, " first"))
		rounds++
		got, err := said(s, last)
		last += len(got)
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("kept %v, %v, want %v", got, err, want)
		}
	})
	checkTrail(t, s)
}

// Where a commit fails, nobody is told that it has kept anything.
func TestWritesThatCanNotBeCommitted(t *testing.T) {
	t.Parallel()
	path := place(t)
	s := at(t, path)
	trail(t, s, "first")
	var all sync.WaitGroup
	var second error
	first := joining(t.Context(), s, func(tx order.Tx) error {
		all.Go(func() {
			second = joining(context.Background(), s, func(tx order.Tx) error {
				if err := os.Rename(path, path+".away"); err != nil {
					return err
				}
				return note(tx, "third")
			})
		})
		queued(s, 1)
		return note(tx, "second")
	})
	all.Wait()
	if fault.CodeOf(first) != fault.Unavailable || fault.CodeOf(second) != fault.Unavailable {
		t.Errorf("they were told %v, and %v", first, second)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	kept, err := said(at(t, path), 0)
	equal(t, "kept", kept, []string{"first"})
	if err != nil {
		t.Error(err)
	}
}

// A write that never comes to its end takes those with it that wait for the same
// commit, and nobody else.
func TestAWriteThatNeverReturns(t *testing.T) {
	t.Parallel()
	s := at(t, place(t))
	trail(t, s, "first")
	var all sync.WaitGroup
	var told error
	first := joining(t.Context(), s, func(tx order.Tx) error {
		all.Go(func() {
			_ = joining(context.Background(), s, func(order.Tx) error {
				runtime.Goexit()
				return nil
			})
		})
		queued(s, 1)
		all.Go(func() { told = joining(context.Background(), s, func(tx order.Tx) error { return note(tx, "third") }) })
		queued(s, 2)
		return note(tx, "second")
	})
	all.Wait()
	if first == nil || told != nil {
		t.Errorf("the first was told %v, the third %v", first, told)
	}
	kept, err := said(s, 0)
	equal(t, "kept", kept, []string{"first", "third"})
	if err != nil {
		t.Error(err)
	}
}

// Nothing is kept of a write in which a statement has failed, whatever it makes of the
// error: SQLite may have undone what was done before it, and would keep each statement
// after it at once.
func TestAFailedStatementIsNotPassedOver(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		trail(t, s, "first")
		err := s.Cards().Write(t.Context(), func(tx order.CardTx) error {
			if err := tx.SaveCompanion(order.Companion("card"), order.CardRow{Order: "o-none"}); err == nil {
				t.Error("a message about an order that is not there was kept")
			}
			_, _ = tx.Companion(order.Companion("card"), "o-none")
			return nil
		})
		if err == nil {
			t.Error("it was told that it is kept")
		}
		kept, err := said(s, 0)
		equal(t, "kept", kept, []string{"first"})
		if err != nil {
			t.Error(err)
		}
	})
}

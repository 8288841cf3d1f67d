package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

// foreseen is all that can be.
func foreseen() order.Foresight {
	return order.Foresight{
		Exchange: exchange, Due: morning().Add(time.Hour), Orders: []string{"o-1", "o-2"}, Request: "key",
		Held: []string{"1", "2"}, Past: []string{"1", "2"}, Day: "2026-11-25", Requester: "os:alice",
	}
}

// allForeseen asks all that can be foreseen, and says what it was told.
func allForeseen(tx order.Tx) (list []any, err error) {
	told := func(got any, failed error) {
		if !errors.Is(failed, order.ErrNone) {
			err = errors.Join(err, failed)
		}
		list = append(list, got, errors.Is(failed, order.ErrNone))
	}
	f := foreseen()
	for i, id := range f.Orders {
		r, failed := tx.Order(id)
		told(r, failed)
		holder, failed := tx.Holder(exchange, f.Held[i])
		told(holder, failed)
		past, failed := tx.History(exchange, f.Past[i])
		told(past, failed)
	}
	due, failed := tx.Due(exchange, f.Due)
	told(due, failed)
	same, failed := tx.Requests(exchange, f.Request)
	told(same, failed)
	day, failed := tx.Day(exchange, f.Day)
	told(day, failed)
	open, failed := tx.CountOpen(exchange, f.Requester)
	told(open, failed)
	return list, err
}

// TestWhatIsForeseenIsWhatIsAsked holds that a transaction is told the same whether
// it was foreseen what it asks or not, also once it has changed something.
func TestWhatIsForeseenIsWhatIsAsked(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		bought := pending("o-1", 0, "1")
		bought.Phase, bought.Day, bought.Decided = order.PhaseOver, "2026-11-25", morning()
		bought.Lines[0].State = order.LineDone
		insert(t, s, bought, pending("o-3", 1, "3"))
		f, ok := s.Orders().(order.Foreseer)
		if !ok {
			t.Fatal("nothing can be foreseen")
		}
		asked := func(run func(context.Context, func(order.Tx) error) error, before func(order.Tx) error) (list []any) {
			err := run(t.Context(), func(tx order.Tx) error {
				err := before(tx)
				if err == nil {
					list, err = allForeseen(tx)
				}
				return errors.Join(err, errKeepNothing)
			})
			if !errors.Is(err, errKeepNothing) || err.Error() != errKeepNothing.Error() {
				t.Errorf("got %v", err)
			}
			return list
		}
		reads := func(ctx context.Context, fn func(order.Tx) error) error { return f.ReadForeseen(ctx, foreseen(), fn) }
		writes := func(ctx context.Context, fn func(order.Tx) error) error { return f.WriteForeseen(ctx, foreseen(), fn) }
		nothing := func(order.Tx) error { return nil }
		want := asked(s.Orders().Read, nothing)
		if len(want) != 20 || len(want[0].(order.Record).Lines) != 1 || len(want[4].([]order.Past)) != 1 { //nolint:forcetypeassert // as allForeseen says
			t.Fatalf("got %+v, want an order and what is known of its number", want)
		}
		equal(t, "foreseen by who reads", asked(reads, nothing), want)
		equal(t, "foreseen by who writes", asked(writes, nothing), want)
		for name, changes := range map[string]func(order.Tx) error{
			"after a new order": func(tx order.Tx) error { return tx.Insert(pending("o-2", 2, "2")) },
			"after one that is known to be new": func(tx order.Tx) error {
				_, err := tx.Order("o-2")
				if errors.Is(err, order.ErrNone) {
					err = tx.Insert(pending("o-2", 2, "2"))
				}
				return err
			},
			"after a change": func(tx order.Tx) error {
				r, err := tx.Order("o-1")
				if err != nil {
					return err
				}
				r.Reason = "new"
				return tx.Save(r)
			},
			"after a change of what was not read": func(tx order.Tx) error {
				r := bought
				r.Rev, r.Reason = 1, "newer"
				return tx.Save(r)
			},
		} {
			got := asked(writes, changes)
			equal(t, name, got, asked(s.Orders().Write, changes))
			if cmp.Equal(got, want, byWorth()) {
				t.Errorf("%s: got what was so before", name)
			}
		}
	})
}

var errKeepNothing = errors.New("nothing of it is kept")

// TestALastRefusalKeepsNothing holds that what is only refused with the commit is told
// as it is, and that nothing of the transaction counts.
func TestALastRefusalKeepsNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		insert(t, s, pending("o-1", 0, "1"))
		trail(t, s, "first")
		err := s.Orders().Write(t.Context(), func(tx order.Tx) error {
			if _, err := tx.Order("o-2"); !errors.Is(err, order.ErrNone) {
				return err
			}
			if _, _, err := tx.Append(audit.Entry{Event: "second"}); err != nil {
				return err
			}
			return tx.Insert(pending("o-2", 1, "1"))
		})
		if f, is := fault.As(err); !errors.Is(err, store.ErrHeld) || !is || strings.Contains(f.Message, "at the moment") {
			t.Errorf("got %v, want %v, and no failure of the store", err, store.ErrHeld)
		}
		if head, err := s.Audit().Head(t.Context()); head != 1 || err != nil {
			t.Errorf("head: got %d, %v, want 1", head, err)
		}
		insert(t, s, pending("o-2", 1, "2")) // by the same connection
		trail(t, s, "second")
		checkTrail(t, s)
	})
}

// TestOldMarksAreForgotten holds that marks of commits go after an hour, and not
// before.
func TestOldMarksAreForgotten(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	trail(t, at(t, place), "first")
	alter(t, place, `INSERT INTO commits (mark, at_us) SELECT age, (EXTRACT(EPOCH FROM now() - age::interval) * 1000000)::bigint
	FROM unnest(ARRAY['59 minutes', '61 minutes', '1 day']) AS age`)
	trail(t, at(t, place), "second") // of another process
	var left string
	err := raw(t, place).QueryRowContext(t.Context(), `SELECT string_agg(mark, ', ') FROM commits WHERE mark ~ ' '`).Scan(&left)
	if err != nil || left != "59 minutes" {
		t.Errorf("got %q, %v, want the mark of 59 minutes ago", left, err)
	}
}

// TestWritesSeeTheLatest holds that each statement of a transaction which waited for
// its turn sees what others kept before that, of orders and of the market, whatever the
// database is set to.
func TestWritesSeeTheLatest(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	trail(t, at(t, place), "first")
	alter(t, place, `DO $$ BEGIN
	EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L', current_database(), 'repeatable read'); END $$`)
	s := at(t, place)
	got := map[string]string{}
	if err := s.Orders().Write(t.Context(), func(tx order.Tx) (err error) {
		got["orders"], err = store.Isolation(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Memory().Write(t.Context(), func(tx *sql.Tx) error {
		var is string
		err := tx.QueryRowContext(t.Context(), `SHOW transaction_isolation`).Scan(&is)
		got["the market"] = is
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for what, is := range got {
		if is != "read committed" {
			t.Errorf("%s: got %s", what, is)
		}
	}
}

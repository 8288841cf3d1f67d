package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/store"
)

func TestOrderComesBackAsItWasKept(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		r := pending("o-1", 0, "971501234567", "971501234568")
		insert(t, s, r)
		r.Rev = 1
		equal(t, "inserted", orderOf(t, s, "o-1"), r)

		r.Phase, r.Runner, r.RunnerUntil = order.PhaseExecuting, "me", morning().Add(time.Second)
		r.Lines[1].State = order.LineSending
		write(t, s.Orders(), func(tx order.Tx) error { return tx.Save(r) })
		r.Rev = 2
		equal(t, "saved", orderOf(t, s, "o-1"), r)

		read(t, s.Orders(), func(tx order.Tx) error {
			if _, err := tx.Order("o-2"); !errors.Is(err, order.ErrNone) {
				t.Errorf("another order: got %v, want %v", err, order.ErrNone)
			}
			return nil
		})
	})
}

func TestRevisionsAndIdsAreKept(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		insert(t, s, pending("o-1", 0, "1"))
		write(t, s.Orders(), func(tx order.Tx) error {
			if err := tx.Insert(pending("o-1", 0, "2")); !errors.Is(err, order.ErrTaken) {
				t.Errorf("the same id: got %v, want %v", err, order.ErrTaken)
			}
			return tx.Insert(pending("o-2", 0, "2")) // the transaction goes on
		})
		equal(t, "number of o-1", orderOf(t, s, "o-1").Quote.Lines[0].Number, "1")
		old := orderOf(t, s, "o-1")
		change(t, s, "o-1", func(r *order.Record) { r.Reason = "changed" })
		head, _ := s.Audit().Head(t.Context())
		for _, r := range []order.Record{old, pending("o-3", 0, "3")} {
			err := s.Orders().Write(t.Context(), func(tx order.Tx) error {
				_, _, err := tx.Append(audit.Entry{At: morning(), Event: "sent", Order: r.ID})
				if stale := tx.Save(r); !errors.Is(stale, order.ErrStale) {
					t.Errorf("save %s: got %v, want %v", r.ID, stale, order.ErrStale)
				}
				return err // as if it were not told
			})
			if !errors.Is(err, order.ErrStale) {
				t.Errorf("keep %s: got %v, want %v", r.ID, err, order.ErrStale)
			}
		}
		if now, err := s.Audit().Head(t.Context()); err != nil || now != head {
			t.Errorf("got entry %d and %v, want %d as the last", now, err, head)
		}
		equal(t, "reason", orderOf(t, s, "o-1").Reason, "changed")
	})
}

func TestWhatCouldNotBeReadAgainIsRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		huge, short := pending("o-1", 0, "1"), pending("o-2", 0, "2")
		huge.Quote.Lines[0].DueNow = money.MustParse("999999999999999").Add(money.MustParse("1"))
		short.Lines = nil
		for _, r := range []order.Record{huge, short} {
			if err := s.Orders().Write(t.Context(), func(tx order.Tx) error { return tx.Insert(r) }); err == nil {
				t.Errorf("%s: got no error, want one", r.ID)
			}
		}
	})
}

func TestOrderOfANewerProgramIsNotTouched(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		insert(t, s, pending("o-1", 0, "1"))
		if _, err := raw(t, path).ExecContext(t.Context(), `UPDATE orders SET body = '{"Novelty":1,' || substr(body, 2)`); err != nil {
			t.Fatal(err)
		}
		err := s.Orders().Read(t.Context(), func(tx order.Tx) error {
			_, err := tx.Order("o-1")
			return err
		})
		if fault.CodeOf(err) != fault.Unavailable || errors.Is(err, order.ErrNone) {
			t.Errorf("got %v, want that it can't be read", err)
		}
	})
}

func TestOneOrderHoldsANumber(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		insert(t, s, pending("o-1", 0, "1", "2"))
		holder := func(number, want string) {
			t.Helper()
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.Holder(exchange, number)
				if got != want || errors.Is(err, order.ErrNone) != (want == "") {
					t.Errorf("holder of %s: got %q, %v, want %q", number, got, err, want)
				}
				return nil
			})
		}
		holder("1", "o-1")
		holder("3", "")
		other := pending("o-2", 0, "3", "2")
		err := s.Orders().Write(t.Context(), func(tx order.Tx) error { return tx.Insert(other) })
		if !errors.Is(err, store.ErrHeld) || fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a second order: got %v, want %v", err, store.ErrHeld)
		}
		holder("3", "")
		elsewhere := other
		elsewhere.ID, elsewhere.Exchange = "o-3", "sandbox"
		insert(t, s, elsewhere)

		change(t, s, "o-1", func(r *order.Record) { *r = ended(*r, order.LineDone, order.LineUnknown) })
		holder("1", "")
		holder("2", "o-1") // nobody knows what became of it
		change(t, s, "o-1", func(r *order.Record) { r.Lines[1].State = order.LineFailed })
		holder("2", "")
		insert(t, s, other)
		holder("2", "o-2")
		err = s.Orders().Write(t.Context(), func(tx order.Tx) error {
			r, err := tx.Order("o-1")
			if err != nil {
				return err
			}
			r.Lines[1].State = order.LineUnknown
			return tx.Save(r)
		})
		if !errors.Is(err, store.ErrHeld) || !strings.Contains(err.Error(), "number 2") {
			t.Errorf("an old order that takes the number again: got %v, want %v", err, store.ErrHeld)
		}
		equal(t, "state of its line", orderOf(t, s, "o-1").Lines[1].State, order.LineFailed)
	})
}

func TestOrdersLatestFirst(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		bob := pending("o-3", 3, "3")
		bob.Requester, bob.Key = identity.Party{Realm: "http", ID: "bob"}, "other key"
		elsewhere := pending("o-9", 9, "9")
		elsewhere.Exchange = "sandbox"
		insert(t, s, pending("o-1", 1, "1"), ended(pending("o-2", 2, "2"), order.LineDone), bob, pending("o-4", 1, "4"), elsewhere)

		for _, c := range []struct {
			name   string
			filter order.Filter
			want   []string
		}{
			{"all", order.Filter{}, []string{"o-3", "o-2", "o-4", "o-1"}},
			{"limited", order.Filter{Limit: 2}, []string{"o-3", "o-2"}},
			{"of one requester", order.Filter{Requester: "os:alice"}, []string{"o-2", "o-4", "o-1"}},
			{"in a state", order.Filter{State: order.Pending}, []string{"o-3", "o-4", "o-1"}},
			{"both", order.Filter{Requester: "os:alice", State: order.Pending, Limit: 1}, []string{"o-4"}},
			{"none", order.Filter{Requester: "os:alice", State: order.Unknown}, []string{}},
			{"of a number", order.Filter{Number: "2"}, []string{"o-2"}},
			{"of a number nobody asked for", order.Filter{Number: "22"}, []string{}},
			{"of another exchange", order.Filter{Exchange: "sandbox"}, []string{"o-9"}},
		} {
			if c.filter.Exchange == "" {
				c.filter.Exchange = exchange
			}
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.Orders(c.filter)
				equal(t, c.name, ids(got), c.want)
				return err
			})
		}
		read(t, s.Orders(), func(tx order.Tx) error {
			same, err := tx.Requests(exchange, "key")
			equal(t, "the same request", ids(same), []string{"o-2", "o-4", "o-1"})
			if err != nil {
				return err
			}
			for requester, want := range map[string]int{"os:alice": 2, "http:bob": 1, "os:carol": 0} {
				got, err := tx.CountOpen(exchange, requester)
				if err != nil || got != want {
					t.Errorf("open orders of %s: got %d, %v, want %d", requester, got, err, want)
				}
			}
			return nil
		})
	})
}

func TestOrdersAreLimitedToAHundred(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		var list []order.Record
		for i := range 120 {
			list = append(list, ended(pending(string(rune('a'+i%26))+string(rune('a'+i/26)), i, "1"), order.LineFailed))
		}
		insert(t, s, list...)
		read(t, s.Orders(), func(tx order.Tx) error {
			got, err := tx.Orders(order.Filter{Exchange: exchange})
			if len(got) != 100 {
				t.Errorf("got %d orders, want 100", len(got))
			}
			return err
		})
	})
}

func TestWhatCountsOnADay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		first := ended(pending("o-1", 0, "1", "2", "3", "4"), order.LineDone, order.LineFailed, order.LineUnknown, order.LineSkipped)
		first.Quote.Lines[2].DueNow = money.MustParse("0.123456789")
		second := ended(pending("o-2", 0, "5"), order.LineDone)
		second.Tool, second.Dialog = "did_unsubscribe", true
		insert(t, s, first, second, ended(pending("o-5", 0, "8"), order.LineDone), ended(pending("o-3", 60*24, "6"), order.LineDone), pending("o-4", 0, "7"))
		read(t, s.Orders(), func(tx order.Tx) error {
			got, err := tx.Day(exchange, "2026-11-25")
			equal(t, "the day", got, []order.Reservation{
				{Operation: "did_purchase", Due: money.MustParse("0.123456789"), Lines: 1},
				{Operation: "did_purchase", Due: money.MustParse("2.50"), Lines: 2},
				{Operation: "did_unsubscribe", Due: money.MustParse("2.50"), Dialog: true, Lines: 1},
			})
			return err
		})
	})
}

func TestDoneSince(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		insert(t, s, ended(pending("o-1", 10, "1", "2", "3"), order.LineDone, order.LineUnknown, order.LineFailed))
		for _, c := range []struct {
			name    string
			numbers []string
			minutes int
			but     string
			want    bool
		}{
			{"done", []string{"1"}, 10, "", true},
			{"unknown", []string{"9", "2"}, 0, "", true},
			{"failed", []string{"3"}, 0, "", false},
			{"before", []string{"1"}, 11, "", false},
			{"by the one itself", []string{"1", "2"}, 0, "o-1", false},
			{"none", nil, 0, "", false},
		} {
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.DoneSince(exchange, c.numbers, morning().Add(time.Duration(c.minutes)*time.Minute), c.but)
				if got != c.want {
					t.Errorf("%s: got %v, want %v", c.name, got, c.want)
				}
				return err
			})
		}
	})
}

func TestDue(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		running, looked, orphan := pending("o-2", 2, "2"), ended(pending("o-3", 1, "3", "4"), order.LineUnknown, order.LineFailed), pending("o-5", 5, "6")
		running.Phase, running.RunnerUntil = order.PhaseExecuting, morning().Add(20*time.Minute)
		looked.Lines[0].NextLook, looked.Lines[1].NextLook = morning().Add(time.Hour), morning().Add(2*time.Hour)
		orphan.Phase = order.PhaseExecuting // nobody said that he runs it
		insert(t, s, pending("o-1", 0, "1"), running, looked, ended(pending("o-4", 4, "5"), order.LineDone))

		due := func(at time.Duration, want ...string) {
			t.Helper()
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.Due(exchange, morning().Add(at))
				if !slices.Equal(got, want) {
					t.Errorf("due after %s: got %v, want %v", at, got, want)
				}
				return err
			})
		}
		next := func(want time.Duration) {
			t.Helper()
			read(t, s.Orders(), func(tx order.Tx) error {
				got, err := tx.NextDue(exchange)
				equal(t, "next", got, morning().Add(want))
				return err
			})
		}
		due(15*time.Minute - time.Microsecond)
		next(15 * time.Minute)
		due(15*time.Minute, "o-1")
		due(20*time.Minute, "o-1")
		due(20*time.Minute+order.Grace, "o-1", "o-2")
		due(time.Hour, "o-1", "o-3", "o-2") // oldest first
		change(t, s, "o-1", func(r *order.Record) { r.Phase = order.PhaseExpired })
		next(20*time.Minute + order.Grace)

		before := orderOf(t, s, "o-3")
		write(t, s.Orders(), func(tx order.Tx) error { return tx.Looked(exchange, morning().Add(90*time.Minute+time.Nanosecond)) })
		before.Rev, before.Lines[1].NextLook = 2, morning().Add(90*time.Minute)
		equal(t, "looked", orderOf(t, s, "o-3"), before)
		insert(t, s, orphan)
		due(0, "o-5")
		read(t, s.Orders(), func(tx order.Tx) error {
			if got, err := tx.NextDue("sandbox"); !errors.Is(err, order.ErrNone) {
				t.Errorf("another exchange: got %v, %v, want %v", got, err, order.ErrNone)
			}
			return nil
		})
	})
}

func TestLasts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		first, second := pending("o-1", 0, "1"), pending("o-2", 0, "2")
		second.Entry, second.EntryHash, second.Exchange = 7, "hash", "sandbox"
		insert(t, s, second, first)
		change(t, s, "o-1", func(r *order.Record) { r.Entry, r.EntryHash = 8, "other" })
		type last struct {
			ID   string
			Seq  int64
			Hash string
		}
		var got []last
		stop := errors.New("stop")
		read(t, s.Verification(), func(tx order.VerifyTx) error {
			if err := tx.Lasts(func(string, int64, string) error { return stop }); !errors.Is(err, stop) {
				t.Errorf("got %v, want %v", err, stop)
			}
			return tx.Lasts(func(id string, seq int64, hash string) error {
				got = append(got, last{id, seq, hash})
				return nil
			})
		})
		equal(t, "lasts", got, []last{{"o-1", 8, "other"}, {"o-2", 7, "hash"}})
	})
}

package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/money"
	"didops/internal/transaction"
	"didops/internal/watch"
)

// watched is a watch of alice's.
func watched(id, name string) watch.Watch {
	return watch.Watch{
		ID: id, Exchange: exchange, Owner: identity.Party{Realm: "discord", ID: "1", Name: "Alice"}, Name: name,
		Filter: json.RawMessage(`{"country":"AE"}`), Words: "country AE", Until: morning().Add(720 * time.Hour), Created: morning(),
		Place: "9", Quiet: watch.Quiet{Zone: "Europe/London", From: 60, To: 90}, PerDay: 3, Settled: true, Seq: 2,
		Sending: watch.Sending{Day: "2026-11-25", Sent: 1, Batch: 2, Begun: morning(), Closed: "gone", Tries: 1, Next: morning()},
		Known:   watch.Set{971500000001: morning().UnixMicro(), 971500000002: 7},
	}
}

func hit(id string, seq int, number string) watch.Hit {
	needed := true
	return watch.Hit{
		Watch: id, Seq: seq, Found: morning().Add(time.Duration(seq) * time.Minute),
		Offer: watch.Offer{
			Number: number, Country: "AE", Type: "mobile", Features: []string{"sms"}, MonthlyFee: money.MustParse("4.50"), SetupFee: money.MustParse("0"),
			Documents: &needed, Vendor: "Gulf", Came: morning(),
		},
		Kind: watch.Kind{Median: money.MustParse("6"), Lowest: money.MustParse("3"), Days: 30, Count: 12},
	}
}

// TestWatches holds that a watch and what it found is read as it was kept, and
// which of it is still to be told.
func TestWatches(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		s := at(t, place(t))
		a, b := watched("w-a", "Gulf"), watched("w-b", "gulf")
		b.Owner.ID, b.Known = "2", nil
		hits := []watch.Hit{hit("w-a", 1, "+971500000001"), hit("w-a", 2, "+971500000002"), hit("w-a", 3, "+971500000003"), hit("w-a", 4, "+971500000001")}
		write(t, s.Watches(), func(tx watch.Tx) error {
			errs := []error{tx.Insert(a), tx.Insert(b)}
			for _, h := range hits {
				errs = append(errs, tx.SaveHit(h))
			}
			_, _, err := tx.Append(audit.Entry{Event: "watch added", At: morning()})
			return errors.Join(append(errs, err)...)
		})
		err := s.Watches().Write(t.Context(), func(tx watch.Tx) error { return tx.Insert(watched("w-c", "GULF")) })
		if err == nil {
			t.Error("got no error of a name that is taken")
		}
		b.Known = watch.Set{}
		list := func() (all []watch.Watch) {
			read(t, s.Watches(), func(tx watch.Tx) (err error) {
				all, err = tx.Watches(exchange)
				return err
			})
			return all
		}
		equal(t, "all", list(), []watch.Watch{a, b})
		a.Rev, a.Name = 7, "Gulf"
		a.Known[971500000009] = 0
		hits[1].Batch, hits[2].Batch = 1, 1
		hits[1].Told, hits[1].Message = morning(), "77"
		hits[2].Offer.MonthlyFee, hits[2].Kind.Days = money.MustParse("4.90"), 31
		write(t, s.Watches(), func(tx watch.Tx) error {
			return errors.Join(tx.Save(a), tx.SaveHit(hits[1]), tx.SaveHit(hits[2]), tx.EndHits("w-a", []string{"+971500000001", "+971500000003"}, morning()))
		})
		for _, n := range []int{0, 2, 3} {
			hits[n].Ended = morning()
		}
		read(t, s.Watches(), func(tx watch.Tx) error {
			one, err := tx.Watch("w-a")
			equal(t, "one", one, a)
			if _, none := tx.Watch("w-z"); !errors.Is(none, transaction.ErrNone) {
				t.Errorf("got %v, want none", none)
			}
			latest, err2 := tx.Hits("w-a", 3)
			equal(t, "the latest", latest, []watch.Hit{hits[3], hits[2], hits[1]})
			untold, err3 := tx.Untold("w-a")
			equal(t, "still to be told", untold, []watch.Hit{hits[2]}) // it is gone, in a message that was begun
			counts, err4 := tx.Counts(exchange)
			equal(t, "counts", counts, map[string]watch.Count{"w-a": {Told: 1, Waiting: 1}})
			other, err5 := tx.Watches("another")
			equal(t, "of another exchange", other, []watch.Watch(nil))
			return errors.Join(err, err2, err3, err4, err5)
		})
		write(t, s.Watches(), func(tx watch.Tx) error { return tx.Forget("w-a", 3, false) })
		read(t, s.Watches(), func(tx watch.Tx) error {
			rest, err := tx.Hits("w-a", 9)
			equal(t, "not forgotten", rest, []watch.Hit{hits[3], hits[2]})
			return err
		})
		write(t, s.Watches(), func(tx watch.Tx) error {
			there, err := tx.Remove("w-a")
			gone, err2 := tx.Remove("w-a")
			if !there || gone {
				t.Errorf("got %v and %v, want it removed once", there, gone)
			}
			return errors.Join(err, err2, tx.Forget("w-b", 9, true))
		})
		equal(t, "the rest", list(), []watch.Watch{b})
	})
}

// TestWatchOfANewerVersion refuses what would be lost when it is kept again, and
// nothing else: the others are read, and it can be removed.
func TestWatchOfANewerVersion(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, place func(testing.TB) string) { //nolint:thelper // the test itself
		path := place(t)
		s := at(t, path)
		newer, damaged, whole := watched("w-a", "Gulf"), watched("w-b", "levant"), watched("w-c", "maghreb")
		newer.PerDay = 17
		write(t, s.Watches(), func(tx watch.Tx) error {
			return errors.Join(tx.Insert(newer), tx.Insert(damaged), tx.Insert(whole), tx.SaveHit(hit("w-c", 1, "+971500000001")))
		})
		for _, change := range []string{
			`UPDATE watches SET body = replace(body, '"PerDay":17', '"PerWeek":17')`,
			`UPDATE watches SET known = substr(known, 1, 1) WHERE id = 'w-b'`,
			`UPDATE watch_hits SET body = '{'`,
		} {
			if _, err := raw(t, path).ExecContext(t.Context(), change); err != nil {
				t.Fatal(err)
			}
		}
		write(t, s.Watches(), func(tx watch.Tx) error {
			all, err := tx.Watches(exchange)
			var states []string
			for _, w := range all {
				states = append(states, fmt.Sprint(w.ID, " ", w.Owner.String(), " ", w.Name, " ", errors.Is(w.Unreadable, watch.ErrUnreadable)))
			}
			equal(t, "all", states, []string{"w-a discord:1 gulf true", "w-b discord:1 levant true", "w-c discord:1 maghreb false"})
			equal(t, "the whole one", all[2], whole)
			heads, err2 := tx.Heads(exchange)
			whole.Known = nil
			equal(t, "its head", heads[2], whole)
			if heads[0].Unreadable == nil || heads[1].Unreadable != nil {
				t.Errorf("got %v and %v, want the numbers of watches left alone", heads[0].Unreadable, heads[1].Unreadable)
			}
			for _, id := range []string{"w-a", "w-b"} {
				if _, err := tx.Watch(id); !errors.Is(err, watch.ErrUnreadable) || fault.CodeOf(err) != fault.Unavailable {
					t.Errorf("%s: got %v, want it not readable", id, err)
				}
			}
			if _, err := tx.Hits("w-c", 1); !errors.Is(err, watch.ErrUnreadable) {
				t.Errorf("got %v, want hits that are not readable", err)
			}
			there, err3 := tx.Remove("w-a")
			if !there {
				t.Error("got nothing removed")
			}
			return errors.Join(err, err2, err3)
		})
	})
}

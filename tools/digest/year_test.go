package digest_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/digest"
	"didops/internal/digest/daily"
	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/schedule"
	"didops/internal/store"
	"didops/internal/testing/wide"
	"didops/internal/transaction"
)

const day = 24 * time.Hour

var errAway = errors.New("away")

// begin is when the year begins, which has a 29 February.
func begin() time.Time { return time.Date(2027, 12, 31, 3, 0, 0, 0, time.UTC) }

// year is the world of a virtual year: an exchange with own numbers, on which
// events are planted, and everything in between that may fail.
type year struct {
	*rand.Rand

	clock time.Time
	off   time.Duration // by which the clock lies
	owned map[string]*ownNumber
	next  int
	ours  []inventory.Doing
	offer map[string]money.Amount // by own number, of another of its kind
	skip  string                  // the number that the next whole list lacks
	fails bool                    // anything may

	want, got map[string]int
}

// ownNumber is an own number with what is to come of it.
type ownNumber struct {
	exchange.Owned
	quiet   time.Time // no event before: the last one must have been seen
	anchor  time.Time
	months  int
	lastUse time.Time
	verify  time.Time // when its documents are accepted; zero = never
	calm    bool      // nothing is planted on it
}

func (w *year) Market(context.Context, exchange.MarketQuery, func([]exchange.Offer) error) (exchange.Reading, error) {
	return exchange.Reading{}, errAway
}

// Owned reads the own list: whole, broken off, or with a row that paging skips.
func (w *year) Owned(_ context.Context, _ exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	if w.fails && w.IntN(20) == 0 {
		return exchange.Reading{}, errAway
	}
	var rows []exchange.Owned
	for _, digits := range slices.Sorted(maps.Keys(w.owned)) {
		if digits != w.skip {
			rows = append(rows, w.owned[digits].Owned)
		}
	}
	w.skip = ""
	if w.fails && w.IntN(12) == 0 {
		return exchange.Reading{Rows: len(rows) / 2, Reason: "it broke off"}, take(rows[:len(rows)/2])
	}
	return exchange.Reading{Rows: len(rows), End: true, Complete: true}, take(rows)
}

func (w *year) now() time.Time { return w.clock.Add(w.off) }

// expect notes that a line about a number is to be told once.
func (w *year) expect(kind daily.Kind, number, detail string) {
	w.want[fmt.Sprintf("%s %s %s", kind, number, detail)]++
}

// fee is some amount.
func (w *year) fee() money.Amount {
	return money.MustParse(fmt.Sprintf("%d.%02d", 1+w.IntN(8), w.IntN(100)))
}

// buy adds an own number.
func (w *year) buy() *ownNumber {
	w.next++
	anchor := w.clock.Add(-time.Duration(w.IntN(20*24)) * time.Hour)
	n := &ownNumber{anchor: anchor, months: 1, quiet: w.clock.Add(3 * day), Owned: exchange.Owned{
		Number: exchange.Number{
			ID: fmt.Sprint(w.next), Digits: fmt.Sprintf("9715%08d", w.next), Country: "AE", Type: "mobile", Voice: true, MonthlyFee: w.fee(), Vendor: "Acme",
		},
		Contact: "sip:a@192.0.2.1:5060", Since: anchor, BilledTo: schedule.Months(anchor, 1),
	}}
	w.owned[n.Digits] = n
	return n
}

// calmly returns a number on which something may be planted, that does not renew
// within so many days.
func (w *year) calmly(within time.Duration) *ownNumber {
	var list []*ownNumber
	for _, n := range w.owned {
		if in := n.BilledTo.Sub(w.clock); !n.calm && n.quiet.Before(w.clock) && n.verify.IsZero() && in > within {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b *ownNumber) int { return cmp.Compare(a.Digits, b.Digits) })
	n := list[w.IntN(len(list))]
	n.quiet = w.clock.Add(4 * day)
	return n
}

// plant has something happen on the exchange.
func (w *year) plant() {
	n := w.calmly(10 * day)
	if n == nil {
		return
	}
	switch w.IntN(9) {
	case 0:
		delete(w.owned, n.Digits)
		w.expect(daily.Lost, n.Digits, "")
	case 1: // by an order of ours: nothing is told
		delete(w.owned, n.Digits)
		w.ours = append(w.ours, inventory.Doing{Number: n.Digits, Order: "o-1", Kind: "unsubscribe", Sure: true, At: w.now()})
	case 2:
		came := w.buy()
		w.expect(daily.Came, came.Digits, "")
	case 3:
		came := w.buy()
		w.ours = append(w.ours, inventory.Doing{Number: came.Digits, Order: "o-2", Kind: "purchase", Sure: true, At: w.now()})
		came.NeedsDocuments = true
		waits := []time.Duration{5 * day, 10*day + 12*time.Hour, 18 * day}[w.IntN(3)]
		came.verify = w.clock.Add(waits)
		for _, days := range []int{3, 7, 14} {
			if waits > time.Duration(days)*day {
				w.expect(daily.Waiting, came.Digits, fmt.Sprint(days))
			}
		}
		w.expect(daily.Verified, came.Digits, "")
	case 4:
		for before := n.MonthlyFee; n.MonthlyFee.Cmp(before) == 0; {
			n.MonthlyFee = w.fee()
		}
		w.expect(daily.Fees, n.Digits, n.MonthlyFee.String())
	case 5:
		n.Contact = fmt.Sprintf("sip:a@198.51.100.%d:5060", w.IntN(250))
		w.expect(daily.Rerouted, n.Digits, "")
	case 6:
		n.SMS = !n.SMS
		w.expect(daily.Altered, n.Digits, "")
	case 7:
		n.lastUse, n.calm = w.now().UTC().Truncate(day), true
		w.expect(daily.Idle, n.Digits, n.lastUse.Format(time.DateOnly))
	case 8:
		n.calm = true
		w.offer[n.Digits] = n.MonthlyFee.Half()
		w.expect(daily.Cheaper, n.Digits, "")
	}
}

// renew has time pass on the exchange.
func (w *year) renew() {
	for _, digits := range slices.Sorted(maps.Keys(w.owned)) {
		n := w.owned[digits]
		if !n.BilledTo.After(w.clock) {
			n.months++
			n.BilledTo = schedule.Months(n.anchor, n.months)
		}
		if !n.verify.IsZero() && n.verify.Before(w.clock) {
			n.verify, n.DocumentsVerified, n.quiet = time.Time{}, true, w.clock.Add(4*day)
		}
	}
}

// renewals notes the renewals that come into the week before them.
func (w *year) renewals(until time.Time, seen map[string]bool) {
	for digits, n := range w.owned {
		key := digits + n.BilledTo.UTC().Format(time.DateOnly)
		if in := n.BilledTo.Sub(w.clock); in > 0 && in < digest.RenewingWithin && !seen[key] && n.BilledTo.Before(until) {
			seen[key] = true
			w.expect(daily.Renewing, digits, n.BilledTo.UTC().Format(time.DateOnly))
		}
	}
}

// flaky is a store whose writes may fail, before they are kept or after.
type flaky[T any] struct {
	transaction.Store[T]
	w *year
}

func (f flaky[T]) Write(ctx context.Context, fn func(T) error) error {
	if f.w.fails && f.w.IntN(15) == 0 {
		return errAway
	}
	err := f.Store.Write(ctx, fn)
	if err == nil && f.w.fails && f.w.IntN(15) == 0 {
		return errAway
	}
	return err
}

// replica is one of the processes that share a store.
type replica struct {
	own   *inventory.Service
	pages *digest.Service
}

func (w *year) replica(t *testing.T, path string) replica {
	t.Helper()
	s, err := store.Open(store.Config{Path: path, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	own := inventory.New(inventory.Config{
		Store: flaky[inventory.Tx]{s.Inventory(), w}, Reader: w, Exchange: "acme", Currency: "USD", Now: w.now, Log: zerolog.Nop(),
		Doings: func(_ context.Context, since time.Time) ([]inventory.Doing, error) {
			return slices.DeleteFunc(slices.Clone(w.ours), func(d inventory.Doing) bool { return d.At.Before(since) }), nil
		},
	})
	pages := digest.New(digest.Config{
		Store: flaky[digest.Tx]{s.Digests(), w}, Exchange: "acme", Currency: "USD", Place: "c", Now: w.now,
		Daily: &schedule.Daily{At: schedule.Clock{Hour: 8}},
		Sources: digest.Sources{
			Own:     func(ctx context.Context) (inventory.Own, error) { return own.Own(ctx, time.Hour, false) },
			Changes: own.Changes,
			Cheaper: func(context.Context, []inventory.Number) ([]digest.Offer, error) {
				var list []digest.Offer
				for number, fee := range w.offer {
					list = append(list, digest.Offer{Number: number, Offer: "971599999999", Fee: fee})
				}
				return list, nil
			},
		},
	})
	return replica{own, pages}
}

// use keeps what histories say of the numbers whose use is known.
func (w *year) use(t *testing.T, r replica) {
	t.Helper()
	known := map[string]inventory.Use{}
	for digits, n := range w.owned {
		if !n.lastUse.IsZero() {
			known[digits] = inventory.Use{From: n.lastUse, To: w.now(), LastCall: n.lastUse, Calls: 1}
		}
	}
	fails := w.fails
	w.fails = false
	if err := r.own.KeepUse(t.Context(), known); err != nil {
		t.Fatal(err)
	}
	w.fails = fails
}

// post does what a chat does with the page that is due: a page whose post may
// have arrived is looked for first.
func (w *year) post(ctx context.Context, r replica, posted map[string]bool) {
	wait, ok, err := r.pages.Wait(ctx)
	if err != nil || !ok || wait > 0 {
		return
	}
	n, ok, err := r.pages.Begin(ctx)
	if err != nil || !ok {
		return
	}
	if !n.Again || !posted[n.ID()] {
		if w.fails && w.IntN(8) == 0 {
			_ = r.pages.Refused(ctx, n, "there is no such channel")
			return
		}
		posted[n.ID()] = true
		for _, l := range n.Page.Lines {
			for _, it := range l.Items {
				w.got[told(l.Kind, it)]++
			}
		}
	}
	if w.fails && w.IntN(8) == 0 {
		return // it dies, and nobody hears that the page was posted
	}
	_ = r.pages.Sent(ctx, n, "m")
}

// told is an item as [year.expect] notes it.
func told(kind daily.Kind, it daily.Item) string {
	detail := ""
	switch kind {
	case daily.Fees:
		detail = it.To
	case daily.Waiting:
		detail = fmt.Sprint(map[bool]int{true: it.Days / 7 * 7, false: 3}[it.Days >= 7])
	case daily.Renewing:
		detail = it.At.UTC().Format(time.DateOnly)
	case daily.Idle:
		detail = it.At.UTC().Format(time.DateOnly)
	case daily.Lost, daily.Unknown, daily.Unanswered, daily.Unsigned, daily.Kept, daily.Came, daily.Rerouted, daily.Altered, daily.Verified, daily.Leaving, daily.Cheaper, daily.Mandated, daily.Ending, daily.Found:
	}
	return fmt.Sprintf("%s %s %s", kind, it.Number, detail)
}

// TestAYear holds that the pages of a year tell everything that was planted, and
// nothing else, and nothing twice: under lists that break off or lack a row,
// stores that fail before and after a commit, processes that die, two replicas
// and a clock that is put back and forth.
func TestAYear(t *testing.T) {
	t.Parallel()
	for seed := range uint64(wide.Pick(1, 12)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			aYear(t, seed)
		})
	}
}

func aYear(t *testing.T, seed uint64) {
	t.Helper()
	w := &year{
		Rand: rand.New(rand.NewPCG(seed, 1)), clock: begin(), owned: map[string]*ownNumber{}, offer: map[string]money.Amount{},
		want: map[string]int{}, got: map[string]int{},
	}
	for range 80 {
		w.buy()
	}
	path := filepath.Join(t.TempDir(), "year.db")
	replicas := []replica{w.replica(t, path), w.replica(t, path)}
	if _, err := replicas[0].own.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.post(t.Context(), replicas[0], nil) // begins
	posted, seen := map[string]bool{}, map[string]bool{}
	ends := begin().Add(366 * day)
	for w.clock.Before(ends) {
		rest := ends.Sub(w.clock) < 10*day
		w.fails = !rest
		w.clock = w.clock.Add(time.Duration(1+w.IntN(7)) * time.Hour)
		if w.off = 0; !rest && w.IntN(10) == 0 {
			w.off = time.Duration(w.IntN(180)-120) * time.Minute
		}
		w.renew()
		if !rest && ends.Sub(w.clock) > 90*day || !rest && w.IntN(3) == 0 {
			w.plant()
		}
		r := replicas[w.IntN(len(replicas))]
		w.look(t.Context(), r)
		if w.IntN(4) == 0 {
			w.use(t, r)
		}
		w.renewals(ends.Add(-day), seen)
		w.post(t.Context(), r, posted)
	}
	maps.DeleteFunc(w.want, func(key string, _ int) bool { return w.unripe(key, ends) })
	maps.DeleteFunc(w.got, func(key string, _ int) bool { return w.unripe(key, ends) })
	if diff := gocmp.Diff(w.want, w.got); diff != "" {
		t.Errorf("(-planted +told):\n%s", diff)
	}
	t.Logf("%d events, %d pages", len(w.want), len(posted))
}

// look looks at the list most of the time, of which a row may be skipped once.
func (w *year) look(ctx context.Context, r replica) {
	if w.fails && w.IntN(15) == 0 {
		if n := w.calmly(0); n != nil {
			w.skip = n.Digits
		}
	}
	if !w.fails || w.IntN(5) > 0 {
		_, _ = r.own.Look(ctx)
	}
	if w.skip = ""; !w.fails {
		w.clock = w.clock.Add(inventory.Proof)
		_, _ = r.own.Look(ctx)
	}
}

// unripe reports whether something could not be told yet when the year ended.
func (w *year) unripe(key string, ends time.Time) bool {
	var kind, number, detail string
	_, _ = fmt.Sscan(key, &kind, &number, &detail)
	at, err := time.Parse(time.DateOnly, detail)
	switch daily.Kind(kind) {
	case daily.Idle:
		return err == nil && ends.Sub(at) < (digest.IdleFor+3)*day
	case daily.Renewing:
		return err == nil && at.After(ends.Add(-2*day))
	case daily.Waiting, daily.Verified:
		n := w.owned[number]
		return n != nil && !n.verify.IsZero()
	case daily.Lost, daily.Unknown, daily.Unanswered, daily.Unsigned, daily.Kept, daily.Came, daily.Rerouted, daily.Altered, daily.Fees, daily.Leaving, daily.Cheaper, daily.Mandated, daily.Ending, daily.Found:
	}
	return false
}

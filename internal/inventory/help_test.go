package inventory_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"didops/internal/audit"
	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/request"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

// scope is the exchange of most tests.
const scope = "https://api.example.net alice"

// morning is when the clock of tests begins.
func morning() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }

// list is an exchange's list of own numbers. It is safe for concurrent use.
type list struct {
	mu     sync.Mutex
	rows   map[string]exchange.Owned
	more   []exchange.Owned // besides
	skip   map[string]bool  // not shown
	broken string           // why it is not whole
	err    error
	asked  int
	during func() // called while it is read
	ahead  int    // how often it was read while nobody waited
}

func newList(rows ...exchange.Owned) *list {
	l := &list{rows: map[string]exchange.Owned{}, skip: map[string]bool{}}
	for _, r := range rows {
		l.rows[r.Digits] = r
	}
	return l
}

func (l *list) Market(context.Context, exchange.MarketQuery, func([]exchange.Offer) error) (exchange.Reading, error) {
	panic("nobody asks for the market")
}

func (l *list) Owned(ctx context.Context, _ exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	l.mu.Lock()
	l.asked++
	if request.InBackground(ctx) {
		l.ahead++
	}
	page := make([]exchange.Owned, 0, len(l.rows)+len(l.more))
	for n, r := range l.rows {
		if !l.skip[n] {
			page = append(page, r)
		}
	}
	page = append(page, l.more...)
	err, broken, during := l.err, l.broken, l.during
	l.mu.Unlock()
	if err != nil {
		return exchange.Reading{}, err
	}
	slices.SortStableFunc(page, func(a, b exchange.Owned) int { return strings.Compare(b.Digits, a.Digits) })
	for part := range slices.Chunk(page, 500) {
		if err := take(part); err != nil {
			return exchange.Reading{}, err
		}
	}
	if during != nil {
		during()
	}
	return exchange.Reading{Rows: len(page), End: broken == "", Complete: broken == "", Reason: broken}, nil
}

// change changes the list.
func (l *list) change(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn()
}

// edit changes one number of the list, within change.
func (l *list) edit(digits string, fn func(*exchange.Owned)) {
	r := l.rows[digits]
	fn(&r)
	l.rows[digits] = r
}

// office is a store, a list, a clock and what orders did.
type office struct {
	*inventory.Service
	store *store.Store
	list  *list

	live   bool // in a bubble, by its clock
	mu     sync.Mutex
	clock  time.Time
	doings []inventory.Doing
}

func (o *office) now() time.Time {
	if o.live {
		return time.Now()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.clock
}

// pass lets time pass.
func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clock = o.clock.Add(d)
}

// did has an order do something now.
func (o *office) did(d inventory.Doing) {
	if d.At.IsZero() {
		d.At = o.now()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.doings = append(o.doings, d)
}

func (o *office) done(_ context.Context, since time.Time) ([]inventory.Doing, error) {
	now := o.now()
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []inventory.Doing
	for _, d := range o.doings {
		if !d.At.Before(since) && !d.At.After(now.Add(10*time.Second)) {
			out = append(out, d)
		}
	}
	return out, nil
}

// entry is the number of the latest entry of the trail, which what orders do adds to.
func (o *office) entry(context.Context) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return int64(len(o.doings)), nil
}

// config is that of a service in the office.
func (o *office) config() inventory.Config {
	return inventory.Config{
		Store: o.store.Inventory(), Leases: o.store.Leases(), Reader: o.list, Exchange: scope, Currency: "USD", Every: time.Hour,
		Doings: o.done, Head: o.entry, Now: o.now, Log: zerolog.Nop(),
	}
}

// another is a second process on the store.
func (o *office) another(change func(*inventory.Config)) *inventory.Service {
	c := o.config()
	if change != nil {
		change(&c)
	}
	return inventory.New(c)
}

// at is an office with a store at a place.
func at(tb testing.TB, place string, rows ...exchange.Owned) *office {
	tb.Helper()
	o := &office{list: newList(rows...), clock: morning()}
	o.reopen(tb, place)
	return o
}

// reopen opens the store at a place.
func (o *office) reopen(tb testing.TB, place string) {
	tb.Helper()
	c := store.Config{Path: place, Now: o.now, Log: zerolog.Nop()}
	if strings.HasPrefix(place, "postgres:") {
		c = store.Config{URL: place, Now: o.now, Log: zerolog.Nop(), Skew: 1 << 62}
	}
	s, err := store.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	o.store = s
	o.Service = inventory.New(o.config())
}

// file is where a store may be made.
func file(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "orders.db")
}

// onBoth runs a test on an SQLite file and on a PostgreSQL database.
func onBoth(t *testing.T, run func(t *testing.T, place func(testing.TB) string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, file)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		run(t, pgtest.Database)
	})
}

// number is an own number.
func number(digits string, change ...func(*exchange.Owned)) exchange.Owned {
	interval := 60
	o := exchange.Owned{
		Number: exchange.Number{
			ID: "7" + digits[len(digits)-4:], Digits: digits, Country: "AE", CountryName: "United Arab Emirates", Type: "mobile", Voice: true, SMS: true,
			SetupFee: money.MustParse("0"), MonthlyFee: money.MustParse("4.50"), Price1: money.MustParse("0.0055"), PriceN: money.MustParse("0.0055"),
			SMSPrice: money.MustParse("0.01"), Interval1: &interval, IntervalN: &interval, Capacity: &interval, Vendor: "Gulf Numbers", Description: "a number",
		},
		Contact: "sip:" + digits + "@sip.example.net:5060", SMPPContact: "smpp:team:secret:" + digits + "@smpp.example.net:2776",
		BilledTo: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Since: time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC),
	}
	for _, fn := range change {
		fn(&o)
	}
	return o
}

// look looks, which has to be whole, and returns what changed.
func (o *office) look(tb testing.TB) []inventory.Change {
	tb.Helper()
	got, err := o.Look(tb.Context())
	if err != nil || !got.Complete {
		tb.Fatalf("got %+v, %v, want a whole look", got, err)
	}
	return got.Changes
}

// words says what changed, a line each.
func words(list []inventory.Change) []string {
	var out []string
	for _, c := range list {
		line := fmt.Sprintf("%s %s", c.Number, c.Kind)
		for _, f := range c.Fields {
			line += fmt.Sprintf(" %s:%s>%s", f.Name, f.From, f.To)
		}
		if c.Order != "" {
			line += " by " + c.Order
		}
		out = append(out, line)
	}
	return out
}

// own returns the numbers as they are known.
func (o *office) own(tb testing.TB, gone bool) []inventory.Number {
	tb.Helper()
	got, err := o.Own(tb.Context(), 0, gone)
	if err != nil {
		tb.Fatal(err)
	}
	return got.Numbers
}

// trail returns the entries of the audit trail.
func (o *office) trail(tb testing.TB) []audit.Entry {
	tb.Helper()
	var out []audit.Entry
	err := o.store.Audit().Read(tb.Context(), func(tx audit.Tx) error {
		_, err := audit.Verify(tx, "", func(_ audit.Kept, e audit.Entry) { out = append(out, e) })
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func equal(tb testing.TB, what string, got, want any) {
	tb.Helper()
	amounts := cmp.Comparer(func(a, b money.Amount) bool { return a.Known() == b.Known() && a.Cmp(b) == 0 })
	if diff := cmp.Diff(want, got, amounts); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

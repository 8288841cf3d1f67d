package digest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/digest"
	"didops/internal/digest/daily"
	"didops/internal/exchange"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/schedule"
	"didops/internal/transaction"
)

const (
	day   = 24 * time.Hour
	scope = "https://exchange.example acme"
)

// begin is when what tests tell of begins.
func begin() time.Time { return time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC) }

// book is a store of morning pages in memory. A write may be lost as a crash
// loses it, or kept though the writer never hears of it.
type book struct {
	state digest.State
	told  map[string]time.Time
	lose  func() bool // a transaction fails, and is not kept
	numb  func() bool // it fails, and is kept
}

type bookTx struct{ *book }

func (b *book) Read(_ context.Context, fn func(digest.Tx) error) error { return fn(bookTx{b}) }

func (b *book) Write(_ context.Context, fn func(digest.Tx) error) error {
	next := &book{state: b.state, told: maps.Clone(b.told)}
	if err := fn(bookTx{next}); err != nil {
		return err
	}
	if b.lose != nil && b.lose() {
		return errors.New("lost")
	}
	b.state, b.told = next.state, next.told
	if b.numb != nil && b.numb() {
		return errors.New("kept, and nobody was told")
	}
	return nil
}

var _ transaction.Store[digest.Tx] = (*book)(nil)

func (t bookTx) State(string) (digest.State, error) { return t.state, nil }

func (t bookTx) SaveState(_ string, s digest.State) error { t.state = s; return nil }

func (t bookTx) Told(string) (map[string]time.Time, error) { return maps.Clone(t.told), nil }

func (t bookTx) Tell(_ string, keys []string, at time.Time) error {
	for _, k := range keys {
		if _, ok := t.told[k]; !ok {
			t.told[k] = at
		}
	}
	return nil
}

func (t bookTx) Forget(_ string, keys []string) error {
	for _, k := range keys {
		delete(t.told, k)
	}
	return nil
}

// world is what pages are made of.
type world struct {
	now     time.Time
	own     inventory.Own
	changes []inventory.Change
	orders  []digest.Order
	offers  []digest.Offer
	hits    []digest.Hit
	given   []digest.Mandate
	broken  error
}

func (w *world) sources() digest.Sources {
	return digest.Sources{
		Own: func(context.Context) (inventory.Own, error) { return w.own, w.broken },
		Changes: func(_ context.Context, q inventory.Query) ([]inventory.Change, error) {
			var list []inventory.Change
			for _, c := range w.changes {
				if c.Seq > q.After && !c.At.Before(q.Since) {
					list = append(list, c)
				}
			}
			if q.Most > 0 && len(list) > q.Most {
				list = list[len(list)-q.Most:]
			}
			return list, w.broken
		},
		Orders: func(_ context.Context, since time.Time) ([]digest.Order, error) {
			return slices.DeleteFunc(slices.Clone(w.orders), func(o digest.Order) bool { return o.State == digest.OrderExpired && o.Since.Before(since) }), nil
		},
		Cheaper: func(context.Context, []inventory.Number) ([]digest.Offer, error) { return w.offers, nil },
		Found: func(_ context.Context, since time.Time) ([]digest.Hit, error) {
			return slices.DeleteFunc(slices.Clone(w.hits), func(h digest.Hit) bool { return h.At.Before(since) }), nil
		},
		Mandates: func(context.Context, time.Time) ([]digest.Mandate, error) { return w.given, nil },
	}
}

func (w *world) service(b *book) *digest.Service {
	return digest.New(digest.Config{
		Store: b, Sources: w.sources(), Exchange: scope, Currency: "USD", Place: "c1",
		Daily: &schedule.Daily{At: schedule.Clock{Hour: 8}, Zone: time.UTC}, Now: func() time.Time { return w.now },
	})
}

func number(digits, fee string) inventory.Number {
	return inventory.Number{Number: exchange.Number{Digits: digits, Country: "AE", Type: "mobile", MonthlyFee: money.MustParse(fee)}, State: inventory.Active}
}

func newBook() *book { return &book{told: map[string]time.Time{}} }

// tell makes and sends the page that is due, if there is one.
func tell(t *testing.T, s *digest.Service) *daily.Page {
	t.Helper()
	n, ok, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return nil
	}
	if err := s.Sent(t.Context(), n, "m1"); err != nil {
		t.Fatal(err)
	}
	return &n.Page
}

func texts(p *daily.Page) string {
	if p == nil {
		return ""
	}
	var list []string
	for _, l := range p.Lines {
		list = append(list, l.Text(p.Currency, time.UTC))
	}
	return strings.Join(list, "\n")
}

// TestPage holds what a page says of everything that it can tell.
func TestPage(t *testing.T) {
	t.Parallel()
	w := &world{now: begin()}
	b := newBook()
	s := w.service(b)
	if p := tell(t, s); p != nil {
		t.Fatalf("the first call told %s", texts(p))
	}
	w.now = begin().Add(20 * time.Hour) // 08:00 of the next day
	waiting := number("971500000001", "4.20")
	waiting.State, waiting.Waiting = inventory.PendingDocuments, w.now.Add(-9*day)
	renewing := number("971500000002", "38.20")
	renewing.BilledTo = w.now.Add(3 * day)
	idle := number("971500000003", "51.40")
	idle.Use = &inventory.Use{From: w.now.Add(-100 * day), To: w.now, LastCall: w.now.Add(-61 * day)}
	unused := number("971500000004", "1.00") // of which no use is known
	dear := number("971500000005", "5.00")
	leaving := number("971500000006", "2.00")
	leaving.BilledTo, leaving.Use = w.now.Add(2*day), idle.Use
	w.own = inventory.Own{First: begin().Add(-day), At: w.now, Numbers: []inventory.Number{waiting, renewing, idle, unused, dear, leaving}}
	change := func(kind inventory.Kind, number, order string, fields ...inventory.Field) {
		w.changes = append(w.changes, inventory.Change{Seq: int64(len(w.changes) + 1), At: w.now.Add(-time.Hour), Number: number, Kind: kind, Order: order, Fields: fields, MonthlyFee: money.MustParse("1.50")})
	}
	change(inventory.Gone, "971500000010", "")
	change(inventory.Gone, "971500000011", "")
	change(inventory.Gone, "971500000012", "o-1")
	change(inventory.Came, "971500000013", "")
	change(inventory.Routing, "971500000014", "", inventory.Field{Name: "calls_to", From: "sip:a@192.0.2.1:5060", To: "sip:a@192.0.2.2:5060"})
	change(inventory.Fee, "971500000015", "", inventory.Field{Name: "monthly_fee", From: "1.20", To: "1.50"})
	change(inventory.Verified, "971500000016", "")
	change(inventory.Features, "971500000017", "", inventory.Field{Name: "sms", From: "yes", To: "no"})
	w.orders = []digest.Order{
		{ID: "o-2", State: digest.OrderUnknown, Since: w.now.Add(-2 * time.Hour)},
		{ID: "o-3", State: digest.OrderPending, Since: w.now.Add(-30 * time.Minute)},
		{ID: "o-4", State: digest.OrderExpired, Since: w.now.Add(-3 * time.Hour)},
		{ID: "o-6", State: digest.OrderKept, Since: w.now.Add(-time.Hour)},
		{ID: "o-7", State: digest.OrderUnsigned, Since: w.now.Add(-day), Due: w.now.Add(46 * time.Hour), Numbers: []string{"971500000007"}},
		{ID: "o-5", State: digest.OrderScheduled, Since: w.now.Add(-day), Due: w.now.Add(46 * time.Hour), Numbers: []string{"971500000006"}, Fee: money.MustParse("2.00")},
	}
	w.offers = []digest.Offer{{Number: "971500000005", Offer: "971500000099", Fee: money.MustParse("3.00")}, {Number: "971500000004", Offer: "971500000098", Fee: money.MustParse("0.90")}}
	w.hits = []digest.Hit{
		{Key: "1:1", Watch: "gulf", Number: "971500000021", Fee: money.MustParse("1.30"), At: w.now.Add(-time.Hour)},
		{Key: "1:2", Watch: "gulf", Number: "971500000022", Fee: money.MustParse("1.20"), At: w.now.Add(-time.Hour)},
	}
	want := `2 numbers are gone from your list, by no order of yours: +971500000010, +971500000011
1 order may have been carried out or not: o-2
1 order got no answer: o-4
1 order will not be sent, since rules want a passkey by now (cancel, and ask again): o-7
1 order to give numbers up before they renew came to nothing: o-6
1 number is new in your list, by no order of yours: +971500000013
1 number was re-routed, by no order of yours: +971500000014
1 number is other than before: +971500000017 yes → no
The fees of 1 number changed: +971500000015 1.20 → 1.50
The documents of 1 number were accepted: +971500000016
The documents of 1 number are still waiting (9 days): +971500000001
1 number will be given up before it renews, the first on 4 January 06:00: o-5
1 number renews within a week (38.20 USD), the first on 5 January: +971500000002
1 number was not used for 61 days or more (51.40 USD a month): +971500000003
Of 1 number the same kind costs up to 40 % less elsewhere (2.00 USD a month less): +971500000005
Watches found 2 numbers: the cheapest +971500000022 for 1.20 USD a month, of “gulf” and 1 more`
	if got := texts(tell(t, s)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	w.now, w.orders = w.now.Add(day), w.orders[4:]
	if p := tell(t, s); p != nil {
		t.Errorf("the day after told again\n%s", texts(p))
	}
	w.now = w.now.Add(4 * day) // the documents have waited for two weeks
	if got := texts(tell(t, s)); got != "The documents of 1 number are still waiting (14 days): +971500000001" {
		t.Errorf("got\n%s", got)
	}
	if p, err := s.Now(t.Context()); err != nil || len(p.Lines) < 4 {
		t.Errorf("how things stand: %v\n%s", err, texts(&p))
	}
}

// TestNothingIsLost holds that a page which can't be sent becomes a part of the
// next, and that one which may have been sent is handed out as it was.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	w := &world{now: begin(), own: inventory.Own{At: begin()}}
	b := newBook()
	s := w.service(b)
	tell(t, s)
	lost := func(n string) {
		w.changes = append(w.changes, inventory.Change{Seq: int64(len(w.changes) + 1), At: w.now, Number: n, Kind: inventory.Gone})
	}
	lost("971500000001")
	w.now = begin().Add(day)
	first, ok, err := s.Begin(t.Context())
	if err != nil || !ok || first.Again {
		t.Fatalf("got %v, %v", ok, err)
	}
	lost("971500000002")
	w.now = w.now.Add(day)
	again, ok, err := s.Begin(t.Context())
	if err != nil || !ok || !again.Again || again.ID() != first.ID() || texts(&again.Page) != texts(&first.Page) {
		t.Errorf("got %+v, %v, want the page of the day before, of which nobody knows", again, err)
	}
	if err := s.Refused(t.Context(), again, "the channel is not there any more"); err != nil {
		t.Fatal(err)
	}
	both, ok, err := s.Begin(t.Context())
	if err != nil || !ok || both.Again || !slices.Equal(both.Page.Lines[0].Numbers(), []string{"971500000001", "971500000002"}) {
		t.Errorf("got %+v, %v, want both numbers", both, err)
	}
	if st, err := s.Standing(t.Context()); err != nil || !st.Waits || st.Closed == "" {
		t.Errorf("got %+v, %v", st, err)
	}
	w.broken = errors.New("away")
	if err := s.Sent(t.Context(), both, "m"); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(day)
	if _, ok, err := s.Begin(t.Context()); ok || err == nil {
		t.Errorf("got %v, %v, want the error of what a page is made of", ok, err)
	}
}

// TestEachOnce holds against a plan of events that pages tell each thing once
// and nothing else, whatever crashes, whoever makes the pages and however the
// clock runs.
func TestEachOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{now: begin()}
		b := newBook()
		services := []*digest.Service{w.service(b), w.service(b)}
		crash := func() bool { return rapid.IntRange(0, 9).Draw(t, "crash") == 0 }
		planted, got := map[string]int{}, map[string]int{}
		numbers := map[string]inventory.Number{}
		if _, _, err := services[0].Begin(context.Background()); err != nil {
			t.Fatal(err)
		}
		b.lose, b.numb = crash, crash
		posted := map[string]bool{} // pages that the chat has
		days := rapid.IntRange(1, 40).Draw(t, "days")
		for d := range days {
			plant(t, w, numbers, planted, d)
			w.now = w.now.Add(day)
			if rapid.IntRange(0, 9).Draw(t, "back") == 0 {
				w.now = w.now.Add(-2 * time.Hour)
			}
			tries := rapid.IntRange(0, 3).Draw(t, "tries")
			if d == days-1 {
				b.lose, b.numb, tries = nil, nil, 4
				w.now = w.now.Add(day)
			}
			for range tries {
				send(t, services[rapid.IntRange(0, 1).Draw(t, "who")], b, posted, got)
			}
		}
		if !maps.Equal(planted, got) {
			t.Fatalf("got  %v\nwant %v", got, planted)
		}
	})
}

// plant has something happen, and notes the keys that have to be told.
func plant(t *rapid.T, w *world, numbers map[string]inventory.Number, planted map[string]int, d int) {
	for i := range rapid.IntRange(0, 3).Draw(t, "events") {
		digits := fmt.Sprintf("9715%08d", d*10+i)
		n := number(digits, "1.00")
		switch rapid.IntRange(0, 4).Draw(t, "event") {
		case 0:
			c := inventory.Change{Seq: int64(len(w.changes) + 1), At: w.now, Number: digits, Kind: rapid.SampledFrom(inventory.Kinds()).Draw(t, "kind"), Order: rapid.SampledFrom([]string{"", "o-1"}).Draw(t, "order")}
			w.changes = append(w.changes, c)
			if c.Order == "" || c.Kind == inventory.Verified {
				planted[fmt.Sprintf("change:%d", c.Seq)] = 1
			}
			continue
		case 1: // due in the week after the next page at the latest, however late that is
			n.BilledTo = w.now.Add(90 * day)
		case 2:
			n.Use = &inventory.Use{From: w.now.Add(-200 * day), To: w.now.Add(90 * day), LastMessage: w.now.Add(-70 * day).Truncate(day)}
			planted[fmt.Sprintf("idle:%s:%s", digits, n.Use.LastMessage.Format(time.DateOnly))] = 1
		case 3:
			n.Use = &inventory.Use{From: w.now.Add(-10 * day), To: w.now}
		case 4:
			w.hits = append(w.hits, digest.Hit{Key: digits, Number: digits, At: w.now})
			planted["found:"+digits] = 1
			continue
		}
		numbers[digits] = n
	}
	w.own = inventory.Own{At: w.now, Numbers: slices.Collect(maps.Values(numbers))}
}

// send does what a chat does: it looks for a page that may be there, posts it
// otherwise, and may die before it says so.
func send(t *rapid.T, s *digest.Service, b *book, posted map[string]bool, got map[string]int) {
	n, ok, err := s.Begin(context.Background())
	if err != nil || !ok {
		return
	}
	if !n.Again || !posted[n.ID()] {
		if b.lose != nil && rapid.IntRange(0, 5).Draw(t, "closed") == 0 {
			_ = s.Refused(context.Background(), n, "closed")
			return
		}
		posted[n.ID()] = true
		for _, l := range n.Page.Lines {
			for _, it := range l.Items {
				got[it.Key]++
			}
		}
	}
	if b.lose != nil && rapid.IntRange(0, 3).Draw(t, "dies") == 0 {
		return
	}
	_ = s.Sent(context.Background(), n, "m")
}

// TestALeapOfTheClock holds that a page made by a clock that was years ahead
// keeps the next ones from nothing.
func TestALeapOfTheClock(t *testing.T) {
	t.Parallel()
	w := &world{now: begin(), own: inventory.Own{At: begin()}}
	s := w.service(newBook())
	tell(t, s)
	w.now = begin().AddDate(3, 0, 0)
	tell(t, s)
	w.now = begin().Add(time.Hour)
	tell(t, s) // it is noticed
	w.changes = []inventory.Change{{Seq: 1, At: w.now, Number: "971500000001", Kind: inventory.Gone}}
	w.now = w.now.Add(day)
	if p := tell(t, s); p == nil || len(p.Lines) != 1 {
		t.Errorf("got %v, want the page of the day after", texts(p))
	}
}

// TestWhatStandsIsToldAsItStands holds that a page which waited tells what stands
// as it is by then, that a number that was never used is told once however its
// histories move on, and that a source which fails brings nothing up again.
func TestWhatStandsIsToldAsItStands(t *testing.T) {
	t.Parallel()
	w := &world{now: begin(), own: inventory.Own{At: begin()}}
	s := w.service(newBook())
	tell(t, s)
	waiting, renewing := number("971500000001", "1.00"), number("971500000002", "1.00")
	waiting.State, waiting.Waiting = inventory.PendingDocuments, begin().Add(-3*day)
	renewing.BilledTo = begin().Add(3 * day)
	w.own.Numbers = []inventory.Number{waiting, renewing}
	for range 6 {
		w.now = w.now.Add(day)
		if n, ok, err := s.Begin(t.Context()); ok {
			err = s.Refused(t.Context(), n, "closed")
			if err != nil {
				t.Fatal(err)
			}
		} else if err != nil {
			t.Fatal(err)
		}
	}
	w.now = w.now.Add(2 * time.Hour)
	if got := texts(tell(t, s)); got != "The documents of 1 number are still waiting (9 days): +971500000001" {
		t.Errorf("got\n%s", got)
	}
	unused := number("971500000003", "1.00")
	pages := 0
	for range 500 {
		w.now = w.now.Add(day)
		unused.Use = &inventory.Use{From: w.now.Add(-400 * day), To: w.now}
		w.own.Numbers = []inventory.Number{unused}
		if p := tell(t, s); p != nil {
			pages++
		}
	}
	if pages != 1 {
		t.Errorf("a number that was never used was told %d times, want once", pages)
	}
}

// TestCausesStayIn holds that a page says nothing of what is in an error besides
// what is for people.
func TestCausesStayIn(t *testing.T) {
	t.Parallel()
	w := &world{now: begin(), own: inventory.Own{At: begin()}}
	sources := w.sources()
	sources.Orders = func(context.Context, time.Time) ([]digest.Order, error) {
		return nil, errors.New("password=hunter2 host=db.internal")
	}
	p, err := digest.New(digest.Config{Sources: sources, Currency: "USD", Now: func() time.Time { return w.now }}).Now(t.Context())
	if err != nil || len(p.Notes) != 1 || strings.Contains(p.Notes[0], "hunter2") {
		t.Errorf("got %v, %v", p.Notes, err)
	}
}

// TestMandatesOnThePage holds what is told of mandates: each number that was bought
// once, with what is left, and that one is used up or ends soon, once; and nothing
// of one that rests.
func TestMandatesOnThePage(t *testing.T) {
	t.Parallel()
	w := &world{now: begin()}
	s := w.service(newBook())
	tell(t, s)
	w.now = begin().Add(20 * time.Hour)
	w.own = inventory.Own{First: begin().Add(-day), At: w.now}
	bought := func(order string, line int) digest.Bought {
		return digest.Bought{Order: order, Line: line, Due: money.MustParse("3.00"), At: w.now.Add(-time.Hour)}
	}
	w.given = []digest.Mandate{
		{ID: "m-1", Name: "uae", Until: w.now.Add(30 * day), Numbers: 3, Budget: money.MustParse("9.00"), Bought: []digest.Bought{bought("o-1", 0), bought("o-1", 1)}},
		{ID: "m-2", Name: "gold", Until: w.now.Add(30 * day), Numbers: 0, Budget: money.MustParse("1.00"), Bought: []digest.Bought{bought("o-2", 0)}},
		{ID: "m-3", Name: "silver", Until: w.now.Add(3 * day), Numbers: 4, Budget: money.MustParse("12.00")},
		{ID: "m-4", Name: "spent", Until: w.now.Add(3 * day), Numbers: 4, Budget: money.MustParse("0.00")},
		{ID: "m-5", Name: "rests", Until: w.now.Add(30 * day), Numbers: 4, Budget: money.MustParse("12.00")},
	}
	want := `3 mandates can't buy for long: “gold” (used up), “silver” (until 5 January), “spent” (used up)
3 numbers were bought by mandate: “gold” 1 for 3.00 USD, 0 numbers and 1.00 USD left, “uae” 2 for 6.00 USD, 3 numbers and 9.00 USD left`
	if got := texts(tell(t, s)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	w.now = w.now.Add(day)
	if p := tell(t, s); p != nil {
		t.Errorf("the day after told again\n%s", texts(p))
	}
	w.now = w.now.Add(day)
	w.given[0].Numbers, w.given[0].Budget, w.given[0].Bought = 2, money.MustParse("6.00"), append(w.given[0].Bought, bought("o-3", 0))
	if got, want := texts(tell(t, s)), "1 number was bought by mandate: “uae” 1 for 3.00 USD, 2 numbers and 6.00 USD left"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

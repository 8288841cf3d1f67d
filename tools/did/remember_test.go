package did_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/testing/wide"
	"didops/tools"
	"didops/tools/did"
)

// bourse is an exchange whose market changes, and that breaks off. It knows
// what was for sale at each moment.
type bourse struct {
	now   func() time.Time
	rows  map[string]exchange.Offer
	past  []moment
	after int // rows until the next reading breaks off; negative: it does not
	fails error
	asked int
}

type moment struct {
	at   time.Time
	rows map[string]exchange.Offer
}

func (b *bourse) Owned(context.Context, exchange.OwnedQuery, func([]exchange.Owned) error) (exchange.Reading, error) {
	return exchange.Reading{}, errors.New("nothing is owned here")
}

func (b *bourse) Market(_ context.Context, q exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	b.asked++
	if b.fails != nil {
		return exchange.Reading{}, b.fails
	}
	var list []exchange.Offer
	for _, key := range slices.Sorted(maps.Keys(b.rows)) {
		o := b.rows[key]
		if strings.HasPrefix(o.Digits, q.Prefix) && (q.Type == "" || o.Type == q.Type) &&
			(!q.Voice || o.Voice) && (!q.SMS || o.SMS) && (!q.Fax || o.Fax) && (!q.Video || o.Video) {
			list = append(list, o)
		}
	}
	r := exchange.Reading{Rows: len(list), End: true, Complete: true}
	if b.after >= 0 && b.after < len(list) {
		list = list[:b.after]
		r = exchange.Reading{Rows: b.after, Reason: "the exchange fell silent"}
	}
	if q.MaxRows > 0 && q.MaxRows < len(list) {
		list = list[:q.MaxRows]
		r = exchange.Reading{Rows: q.MaxRows, Reason: "as many as asked for", Bounded: true}
	}
	for page := range slices.Chunk(list, 3) {
		if err := take(slices.Clone(page)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// keep notes how the market is from now on.
func (b *bourse) keep() { b.past = append(b.past, moment{b.now(), maps.Clone(b.rows)}) }

// since returns the states of the market from a moment on.
func (b *bourse) since(at time.Time) []moment {
	first := 0
	for i, m := range b.past {
		if !m.at.After(at) {
			first = i
		}
	}
	return b.past[first:]
}

// crashing is a memory whose process dies at some statement of a transaction,
// before it is committed.
type crashing struct {
	market.Database
	at   int // transactions that still pass; negative: all do
	died bool
}

var errCrashed = errors.New("the process died")

func (c *crashing) Write(ctx context.Context, fn func(*sql.Tx) error) error {
	return c.Database.Write(ctx, func(t *sql.Tx) error {
		if err := fn(t); err != nil {
			return err
		}
		if c.at == 0 {
			c.at, c.died = -1, true
			return errCrashed
		}
		c.at--
		return nil
	})
}

// world is an exchange, a memory of it and the operations.
type world struct {
	*bourse
	clock   *clock
	db      *crashing
	gate    *tools.Gate
	numbers []string
}

const worldAge = 15 * time.Minute

func newWorld(t *testing.T, r *rapid.T) *world {
	t.Helper()
	w := &world{clock: newClock()}
	w.bourse = &bourse{now: w.clock.now, rows: map[string]exchange.Offer{}, after: -1}
	w.keep()
	file := market.NewFile(filepath.Join(t.TempDir(), "market.db"), zerolog.Nop())
	r.Cleanup(func() {
		if err := file.Close(); err != nil {
			r.Error(err)
		}
	})
	w.db = &crashing{Database: file, at: -1}
	rows := rapid.IntRange(1, 12).Draw(r, "rows of a cell")
	w.gate = gateOf(t, did.Config{
		Reader: w.bourse, Scope: "bourse", Currency: "USD", Now: w.clock.now, MaxRows: rapid.SampledFrom([]int{0, 0, 0, 20}).Draw(r, "most rows"),
		Mirror: market.New(w.db, market.Config{
			Scope: "bourse", Now: w.clock.now, Hold: rapid.Bool().Draw(r, "hold"), CellRows: rows, BatchRows: rapid.IntRange(1, 20).Draw(r, "batch"),
		}),
		MaxAge: worldAge,
	})
	w.numbers = rapid.SliceOfNDistinct(rapid.Custom(func(r *rapid.T) string {
		code := rapid.SampledFrom([]string{"1202555", "1416555", "97150", "9714", "4420", "4478", "1876"}).Draw(r, "code")
		return code + fmt.Sprint(rapid.IntRange(1000, 9999).Draw(r, "number"))
	}), 5, 40, rapid.ID).Draw(r, "numbers")
	return w
}

func gateOf(tb testing.TB, c did.Config) *tools.Gate {
	tb.Helper()
	declarations, err := did.Operations(c)
	if err != nil {
		tb.Fatal(err)
	}
	catalog, err := tools.NewCatalog(declarations...)
	if err != nil {
		tb.Fatal(err)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Now: c.Now})
	if err != nil {
		tb.Fatal(err)
	}
	return gate
}

// pass lets time go by, and rows come, change and go.
func (w *world) pass(r *rapid.T) {
	w.clock.advance(time.Duration(rapid.IntRange(1, 900).Draw(r, "seconds")) * time.Second)
	for range rapid.IntRange(0, len(w.numbers)/2).Draw(r, "changes") {
		digits := rapid.SampledFrom(w.numbers).Draw(r, "which")
		key := digits + rapid.SampledFrom([]string{"", "", "", " without an id"}).Draw(r, "offer")
		if rapid.IntRange(0, 2).Draw(r, "goes") == 0 {
			delete(w.rows, key)
			continue
		}
		w.rows[key] = drawOffer(r, digits, key == digits)
	}
	w.keep()
}

func drawOffer(r *rapid.T, digits string, purchasable bool) exchange.Offer {
	o := exchange.Offer{Number: exchange.Number{
		Digits: digits, Type: rapid.SampledFrom([]string{"mobile", "national", "tollfree", "VoIP"}).Draw(r, "type"),
		Voice: rapid.Bool().Draw(r, "voice"), SMS: rapid.Bool().Draw(r, "sms"),
		MonthlyFee:  money.MustParse(rapid.SampledFrom([]string{"0.5", "1.65", "2", "15.00"}).Draw(r, "monthly")),
		SetupFee:    money.MustParse(rapid.SampledFrom([]string{"0", "1", "2.5"}).Draw(r, "setup")),
		Description: rapid.SampledFrom([]string{"", "Landline - London", "Dubai, Londonderry"}).Draw(r, "description"),
		Vendor:      rapid.SampledFrom([]string{"", "Acme", "Widgets"}).Draw(r, "vendor"),
	}}
	if purchasable {
		o.ID = digits[len(digits)-4:]
	}
	for _, price := range []*money.Amount{&o.Price1, &o.PriceN, &o.SMSPrice} {
		if text := rapid.SampledFrom([]string{"", "0", "0.01", "0.0125"}).Draw(r, "price"); text != "" {
			*price = money.MustParse(text)
		}
	}
	for _, interval := range []**int{&o.Interval1, &o.IntervalN} {
		if seconds := rapid.SampledFrom([]int{0, 1, 60}).Draw(r, "interval"); seconds > 0 {
			*interval = &seconds
		}
	}
	switch {
	case strings.HasPrefix(digits, "971"):
		o.Country, o.CountryName = "AE", "United Arab Emirates"
	case strings.HasPrefix(digits, "44"):
		o.Country, o.CountryName = "GB", "United Kingdom"
	default:
		if rapid.IntRange(0, 3).Draw(r, "country stated") > 0 {
			o.Country = rapid.SampledFrom([]string{"US", "CA", "JM"}).Draw(r, "country")
			o.CountryName = map[string]string{"US": "United States", "CA": "Canada", "JM": "Jamaica"}[o.Country]
		}
	}
	return o
}

// trouble draws what goes wrong with the next question.
func (w *world) trouble(r *rapid.T) {
	w.after, w.fails, w.db.at, w.db.died = -1, nil, -1, false
	switch rapid.IntRange(0, 9).Draw(r, "trouble") {
	case 0:
		w.after = rapid.IntRange(0, 10).Draw(r, "rows until it breaks off")
	case 1:
		w.fails = fault.New(fault.Unavailable, "the exchange does not answer")
	case 2:
		w.db.at = rapid.IntRange(0, 3).Draw(r, "transactions until it dies")
	}
}

// question draws what is asked.
func (w *world) question(r *rapid.T) args {
	a := args{}
	maybe := func(name string, values ...any) {
		if rapid.IntRange(0, 2).Draw(r, "with "+name) == 0 {
			a[name] = rapid.SampledFrom(values).Draw(r, name)
		}
	}
	maybe("country", "AE", "US", "CA", "GB", "+1", "Gulf", "AE, GB")
	maybe("type", "mobile", "national", "tollfree")
	maybe("sms", true, false)
	maybe("voice", true)
	maybe("vendor", "Acme", "Widgets")
	maybe("pattern", "*5*", "97150*", "*7?")
	maybe("max_monthly_fee", "1.65")
	maybe("city", "Dubai", "London")
	maybe("minutes", 0, 1000)
	maybe("messages", 10)
	maybe("sort", "number", "setup_fee", "first_year_cost")
	if a.given("minutes", "messages") && rapid.Bool().Draw(r, "by cost") {
		a["sort"] = "monthly_cost"
	}
	if rapid.IntRange(0, 5).Draw(r, "fresh") == 0 {
		a["fresh"] = true
	}
	return a
}

// TestMemoryAnswersAsTheExchange has random questions answered, from memory
// and from an exchange that changes and breaks off, with processes that die
// while they write, and holds each answer against all that the exchange was
// since the time of which the answer says that it is.
func TestMemoryAnswersAsTheExchange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, r)
		for range rapid.IntRange(1, wide.Pick(12, 40)).Draw(r, "questions") {
			w.pass(r)
			w.trouble(r)
			w.ask(t, r, w.question(r))
		}
	})
}

// ask asks a question, as a search and as an overview.
func (w *world) ask(t *testing.T, r *rapid.T, a args) {
	t.Helper()
	c := call("did_search", a)
	c.Whole = true
	before := w.asked
	got, err := read(t.Context(), w.gate, c)
	if f, ok := fault.As(err); ok && (f.Code == fault.Unavailable || f.Code == fault.Invalid) {
		if f.Code == fault.Unavailable && w.fails == nil {
			r.Fatalf("%v: got %v of an exchange that answers", a, err)
		}
		return
	}
	if err != nil {
		r.Fatalf("%v: %v", a, err)
	}
	asOf, err := time.Parse(time.RFC3339, got.AsOf)
	if err != nil {
		r.Fatal(err)
	}
	if a["fresh"] == true && !asOf.Equal(w.clock.now()) {
		r.Fatalf("%v: got an answer as of %s, want it read now", a, got.AsOf)
	}
	if got.Complete && w.clock.now().Sub(asOf) > worldAge {
		r.Fatalf("%v: got a complete answer as of %s, want none older than %s", a, got.AsOf, worldAge)
	}
	w.hold(r, a, got, w.since(asOf))
	if got.Complete && got.Matched > 0 && a["fresh"] == nil && !w.db.died && w.asked > before {
		w.again(t, r, a, got)
	}
}

// again holds that the same is answered from memory alone, alike.
func (w *world) again(t *testing.T, r *rapid.T, a args, first page) {
	t.Helper()
	c := call("did_search", a)
	c.Whole = true
	before := w.asked
	w.fails = fault.New(fault.Unavailable, "it is asked again")
	got, err := read(t.Context(), w.gate, c)
	if err != nil || w.asked > before {
		r.Fatalf("%v: got %d more requests and %v, want it answered from memory", a, w.asked-before, err)
	}
	if diff := gocmp.Diff(first.Numbers, got.Numbers); diff != "" {
		r.Fatalf("%v: from memory (-first +again):\n%s", a, diff)
	}
	count, err := read(t.Context(), w.gate, call("did_overview", a.with(args{"sort": nil})))
	if err != nil || w.asked > before {
		r.Fatalf("%v: got %d more requests and %v for an overview, want it from memory", a, w.asked-before, err)
	}
	if first.Unpriced > 0 {
		if count.Matched != first.Matched+first.Unpriced || count.Unpriced != first.Unpriced {
			r.Fatalf("%v: got an overview of %d, %d of them without a price, want %d and %d",
				a, count.Matched, count.Unpriced, first.Matched+first.Unpriced, first.Unpriced)
		}
		return
	}
	if want := grouped(first.Numbers); count.Matched != first.Matched || !gocmp.Equal(count.ByType, want) {
		r.Fatalf("%v: got an overview of %d, by type %+v, want %d, %+v", a, count.Matched, count.ByType, first.Matched, want)
	}
}

// grouped counts rows by their type, in the plainest way.
func grouped(rows []map[string]any) []group {
	byType := map[string][]map[string]any{}
	for _, row := range rows {
		kind, _ := row["type"].(string)
		byType[kind] = append(byType[kind], row)
	}
	list := []group{}
	for kind, of := range byType {
		fees := func(name string) (lowest, median string) {
			var all []string
			for _, row := range of {
				if fee, ok := row[name].(string); ok {
					all = append(all, fee)
				}
			}
			if len(all) == 0 {
				return "", ""
			}
			slices.SortFunc(all, func(a, b string) int { return ratOf(a).Cmp(ratOf(b)) })
			middle := money.MustParse(all[(len(all)-1)/2]).Add(money.MustParse(all[len(all)/2])).Half()
			return all[0], middle.String()
		}
		g := group{Name: kind, Count: len(of)}
		g.Lowest, g.Median = fees("monthly_fee")
		g.Setup, _ = fees("setup_fee")
		g.Cost, g.Middle = fees("monthly_cost")
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b group) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
	return list
}

// hold compares an answer with every state of the market since a moment.
func (w *world) hold(r *rapid.T, a args, got page, states []moment) {
	shownAs := map[string]map[string]any{}
	for _, row := range got.Numbers {
		number, _ := row["number"].(string)
		if shownAs[number] != nil {
			r.Fatalf("%v: got %s twice", a, number)
		}
		row = maps.Clone(row)
		delete(row, "no_voice") // of toll-free numbers; other tests hold it
		shownAs[number] = row
	}
	for number, row := range shownAs {
		if !slices.ContainsFunc(states, func(m moment) bool {
			o, ok := m.rows[strings.TrimPrefix(number, "+")]
			return ok && fitsQuestion(a, o) && differs(a, known([]exchange.Offer{o})[0], row) == ""
		}) {
			r.Fatalf("%v: got %v as of %s, which was never for sale so", a, row, got.AsOf)
		}
	}
	if !got.Complete {
		return
	}
	for key, o := range states[0].rows {
		same := func(m moment) bool { now, ok := m.rows[key]; return ok && gocmp.Equal(now, o, sameAmounts) }
		if o.ID == "" || !fitsQuestion(a, o) || shownAs["+"+key] != nil || slices.ContainsFunc(states, func(m moment) bool { return !same(m) }) {
			continue
		}
		r.Fatalf("%v: as of %s got no %s, which has been for sale all along: %+v", a, got.AsOf, key, o)
	}
}

//nolint:gochecknoglobals // how amounts are compared
var sameAmounts = gocmp.Comparer(func(a, b money.Amount) bool { return a.Known() == b.Known() && a.Cmp(b) == 0 })

// fitsQuestion is the specification of the filters for what questions here
// ask.
func fitsQuestion(a args, o exchange.Offer) bool {
	countries := map[string][]string{
		"AE": {"AE"}, "US": {"US"}, "CA": {"CA"}, "GB": {"GB"}, "+1": {"US", "CA", "JM"}, "Gulf": {"AE"}, "AE, GB": {"AE", "GB"},
	}[a.text("country")]
	plain := a.with(args{"country": nil})
	if a.text("sort") == "monthly_cost" && a.cost(known([]exchange.Offer{o})[0]) == nil {
		return false
	}
	if a["country"] != nil && !slices.Contains(countries, o.Country) && (a.text("country") != "+1" || o.Country != "") {
		return false
	}
	return wants(plain, nil, known([]exchange.Offer{o})[0])
}

package did_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/chart"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/internal/view"
	"didops/tools"
	"didops/tools/did"
)

// chronicle is a market of a few numbers over some weeks, which is searched now
// and then.
type chronicle struct {
	*bourse
	t     *testing.T
	clock *clock
	gate  *tools.Gate
}

func newChronicle(t *testing.T) *chronicle {
	t.Helper()
	c := &chronicle{t: t, clock: &clock{at: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}}
	c.bourse = &bourse{now: c.clock.now, rows: map[string]exchange.Offer{}, after: -1}
	file := market.NewFile(filepath.Join(t.TempDir(), "market.db"), zerolog.Nop())
	t.Cleanup(func() { _ = file.Close() })
	c.gate = gateOf(t, did.Config{
		Reader: c.bourse, Scope: "bourse", Currency: "USD", Now: c.clock.now, MaxAge: time.Minute,
		Mirror: market.New(file, market.Config{Scope: "bourse", Now: c.clock.now}),
	})
	return c
}

// offer puts a number up for sale, or changes it.
func (c *chronicle) offer(digits, fee, seller string) {
	o := exchange.Offer{Number: exchange.Number{
		ID: digits[3:], Digits: digits, Country: "AE", CountryName: "United Arab Emirates", Type: "mobile", Voice: true,
		MonthlyFee: money.MustParse(fee), SetupFee: money.MustParse("1"), Vendor: seller,
	}}
	if strings.HasPrefix(digits, "9714") {
		o.Type = "national"
	}
	c.rows[digits] = o
}

func (c *chronicle) search(a args) {
	c.t.Helper()
	if _, err := c.gate.Call(c.t.Context(), call("did_search", a)); err != nil {
		c.t.Fatal(err)
	}
}

// miss searches twice, which proves what neither has brought to be gone.
func (c *chronicle) miss(a args) {
	c.search(a)
	c.clock.advance(2 * time.Minute)
	c.search(a)
	c.clock.advance(-2 * time.Minute)
}

func (c *chronicle) days(n int) { c.clock.advance(time.Duration(n) * 24 * time.Hour) }

func (c *chronicle) history(a args) (did.HistoryOut, view.Doc) {
	c.t.Helper()
	asked := c.asked
	r, err := c.gate.Call(c.t.Context(), call("did_history", a))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.asked != asked {
		c.t.Error("the exchange was asked, want memory alone")
	}
	var out did.HistoryOut
	if err := json.Unmarshal(r.Data, &out); err != nil {
		c.t.Fatal(err)
	}
	return out, r.Doc
}

// lived is a chronicle of seven weeks, of which nobody looked in the fourth.
func lived(t *testing.T) *chronicle {
	t.Helper()
	c := newChronicle(t)
	for i := range 4 {
		c.offer(fmt.Sprintf("97150555000%d", i), fmt.Sprintf("%d.50", 2+i), "Example Telecom")
	}
	c.offer("97145550000", "9", "Gulf Numbers")
	c.search(args{"country": "AE"})
	c.days(7)
	c.offer("971505550000", "1.95", "Example Telecom")
	c.offer("971505550009", "1.90", "Gulf Numbers")
	c.search(args{"country": "AE"})
	c.days(2)
	delete(c.rows, "971505550009")
	c.miss(args{"country": "AE"})
	c.days(5)
	delete(c.rows, "971505550000")
	c.miss(args{"country": "AE"})
	c.days(14)
	c.offer("971505550000", "2.10", "Gulf Numbers")
	c.search(args{"country": "AE"})
	c.days(7)
	delete(c.rows, "971505550003")
	c.search(args{"country": "AE", "type": "mobile"})
	c.days(7)
	c.search(args{"country": "AE", "sms": true})
	c.miss(args{"country": "AE"})
	return c
}

// TestHistoryOfWeeks holds what is told of weeks against what happened.
func TestHistoryOfWeeks(t *testing.T) {
	t.Parallel()
	c := lived(t)
	for name, tt := range map[string]struct {
		args args
		want []string // week, days, count, lowest, median, came, went, repriced
	}{
		"mobile": {args{"country": "Emirates", "type": "mobile"}, []string{
			"2026-01-05 1 4 2.50 4.00 0 0 0", "2026-01-12 2 4 1.90 4.00 1 1 1", "2026-01-19 1 3 1.95 4.50 0 1 0",
			"2026-02-02 1 4 2.10 4.00 1 0 0", "2026-02-09 1 3 2.10 3.50 0 1 0", "2026-02-16 1 3 2.10 3.50 0 0 0",
		}},
		"all types": {args{"country": "AE", "since": "3w"}, []string{ // not read as a whole in that of 9 Feb
			"2026-02-02 1 5 2.10 4.50 1 0 0", "2026-02-16 1 4 2.10 4.00 0 1 0",
		}},
		"a seller": {args{"country": "AE", "vendor": "gulf numbers", "since": "2026-01-26"}, []string{
			"2026-02-02 1 2 2.10 5.55 1 0 0", "2026-02-16 1 2 2.10 5.55 0 0 0",
		}},
		"another country": {args{"country": "Qatar"}, nil},
		"everything":      {args{}, nil},
	} {
		out, _ := c.history(tt.args)
		var got []string
		for _, w := range out.Weeks {
			got = append(got, fmt.Sprint(w.Week, " ", w.Days, " ", w.Count, " ", w.Lowest, " ", w.Median, " ", w.Came, " ", w.Went, " ", w.Repriced))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		if out.Complete || out.IncompleteReason == "" || (len(tt.want) == 0) != out.KnownSince.IsZero() {
			t.Errorf("%s: got %t, %q, known since %s", name, out.Complete, out.IncompleteReason, out.KnownSince)
		}
	}
	if out, _ := c.history(args{"country": "AE", "since": "2026-02-16", "type": "mobile"}); len(out.Weeks) != 1 {
		t.Errorf("got %+v, want the week of that day", out.Weeks)
	}
}

// TestHistoryOfANumber follows one that came, changed, went and came back.
func TestHistoryOfANumber(t *testing.T) {
	t.Parallel()
	c := lived(t)
	for number, want := range map[string]string{
		"+971 50 555 0000": "found 2.50 Example Telecom [] | changed 1.95 Example Telecom [monthly fee] | gone 1.95 Example Telecom [] | back 2.10 Gulf Numbers [] = for_sale",
		"971505550009":     "came 1.90 Gulf Numbers [] | gone 1.90 Gulf Numbers [] = gone",
		"971505550003":     "found 5.50 Example Telecom [] | left 5.50 Example Telecom [] | gone 5.50 Example Telecom [] = gone",
		"971505559999":     " = unknown",
		"12025550123":      " = unknown",
	} {
		out, _ := c.history(args{"number": number})
		var told []string
		for _, e := range out.Events {
			told = append(told, fmt.Sprint(e.What, " ", e.MonthlyFee, " ", e.Vendor, " ", e.Changed))
			if e.At.IsZero() {
				t.Errorf("%s: got a price without its date: %+v", number, e)
			}
		}
		if got := strings.Join(told, " | ") + " = " + out.State; got != want {
			t.Errorf("%s: got %q, want %q", number, got, want)
		}
		if out.KnownSince.IsZero() != strings.HasPrefix(number, "1") {
			t.Errorf("%s: known since %s", number, out.KnownSince)
		}
	}
	if out, _ := c.history(args{"number": "971505550000", "since": "20d"}); len(out.Events) != 1 {
		t.Errorf("got %+v, want what happened in 20 days", out.Events)
	}
}

// TestHistoryViews holds what people see.
func TestHistoryViews(t *testing.T) {
	t.Parallel()
	c := lived(t)
	off := newChronicle(t)
	off.gate = gateOf(t, did.Config{Reader: off.bourse, Currency: "USD", Now: off.clock.now})
	for name, ask := range map[string]struct {
		of   *chronicle
		args args
	}{
		"history":         {c, args{"country": "AE", "type": "mobile"}},
		"history_vendor":  {c, args{"country": "AE, QA", "type": "mobile", "vendor": "Gulf Numbers"}},
		"history_number":  {c, args{"number": "971505550000"}},
		"history_never":   {c, args{"number": "971505559999"}},
		"history_unknown": {c, args{"country": "Qatar"}},
		"history_empty":   {newChronicle(t), args{}},
		"history_off":     {off, args{"number": "971505550000"}},
	} {
		_, doc := ask.of.history(ask.args)
		golden.Check(t, "view/"+name+".md", []byte(render.Markdown(doc)))
		golden.Check(t, "view/"+name+"-80.txt", plain(t, doc, 80))
		golden.Check(t, "view/"+name+"-200.txt", plain(t, doc, 200))
		for _, b := range doc.Blocks {
			if i, ok := b.(view.Image); ok && (len([]rune(i.Alt)) > 1024 || !strings.Contains(i.Alt, "2.10")) {
				t.Errorf("%s: got %q, want the figures, in at most 1,024 characters", name, i.Alt)
			}
		}
	}
}

// TestHistoryRefuses holds what is no question about the past.
func TestHistoryRefuses(t *testing.T) {
	t.Parallel()
	c := lived(t)
	for field, list := range map[string][]args{
		"number": {{"number": "971505550000", "country": "AE"}, {"number": "971505550000", "type": "mobile"}, {"number": "12"}},
		"since": {
			{"since": "90"},
			{"since": "-3d"},
			{"since": "+3d"},
			{"since": "soon"},
			{"since": "2027-01-01"},
			{"since": "0w"},
			{"since": "99999999999999999999d"},
			{"since": "d"},
			{"since": "2026-02-30"},
			{"number": "971505550000", "since": "é"},
		},
		"country": {{"country": "Atlantis"}},
		"vendor":  {{"country": "AE", "vendor": "Gulf Nunbers"}},
	} {
		for _, a := range list {
			_, err := c.gate.Call(t.Context(), call("did_history", a))
			if f, ok := fault.As(err); !ok || f.Code != fault.Invalid || f.Field != field {
				t.Errorf("%v: got %v, want %s refused", a, err, field)
			}
		}
	}
	// A year of weekly changes still has its words within the bound of chats.
	r := newChronicle(t)
	for i := range 60 {
		r.offer("971505550000", fmt.Sprintf("%d.%02d", 1+i%7, i), "Example Telecom")
		r.search(args{"country": "AE"})
		r.days(7)
	}
	_, doc := r.history(args{"country": "AE", "since": "2y"})
	at := slices.IndexFunc(doc.Blocks, func(b view.Block) bool { _, is := b.(view.Image); return is })
	if i, _ := doc.Blocks[at].(view.Image); len([]rune(i.Alt)) > 1024 || len(i.Alt) < 500 {
		t.Errorf("got %d characters: %s", len([]rune(i.Alt)), i.Alt)
	}
}

// TestHistoryPicture holds the chart of the documentation, of a market that is
// made up.
func TestHistoryPicture(t *testing.T) {
	t.Parallel()
	c := newChronicle(t)
	for n, fees := range [][]string{
		{"4.50", "5.00", "5.50", "6.00"},
		{"4.50", "5.00", "5.50"},
		{"4.20", "5.00", "5.50"},
		{"4.20", "4.80", "5.50", "6.00"},
		{"3.95", "4.80", "5.50", "6.00"},
		{"3.95", "4.80", "5.20", "5.40"},
		nil,
		{"3.60", "4.80", "5.20", "5.40"},
		{"3.60", "4.80", "5.20"},
		{"4.10", "4.80", "5.20"},
		{"4.10", "4.60", "5.20", "5.90"},
		{"4.25", "4.60", "5.20", "5.90"},
	} {
		if n > 0 {
			c.days(7)
		}
		clear(c.rows)
		for i, fee := range fees {
			c.offer(fmt.Sprintf("97150555000%d", i), fee, "Example Telecom")
		}
		if fees != nil {
			c.search(args{"country": "AE"})
		}
	}
	c.days(4)
	_, doc := c.history(args{"country": "AE", "type": "mobile"})
	at := slices.IndexFunc(doc.Blocks, func(b view.Block) bool { _, is := b.(view.Image); return is })
	i, _ := doc.Blocks[at].(view.Image)
	golden.Made(t, filepath.Join("..", "..", "docs", "history.svg"), func([]byte) ([]byte, error) { return chart.SVG(i, chart.Light), nil })
	picture, err := chart.PNG(i, chart.Light)
	if err != nil {
		t.Fatal(err)
	}
	golden.Picture(t, "view/history.png", picture)
}

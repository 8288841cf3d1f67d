package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/chart"
	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/internal/view"
	"didops/tools"
	"didops/tools/did"
	"didops/tools/report"
)

func date(s string) time.Time {
	for _, layout := range []string{time.DateOnly, time.DateTime} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	panic(s)
}

// memory is an inventory of which the looks are given.
type memory struct {
	looks  []look
	reason string
	err    error
	asked  time.Duration
}

// look is the list at a moment.
type look struct {
	at      time.Time
	numbers []inventory.Number
}

func (m *memory) Own(_ context.Context, maxAge time.Duration, _ bool) (inventory.Own, error) {
	m.asked = maxAge
	if m.err != nil || len(m.looks) == 0 {
		return inventory.Own{}, m.err
	}
	last := m.looks[len(m.looks)-1]
	return inventory.Own{First: m.looks[0].at, At: last.at, Numbers: last.numbers, Reason: m.reason}, nil
}

// Months takes of each month its last look.
func (m *memory) Months(_ context.Context, _ inventory.Own, since time.Time, zone *time.Location) ([]inventory.Month, error) {
	first := since.In(zone)
	begins := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, zone)
	var list []inventory.Month
	for ; !begins.After(m.looks[len(m.looks)-1].at); begins = begins.AddDate(0, 1, 0) {
		month := inventory.Month{Begins: begins}
		last := -1
		for i, l := range m.looks {
			if l.at.Before(begins.AddDate(0, 1, 0)) {
				last = i
			}
		}
		if last < 0 {
			continue
		}
		numbers := m.looks[last].numbers
		for i := range slices.Backward(numbers) { // in no order
			month.Numbers = append(month.Numbers, inventory.Cost{Number: &numbers[i], MonthlyFee: numbers[i].MonthlyFee})
		}
		list = append(list, month)
	}
	return list, nil
}

// shelf is a market.
type shelf struct {
	offers map[did.Kind][]exchange.Offer
	seen   did.Seen
}

func (s shelf) Cheapest(_ context.Context, kinds []did.Kind, ours map[string]bool, most int) (map[did.Kind]did.Offers, error) {
	found := map[did.Kind]did.Offers{}
	for _, k := range kinds {
		of := slices.DeleteFunc(slices.Clone(s.offers[k]), func(o exchange.Offer) bool { return ours[o.Digits] })
		found[k] = did.Offers{Cheapest: of[:min(len(of), most)], Seen: s.seen}
	}
	return found, nil
}

func number(digits, fee string, change ...func(*inventory.Number)) inventory.Number {
	n := inventory.Number{State: inventory.Active}
	n.Digits, n.Type, n.Voice, n.Vendor = digits, "mobile", true, "Example Telecom"
	n.Country, n.CountryName = "AE", "United Arab Emirates"
	if strings.HasPrefix(digits, "1") {
		n.Country, n.CountryName, n.Type, n.Vendor = "US", "United States", "national", "Sample “Lines” <b>"
	}
	if fee != "" {
		n.MonthlyFee = money.MustParse(fee)
	}
	for _, c := range change {
		c(&n)
	}
	return n
}

func owned(owner, centre string, tags ...string) func(*inventory.Number) {
	return func(n *inventory.Number) { n.Owner, n.CostCentre, n.Tags = owner, centre, tags }
}

func paid(since, until string) func(*inventory.Number) {
	return func(n *inventory.Number) {
		if since != "" {
			n.Since = date(since)
		}
		if until != "" {
			n.BilledTo = date(until)
		}
	}
}

func offer(digits, fee string) exchange.Offer {
	o := exchange.Offer{Number: number(digits, fee).Number}
	o.ID, o.SetupFee, o.Vendor = "1", money.MustParse("1"), "Other Seller"
	return o
}

// now is a Monday.
const now = "2026-11-30 08:00:00"

// account is some numbers over three months.
func account() *memory {
	october := []inventory.Number{
		number("971501234501", "2.00"), number("971501234502", "4.00"), number("12025550101", "1.10"), number("12025550109", "7"),
	}
	november := []inventory.Number{
		number("12025550101", "1.25", owned("Support <b>", "4711", "eu", "hotline"), paid("2026-01-31", "2026-11-30")),
		number("12025550102", "1.25", owned("", "4711"), paid("", "2026-12-24")),
		number("971501234501", "2.00", owned("Sales", "0815", "eu"), paid("2026-02-28", "2026-12-28")),
		number("971501234502", "3.50", paid("", "")),
		number("971501234503", "", owned("Sales", ""), paid("", "2026-11-29")),
	}
	return &memory{looks: []look{{date("2026-09-15"), october[:3]}, {date("2026-10-20"), october}, {date("2026-11-30 07:30:00"), november}}}
}

func market() shelf {
	mobile := did.Kind{Country: "AE", Type: "mobile", Voice: true}
	return shelf{map[did.Kind][]exchange.Offer{mobile: {offer("971509999901", "1.50"), offer("971509999902", "1.75")}}, did.Seen{AsOf: date("2026-11-30 06:00:00"), Complete: true}}
}

func config(m *memory) report.Config {
	return report.Config{Inventory: m, Market: market(), Exchange: "https://exchange.example", Currency: "USD", Now: func() time.Time { return date(now) }}
}

// tester is a test, a benchmark, or what rapid runs.
type tester interface {
	Helper()
	Fatal(args ...any)
}

func run(tb tester, c report.Config, args map[string]any) (report.Out, tools.Result, error) {
	tb.Helper()
	catalog, err := tools.NewCatalog(report.Operations(c)...)
	if err != nil {
		tb.Fatal(err)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Now: c.Now})
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := json.Marshal(args)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := gate.Call(context.Background(), tools.Call{
		Tool: "did_report", Args: raw, Frontend: identity.FrontShell, Principal: identity.Principal{Realm: identity.OS, ID: "alice", Name: "alice", Role: identity.Reader},
	})
	var out report.Out
	if err == nil {
		if err := json.Unmarshal(r.Data, &out); err != nil {
			tb.Fatal(err)
		}
	}
	return out, r, err
}

// TestViews holds what people see, as Markdown and on two widths of a terminal,
// the pictures, and what programs read.
func TestViews(t *testing.T) {
	t.Parallel()
	stale := account()
	stale.reason = "the exchange does not answer"
	unread := config(account())
	unread.Market = shelf{}
	crowd := &memory{looks: []look{{date("2026-11-30 07:30:00"), nil}}}
	for i := range 40 {
		crowd.looks[0].numbers = append(crowd.looks[0].numbers, number(fmt.Sprintf("9715012345%02d", i), fmt.Sprintf("%d.%02d", i%17, i), owned(fmt.Sprintf("Team %02d", i%31), "")))
	}
	for name, tt := range map[string]struct {
		c    report.Config
		args map[string]any
	}{
		"country":     {config(account()), nil},
		"vendor":      {config(account()), map[string]any{"by": "vendor"}},
		"owner":       {config(account()), map[string]any{"by": "owner"}},
		"cost_centre": {config(account()), map[string]any{"by": "cost_centre"}},
		"tag":         {config(account()), map[string]any{"by": "tag"}},
		"month":       {config(account()), map[string]any{"by": "month"}},
		"since":       {config(account()), map[string]any{"by": "type", "since": "2026-09-01"}},
		"early":       {config(account()), map[string]any{"by": "month", "since": "2025-01-01"}},
		"stale":       {config(stale), nil},
		"unread":      {unread, nil},
		"crowd":       {config(crowd), map[string]any{"by": "owner"}},
		"none":        {config(&memory{looks: []look{{date(now), nil}}}), nil},
	} {
		_, r, err := run(t, tt.c, tt.args)
		if err != nil {
			t.Fatal(err)
		}
		r.Doc.Sandbox = name == "tag"
		golden.Check(t, "view/"+name+".md", []byte(render.Markdown(r.Doc)))
		for _, width := range []int{80, 200} {
			var b bytes.Buffer
			if err := render.Plain(&b, r.Doc, render.PlainOptions{Width: width}); err != nil {
				t.Fatal(err)
			}
			golden.Check(t, fmt.Sprintf("view/%s-%d.txt", name, width), b.Bytes())
		}
		for _, i := range r.Doc.Images() {
			golden.Check(t, "picture/"+name+".svg", chart.SVG(i, chart.Light))
			if len([]rune(i.Alt)) > 1024 {
				t.Errorf("%s: got %d characters for the picture", name, len([]rune(i.Alt)))
			}
		}
		var b bytes.Buffer
		if err := json.Indent(&b, r.Data, "", "  "); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "json/"+name+".json", append(b.Bytes(), '\n'))
	}
}

// TestSchemas holds what is published.
func TestSchemas(t *testing.T) {
	t.Parallel()
	catalog, err := tools.NewCatalog(report.Operations(config(account()))...)
	if err != nil {
		t.Fatal(err)
	}
	tool, _ := catalog.Tool("did_report")
	for kind, schema := range map[string]json.RawMessage{"input": tool.InputSchema(), "output": tool.OutputSchema(), "compact": tool.CompactSchema()} {
		var b bytes.Buffer
		if err := json.Indent(&b, schema, "", "  "); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, "schema/did_report_"+kind+".json", append(b.Bytes(), '\n'))
	}
}

// TestFaults holds what is refused.
func TestFaults(t *testing.T) {
	t.Parallel()
	broken := account()
	broken.err = fault.New(fault.Unavailable, "the exchange does not answer")
	for name, tt := range map[string]struct {
		c    report.Config
		args map[string]any
		want fault.Code
	}{
		"no such group":    {config(account()), map[string]any{"by": "colour"}, fault.Invalid},
		"a day to come":    {config(account()), map[string]any{"since": "2027-01-01"}, fault.Invalid},
		"no day":           {config(account()), map[string]any{"since": "soon"}, fault.Invalid},
		"nothing is known": {config(broken), nil, fault.Unavailable},
		"nothing is kept":  {report.Config{Currency: "USD", Now: func() time.Time { return date(now) }}, nil, fault.Unavailable},
	} {
		if _, _, err := run(t, tt.c, tt.args); fault.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

// TestMonths holds months and what changed in them, with a fee that changes in
// the middle of one, a number that comes and goes in one, and clocks that are
// put forward and back: in Berlin October begins at 22:00 and November at 23:00
// UTC of the day before (CEST ends on 25 October 2026: IANA time zones).
func TestMonths(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	one := func(fee string) inventory.Number { return number("971501234501", fee) }
	m := &memory{looks: []look{
		{date("2026-09-30 21:59:59"), []inventory.Number{one("1")}}, // the last second of September in Berlin
		{date("2026-09-30 22:00:00"), []inventory.Number{one("2")}},
		{date("2026-10-15 12:00:00"), []inventory.Number{one("5"), number("971501234502", "9")}},
		{date("2026-10-31 22:59:59"), []inventory.Number{one("3")}},
		{date("2026-10-31 23:00:00"), []inventory.Number{one("2.5"), number("971501234503", "4")}},
	}}
	for name, tt := range map[string]struct {
		zone    *time.Location
		months  []string
		changes string
	}{
		"Berlin": {
			berlin,
			[]string{"2026-09 1 1.00 new 0 gone 0 up 0 down 0", "2026-10 1 3.00 new 0 gone 0 up 1 down 0", "2026-11 2 6.50 new 1 gone 0 up 0 down 1"},
			"new 1 4.00, gone 0 0.00, raised 0 0.00, lowered 1 0.50",
		},
		"UTC": {
			nil,
			[]string{"2026-09 1 2.00 new 0 gone 0 up 0 down 0", "2026-10 2 6.50 new 1 gone 0 up 1 down 0"},
			"new 1 4.00, gone 0 0.00, raised 1 0.50, lowered 0 0.00",
		},
	} {
		c := config(m)
		c.Zone, c.Now = tt.zone, func() time.Time { return date("2026-10-31 23:30:00") }
		out, _, err := run(t, c, map[string]any{"by": "month"})
		if err != nil {
			t.Fatal(err)
		}
		var changes []string
		for _, s := range out.Changes {
			changes = append(changes, fmt.Sprintf("%s %d %s", s.What, s.Count, s.MonthlyFee))
		}
		if got := strings.Join(changes, ", "); got != tt.changes {
			t.Errorf("%s: got %s, want %s", name, got, tt.changes)
		}
		var months []string
		for _, m := range out.Months {
			months = append(months, fmt.Sprintf("%s %d %s new %d gone %d up %d down %d", m.Month, m.Count, m.MonthlyFee, m.New, m.Gone, m.Raised, m.Lowered))
		}
		if diff := cmp.Diff(tt.months, months); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSinceByZone holds that a day is one of the zone of the months, east and west
// of Greenwich, and that a moment is the same everywhere.
func TestSinceByZone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, since, want string }{
		{"UTC", "2026-10-01", "2026-10"},
		{"America/New_York", "2026-10-01", "2026-10"},
		{"America/New_York", "2026-09-30", "2026-09"},
		{"America/New_York", "2026-10-01T00:00:00Z", "2026-09"},
		{"Pacific/Auckland", "2026-10-01", "2026-10"},
		{"Pacific/Auckland", "2026-09-30T12:00:00Z", "2026-10"},
	} {
		c := config(account())
		var err error
		if c.Zone, err = time.LoadLocation(tt.zone); err != nil {
			t.Fatal(err)
		}
		out, _, err := run(t, c, map[string]any{"since": tt.since})
		if err != nil || out.Against != tt.want {
			t.Errorf("%s, %s: got %s, %v, want %s", tt.zone, tt.since, out.Against, err, tt.want)
		}
	}
}

// TestAgainstThePlainest holds groups, sums and changes against the plainest
// computation of the same.
func TestAgainstThePlainest(t *testing.T) {
	t.Parallel()
	amount := rapid.SampledFrom([]string{"", "0.01", "1.5", "12.345678901", "99999999.99", "123456789012.5"})
	rapid.Check(t, func(r *rapid.T) {
		lists := [2][]inventory.Number{}
		for month := range lists {
			for i := range 12 {
				if rapid.Bool().Draw(r, "there") {
					tags := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3, rapid.ID[string]).Draw(r, "tags")
					slices.Sort(tags)
					lists[month] = append(lists[month], number(fmt.Sprintf("9715012345%02d", i), amount.Draw(r, "fee"), owned(rapid.SampledFrom([]string{"", "x", "y"}).Draw(r, "owner"), "", tags...)))
				}
			}
		}
		m := &memory{looks: []look{{date("2026-10-10"), lists[0]}, {date("2026-11-30 07:00:00"), lists[1]}}}
		by := rapid.SampledFrom([]string{"owner", "tag"}).Draw(r, "by")
		out, _, err := run(r, config(m), map[string]any{"by": by})
		if err != nil {
			r.Fatal(err)
		}
		want := map[string]string{}
		sums := map[string]money.Amount{}
		for _, n := range lists[1] {
			groups := []string{n.Owner}
			if by == "tag" {
				if groups = n.Tags; len(groups) == 0 {
					groups = []string{""}
				}
			}
			for _, g := range groups {
				want[g] = ""
				if n.MonthlyFee.Known() {
					sums[g] = n.MonthlyFee.Add(cond(sums[g]))
				}
			}
		}
		for g, s := range sums {
			want[g] = s.String()
		}
		got := map[string]string{}
		for _, g := range out.Groups {
			got[g.Name] = g.MonthlyFee.String()
		}
		if !maps.Equal(got, want) {
			r.Fatalf("got %v, want %v", got, want)
		}
		if !out.Complete || out.Count != len(lists[1]) {
			r.Fatalf("got %+v", out)
		}
		if shifts := plainShifts(lists[0], lists[1]); len(out.Changes) != 4 || shifts != written(out.Changes) {
			r.Fatalf("got %s, want %s", written(out.Changes), shifts)
		}
	})
}

func cond(a money.Amount) money.Amount {
	if a.Known() {
		return a
	}
	return money.MustParse("0")
}

func written(list []report.Shift) string {
	s := ""
	for _, c := range list {
		s += fmt.Sprintf("%s %d; ", c.What, c.Count)
	}
	return s
}

func plainShifts(before, after []inventory.Number) string {
	find := func(list []inventory.Number, digits string) *inventory.Number {
		for i := range list {
			if list[i].Digits == digits {
				return &list[i]
			}
		}
		return nil
	}
	came, gone, up, down := 0, 0, 0, 0
	for _, n := range after {
		switch b := find(before, n.Digits); {
		case b == nil:
			came++
		case !b.MonthlyFee.Known() || !n.MonthlyFee.Known():
		case b.MonthlyFee.Cmp(n.MonthlyFee) < 0:
			up++
		case b.MonthlyFee.Cmp(n.MonthlyFee) > 0:
			down++
		}
	}
	for _, n := range before {
		if find(after, n.Digits) == nil {
			gone++
		}
	}
	return fmt.Sprintf("new %d; gone %d; raised %d; lowered %d; ", came, gone, up, down)
}

// TestCheaper holds that no offer is counted upon twice, across kinds too, that
// what saves most is told first, and that no number of ours takes the place of
// another, which the exchange may list for sale still.
func TestCheaper(t *testing.T) {
	t.Parallel()
	plain, texts := did.Kind{Country: "AE", Type: "mobile", Voice: true}, did.Kind{Country: "AE", Type: "mobile", Voice: true, SMS: true}
	both := offer("971509999901", "1.00")
	sms := func(n *inventory.Number) { n.SMS = true }
	m := &memory{looks: []look{{date("2026-11-30 07:30:00"), []inventory.Number{
		number("971501234501", "5"), number("971501234502", "6"), number("971501234503", "4", sms),
		number("971501234504", "", sms), number("971501234505", "3", func(n *inventory.Number) { n.Type = "unknown" }), number("971501234506", "0.50"),
	}}}}
	c := config(m)
	c.Market = shelf{map[did.Kind][]exchange.Offer{plain: {offer("971501234506", "0.50"), offer("971501234501", "0.60"), both, offer("971509999902", "2.00"), offer("971509999903", "5.50")}, texts: {both, offer("971509999904", "3.99")}}, did.Seen{AsOf: date("2026-11-01")}}
	out, _, err := run(t, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range out.Cheaper {
		got = append(got, o.Number+" "+o.Offer+" "+o.Saves.String())
	}
	want := []string{"+971501234502 +971509999901 5.00", "+971501234501 +971509999902 3.00", "+971501234503 +971509999904 0.01"}
	if diff := cmp.Diff(want, got); diff != "" || out.CheaperComplete {
		t.Errorf("complete %v, (-want +got):\n%s", out.CheaperComplete, diff)
	}
	some, err := c.Replacements(t.Context(), m.looks[0].numbers[:1], 10)
	if err != nil || len(some) != 1 || some[0].Offer != "+971509999901" {
		t.Errorf("for one alone: got %+v, %v", some, err)
	}
}

// TestLongNames holds that the name of a bar is cut within its quotation marks.
func TestLongNames(t *testing.T) {
	t.Parallel()
	m := &memory{looks: []look{{date(now), []inventory.Number{number("971501234501", "2", owned(strings.Repeat("Teams ", 13), ""))}}}}
	_, r, err := run(t, config(m), map[string]any{"by": "owner"})
	if err != nil {
		t.Fatal(err)
	}
	name := r.Doc.Images()[0].Bars.Rows[0].Name
	if !strings.HasPrefix(name, "“Teams ") || !strings.HasSuffix(name, "…”") || len([]rune(name)) > 60 {
		t.Errorf("got %s, want 60 characters, the cut within the quotation", name)
	}
}

// TestAgenda holds the days of a calendar: those that the exchange says, and
// those that follow, told apart, with ids that stay the same.
func TestAgenda(t *testing.T) {
	t.Parallel()
	_, r, err := run(t, config(account()), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := r.Doc.Agenda()
	if !ok {
		t.Fatal("got no agenda")
	}
	var got []string
	for _, e := range a.Events {
		got = append(got, e.Day.Format(time.DateOnly)+" "+e.What+" | "+e.Cost+" | "+strings.ReplaceAll(e.More, "\n", " "))
	}
	want := []string{
		"2026-11-30 Renewal: 1 number, United States | 1.25 USD | +12025550101",
		"2026-12-24 Renewal: 1 number, United States | 1.25 USD | +12025550102",
		"2026-12-28 Renewal: 1 number, United Arab Emirates | 2.00 USD | +971501234501",
		"2026-12-31 Renewal: 1 number, United States (projected) | 1.25 USD | +12025550101",
		"2027-01-24 Renewal: 1 number, United States (projected) | 1.25 USD | +12025550102",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ids := map[string]bool{}
	for _, e := range a.Events {
		ids[e.ID] = true
	}
	again, err := config(account()).Agenda(t.Context())
	if err != nil || len(ids) != len(a.Events) || !cmp.Equal(again, a, cmp.AllowUnexported(view.Agenda{})) {
		t.Errorf("got %+v, %v, want %+v", again, err, a)
	}
}

// BenchmarkReport reports on 10,000 numbers over 24 months.
func BenchmarkReport(b *testing.B) {
	m := &memory{}
	for month := range 24 {
		l := look{at: date("2024-12-15").AddDate(0, month, 0)}
		for i := range 10_000 {
			l.numbers = append(l.numbers, number(fmt.Sprintf("9715%08d", i+month*50), fmt.Sprintf("%d.%02d", 1+i%20, month), paid("", "2026-12-24")))
		}
		m.looks = append(m.looks, l)
	}
	c := config(m)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := run(b, c, map[string]any{"by": "month", "since": "730d"}); err != nil {
			b.Fatal(err)
		}
	}
}

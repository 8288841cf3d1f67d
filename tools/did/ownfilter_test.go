package did_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/tools"
	"didops/tools/did"
)

// labels is what is known of own numbers besides the exchange's list.
type labels struct {
	of    map[string]inventory.Labels
	use   map[string]*inventory.Use
	waits map[string]time.Time // since when numbers wait for documents
	fails error
	asked []int // of how many numbers labels were asked for; 0 = of all
}

func (l *labels) LabelsOf(_ context.Context, numbers ...string) (map[string]inventory.Labels, error) {
	l.asked = append(l.asked, len(numbers))
	if l.fails != nil || len(numbers) == 0 {
		return l.of, l.fails
	}
	of := map[string]inventory.Labels{}
	for _, n := range numbers {
		of[n] = l.of[n]
	}
	return of, nil
}

func (l *labels) Own(context.Context, time.Duration, bool) (inventory.Own, error) {
	var own inventory.Own
	for digits, use := range l.use {
		own.Numbers = append(own.Numbers, inventory.Number{Number: exchange.Number{Digits: digits}, Use: use})
	}
	for digits, since := range l.waits {
		own.Numbers = append(own.Numbers, inventory.Number{Number: exchange.Number{Digits: digits}, Waiting: since})
	}
	return own, l.fails
}

// fixed is an exchange with a list that does not change.
type fixed struct {
	exchange.Reader
	rows []exchange.Owned
}

func (f fixed) Owned(_ context.Context, q exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	var list []exchange.Owned
	for _, o := range f.rows {
		if strings.HasPrefix(o.Digits, q.Prefix) {
			list = append(list, o)
		}
	}
	return exchange.Reading{Rows: len(list), End: true, Complete: true}, take(list)
}

// labelled is a list of five numbers, of which two have labels and three are in
// use that is known.
func labelled(t *testing.T, now time.Time) (*harness, *labels) {
	t.Helper()
	day := func(n int) time.Time { return now.Truncate(24*time.Hour).AddDate(0, 0, n) }
	var rows []exchange.Owned
	for i, fee := range []string{"4.50", "0.10", "", "2", "1000000.000000001"} {
		o := exchange.Owned{
			Number:  exchange.Number{ID: fmt.Sprint(i + 1), Digits: fmt.Sprint(12025550100 + i), Country: "US", Type: "national", Voice: true},
			Contact: fmt.Sprintf("sip:%d@SIP.example.net:5060", 12025550100+i), BilledTo: day(3 * i),
		}
		o.MonthlyFee, _ = money.Parse(fee)
		rows = append(rows, o)
	}
	rows[1].Contact, rows[1].BilledTo = "", time.Time{}
	rows[2].SMPPContact = "smpp:login:secret:12025550102@10.0.0.1:2776"
	rows[3].Contact = "sip:1@10.0.0.1"
	known := &labels{
		of: map[string]inventory.Labels{
			"12025550100": {Owner: "Support", Tags: []string{"pool", "vip"}},
			"12025550103": {Owner: "SUPPORT", Tags: []string{"pool"}, CostCentre: "4711", Note: "desk"},
		},
		use: map[string]*inventory.Use{
			"12025550100": {From: day(-90), To: now, LastCall: day(-1), Calls: 3},
			"12025550102": {From: day(-90), To: now, LastMessage: day(-61), Messages: 1},
			"12025550103": {From: day(-60), To: now},
		},
	}
	c := func() time.Time { return now }
	r := start(t, setup{did: did.Config{Now: c}})
	r.gate = r.front(did.Config{Now: c, Reader: fixed{r.client.Reader(), rows}, Inventory: known})
	return r, known
}

// TestListByWhatIsKnown is the table of the filters that the exchange does not
// have, and of what those that fit cost together.
func TestListByWhatIsKnown(t *testing.T) {
	t.Parallel()
	r, _ := labelled(t, time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC))
	for _, tt := range []struct {
		args    args
		want    string // last digits
		monthly string
		without int
		unknown int
	}{
		{args{}, "0 1 2 3 4", "1000006.600000001", 1, 0},
		{args{"tag": "POOL"}, "0 3", "6.50", 0, 0},
		{args{"tag": "#vip"}, "0", "4.50", 0, 0},
		{args{"tag": "none"}, "1 2 4", "1000000.100000001", 1, 0},
		{args{"owner": "support"}, "0 3", "6.50", 0, 0},
		{args{"owner": "“Support”"}, "0 3", "6.50", 0, 0},
		{args{"owner": "none"}, "1 2 4", "1000000.100000001", 1, 0},
		{args{"owner": "sup"}, "", "", 0, 0},
		{args{"cost_centre": "4711"}, "3", "2.00", 0, 0},
		{args{"cost_centre": "none"}, "0 1 2 4", "1000004.600000001", 1, 0},
		{args{"cost_centre": "none", "owner": "support"}, "0", "4.50", 0, 0},
		{args{"route": "sip.example.net"}, "0 2 4", "1000004.500000001", 1, 0},
		{args{"route": "sip.example.net:5060"}, "0 2 4", "1000004.500000001", 1, 0},
		{args{"route": "sip.example.net:5061"}, "", "", 0, 0},
		{args{"route": "SIP.example.net."}, "0 2 4", "1000004.500000001", 1, 0},
		{args{"route": "10.0.0.1"}, "2 3", "2.00", 1, 0},
		{args{"route": "10.0.0.1:5060"}, "3", "2.00", 0, 0},
		{args{"route": "10.0.0.1:5061"}, "", "", 0, 0},
		{args{"route": "sip:x@10.0.0.1;transport=tcp"}, "2 3", "2.00", 1, 0},
		{args{"route": "sip:x@10.0.0.1:2776"}, "2", "", 1, 0},
		{args{"route": "None"}, "1", "0.10", 0, 0},
		{args{"due_before": "2026-07-07"}, "0", "4.50", 0, 1},
		{args{"due_before": "7d"}, "0 2", "4.50", 1, 1},
		{args{"due_before": "2w", "tag": "pool"}, "0 3", "6.50", 0, 0},
		{args{"idle_for": "60d"}, "2 3", "2.00", 1, 2},
		{args{"idle_for": "9w"}, "", "", 0, 2},
		{args{"idle_for": "60", "owner": "support"}, "3", "2.00", 0, 0},
		{args{"idle_for": "61d", "due_before": "30d"}, "2", "", 1, 2},
	} {
		p := r.whole("did_list", tt.args)
		var got []string
		for _, n := range p.numbers() {
			got = append(got, strings.TrimPrefix(n, "+1202555010"))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%v: got %v, want %s", tt.args, got, tt.want)
		}
		var out did.ListOut
		unmarshal(t, p.result.Data, &out)
		if want := (did.ListTotals{WithoutFee: tt.without, NotKnown: tt.unknown}); out.Totals.MonthlyFee.String() != tt.monthly || out.Totals.WithoutFee != want.WithoutFee || out.Totals.NotKnown != want.NotKnown {
			t.Errorf("%v: got %+v, want %s, %+v", tt.args, out.Totals, tt.monthly, want)
		}
		if tt.want == "" && len(out.WhyEmpty) == 0 {
			t.Errorf("%v: got no reason why nothing fits", tt.args)
		}
	}
	for field, a := range map[string]args{
		"tag": {"tag": "=x"}, "route": {"route": "a b"}, "due_before": {"due_before": "soon"}, "idle_for": {"idle_for": "0d"},
	} {
		if f := r.refused("did_list", a); f.Code != fault.Invalid || f.Field != field {
			t.Errorf("%v: got %v, want %s refused", a, f, field)
		}
	}
}

// TestListTotalsOfPages holds that totals are of all that fit on every page, and
// that a cursor goes on only with the filters that it is of.
func TestListTotalsOfPages(t *testing.T) {
	t.Parallel()
	r, _ := labelled(t, time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC))
	var all []string
	cursor := ""
	for {
		p := r.get("did_list", args{"owner": "none", "limit": 1, "cursor": cursor})
		var out did.ListOut
		unmarshal(t, p.result.Data, &out)
		if out.Totals.MonthlyFee.String() != "1000000.100000001" || out.Totals.WithoutFee != 1 {
			t.Errorf("got %+v, want those of all", out.Totals)
		}
		if all = append(all, p.numbers()...); p.Next == "" {
			break
		}
		cursor = p.Next
		if f := r.refused("did_list", args{"owner": "Support", "limit": 1, "cursor": cursor}); f.Field != "cursor" {
			t.Errorf("got %v, want the cursor of another owner refused", f)
		}
	}
	if want := []string{"+12025550101", "+12025550102", "+12025550104"}; !slices.Equal(all, want) {
		t.Errorf("got %v, want %v", all, want)
	}
}

// TestListShowsLabels holds the columns of labels, and that a list is shown without
// them where they can't be read, which is said.
func TestListShowsLabels(t *testing.T) {
	t.Parallel()
	r, known := labelled(t, time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC))
	n := r.get("did_list", args{"number": "+12025550103", "idle_for": "1d"}).Numbers[0]
	want := map[string]any{"owner": "SUPPORT", "cost_centre": "4711", "tags": []any{"pool"}, "note": "desk", "last_used": "never since 2026-05-02"}
	got := map[string]any{}
	for k := range want {
		got[k] = n[k]
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list := r.gate.Complete(t.Context(), call("did_list", args{}), "tag", "po"); len(list) != 1 || list[0].Value != "pool" || list[0].Label != "2 numbers" {
		t.Errorf("got %v suggested, want pool", list)
	}
	known.fails = errors.New("away")
	p := r.get("did_list", args{})
	if p.Matched != 5 || !strings.Contains(words(p.result.Doc), "Labels can't be read at the moment") {
		t.Errorf("got %d and %q, want all without labels, and that said", p.Matched, words(p.result.Doc))
	}
	if _, err := r.gate.Call(t.Context(), call("did_list", args{"tag": "pool"})); err == nil {
		t.Error("got a list by labels that can't be read")
	}
	known.fails, known.use = nil, nil
	if f := r.refused("did_list", args{"idle_for": "60d"}); f.Code != fault.Unavailable || !strings.Contains(f.Hint, "usage = true") {
		t.Errorf("got %v, want use not known", f)
	}
}

// TestListReadsLabelsAtOnce holds that labels of many numbers are not asked for one
// by one.
func TestListReadsLabelsAtOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rows, asked int }{{200, 200}, {201, 0}} {
		known := &labels{of: map[string]inventory.Labels{"12025550100": {Owner: "Support"}}}
		var rows []exchange.Owned
		for i := range tt.rows {
			rows = append(rows, exchange.Owned{Number: exchange.Number{ID: fmt.Sprint(i + 1), Digits: fmt.Sprint(12025550100 + i), Country: "US"}})
		}
		r := start(t, setup{})
		r.gate = r.front(did.Config{Reader: fixed{r.client.Reader(), rows}, Inventory: known})
		p := r.whole("did_list", args{})
		if len(p.Numbers) != tt.rows || p.Numbers[0]["owner"] != "Support" || !slices.Equal(known.asked, []int{tt.asked}) {
			t.Errorf("got %d rows, labels of %v asked for, want %d and %d", len(p.Numbers), known.asked, tt.rows, tt.asked)
		}
	}
}

// TestListShowsWaiting holds since when numbers wait for their documents, where
// these are asked for and it is known.
func TestListShowsWaiting(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	var rows []exchange.Owned
	for i, verified := range []bool{false, false, true} {
		rows = append(rows, exchange.Owned{
			Number: exchange.Number{ID: fmt.Sprint(i + 1), Digits: fmt.Sprint(12025550100 + i), Country: "US", NeedsDocuments: true}, DocumentsVerified: verified,
		})
	}
	known := &labels{waits: map[string]time.Time{"12025550100": now.AddDate(0, 0, -9), "12025550102": now.AddDate(0, 0, -20)}}
	c := func() time.Time { return now }
	r := start(t, setup{did: did.Config{Now: c}})
	r.gate = r.front(did.Config{Now: c, Reader: fixed{r.client.Reader(), rows}, Inventory: known})
	p := r.get("did_list", args{"state": "pending_documents"})
	var since []any
	for _, n := range p.Numbers {
		since = append(since, n["waiting_since"])
	}
	if want := []any{"2026-06-22T12:00:00Z", nil}; !slices.Equal(since, want) || !strings.Contains(words(p.result.Doc), "9 days") {
		t.Errorf("got %v and %q, want 9 days of the one that is known", since, words(p.result.Doc))
	}
	if p := r.get("did_list", args{}); p.Numbers[0]["waiting_since"] != nil || strings.Contains(words(p.result.Doc), "Waiting") {
		t.Errorf("got %v, want nothing where nobody asks for it", p.Numbers[0])
	}
	known.fails = errors.New("away")
	if p := r.get("did_list", args{"state": "pending_documents"}); p.Matched != 2 || p.Numbers[0]["waiting_since"] != nil {
		t.Errorf("got %+v, want the list without", p)
	}
}

// TestListOffersToWrite holds that rows are handed to messages where these are
// allowed, and only there.
func TestListOffersToWrite(t *testing.T) {
	t.Parallel()
	r := start(t, setup{})
	for _, allowed := range []bool{false, true} {
		c := did.Config{Writer: r.client.ReadWriter()}
		if allowed {
			c.Messenger = r.client.Writer()
		}
		declarations, err := did.All(r.filled(c))
		if err != nil {
			t.Fatal(err)
		}
		catalog, err := tools.NewCatalog(declarations...)
		if err != nil {
			t.Fatal(err)
		}
		list, _ := catalog.Tool("did_list")
		offered := slices.ContainsFunc(list.RowActions(), func(a tools.RowAction) bool { return a.Operation == did.MessageOperation && a.Further })
		if offered != allowed {
			t.Errorf("messages allowed %t: got %+v", allowed, list.RowActions())
		}
	}
}

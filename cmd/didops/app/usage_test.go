package app

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/config"
	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/usage"
	"didops/tools"
	"didops/tools/did"
	inventoryops "didops/tools/inventory"
)

// countedAccount is the numbers of a sandbox, whose time is set, with all that counts
// their use.
type countedAccount struct {
	now       time.Time
	sandbox   *sandbox.Server
	client    *tcxc.Client
	inventory *inventory.Service
	collector *usage.Collector
}

// openAccount buys n numbers that take calls and messages.
func openAccount(t *testing.T, n int) *countedAccount {
	t.Helper()
	a := &countedAccount{now: time.Date(2028, 2, 20, 15, 0, 0, 0, time.UTC)}
	now := func() time.Time { return a.now }
	var err error
	if a.sandbox, err = sandbox.New(sandbox.Options{Now: now}); err != nil {
		t.Fatal(err)
	}
	a.client, err = tcxc.New(tcxc.Options{URL: sandboxURL, Login: sandboxLogin, Key: sandboxKey, Dial: a.sandbox.Dial, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(store.Config{Path: filepath.Join(t.TempDir(), "orders.db"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.client.Close(); _ = a.sandbox.Close(); _ = kept.Close() })
	left := n
	_, err = a.client.Reader().Market(t.Context(), exchange.MarketQuery{Voice: true, SMS: true}, func(page []exchange.Offer) error {
		for _, o := range page {
			p := exchange.Purchase{ID: o.ID, Account: 1, Contact: "sip:x@sip.example.net:5060", SMPPContact: "smpp:a:b:" + o.Digits + "@smpp.example.net:2776"}
			if o.ID == "" || left == 0 {
				continue
			}
			if err := a.client.Writer().Purchase(t.Context(), p); err != nil {
				return err
			}
			left--
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a.inventory = inventory.New(inventory.Config{
		Store: kept.Inventory(), Reader: a.client.Reader(), Exchange: sandboxURL, Currency: "USD", Now: now,
	})
	a.collector = usage.New(usage.Config{Histories: a.client.Reader(), Inventory: a.inventory, Now: now})
	return a
}

// TestUseIsCounted holds over two months, with a collection a day, that what is
// kept of every number is what the histories tell in the end, and that those which
// nobody uses, and no others, come to be idle.
func TestUseIsCounted(t *testing.T) {
	t.Parallel()
	a := openAccount(t, 12)
	for range 60 {
		a.now = a.now.Add(23 * time.Hour)
		if got, err := a.collector.Collect(t.Context()); err != nil || got.Reason != "" {
			t.Fatalf("%s: got %+v, %v", a.now, got, err)
		}
	}
	own, err := a.inventory.Own(t.Context(), time.Hour, false)
	if err != nil || len(own.Numbers) != 12 {
		t.Fatalf("got %+v, %v", own, err)
	}
	truth := map[string][2]int{}
	last := map[string]time.Time{}
	for kind, read := range []func(context.Context, exchange.HistoryQuery, func([]exchange.Used) error) (exchange.Reading, error){a.client.Reader().Calls, a.client.Reader().Messages} {
		reading, err := read(t.Context(), exchange.HistoryQuery{From: a.now.AddDate(0, 0, -80), To: a.now}, func(page []exchange.Used) error {
			for _, u := range page {
				n := truth[u.Number]
				n[kind]++
				truth[u.Number] = n
				if u.At.After(last[u.Number]) {
					last[u.Number] = u.At
				}
			}
			return nil
		})
		if err != nil || !reading.Complete {
			t.Fatalf("got %+v, %v", reading, err)
		}
	}
	idle := 0
	for _, n := range own.Numbers {
		if n.Use == nil {
			t.Fatalf("%s: use is not known", n.Digits)
		}
		if got := [2]int{n.Use.Calls, n.Use.Messages}; got != truth[n.Digits] {
			t.Errorf("%s: got %v, want %v", n.Digits, got, truth[n.Digits])
		}
		days, atLeast, ok := n.Use.Idle(a.now)
		if !ok || atLeast != (truth[n.Digits] == [2]int{}) {
			t.Errorf("%s: got %d days, at least %t, known %t; used %v", n.Digits, days, atLeast, ok, truth[n.Digits])
		}
		if days >= 30 {
			idle++
			if at := last[n.Digits]; !at.IsZero() && a.now.Sub(at) < 29*24*time.Hour {
				t.Errorf("%s: idle for %d days, and used at %s", n.Digits, days, at)
			}
		}
	}
	if idle == 0 || idle == len(own.Numbers) {
		t.Errorf("got %d idle numbers of %d, want some", idle, len(own.Numbers))
	}
}

// TestOrdersKnowOfUse holds that orders which give a number up later are told of
// its use since, and of nothing where histories are not read any more: it may be
// that they told of other traffic.
func TestOrdersKnowOfUse(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	path := filepath.Join(m.env["HOME"], "config.toml")
	m.env["DIDOPS_CONFIG"] = path
	open := func(settings string) *app {
		t.Helper()
		write(t, path, settings)
		a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
		t.Cleanup(a.close)
		if _, err := a.gate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := open("[exchange]\nusage = true\n")
	now := time.Now()
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	err := a.inventory.KeepUse(t.Context(), map[string]inventory.Use{
		"971520545433": {From: ago(30), To: now, LastCall: ago(3), Calls: 2},
		"971520545434": {From: ago(2), To: now},
		"971520545436": {From: ago(30), To: now.Add(-usageLate + time.Minute)},
		"971520545437": {From: ago(30), To: now.Add(-usageLate - time.Minute)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		digits      string
		since       time.Time
		used, known bool
	}{
		{"971520545433", ago(5), true, true},
		{"971520545433", ago(2), false, true},
		{"971520545434", ago(1), false, true},
		{"971520545434", ago(5), false, false},
		{"971520545435", ago(5), false, false},
		{"971520545436", ago(5), false, true},
		{"971520545437", ago(5), false, false},
	} {
		if used, known := a.engine.Used(t.Context(), tt.digits, tt.since); used != tt.used || known != tt.known {
			t.Errorf("%s since %s: got %v %v, want %v %v", tt.digits, tt.since, used, known, tt.used, tt.known)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if used, known := a.engine.Used(ended, "971520545433", ago(5)); used || known {
		t.Errorf("where the store can't be read: got %v %v, want it not known", used, known)
	}
	if open("[exchange]\nusage = false\n").engine.Used != nil {
		t.Error("orders are told of use that is not read")
	}
}

// TestDoctorLooksAtHistories holds what the doctor says of histories: nothing
// where they are not read, what it found, and what to do.
func TestDoctorLooksAtHistories(t *testing.T) {
	t.Parallel()
	said := func(m *machine) map[string]check {
		m.run(t, "doctor", "--json")
		var report struct {
			Checks []check `json:"checks"`
		}
		if err := json.Unmarshal([]byte(m.out.String()), &report); err != nil {
			t.Fatalf("%v: %s%s", err, m.out.String(), m.err.String())
		}
		found := map[string]check{}
		for _, c := range report.Checks {
			found[c.Name] = c
		}
		return found
	}
	m := newMachine(t)
	if c, ok := said(m)["calls"]; ok {
		t.Errorf("got %+v, want nothing of histories that are not read", c)
	}
	path := filepath.Join(m.env["HOME"], "config.toml")
	write(t, path, "[exchange]\nusage = true\n")
	m.env["DIDOPS_CONFIG"] = path
	for _, name := range []string{"calls", "messages"} {
		if c := said(m)[name]; c.Status != statusOK || !strings.Contains(c.Message, "0 records of the last day; until one is to an own number, use is not known") {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

// asked counts the readings of histories, and fails them where it is told to.
type asked struct {
	exchange.Histories
	readings int
	fails    error
}

func (h *asked) Calls(ctx context.Context, q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
	if h.readings++; h.fails != nil {
		return exchange.Reading{}, h.fails
	}
	return h.Histories.Calls(ctx, q, take)
}

// TestUseIsCountedOnDemand holds that who asks for idle numbers, or for one number,
// where nothing is served has the histories read first, at most once a day; and that
// what is known is told where they can't be.
func TestUseIsCountedOnDemand(t *testing.T) {
	t.Parallel()
	a := openAccount(t, 12)
	a.now = a.now.AddDate(0, 0, 70)
	now := func() time.Time { return a.now }
	histories := &asked{Histories: a.client.Reader()}
	app := newApp(Host{Now: now})
	app.log = zerolog.Nop
	app.inventory, app.usage = a.inventory, usage.New(usage.Config{Histories: histories, Inventory: a.inventory, Now: now})
	numbers := did.Config{Reader: a.client.Reader(), Currency: "USD", Now: now, Inventory: owned{app}, Count: app.counted}
	declarations, err := did.All(numbers)
	if err != nil {
		t.Fatal(err)
	}
	for _, writes := range []string{"did_purchase", "did_update", "did_unsubscribe", did.MessageOperation} {
		declarations = tools.Without(declarations, writes)
	}
	catalog, err := tools.NewCatalog(append(declarations, inventoryops.Operations(inventoryops.Config{
		Inventory: a.inventory, Reader: a.client.Reader(), Memory: did.NewMemory(nil), Orders: nobodys{}, Currency: "USD", Now: now, Count: app.counted,
	})...)...)
	if err != nil {
		t.Fatal(err)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Sandbox: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(tool string, args string, out any) {
		t.Helper()
		got, err := gate.Call(t.Context(), tools.Call{
			Tool: tool, Args: json.RawMessage(args), Frontend: identity.FrontShell, Principal: identity.Principal{Realm: identity.OS, ID: "alice", Role: identity.Approver},
		})
		if err != nil {
			t.Fatalf("%s: %v", tool, err)
		}
		if err := json.Unmarshal(got.Data, out); err != nil {
			t.Fatal(err)
		}
	}
	var first string
	for i, want := range []bool{true, false, true, true} {
		switch i {
		case 2:
			a.now = a.now.Add(25 * time.Hour)
		case 3:
			a.now, histories.fails = a.now.Add(25*time.Hour), fault.New(fault.Unavailable, "the exchange is away")
		}
		before := histories.readings
		var list did.ListOut
		ask("did_list", `{"idle_for":"30d"}`, &list)
		if read := histories.readings > before; read != want {
			t.Errorf("time %d: got readings %t, want %t", i, read, want)
		}
		if list.Matched == 0 || list.Matched == 12 || list.Totals.NotKnown > 0 || list.Numbers[0].LastUsed == "" {
			t.Errorf("time %d: got %+v, want some idle numbers of 12, and when they were last used", i, list)
		}
		if failed := strings.Contains(list.UseUnknown, "the exchange is away"); failed != (i == 3) {
			t.Errorf("time %d: got %q", i, list.UseUnknown)
		}
		first = list.Numbers[0].Number
	}
	var one inventoryops.ShowOut
	ask("did_show", `{"number":"`+first+`"}`, &one)
	if one.Use == nil || one.Use.IdleDays < 30 || !strings.Contains(one.IncompleteReason, "the exchange is away") {
		t.Errorf("got %+v, %q, want what is known and why it is old", one.Use, one.IncompleteReason)
	}
	before := histories.readings
	var list did.ListOut
	if ask("did_list", `{}`, &list); histories.readings > before || list.Matched != 12 {
		t.Errorf("got %d numbers and %d readings, want none where use is not asked for", list.Matched, histories.readings-before)
	}
}

// nobodys are no orders.
type nobodys struct{}

func (nobodys) About(context.Context, identity.Caller, string, int) ([]order.Order, error) {
	return nil, nil
}

// TestOrdersHaveUseCounted holds that histories are read when a number is to be
// given up and nobody counts, as where assistants alone are served.
func TestOrdersHaveUseCounted(t *testing.T) {
	t.Parallel()
	account := openAccount(t, 12)
	if _, err := account.collector.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := newApp(Host{Getenv: func(string) string { return "" }, Now: func() time.Time { return account.now }, Out: io.Discard, Err: io.Discard})
	t.Cleanup(a.close)
	a.inventory, a.usage = account.inventory, account.collector
	c := &config.Config{}
	c.Exchange.Usage = true
	asked := a.used(c)
	approved := account.now
	account.now = account.now.AddDate(0, 0, 20)
	own, err := a.inventory.Own(t.Context(), time.Hour, false)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[bool]int{}
	for _, n := range own.Numbers {
		used, known := asked(t.Context(), n.Digits, approved)
		if !known {
			t.Errorf("%s: it is not known whether it was used", n.Digits)
		}
		counts[used]++
	}
	if counts[true] == 0 || counts[false] == 0 {
		t.Errorf("got %v, want some that were used and some that were not", counts)
	}
}

// TestHistoriesThatFailAreNotWaitedForByEach holds that of many numbers which are to
// be given up only the first waits for histories that can't be read, and that
// nothing is known of any.
func TestHistoriesThatFailAreNotWaitedForByEach(t *testing.T) {
	t.Parallel()
	account := openAccount(t, 3)
	a := newApp(Host{Getenv: func(string) string { return "" }, Now: func() time.Time { return account.now }, Out: io.Discard, Err: io.Discard})
	t.Cleanup(a.close)
	failing := &failingHistories{}
	a.inventory = account.inventory
	a.usage = usage.New(usage.Config{Histories: failing, Inventory: account.inventory, Now: func() time.Time { return account.now }})
	c := &config.Config{}
	c.Exchange.Usage = true
	asked := a.used(c)
	for i, want := range []int{1, 1, 2} {
		if used, known := asked(t.Context(), "971520545433", account.now.AddDate(0, 0, -1)); used || known || failing.asked != want {
			t.Errorf("time %d: got %v %v after %d readings, want nothing known after %d", i, used, known, failing.asked, want)
		}
		if i == 1 {
			account.now = account.now.Add(usageAgain)
		}
	}
}

// failingHistories can't be read.
type failingHistories struct{ asked int }

func (f *failingHistories) Calls(context.Context, exchange.HistoryQuery, func([]exchange.Used) error) (exchange.Reading, error) {
	f.asked++
	return exchange.Reading{}, fault.New(fault.Unavailable, "the exchange is away")
}

func (f *failingHistories) Messages(ctx context.Context, q exchange.HistoryQuery, take func([]exchange.Used) error) (exchange.Reading, error) {
	return f.Calls(ctx, q, take)
}

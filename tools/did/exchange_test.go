package did_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/request"
	"didops/tools"
	"didops/tools/did"
)

// TestMain looks for goroutines left behind. A server that refuses a body
// closes its side and waits for half a second before it lets go (net/http's
// rstAvoidanceDelay), which is longer than goleak does.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// setup says what a test differs in.
type setup struct {
	sandbox sandbox.Options
	client  tcxc.Options
	did     did.Config
}

// harness is the operations behind a gate, on a sandbox.
type harness struct {
	tb      testing.TB
	sandbox *sandbox.Server
	client  *tcxc.Client
	gate    *tools.Gate
}

// start wires the operations as the program does.
func start(tb testing.TB, s setup) *harness {
	tb.Helper()
	server, err := sandbox.New(s.sandbox)
	if err != nil {
		tb.Fatal(err)
	}
	o := s.client
	o.URL, o.Login, o.Key, o.Dial = "http://127.0.0.1", "sandbox", "sandbox", server.Dial
	o.Now = s.sandbox.Now
	client, err := tcxc.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		client.Close()
		if err := server.Close(); err != nil {
			tb.Errorf("close the sandbox: %v", err)
		}
	})
	r := &harness{tb: tb, sandbox: server, client: client}
	r.gate = r.front(s.did)
	return r
}

// front returns a gate of its own to the rig's exchange, with nothing kept.
func (r *harness) front(c did.Config) *tools.Gate {
	r.tb.Helper()
	c.Currency = "USD"
	if c.Reader == nil {
		c.Reader = r.client.Reader()
	}
	if c.Scope == "" {
		c.Scope = "sandbox"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	declarations, err := did.Operations(c)
	if err != nil {
		r.tb.Fatal(err)
	}
	catalog, err := tools.NewCatalog(declarations...)
	if err != nil {
		r.tb.Fatal(err)
	}
	gate, err := tools.NewGate(tools.GateConfig{Catalog: catalog, Sandbox: true, Now: c.Now})
	if err != nil {
		r.tb.Fatal(err)
	}
	return gate
}

// args are the arguments of a call.
type args map[string]any

// with returns a with further arguments; a nil value takes one away.
func (a args) with(more args) args {
	all := args{}
	for _, from := range []args{a, more} {
		for k, v := range from {
			if all[k] = v; v == nil {
				delete(all, k)
			}
		}
	}
	return all
}

// call is a call as the shell makes it.
func call(tool string, a args) tools.Call {
	data, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	return tools.Call{
		Tool: tool, Args: data, Frontend: identity.FrontShell,
		Principal: identity.Principal{Realm: "os", ID: "alice", Role: identity.Reader},
	}
}

// page is a result of any of the operations.
type page struct {
	Sandbox    bool             `json:"sandbox"`
	Currency   string           `json:"currency"`
	Numbers    []map[string]any `json:"numbers"`
	Matched    int              `json:"matched"`
	Complete   bool             `json:"complete"`
	Reason     string           `json:"incomplete_reason"`
	Hidden     int              `json:"hidden_unpurchasable"`
	Unreadable int              `json:"unreadable"`
	CityBy     []string         `json:"city_by"`
	AreaCodes  []string         `json:"area_codes"`
	Unpriced   int              `json:"without_price"`
	Countries  []string         `json:"countries"`
	Next       string           `json:"next_cursor"`
	AsOf       string           `json:"as_of"`
	Why        []string         `json:"why_empty"`
	ByCountry  []group          `json:"by_country"`
	ByType     []group          `json:"by_type"`
	ByVendor   []group          `json:"by_vendor"`
	ByFeature  []group          `json:"by_feature"`

	result tools.Result
}

type group struct {
	Name   string `json:"name"`
	Count  int    `json:"count"`
	Lowest string `json:"lowest_monthly_fee"`
	Median string `json:"median_monthly_fee"`
	Setup  string `json:"lowest_setup_fee"`
	Cost   string `json:"lowest_monthly_cost"`
	Middle string `json:"median_monthly_cost"`
}

// read makes a call and decodes its result.
func read(ctx context.Context, gate *tools.Gate, c tools.Call) (page, error) {
	result, err := gate.Call(ctx, c)
	if err != nil {
		return page{}, err
	}
	p := page{result: result}
	err = json.Unmarshal(result.Data, &p)
	return p, err
}

// get calls an operation that must succeed.
func (r *harness) get(tool string, a args) page {
	r.tb.Helper()
	p, err := read(r.tb.Context(), r.gate, call(tool, a))
	if err != nil {
		r.tb.Fatalf("%s %v: %v", tool, a, err)
	}
	return p
}

// whole calls an operation for its whole result.
func (r *harness) whole(tool string, a args) page {
	r.tb.Helper()
	c := call(tool, a)
	c.Whole = true
	p, err := read(r.tb.Context(), r.gate, c)
	if err != nil {
		r.tb.Fatalf("%s %v: %v", tool, a, err)
	}
	return p
}

// refused calls an operation that must fail.
func (r *harness) refused(tool string, a args) *fault.Error {
	r.tb.Helper()
	p, err := read(r.tb.Context(), r.gate, call(tool, a))
	f, ok := fault.As(err)
	if !ok {
		r.tb.Fatalf("%s %v: got %s and error %v, want a fault", tool, a, p.result.Data, err)
	}
	return f
}

// numbers returns the numbers of a page, in order.
func (p page) numbers() []string { return p.column("number") }

func (p page) column(name string) []string {
	list := make([]string, 0, len(p.Numbers))
	for _, n := range p.Numbers {
		s, _ := n[name].(string)
		list = append(list, s)
	}
	return list
}

// requests returns how many requests the exchange has had.
func (r *harness) requests() int {
	all := r.sandbox.Requests()
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].N
}

// asked returns the different values of a parameter in all requests, sorted.
func (r *harness) asked(parameter string) []string {
	var list []string
	for _, q := range r.sandbox.Requests() {
		list = append(list, q.Form.Get(parameter))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// offers returns every row of the market as the exchange has it, those
// without an id too.
func (r *harness) offers() []exchange.Offer {
	r.tb.Helper()
	var all []exchange.Offer
	reading, err := r.client.Reader().Market(r.tb.Context(), exchange.MarketQuery{}, func(page []exchange.Offer) error {
		all = append(all, page...)
		return nil
	})
	if err != nil || !reading.Complete {
		r.tb.Fatalf("read the market: %+v, %v", reading, err)
	}
	return all
}

// buy buys an offer and returns its digits.
func (r *harness) buy(o exchange.Offer) string {
	r.tb.Helper()
	contact, smpp := "sip:"+o.Digits+"@sip.example.net:5060", ""
	if o.SMS {
		smpp = "smpp:login:hunter2:" + o.Digits + "@smpp.example.net:2776"
	}
	p := exchange.Purchase{ID: o.ID, Account: 1, Contact: contact, SMPPContact: smpp}
	if err := r.client.ReadWriter().Purchase(r.tb.Context(), p); err != nil {
		r.tb.Fatalf("buy %s: %v", o.Digits, err)
	}
	return o.Digits
}

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// longCache is longer than any test takes.
const longCache = time.Hour

// progress is a receiver of how far a call is.
func progress(tell func(done int, text string)) func(request.Progress) {
	return func(p request.Progress) { tell(p.Done, p.Text) }
}

package crash_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
)

// shop is an exchange that is never killed: the sandbox behind a socket, in
// the process of the test, so that the test knows what is still under way in
// it when its client is dead, and moves its clock.
type shop struct {
	*sandbox.Server
	address string
	ahead   atomic.Int64 // of the clock, nanoseconds
	sold    int          // so many requests were made by sell, before all others

	mu      sync.Mutex
	held    chan struct{}   // purchases wait until it is closed; nil = they don't
	met     map[string]bool // connections by the address of the other end; true = open
	changed chan struct{}   // closed at the next change of met
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{met: map[string]bool{}, changed: make(chan struct{})}
	var err error
	s.Server, err = sandbox.New(sandbox.Options{Seed: harness.ExchangeSeed, Numbers: crashNumbers, Digest: true, Now: func() time.Time {
		return time.Now().Add(time.Duration(s.ahead.Load()))
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(s)
	server.Config.ConnState = s.note
	server.Start()
	s.address = server.Listener.Addr().String()
	t.Cleanup(func() {
		s.letGo()
		server.CloseClientConnections()
		server.Close()
		_ = s.Close()
	})
	return s
}

// ServeHTTP serves, purchases not before they are let go.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil && strings.Contains(r.URL.Path, "purchase") {
		<-held
	}
	s.Server.ServeHTTP(w, r)
}

// hold keeps purchases that arrive from now on from being carried out.
func (s *shop) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = make(chan struct{})
}

// letGo carries out what was held.
func (s *shop) letGo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil {
		close(s.held)
		s.held = nil
	}
}

func (s *shop) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.met[c.RemoteAddr().String()] = state != http.StateClosed && state != http.StateHijacked
	close(s.changed)
	s.changed = make(chan struct{})
}

// quiet waits until everything that dead clients have sent is carried out.
// Connections are accepted in order: when one that is made now has been, so
// have all that were made before; and each is closed only when its request
// has been served.
func (s *shop) quiet(t *testing.T) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	own := c.LocalAddr().String()
	s.await(t, func() bool { return s.met[own] })
	_ = c.Close()
	s.await(t, func() bool {
		for _, open := range s.met {
			if open {
				return false
			}
		}
		return true
	})
}

func (s *shop) await(t *testing.T, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), crashPatience)
	defer cancel()
	for {
		s.mu.Lock()
		ok, changed := so(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("the exchange does not come to rest")
		}
	}
}

// writes returns the requests of programs that could have changed something.
func (s *shop) writes() []sandbox.Request {
	return slices.DeleteFunc(s.Requests(), func(r sandbox.Request) bool {
		return r.N <= s.sold || r.Operation != sandbox.Purchase && r.Operation != sandbox.Update && r.Operation != sandbox.Unsubscribe
	})
}

// subject returns the id of the number that a write is about.
func subject(r sandbox.Request) string {
	switch r.Operation {
	case sandbox.Update:
		return r.Form.Get("edit")
	case sandbox.Unsubscribe:
		return r.Form.Get("unsubscribe")
	default:
		return r.Form.Get("i_did")
	}
}

// did returns how often something was carried out, by number.
func (s *shop) did(t *testing.T, op sandbox.Operation) map[string]int {
	t.Helper()
	entries, err := s.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range entries {
		if e.Operation == op {
			count["+"+e.Number]++
		}
	}
	return count
}

// sell lets the user have a number before anything begins.
func (s *shop) sell(t *testing.T, n offered) {
	t.Helper()
	digits := strings.TrimPrefix(n.Number, "+")
	ts := strconv.FormatInt(time.Now().Unix(), 10)
	form := url.Values{
		"webapi": {"1"}, "add": {"1"}, "i_did": {n.ID}, "billing_i_account": {"1"},
		"contact": {"sip:" + digits + "@old.example.net:5060"}, "smpp_contact": {"smpp:old:old:" + digits + "@old.example.net:2776"},
		"ts": {ts}, "api_login": {harness.ExchangeLogin}, "signature": {sandbox.Signature("purchase_did", harness.ExchangeKey, harness.ExchangeLogin, ts)},
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/number/purchase", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	s.Server.ServeHTTP(answer, req)
	if !strings.Contains(answer.Body.String(), "success") {
		t.Fatalf("got %s, want %s sold", answer.Body.String(), n.Number)
	}
	s.sold++
}

// offered is a number of the market.
type offered struct {
	Number string `json:"number"`
	ID     string `json:"i_did"`
	Vendor string `json:"vendor"`
	Type   string `json:"type"`
}

// offers returns numbers that can be bought, each offered once, and that need
// both routing addresses.
func (c *cell) offers() []offered {
	c.t.Helper()
	out, _ := c.run("did", "search", "--voice", "--sms", "--documents", "not_required", "--limit", "100", "--json")
	var found struct {
		Numbers []offered `json:"numbers"`
	}
	if err := json.Unmarshal(out, &found); err != nil {
		c.t.Fatalf("search: %v in %s", err, out)
	}
	count := map[string]int{}
	for _, n := range found.Numbers {
		count[n.Number]++
	}
	return slices.DeleteFunc(found.Numbers, func(n offered) bool { return count[n.Number] > 1 })
}

// alike returns three offers of one seller and type: those of several have no
// room in a dialog.
func (c *cell) alike() []offered {
	c.t.Helper()
	list, of := c.offers(), map[string][]offered{}
	for _, n := range list {
		kind := n.Vendor + n.Type
		if of[kind] = append(of[kind], n); len(of[kind]) == 3 {
			return of[kind]
		}
	}
	c.t.Fatalf("got no three numbers of one seller and type among %d", len(list))
	return nil
}

package tcxc_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// purchaseOf returns a purchase that the sandbox accepts.
func purchaseOf(o exchange.Offer) exchange.Purchase {
	return exchange.Purchase{ID: o.ID, Account: 1, Contact: testContact, SMPPContact: testSMPP}
}

// TestLifeOfANumber buys, re-routes and gives up, over both kinds of
// credentials and both styles.
func TestLifeOfANumber(t *testing.T) {
	t.Parallel()
	for _, auth := range []tcxc.Auth{tcxc.Signature, tcxc.Digest} {
		for _, style := range []tcxc.Style{tcxc.REST, tcxc.PHP} {
			t.Run(string(auth)+" "+string(style), func(t *testing.T) {
				t.Parallel()
				paths := sandbox.RESTPaths
				if style == tcxc.PHP {
					paths = sandbox.PHPPaths
				}
				s := newExchange(t, sandbox.Options{Numbers: 200, Digest: auth == tcxc.Digest, Paths: paths})
				c := client(t, s, func(o *tcxc.Options) { o.Auth, o.Style = auth, style })
				live(t, s, c)
				for _, r := range s.Requests() {
					if want := string(auth); r.Auth != want && len(r.Form) != 0 {
						t.Errorf("got %s with auth %q, want %q", r.Path, r.Auth, want)
					}
					if r.Method != http.MethodPost {
						t.Errorf("got a %s", r.Method)
					}
				}
			})
		}
	}
}

func live(t *testing.T, s *sandbox.Server, c *tcxc.Client) {
	t.Helper()
	offer := offers(t, c.Reader(), 1, exchange.MarketQuery{Voice: true})[0]
	if err := c.Writer().Purchase(t.Context(), purchaseOf(offer)); err != nil {
		t.Fatal(err)
	}
	owned := ownedRow1(t, c, offer)
	if owned.Contact != testContact || owned.SMPPContact != testSMPP || owned.ID != offer.ID {
		t.Errorf("got %+v, want what was bought", owned)
	}
	u := exchange.Update{ID: owned.ID, Contact: "sip:0@other.example.net:5060", SMPPContact: owned.SMPPContact}
	if err := c.Writer().Update(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if owned = ownedRow1(t, c, offer); owned.Contact != "sip:0@other.example.net:5060" || owned.SMPPContact != testSMPP {
		t.Errorf("got %q and %q after the update", owned.Contact, owned.SMPPContact)
	}
	if err := c.Writer().Unsubscribe(t.Context(), owned.ID); err != nil {
		t.Fatal(err)
	}
	if rows, reading, err := c.Reader().FindOwned(t.Context(), offer.Digits); err != nil || len(rows) != 0 || !reading.Complete {
		t.Errorf("got %d rows, %+v, error %v after giving up", len(rows), reading, err)
	}
	for op, want := range map[sandbox.Operation]int{sandbox.Purchase: 1, sandbox.Update: 1, sandbox.Unsubscribe: 1} {
		if got := len(sent(s, op)); got != want {
			t.Errorf("got %d requests to %s, want %d", got, op, want)
		}
	}
}

func ownedRow1(t *testing.T, c *tcxc.Client, o exchange.Offer) exchange.Owned {
	t.Helper()
	rows, reading, err := c.Reader().FindOwned(t.Context(), o.Digits)
	if err != nil || len(rows) != 1 || !reading.Complete {
		t.Fatalf("got %d rows of %s, %+v, error %v; want 1", len(rows), o.Digits, reading, err)
	}
	return rows[0]
}

// TestWritesAreSentOnce meets every misbehaviour with one request, and says
// what is known after it.
func TestWritesAreSentOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   sandbox.Fault
		code    fault.Code
		nothing bool // the error proves that nothing was done
		bought  int
	}{
		{"success", sandbox.Fault{Kind: sandbox.Latency}, "", false, 1},
		{"success after a notice", sandbox.Fault{Kind: sandbox.Junk, Text: "<br/>Notice: x"}, "", false, 1},
		{"refused", sandbox.Fault{Kind: sandbox.Logical}, fault.Refused, false, 0},
		{"429", sandbox.Fault{Kind: sandbox.Status, Code: 429, RetryAfter: 3}, fault.RateLimited, true, 0},
		{"401 without a challenge", sandbox.Fault{Kind: sandbox.Status, Code: 401}, fault.Unauthorized, false, 0},
		{"401 after", sandbox.Fault{Kind: sandbox.StatusAfter, Code: 401}, fault.Unauthorized, false, 1},
		{"clock off", sandbox.Fault{Kind: sandbox.Skew, Delay: time.Hour}, fault.Unauthorized, false, 0},
		{"403", sandbox.Fault{Kind: sandbox.Status, Code: 403}, fault.UnknownOutcome, false, 0},
		{"404", sandbox.Fault{Kind: sandbox.Status, Code: 404}, fault.UnknownOutcome, false, 0},
		{"500 before", sandbox.Fault{Kind: sandbox.Status, Code: 500}, fault.UnknownOutcome, false, 0},
		{"502 after", sandbox.Fault{Kind: sandbox.StatusAfter, Code: 502}, fault.UnknownOutcome, false, 1},
		{"reset before", sandbox.Fault{Kind: sandbox.Cut}, fault.UnknownOutcome, false, 0},
		{"reset after", sandbox.Fault{Kind: sandbox.CutAfter}, fault.UnknownOutcome, false, 1},
		{"reset in the answer", sandbox.Fault{Kind: sandbox.CutBody}, fault.UnknownOutcome, false, 1},
		{"truncated", sandbox.Fault{Kind: sandbox.Truncate}, fault.UnknownOutcome, false, 1},
		{"html before", sandbox.Fault{Kind: sandbox.HTML}, fault.UnknownOutcome, false, 0},
		{"html after", sandbox.Fault{Kind: sandbox.HTMLAfter}, fault.UnknownOutcome, false, 1},
		{"too much before", sandbox.Fault{Kind: sandbox.Junk, Text: strings.Repeat("x", 2000)}, fault.UnknownOutcome, false, 1},
		{"time-out", sandbox.Fault{Kind: sandbox.Latency, Delay: time.Minute}, fault.UnknownOutcome, false, 0},
		{"307", sandbox.Fault{Kind: sandbox.Redirect}, fault.UnknownOutcome, false, 0},
		{"302 elsewhere", sandbox.Fault{Kind: sandbox.Redirect, Code: 302, Text: "http://192.0.2.1/"}, fault.UnknownOutcome, false, 0},
		{"sold meanwhile", sandbox.Fault{Kind: sandbox.Sold}, fault.Refused, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newExchange(t, sandbox.Options{Numbers: 100})
				c := client(t, s)
				p := purchaseOf(offers(t, c.Reader(), 1, exchange.MarketQuery{Voice: true})[0])
				tt.fault.Operation = sandbox.Purchase
				s.Script(tt.fault)
				err := c.Writer().Purchase(t.Context(), p)
				if got := fault.CodeOf(err); got != tt.code || errors.Is(err, fault.ErrNothingDone) != tt.nothing {
					t.Errorf("got code %q, nothing done %t (%v); want %q, %t", got, errors.Is(err, fault.ErrNothingDone), err, tt.code, tt.nothing)
				}
				if n := len(sent(s, sandbox.Purchase)); n != 1 {
					t.Errorf("got %d purchase requests, want 1", n)
				}
				ledger, lerr := s.Ledger(t.Context())
				if lerr != nil || len(ledger) != tt.bought {
					t.Errorf("got %d purchases carried out, error %v; want %d", len(ledger), lerr, tt.bought)
				}
			})
		})
	}
}

func TestRefusalsQuoteTheExchange(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s)
	p := purchaseOf(offers(t, c.Reader(), 1, exchange.MarketQuery{Voice: true})[0])
	if err := c.Writer().Purchase(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	err := c.Writer().Purchase(t.Context(), p)
	f, _ := fault.As(err)
	want := `the exchange refused: "This DID can not be purchased, it has been already sold"`
	if f == nil || f.Code != fault.Refused || f.Message != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestNotSent covers what keeps a write from leaving.
func TestNotSent(t *testing.T) {
	t.Parallel()
	t.Run("refused dial", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{Numbers: 100})
		c := client(t, s, func(o *tcxc.Options) {
			o.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("connection refused") }
		})
		err := c.Writer().Unsubscribe(t.Context(), "60")
		if fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, fault.ErrNothingDone) {
			t.Errorf("got %v, want unavailable and nothing done", err)
		}
	})
	t.Run("dial that hangs", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{Numbers: 100})
			c := client(t, s, func(o *tcxc.Options) {
				o.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
			})
			err := c.Writer().Unsubscribe(t.Context(), "60")
			if fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, fault.ErrNothingDone) {
				t.Errorf("got %v, want unavailable and nothing done", err)
			}
		})
	})
	t.Run("cancelled before", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{Numbers: 100})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := client(t, s).Writer().Unsubscribe(ctx, "60")
		if fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, fault.ErrNothingDone) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want unavailable, nothing done and the context's error", err)
		}
		if n := len(s.Requests()); n != 0 {
			t.Errorf("got %d requests", n)
		}
	})
	t.Run("cancelled while it is under way", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{Numbers: 100})
			s.Script(sandbox.Fault{Kind: sandbox.Latency, Delay: 5 * time.Second})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := client(t, s).Writer().Unsubscribe(ctx, "60")
			if fault.CodeOf(err) != fault.UnknownOutcome || errors.Is(err, fault.ErrNothingDone) {
				t.Errorf("got %v, want unknown_outcome", err)
			}
		})
	})
}

func TestParametersAreChecked(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	w := client(t, s).Writer()
	good := exchange.Purchase{ID: "10", Account: 1, Contact: testContact}
	with := func(change func(*exchange.Purchase)) func() error {
		return func() error {
			p := good
			change(&p)
			return w.Purchase(t.Context(), p)
		}
	}
	tests := []struct {
		name  string
		send  func() error
		field string
	}{
		{"purchase without id", with(func(p *exchange.Purchase) { p.ID = "" }), ""},
		{"purchase of id 0", with(func(p *exchange.Purchase) { p.ID = "0" }), ""},
		{"purchase of id 007", with(func(p *exchange.Purchase) { p.ID = "007" }), ""},
		{"purchase of id -1", with(func(p *exchange.Purchase) { p.ID = "-1" }), ""},
		{"purchase on account 0", with(func(p *exchange.Purchase) { p.Account = 0 }), "billing_account"},
		{"contact with a line break", with(func(p *exchange.Purchase) { p.Contact = "sip:1@x\r\n" }), "contact"},
		{"contact with a direction mark", with(func(p *exchange.Purchase) { p.Contact = "sip:1\u202e@x" }), "contact"},
		{"smpp_contact with a space", with(func(p *exchange.Purchase) { p.SMPPContact = testSMPP + " " }), "smpp_contact"},
		{"contact without end", with(func(p *exchange.Purchase) { p.Contact = strings.Repeat("x", 1000) }), "contact"},
		{"update without id", func() error { return w.Update(t.Context(), exchange.Update{Contact: testContact}) }, ""},
		{"update to nothing", func() error { return w.Update(t.Context(), exchange.Update{ID: "1"}) }, "contact"},
		{"unsubscribe from 0", func() error { return w.Unsubscribe(t.Context(), "0") }, ""},
		{"unsubscribe from a word", func() error { return w.Unsubscribe(t.Context(), "all") }, ""},
	}
	for _, tt := range tests {
		err := tt.send()
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || f.Field != tt.field {
			t.Errorf("%s: got %v, want invalid for %q", tt.name, err, tt.field)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("got %d requests", n)
	}
}

// TestDeadConnection meets a server that answers the first request of a
// connection, reads the second and dies: net/http would repeat a request with
// a body it can rewind, or one that calls itself idempotent.
func TestDeadConnection(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	url := listen(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		for n := 1; ; n++ {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
			seen.Add(1)
			if n == 2 {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+
				"Content-Length: 20\r\n\r\n{\"status\":\"success\"}")
		}
	})
	c, err := tcxc.New(tcxc.Options{URL: url, Login: testLogin, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// Reads leave a kept connection behind.
	if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{}); err != nil {
		t.Fatal(err)
	}
	before := seen.Load()
	for n := range int32(5) {
		if err := c.Writer().Unsubscribe(t.Context(), "60"); err != nil {
			t.Errorf("write %d: %v", n, err)
		}
		if got := seen.Load() - before; got != n+1 {
			t.Fatalf("after %d writes the server saw %d requests", n+1, got)
		}
	}
}

// TestSwallowed meets a server that reads every request and dies.
func TestSwallowed(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	url := listen(t, func(c net.Conn) {
		if req, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.Copy(io.Discard, req.Body)
			seen.Add(1)
		}
	})
	c, err := tcxc.New(tcxc.Options{URL: url, Login: testLogin, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	writes := map[string]func() error{
		"purchase": func() error {
			return c.Writer().Purchase(t.Context(), exchange.Purchase{ID: "10", Account: 1, Contact: testContact})
		},
		"update":      func() error { return c.Writer().Update(t.Context(), exchange.Update{ID: "10", Contact: testContact}) },
		"unsubscribe": func() error { return c.Writer().Unsubscribe(t.Context(), "60") },
	}
	n := int32(0)
	for name, write := range writes {
		n++
		if err := write(); fault.CodeOf(err) != fault.UnknownOutcome {
			t.Errorf("%s: got %v, want unknown_outcome", name, err)
		}
		if got := seen.Load(); got != n {
			t.Errorf("%s: the server saw %d requests in all, want %d", name, got, n)
		}
	}
}

// listen serves connections by hand and returns the server's URL.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				serve(c)
			}()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return "http://" + l.Addr().String()
}

package tcxc_test

import (
	"context"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
)

// TestMain looks for goroutines left behind. A server that refuses a body
// closes its side and waits for half a second before it lets go (net/http's
// rstAvoidanceDelay), which is longer than goleak does.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// The credentials of every test. The key is one that no other text holds.
const (
	testLogin = "AcmeInc"
	testKey   = "MARKED-SECRET-KEY-7f3a"
)

// newExchange starts a sandbox in memory.
func newExchange(tb testing.TB, o sandbox.Options) *sandbox.Server {
	tb.Helper()
	o.Login, o.Key = testLogin, testKey
	s, err := sandbox.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the sandbox: %v", err)
		}
	})
	return s
}

// client returns a client of the sandbox.
func client(tb testing.TB, s *sandbox.Server, change ...func(*tcxc.Options)) *tcxc.Client {
	tb.Helper()
	o := tcxc.Options{URL: "http://127.0.0.1", Login: testLogin, Key: testKey, Dial: s.Dial}
	for _, c := range change {
		c(&o)
	}
	c, err := tcxc.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

// numbersOf reads the market and returns the numbers in the order they came.
func numbersOf(ctx context.Context, r *tcxc.Reader, q exchange.MarketQuery) ([]string, exchange.Reading, error) {
	var all []string
	reading, err := r.Market(ctx, q, func(page []exchange.Offer) error {
		for _, o := range page {
			all = append(all, o.Digits)
		}
		return nil
	})
	return all, reading, err
}

// sent returns the requests of one operation that the sandbox saw.
func sent(s *sandbox.Server, op sandbox.Operation) []sandbox.Request {
	return slices.DeleteFunc(s.Requests(), func(r sandbox.Request) bool { return r.Operation != op })
}

// offers returns offers that can be bought and have the given features.
func offers(tb testing.TB, r *tcxc.Reader, n int, q exchange.MarketQuery) []exchange.Offer {
	tb.Helper()
	var found []exchange.Offer
	_, err := r.Market(tb.Context(), q, func(page []exchange.Offer) error {
		for _, o := range page {
			if o.ID != "" && len(found) < n {
				found = append(found, o)
			}
		}
		return nil
	})
	if err != nil || len(found) < n {
		tb.Fatalf("got %d offers that can be bought, error %v; want %d", len(found), err, n)
	}
	return found
}

// Where calls and messages go in tests. The password is marked.
const (
	testContact  = "sip:12025550147@sip.example.net:5060"
	testPassword = "MARKED-SECRET-PASS"
	testSMPP     = "smpp:acme:" + testPassword + ":12025550147@smpp.example.net:2776"
)

package tcxc_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

func digestClient(t *testing.T, s *sandbox.Server, change ...func(*tcxc.Options)) *tcxc.Client {
	t.Helper()
	return client(t, s, append(change, func(o *tcxc.Options) { o.Auth = tcxc.Digest })...)
}

// asked returns operation and auth of every request that the sandbox saw.
func asked(s *sandbox.Server) []string {
	var all []string
	for _, r := range s.Requests() {
		all = append(all, string(r.Operation)+" "+r.Auth)
	}
	return all
}

func TestDigestAsksForOneNonce(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100, Digest: true})
	c := digestClient(t, s)
	for range 3 {
		if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{MaxRows: 1}); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"market ", "market digest", "market digest", "market digest"}
	if diff := cmp.Diff(want, asked(s)); diff != "" {
		t.Errorf("requests differ (-want +got):\n%s", diff)
	}
	if form := s.Requests()[0].Form; len(form) != 0 {
		t.Errorf("the request for a nonce carries %v, want nothing", form)
	}
	if form := s.Requests()[1].Form; form.Has("api_login") || form.Has("ts") || form.Get("webapi") != "1" || form.Get("searchform") != "1" {
		t.Errorf("a Digest request carries %v, want the magic fields and no signature", form)
	}
}

func TestDigestNonceGrowsOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 100, Digest: true})
		c := digestClient(t, s)
		if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{MaxRows: 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if _, _, err := numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{MaxRows: 1}); err != nil {
			t.Fatal(err)
		}
		want := []string{"market ", "market digest", "market digest", "market digest"}
		if diff := cmp.Diff(want, asked(s)); diff != "" {
			t.Errorf("requests differ (-want +got):\n%s", diff)
		}
	})
}

// TestDigestWriteIsSentOnce holds that each write is preceded by a read that
// fetches a nonce, carries the answer to it, and is sent once.
func TestDigestWriteIsSentOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 100, Digest: true})
		c := digestClient(t, s)
		for range 2 {
			if err := c.Writer().Unsubscribe(t.Context(), "1"); fault.CodeOf(err) != fault.Refused {
				t.Fatalf("got %v, want refused", err)
			}
			time.Sleep(time.Hour)
		}
		want := []string{"market ", "unsubscribe digest", "market ", "unsubscribe digest"}
		if diff := cmp.Diff(want, asked(s)); diff != "" {
			t.Errorf("requests differ (-want +got):\n%s", diff)
		}
	})
}

func TestDigestWriteMeetsTrouble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		faults  []sandbox.Fault
		code    fault.Code
		nothing bool
		writes  int
	}{
		{"no nonce", []sandbox.Fault{{Operation: sandbox.Market, Kind: sandbox.Cut, Times: sandbox.Forever}}, fault.Unavailable, true, 0},
		{"a nonce at the second try", []sandbox.Fault{{Operation: sandbox.Market, Kind: sandbox.Cut}}, fault.Refused, false, 1},
		{"401 without a challenge", []sandbox.Fault{{Operation: sandbox.Unsubscribe, Kind: sandbox.Status, Code: 401}}, fault.Unauthorized, false, 1},
		{"a nonce that grew old", []sandbox.Fault{{Operation: sandbox.Unsubscribe, Kind: sandbox.Skew, Delay: time.Hour}}, fault.Unauthorized, true, 1},
		{"reset", []sandbox.Fault{{Operation: sandbox.Unsubscribe, Kind: sandbox.Cut}}, fault.UnknownOutcome, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newExchange(t, sandbox.Options{Numbers: 100, Digest: true})
				s.Script(tt.faults...)
				err := digestClient(t, s).Writer().Unsubscribe(t.Context(), "60")
				if fault.CodeOf(err) != tt.code || errors.Is(err, fault.ErrNothingDone) != tt.nothing {
					t.Errorf("got %v, nothing done %t, want %s, %t", err, errors.Is(err, fault.ErrNothingDone), tt.code, tt.nothing)
				}
				if n := len(sent(s, sandbox.Unsubscribe)); n != tt.writes {
					t.Errorf("got %d writes, want %d", n, tt.writes)
				}
			})
		})
	}
}

// TestDigestStaleOnWrite meets a server that says so when a nonce is old.
func TestDigestStaleOnWrite(t *testing.T) {
	t.Parallel()
	var writes atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stale := ""
		if r.Header.Get("Authorization") != "" {
			writes.Add(1)
			stale = ", stale=true"
		}
		w.Header().Set("WWW-Authenticate", `Digest realm="x", nonce="n", qop="auth"`+stale)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer s.Close()
	c, err := tcxc.New(tcxc.Options{URL: s.URL, Login: testLogin, Key: testKey, Auth: tcxc.Digest})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Writer().Unsubscribe(t.Context(), "60")
	if fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, fault.ErrNothingDone) || writes.Load() != 1 {
		t.Errorf("got %v after %d writes, want unavailable and nothing done after one", err, writes.Load())
	}
}

func TestDigestRefused(t *testing.T) {
	t.Parallel()
	t.Run("wrong key", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{Numbers: 100, Digest: true})
		_, _, err := numbersOf(t.Context(), digestClient(t, s, func(o *tcxc.Options) { o.Key = "another" }).Reader(), exchange.MarketQuery{})
		if fault.CodeOf(err) != fault.Unauthorized || len(s.Requests()) != 2 {
			t.Errorf("got %v after %d requests, want unauthorized after 2", err, len(s.Requests()))
		}
	})
	t.Run("not offered", func(t *testing.T) {
		t.Parallel()
		s := newExchange(t, sandbox.Options{Numbers: 100})
		_, _, err := numbersOf(t.Context(), digestClient(t, s).Reader(), exchange.MarketQuery{})
		if f, ok := fault.As(err); !ok || f.Code != fault.Unauthorized || f.Hint == "" || len(s.Requests()) != 1 {
			t.Errorf("got %v after %d requests, want unauthorized with a hint after 1", err, len(s.Requests()))
		}
	})
}

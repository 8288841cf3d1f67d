package tcxc_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// transient are the misbehaviours that another try may overcome.
func transient() map[string]sandbox.Fault {
	return map[string]sandbox.Fault{
		"429":                       {Kind: sandbox.Status, Code: http.StatusTooManyRequests},
		"500":                       {Kind: sandbox.Status, Code: http.StatusInternalServerError},
		"502":                       {Kind: sandbox.Status, Code: http.StatusBadGateway},
		"503":                       {Kind: sandbox.StatusAfter, Code: http.StatusServiceUnavailable},
		"408":                       {Kind: sandbox.Status, Code: http.StatusRequestTimeout},
		"reset":                     {Kind: sandbox.Cut},
		"reset after the work":      {Kind: sandbox.CutAfter},
		"reset in the answer":       {Kind: sandbox.CutBody},
		"time-out":                  {Kind: sandbox.Latency, Delay: 20 * time.Second},
		"truncated":                 {Kind: sandbox.Truncate},
		"prefixed by more than 1 K": {Kind: sandbox.Junk, Text: strings.Repeat("Notice ", 200)},
		"html":                      {Kind: sandbox.HTML},
	}
}

func TestReadsAreRepeated(t *testing.T) {
	t.Parallel()
	for name, f := range transient() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newExchange(t, sandbox.Options{Numbers: 100})
				f.Times = 2
				s.Script(f)
				got, reading, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) {
					o.ReadDeadline = time.Minute
				}).Reader(), exchange.MarketQuery{MaxRows: 50})
				if err != nil || len(got) != 50 || !reading.Bounded {
					t.Fatalf("got %d numbers, %+v, error %v, want 50 at the third try", len(got), reading, err)
				}
				requests := s.Requests()
				if len(requests) != 3 {
					t.Fatalf("got %d requests, want 3", len(requests))
				}
				// The pauses are shorter than a second at first, the sum is not.
				if first, last := requests[0].Form.Get("ts"), requests[2].Form.Get("ts"); name == "time-out" && first == last {
					t.Errorf("tries 20 seconds apart carry the same ts %s: a try must be signed anew", first)
				}
				for _, r := range requests {
					if r.Auth != "signature" || r.Method != http.MethodPost {
						t.Errorf("got a request by %s with auth %q", r.Method, r.Auth)
					}
				}
			})
		})
	}
}

func TestReadsGiveUpAfterFourTries(t *testing.T) {
	t.Parallel()
	for name, f := range transient() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newExchange(t, sandbox.Options{Numbers: 100})
				f.Times = sandbox.Forever
				s.Script(f)
				_, _, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) {
					o.ReadDeadline = 2 * time.Minute
				}).Reader(), exchange.MarketQuery{})
				want := fault.Unavailable
				if name == "429" {
					want = fault.RateLimited
				}
				if got := fault.CodeOf(err); got != want {
					t.Errorf("got code %s (%v), want %s", got, err, want)
				}
				if n := len(s.Requests()); n != 4 {
					t.Errorf("got %d requests, want 4", n)
				}
			})
		})
	}
}

func TestReadsAreNotRepeated(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault sandbox.Fault
		code  fault.Code
		says  string
	}{
		{"refused", sandbox.Fault{Kind: sandbox.Logical, Text: "No such\u202e account\n"}, fault.Refused, `"No such account"`},
		{"redirect", sandbox.Fault{Kind: sandbox.Redirect}, fault.Unavailable, "HTTP 307"},
		{"redirect to another host", sandbox.Fault{Kind: sandbox.Redirect, Code: 302, Text: "http://192.0.2.1/"}, fault.Unavailable, "HTTP 302"},
		{"forbidden", sandbox.Fault{Kind: sandbox.Status, Code: http.StatusForbidden}, fault.Unavailable, "HTTP 403"},
		{"unauthorized", sandbox.Fault{Kind: sandbox.Status, Code: http.StatusUnauthorized}, fault.Unauthorized, "HTTP 401"},
		{"not found", sandbox.Fault{Kind: sandbox.Status, Code: http.StatusNotFound}, fault.Unavailable, "/number/market"},
		{"another refusal", sandbox.Fault{Kind: sandbox.Status, Code: 420}, fault.Unavailable, "HTTP 420"},
		{"endless", sandbox.Fault{Kind: sandbox.Endless}, fault.Unavailable, "32 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newExchange(t, sandbox.Options{Numbers: 100})
			tt.fault.Times = sandbox.Forever
			s.Script(tt.fault)
			_, _, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{})
			if fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %s: %v, want %s with %q", fault.CodeOf(err), err, tt.code, tt.says)
			}
			if n := len(s.Requests()); n != 1 {
				t.Errorf("got %d requests, want 1", n)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	t.Run("is waited for", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{Numbers: 100})
			s.Script(sandbox.Fault{Kind: sandbox.Status, Code: 429, RetryAfter: 7})
			began := time.Now()
			if _, _, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{MaxRows: 1}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took < 7*time.Second || took > 8*time.Second {
				t.Errorf("the second try came after %v, want 7 seconds and a little", took)
			}
		})
	})
	t.Run("beyond the deadline is passed on at once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{Numbers: 100})
			s.Script(sandbox.Fault{Kind: sandbox.Status, Code: 429, RetryAfter: 90})
			began := time.Now()
			_, _, err := numbersOf(t.Context(), client(t, s).Reader(), exchange.MarketQuery{})
			f, _ := fault.As(err)
			if fault.CodeOf(err) != fault.RateLimited || f.RetryAfter != 90*time.Second || time.Since(began) != 0 {
				t.Errorf("got %v after %v, want rate_limited with 90 seconds at once", err, time.Since(began))
			}
		})
	})
}

// TestBackoff holds the pauses between tries: doubling, spread by Rand.
func TestBackoff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rand float64
		want []time.Duration
	}{
		{0, []time.Duration{125 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond}},
		{0.5, []time.Duration{187500 * time.Microsecond, 375 * time.Millisecond, 750 * time.Millisecond}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newExchange(t, sandbox.Options{Numbers: 100})
			s.Script(sandbox.Fault{Kind: sandbox.Status, Times: sandbox.Forever})
			var at []time.Time
			_, _, err := numbersOf(t.Context(), client(t, s, func(o *tcxc.Options) {
				o.Rand = func() float64 { return tt.rand }
				o.Observe = func(r tcxc.Request) {
					if at = append(at, time.Now()); r.Attempt != len(at) || r.Operation != "market" || r.Status != "5xx" {
						t.Errorf("observed %+v as try %d", r, len(at))
					}
				}
			}).Reader(), exchange.MarketQuery{})
			if fault.CodeOf(err) != fault.Unavailable || len(at) != 4 {
				t.Fatalf("got %d tries, error %v", len(at), err)
			}
			var got []time.Duration
			for i := range at[1:] {
				got = append(got, at[i+1].Sub(at[i]))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got pauses %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCancelDuringAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newExchange(t, sandbox.Options{Numbers: 100})
		s.Script(sandbox.Fault{Kind: sandbox.Status, Code: 429, RetryAfter: 20, Times: sandbox.Forever})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second*25)
		defer cancel()
		go func() {
			time.Sleep(3 * time.Second)
			cancel()
		}()
		began := time.Now()
		_, _, err := numbersOf(ctx, client(t, s).Reader(), exchange.MarketQuery{})
		if !errors.Is(err, context.Canceled) || time.Since(began) != 3*time.Second {
			t.Errorf("got %v after %v, want the context's error after 3s", err, time.Since(began))
		}
	})
}

// TestCertificate meets an exchange whose certificate nobody vouches for.
func TestCertificate(t *testing.T) {
	t.Parallel()
	seen := 0
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen++ }))
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	defer s.Close()
	tries := 0
	c, err := tcxc.New(tcxc.Options{
		URL: s.URL, Login: testLogin, Key: testKey, Observe: func(tcxc.Request) { tries++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "certificate") || tries != 1 {
		t.Errorf("read: got %v after %d tries, want a word about the certificate after one", err, tries)
	}
	err = c.Writer().Unsubscribe(t.Context(), "60")
	if fault.CodeOf(err) != fault.Unavailable || !errors.Is(err, fault.ErrNothingDone) {
		t.Errorf("write: got %v, want unavailable and nothing done", err)
	}
	if seen != 0 {
		t.Errorf("the server saw %d requests", seen)
	}
}

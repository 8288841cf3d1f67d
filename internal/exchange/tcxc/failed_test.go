package tcxc_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
)

// TestFailuresAreTold holds what is told of requests that came to nothing:
// one word for a page, however often it was tried, and none for what the
// caller broke off.
func TestFailuresAreTold(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, c *tcxc.Client) {
		_, _, _ = numbersOf(ctx, c.Reader(), exchange.MarketQuery{})
	}
	forever := func(f sandbox.Fault) sandbox.Fault { f.Times = sandbox.Forever; return f }
	slow := forever(sandbox.Fault{Kind: sandbox.Latency, Delay: time.Hour})
	for _, tt := range []struct {
		name string
		key  string
		bad  sandbox.Fault
		do   func(context.Context, *tcxc.Client)
		want []string
	}{
		{name: "nothing", do: read},
		{name: "a page that is read at last", bad: sandbox.Fault{Kind: sandbox.Status, Code: 500, Times: 2}, do: read},
		{name: "a page that is not", bad: forever(sandbox.Fault{Kind: sandbox.Status, Code: 500}), do: read, want: []string{"market unavailable"}},
		{name: "too many requests", bad: forever(sandbox.Fault{Kind: sandbox.Status, Code: 429}), do: read, want: []string{"market rate_limited"}},
		{name: "a wrong key", key: "another", do: read, want: []string{"market unauthorized"}},
		{name: "the list with a wrong key", key: "another", want: []string{"list unauthorized"}, do: func(ctx context.Context, c *tcxc.Client) {
			_, _, _ = c.Reader().FindOwned(ctx, "97150")
		}},
		{name: "a write with a wrong key", key: "another", want: []string{"unsubscribe unauthorized"}, do: func(ctx context.Context, c *tcxc.Client) {
			_ = c.Writer().Unsubscribe(ctx, "60")
		}},
		{name: "a write that is refused", want: []string{"unsubscribe refused"}, do: func(ctx context.Context, c *tcxc.Client) {
			_ = c.Writer().Unsubscribe(ctx, "60")
		}},
		{name: "a write without an answer", bad: forever(sandbox.Fault{Kind: sandbox.CutAfter}), want: []string{"unsubscribe unknown_outcome"}, do: func(ctx context.Context, c *tcxc.Client) {
			_ = c.Writer().Unsubscribe(ctx, "60")
		}},
		{name: "a reading out of time", bad: slow, do: read, want: []string{"market unavailable"}},
		{name: "a caller who hangs up", bad: slow, do: func(ctx context.Context, c *tcxc.Client) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			read(ctx, c)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newExchange(t, sandbox.Options{Numbers: 100})
				if tt.bad.Times != 0 {
					s.Script(tt.bad)
				}
				var got []string
				tt.do(t.Context(), client(t, s, func(o *tcxc.Options) {
					if tt.key != "" {
						o.Key = tt.key
					}
					o.Failed = func(operation string, code fault.Code) { got = append(got, operation+" "+string(code)) }
				}))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("the failures differ (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestNamesOfRequestsAreKnown holds the closed sets that metrics are made of.
func TestNamesOfRequestsAreKnown(t *testing.T) {
	t.Parallel()
	s := newExchange(t, sandbox.Options{Numbers: 100})
	c := client(t, s, func(o *tcxc.Options) {
		o.Observe = func(r tcxc.Request) {
			if !slices.Contains(tcxc.Operations(), r.Operation) || !slices.Contains(tcxc.Statuses(), r.Status) {
				t.Errorf("observed %+v, want names that are known", r)
			}
		}
	})
	_, _, _ = numbersOf(t.Context(), c.Reader(), exchange.MarketQuery{})
	_, _, _ = c.Reader().FindOwned(t.Context(), "97150")
	_ = c.Writer().Unsubscribe(t.Context(), "60")
	_, _ = c.Reader().Probe().Clock(t.Context())
	if got := len(tcxc.Operations()); got != 6 {
		t.Errorf("got %d operations, want the five of the document and the challenge", got)
	}
}

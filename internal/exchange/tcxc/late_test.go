package tcxc_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/request"
)

// TestNothingLeavesAfterItsTime lets the machine sleep while a write is on its
// way to the connection: the time of day goes on, the program's own does not.
func TestNothingLeavesAfterItsTime(t *testing.T) {
	t.Parallel()
	const allowed = 20 * time.Second
	for _, tt := range []struct {
		name   string
		auth   tcxc.Auth
		asleep time.Duration // while it connects
		before time.Duration // while it is made
		left   bool
	}{
		{"awake", tcxc.Signature, 0, 0, true},
		{"a nap", tcxc.Signature, allowed, 0, true},
		{"asleep while it connects", tcxc.Signature, allowed + time.Microsecond, 0, false},
		{"asleep for hours while it connects", tcxc.Signature, 5 * time.Hour, 0, false},
		{"asleep before", tcxc.Signature, 0, time.Hour, false},
		{"digest, awake", tcxc.Digest, 0, 0, true},
		{"digest, asleep while it connects", tcxc.Digest, time.Hour, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var slept atomic.Int64
			began := time.Now()
			s := newExchange(t, sandbox.Options{Numbers: 100, Digest: tt.auth == tcxc.Digest, Now: func() time.Time { return began }})
			id := offers(t, client(t, s, func(o *tcxc.Options) { o.Auth = tt.auth }).Reader(), 1, exchange.MarketQuery{Voice: true})[0]
			c := client(t, s, func(o *tcxc.Options) {
				o.Auth = tt.auth
				o.Now = func() time.Time { return began.Add(time.Duration(slept.Load())) }
				o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					slept.Add(int64(tt.asleep))
					return s.Dial(ctx, network, address)
				}
			})
			ctx := request.LeaveBy(t.Context(), began.Add(allowed))
			slept.Store(int64(tt.before))
			err := c.Writer().Purchase(ctx, purchaseOf(id))
			if got := len(sent(s, sandbox.Purchase)); got != map[bool]int{true: 1}[tt.left] {
				t.Errorf("got %d purchases at the exchange, want it to have left: %v", got, tt.left)
			}
			if tt.left && err != nil || !tt.left && (!errors.Is(err, fault.ErrNothingDone) || fault.CodeOf(err) != fault.Unavailable) {
				t.Errorf("got %v, want it to have left: %v", err, tt.left)
			}
		})
	}
}

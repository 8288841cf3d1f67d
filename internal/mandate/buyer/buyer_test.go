package buyer_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/mandate"
	"didops/internal/mandate/buyer"
	"didops/internal/order"
	"didops/internal/transaction"
	"didops/internal/watch"
)

func began() time.Time { return time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC) }

// world is the service of orders, the watches and the store of a test.
type world struct {
	now     time.Time
	row     mandate.Row
	open    int
	hits    []watch.Hit
	placed  []order.PlaceRequest
	refused error
	none    bool   // the mandate is not in force
	onPlace func() // called by each request; nil = nothing
}

func (w *world) Buying(context.Context) ([]order.Buying, error) {
	if w.none {
		return nil, nil
	}
	return []order.Buying{{
		ID: "m-1", Name: "uae", Watch: "gold", Requester: identity.Party{Realm: "os", ID: "alice", Name: "Alice"}, Groups: []string{"sales"},
		Since: began(), Tried: w.row.Tried, Open: w.open,
	}}, nil
}

func (w *world) Place(_ context.Context, p order.PlaceRequest) (order.Placed, error) {
	w.placed = append(w.placed, p)
	if w.onPlace != nil {
		w.onPlace()
	}
	return order.Placed{}, w.refused
}

func (w *world) Found(_ context.Context, _ identity.Party, name string, since time.Time) ([]watch.Hit, error) {
	if name != "gold" {
		return nil, nil
	}
	return slices.DeleteFunc(slices.Clone(w.hits), func(h watch.Hit) bool { return h.Found.Before(since) }), nil
}

func (w *world) Read(context.Context, func(mandate.Tx) error) error { return transaction.ErrNone }

func (w *world) Write(ctx context.Context, fn func(mandate.Tx) error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fn(tx{w})
}

type tx struct{ *world }

func (t tx) Mandate(string, string) (mandate.Row, error)        { return t.row, nil }
func (t tx) Mandates(string) ([]mandate.Row, error)             { return []mandate.Row{t.row}, nil }
func (t tx) MandateUses(string) (list []mandate.Use, err error) { return nil, nil }
func (t tx) KeepMandate(r mandate.Row) error {
	t.row = r
	return nil
}

func hit(seq int, number string, at time.Duration) watch.Hit {
	return watch.Hit{Seq: seq, Offer: watch.Offer{Number: number}, Found: began().Add(at)}
}

// TestBuys holds that each number that came up lately is tried once, one at a
// time, as a purchase that the mandate decides or that is not made.
func TestBuys(t *testing.T) {
	t.Parallel()
	w := &world{
		now: began().Add(2 * time.Hour), row: mandate.Row{ID: "m-1", Name: "uae"},
		hits: []watch.Hit{hit(1, "+971501", time.Minute), hit(2, "+971502", 90*time.Minute), hit(3, "+971503", 100*time.Minute)},
	}
	b := buyer.New(buyer.Config{Orders: w, Watches: w, Store: w, Now: func() time.Time { return w.now }, Log: zerolog.Nop()})
	look := func(want ...string) {
		t.Helper()
		if err := b.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range w.placed {
			var args struct {
				Numbers []string `json:"numbers"`
			}
			if err := json.Unmarshal(p.Args, &args); err != nil || !p.Mandated || p.By.Principal.String() != "os:alice" || !slices.Equal(p.By.Principal.Groups, []string{"sales"}) || p.Operation != "did_purchase" {
				t.Errorf("got %+v, %v", p, err)
			}
			got = append(got, args.Numbers...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	w.open = 1
	look() // something is on its way
	w.open = 0
	w.none = true
	look()
	w.none = false
	w.refused = fault.New(fault.Forbidden, "it does not fit")
	look("+971502") // the first is too old
	w.refused = nil
	look("+971502", "+971503")
	look("+971502", "+971503")
	w.hits = append(w.hits, hit(4, "+971504", 110*time.Minute))
	w.row.Revoked = w.now // since the look began()
	look("+971502", "+971503")
}

// TestTriesAgain holds that a number that the exchange could not be asked about
// was not tried, that it is not asked without a pause, and that what is refused was
// tried.
func TestTriesAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		refused *fault.Error
		pause   time.Duration // 0: it is not tried again
	}{
		{fault.New(fault.Unavailable, "no connection"), time.Minute},
		{fault.New(fault.RateLimited, "too many"), time.Minute},
		{&fault.Error{Code: fault.RateLimited, Message: "too many", RetryAfter: 2 * time.Minute}, 2 * time.Minute},
		{fault.New(fault.Forbidden, "it does not fit"), 0},
	} {
		w := &world{
			now: began().Add(2 * time.Minute), row: mandate.Row{ID: "m-1", Name: "uae"}, hits: []watch.Hit{hit(1, "+971501", time.Minute)},
			refused: tt.refused,
		}
		b := buyer.New(buyer.Config{Orders: w, Watches: w, Store: w, Now: func() time.Time { return w.now }, Log: zerolog.Nop()})
		look := func(ctx context.Context, want int) {
			t.Helper()
			if err := b.Look(ctx); err != nil && !errors.Is(err, tt.refused) {
				t.Errorf("got %v", err)
			}
			if len(w.placed) != want {
				t.Errorf("%v: got %d tries, want %d", tt.refused, len(w.placed), want)
			}
		}
		ends, end := context.WithCancel(t.Context())
		w.onPlace = end // as when the program stops
		look(ends, 1)
		w.refused = nil
		w.now = w.now.Add(max(tt.pause, time.Second) - time.Second)
		look(t.Context(), 1)
		w.now = w.now.Add(time.Second)
		if tt.pause == 0 {
			look(t.Context(), 1)
			continue
		}
		look(t.Context(), 2)
		look(t.Context(), 2)
	}
}

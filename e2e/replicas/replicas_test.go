package replicas_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/exchange/sandbox"
	"didops/internal/testing/fakediscord"
	"didops/internal/testing/pgtest"
	"didops/internal/testing/wide"
)

// replicaStores are the urls of stores that several replicas may share.
func replicaStores(t *testing.T) map[string]func(*testing.T) string {
	t.Helper()
	return map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { t.Helper(); return "sqlite:" + filepath.Join(t.TempDir(), "orders.db") },
		"postgres": func(t *testing.T) string { t.Helper(); return pgtest.Database(t) },
	}
}

// killEvery is after how many orders that have ended a replica is killed.
const killEvery = 8

// TestReplicas has clients of both eras and people on Discord buy 24 numbers,
// or 200 and on SQLite 40, through three replicas of which one after the other is killed.
// Nobody is bound to a replica: what one is asked another decides. In the end
// every number was bought once, by an order that a person approved.
func TestReplicas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	for name, store := range replicaStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), replicasPatience)
			defer cancel()
			f := newFleet(t, store(t), 3, false)
			lots := f.many(t, wide.Pick(24, map[string]int{"sqlite": 40, "postgres": 200}[name]))
			var seen tally
			begun := time.Now()
			f.trade(ctx, t, lots, &seen)
			took := time.Since(begun)
			f.lawful(t, lots)
			for _, r := range f.replicas {
				f.stop(t, r)
			}
			t.Logf("%d numbers bought by as many orders in %s: %d questions to MCP clients, %d of them answered at another replica, %d approved on Discord; %d kills, %d connections broken",
				seen.bought.Load(), took.Round(time.Second), seen.asked.Load(), seen.moved.Load(), seen.byDiscord.Load(), f.kills, seen.broken.Load())
			if seen.moved.Load() == 0 || f.kills < len(lots)/killEvery-1 {
				t.Error("too few answers went to another replica, or too few replicas were killed, for this to say something")
			}
		})
	}
}

// trade buys the lots while one replica after the other is killed.
func (f *fleet) trade(ctx context.Context, t *testing.T, lots []harness.Lot, seen *tally) {
	t.Helper()
	ended, turn := make(chan struct{}, len(lots)), atomic.Int64{}
	var all sync.WaitGroup
	for i := range 40 {
		v := &visitor{tally: seen, url: f.front.URL, token: "asks-token", modern: i%2 == 0, dialogs: i%5 > 0}
		var decide func(string)
		if !v.dialogs {
			v.token = "mute-token"
			decide = func(id string) { f.approve(t, id, seen) }
		}
		all.Go(func() {
			for n := int(turn.Add(1)) - 1; n < len(lots); n = int(turn.Add(1)) - 1 {
				if err := v.buy(ctx, lots[n].Number, decide); err != nil {
					t.Error(err)
				}
				ended <- struct{}{}
			}
		})
	}
	for n := 1; n <= len(lots); n++ {
		<-ended
		if n%killEvery == 0 && n < len(lots) {
			r := f.replicas[n/killEvery%len(f.replicas)]
			f.kill(r)
			f.start(t, r) //nolint:contextcheck // it lives longer than the trade
		}
	}
	all.Wait()
}

// approve has somebody on Discord approve an order. What a dying replica was
// doing fails, as on Discord itself, and is tried again by who wants it.
func (f *fleet) approve(t *testing.T, id string, seen *tally) {
	t.Helper()
	if attempt(t, func(tb testing.TB) {
		tb.Helper()
		card := f.Slash(tb, f.bob, "order approve", fakediscord.Options{"id": id}).Message(tb)
		f.Press(tb, f.bob, card, "v1:approve:"+id).Ack(tb)
	}) {
		seen.byDiscord.Add(1)
	}
}

// lawful checks the laws of orders against what the exchange has carried out.
func (f *fleet) lawful(t *testing.T, lots []harness.Lot) {
	t.Helper()
	ledger, err := f.Market.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bought := map[string]int{}
	for _, e := range ledger {
		if e.Operation != sandbox.Purchase {
			t.Errorf("the exchange carried out a %s, which nobody asked for", e.Operation)
		}
		bought["+"+e.Number]++
	}
	for _, l := range lots {
		if bought[l.Number] != 1 {
			t.Errorf("%s was bought %d times, want once", l.Number, bought[l.Number])
		}
	}
	if len(bought) != len(lots) {
		t.Errorf("%d numbers were bought, want %d", len(bought), len(lots))
	}
	if r := f.Shell(t, "audit", "verify"); r.Code != 0 {
		t.Errorf("audit verify: got exit %d: %s%s", r.Code, r.Out, r.Err)
	}
	f.journaled(t)
}

// journaled checks that every request that reached the exchange was approved
// and journaled before, and that each purchase has one order that says so.
func (f *fleet) journaled(t *testing.T) {
	t.Helper()
	approved, sent := map[string]bool{}, map[string]int{}
	for line := range strings.Lines(f.Shell(t, "audit", "export").Out) {
		var e struct {
			Event  string `json:"event"`
			Order  string `json:"order"`
			Number string `json:"number"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		switch e.Event {
		case "approved":
			approved[e.Order] = true
		case "sent":
			if !approved[e.Order] {
				t.Errorf("order %s was sent before it was approved", e.Order)
			}
			sent[e.Number]++
		}
	}
	total := 0
	for _, n := range sent {
		total += n
	}
	if f.purchases > total {
		t.Errorf("%d requests reached the exchange, and %d were journaled before", f.purchases, total)
	}
	t.Logf("%d orders approved, %d sends journaled, %d requests at the exchange", len(approved), total, f.purchases)
}

// TestGatewayChangesHands kills the replica that holds the connection to
// Discord: another takes it over, and there is never more than one.
func TestGatewayChangesHands(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes until a lease has run out")
	}
	for name, store := range replicaStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, store(t), 2, true)
			f.Connected(t, 1)
			for ready := 1; ready <= 2; ready++ {
				holder := f.holder(t)
				f.kill(holder)
				f.Disconnected(t)
				begun := time.Now()
				for !attempt(t, func(tb testing.TB) { tb.Helper(); f.Connected(tb, ready+1) }) {
					if time.Since(begun) > harness.Patience {
						t.Fatal("nobody takes the connection to Discord over")
					}
				}
				t.Logf("the connection to Discord was taken over after %s", time.Since(begun).Round(10*time.Millisecond))
				f.start(t, holder)
			}
			if n := f.Identifies(); n != 3 {
				t.Errorf("got %d connections, want 3, one after the other", n)
			}
			if r := f.Slash(t, f.bob, "did list", fakediscord.Options{}).Message(t); !strings.Contains(r.Text(), "umber") {
				t.Errorf("got %s, want an answer of the new holder", r.Text())
			}
		})
	}
}

// holder waits until one of two replicas says that it is connected to Discord.
func (f *fleet) holder(t *testing.T) *replica {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), replicasPatience)
	defer cancel()
	for {
		for _, r := range f.replicas {
			if r.to != nil && strings.Contains(r.log.String(), "discord: connected") {
				return r
			}
		}
		select {
		case <-f.replicas[0].log.More:
		case <-f.replicas[1].log.More:
		case <-ctx.Done():
			t.Fatal("no replica says that it is connected")
		}
	}
}

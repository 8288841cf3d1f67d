package watch_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/identity"
	"didops/internal/market"
	"didops/internal/money"
	"didops/internal/request"
	"didops/internal/store"
	"didops/internal/watch"
	"didops/tools"
	"didops/tools/did"
	watchops "didops/tools/watch"
)

const account = "https://api.example.net alice"

// shop is an exchange whose market changes.
type shop struct {
	rows  map[string]exchange.Offer // by number
	after int                       // rows until a reading breaks off; less than 0: it does not
	fails error
	asked int
}

func (s *shop) Market(_ context.Context, q exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	s.asked++
	if s.fails != nil {
		return exchange.Reading{}, s.fails
	}
	var list []exchange.Offer
	for _, n := range slices.Sorted(maps.Keys(s.rows)) {
		if o := s.rows[n]; strings.HasPrefix(n, q.Prefix) && (q.Type == "" || o.Type == q.Type) && (!q.SMS || o.SMS) {
			list = append(list, o)
		}
	}
	r := exchange.Reading{Rows: len(list), End: true, Complete: true}
	if s.after >= 0 && s.after < len(list) {
		list, r = list[:s.after], exchange.Reading{Rows: s.after, Reason: "the exchange fell silent"}
	}
	return r, take(list)
}

func (*shop) Owned(context.Context, exchange.OwnedQuery, func([]exchange.Owned) error) (exchange.Reading, error) {
	return exchange.Reading{Complete: true, End: true}, nil
}

// offer is a mobile number of the Emirates.
func offer(digits, fee string) exchange.Offer {
	return exchange.Offer{Number: exchange.Number{
		ID: "1" + digits, Digits: digits, Country: "AE", CountryName: "United Arab Emirates", Type: "mobile", Voice: true, SMS: true,
		MonthlyFee: money.MustParse(fee), SetupFee: money.MustParse("1"), Vendor: "Gulf *Numbers*",
	}}
}

// desk is the operations in front of a shop, with a memory and a store on disk.
type desk struct {
	t      testing.TB
	now    time.Time
	shop   *shop
	folder string
	store  *store.Store
	gate   *tools.Gate
	places string          // [discord] watch_channel
	closed []string        // channels for something else
	silent bool            // there is no bot
	ctx    context.Context // of calls; nil = that of the test
	after  func()          // once the market was read for watch_add; nil = nothing

	watches  *watch.Service
	memory   *did.Memory
	refresh  func(context.Context, did.Filter) error
	finished []func() error
}

func newDesk(tb testing.TB) *desk {
	tb.Helper()
	d := &desk{t: tb, now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), shop: &shop{rows: map[string]exchange.Offer{}, after: -1}, folder: tb.TempDir()}
	d.start()
	tb.Cleanup(d.stop)
	return d
}

// put puts numbers up for sale, each with its fee.
func (d *desk) put(pairs ...string) {
	for pair := range slices.Chunk(pairs, 2) {
		d.shop.rows[pair[0]] = offer(pair[0], pair[1])
	}
}

// start starts a process.
func (d *desk) start() {
	d.t.Helper()
	clock := func() time.Time { return d.now }
	kept, err := store.Open(store.Config{Path: filepath.Join(d.folder, "orders.db"), Now: clock, Log: zerolog.Nop()})
	if err != nil {
		d.t.Fatal(err)
	}
	file := market.NewFile(filepath.Join(d.folder, "market.db"), zerolog.Nop())
	d.finished = []func() error{kept.Close, file.Close}
	mirror := market.New(file, market.Config{Scope: account, Now: clock, Hold: true})
	numbers := did.Config{Reader: d.shop, Scope: account, Currency: "USD", Now: clock, Mirror: mirror, MaxAge: time.Minute}
	d.memory, d.refresh = did.NewMemory(mirror), did.Refresher(numbers)
	d.watches = watch.New(watch.Config{
		Store: kept.Watches(), Market: watchops.Market(d.memory), Exchange: account, Currency: "USD", Place: d.places, Closed: d.closed, Silent: d.silent, Now: clock, Log: zerolog.Nop(),
	})
	catalog, err := tools.NewCatalog(watchops.Operations(watchops.Config{Watches: d.watches, Currency: "USD", Refresh: d.refreshed, Now: clock})...)
	if err == nil {
		d.gate, err = tools.NewGate(tools.GateConfig{Catalog: catalog, Operations: []string{"all"}, Now: clock})
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.store = kept
}

func (d *desk) stop() {
	for _, end := range d.finished {
		if err := end(); err != nil {
			d.t.Error(err)
		}
	}
	d.finished = nil
}

// forget deletes the memory while nothing runs, and starts a process again.
func (d *desk) forget() {
	d.t.Helper()
	d.stop()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(d.folder, "market.db"+suffix)); err != nil && !os.IsNotExist(err) {
			d.t.Fatal(err)
		}
	}
	d.start()
}

// read lets time go by and reads the market.
func (d *desk) read() {
	d.t.Helper()
	d.now = d.now.Add(time.Hour)
	if err := d.refresh(d.t.Context(), did.Filter{}); err != nil {
		d.t.Fatal(err)
	}
}

// refreshed is what watch_add has the market read by.
func (d *desk) refreshed(ctx context.Context, f did.Filter) error {
	err := d.refresh(ctx, f)
	if d.after != nil {
		d.after()
	}
	return err
}

func principal(realm, id string) identity.Principal {
	return identity.Principal{Realm: realm, ID: id, Name: id, Role: identity.Requester}
}

// call calls an operation as alice of Discord, in a channel.
func (d *desk) call(tool string, args map[string]any) (tools.Result, error) {
	d.t.Helper()
	return d.callAs(principal(identity.Discord, "1"), "200000000000000001", tool, args)
}

func (d *desk) callAs(who identity.Principal, place, tool string, args map[string]any) (tools.Result, error) {
	d.t.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx := d.ctx
	if ctx == nil {
		ctx = d.t.Context()
	}
	if place != "" {
		ctx = request.WithPlace(ctx, place)
	}
	return d.gate.Call(ctx, tools.Call{Tool: tool, Args: body, Frontend: identity.FrontDiscord, Principal: who})
}

func (d *desk) must(tool string, args map[string]any) tools.Result {
	d.t.Helper()
	r, err := d.call(tool, args)
	if err != nil {
		d.t.Fatalf("%s %v: %v", tool, args, err)
	}
	return r
}

// listed is what watch_list returns.
func (d *desk) listed() (out watchops.ListOut) {
	d.t.Helper()
	if err := json.Unmarshal(d.must("watch_list", nil).Data, &out); err != nil {
		d.t.Fatal(err)
	}
	return out
}

package inventory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/exchange"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/inventory"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/phone"
	"didops/internal/redact"
	"didops/internal/store"
	"didops/tools"
	"didops/tools/did"
	inventoryops "didops/tools/inventory"
)

// account is an exchange whose list of own numbers changes.
type account struct {
	rows  []exchange.Owned
	fails error
}

func (*account) Market(context.Context, exchange.MarketQuery, func([]exchange.Offer) error) (exchange.Reading, error) {
	return exchange.Reading{Complete: true, End: true}, nil
}

func (a *account) Owned(_ context.Context, q exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	if a.fails != nil {
		return exchange.Reading{}, a.fails
	}
	var list []exchange.Owned
	for _, o := range a.rows {
		if strings.HasPrefix(o.Digits, q.Prefix) {
			list = append(list, o)
		}
	}
	return exchange.Reading{Rows: len(list), End: true, Complete: true}, take(list)
}

// owned is an own number of the kind that examples are of.
func owned(digits, fee string) exchange.Owned {
	return exchange.Owned{
		Number: exchange.Number{
			ID: "1" + digits, Digits: digits, Country: "US", CountryName: "United States", Type: "national", Voice: true, SMS: true,
			MonthlyFee: money.MustParse(fee), SetupFee: money.MustParse("1"), Vendor: "Acme *Numbers*",
		},
		Contact: "sip:" + digits + "@sip.example.net:5060", SMPPContact: "smpp:login:secret:" + digits + "@smpp.example.net:2776",
		Since: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), BilledTo: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), Notes: "for the =lobby",
	}
}

// offers is a memory of the market.
type offers struct {
	list  []exchange.Offer
	asOf  time.Time
	asked []did.Filter
}

func (o *offers) Fit(_ context.Context, f did.Filter, take func(*exchange.Offer, time.Time)) (did.Seen, error) {
	o.asked = append(o.asked, f)
	for i := range o.list {
		take(&o.list[i], time.Time{})
	}
	return did.Seen{AsOf: o.asOf, Complete: true}, nil
}

// orders are what was asked for.
type orders struct{ list []order.Order }

func (o *orders) About(_ context.Context, _ identity.Caller, number string, limit int) ([]order.Order, error) {
	var list []order.Order
	for _, one := range o.list {
		if one.Lines[0].Number == phone.Format(number) && len(list) < limit {
			list = append(list, one)
		}
	}
	return list, nil
}

// harness is the operations in front of an account, with a store on disk.
type harness struct {
	tb        testing.TB
	now       time.Time
	account   *account
	memory    *offers
	orders    *orders
	inventory *inventory.Service
	store     *store.Store
	gate      *tools.Gate
	doings    []inventory.Doing
}

func newHarness(tb testing.TB, rows ...exchange.Owned) *harness {
	tb.Helper()
	h := &harness{tb: tb, now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), account: &account{rows: rows}, memory: &offers{}, orders: &orders{}}
	clock := func() time.Time { return h.now }
	kept, err := store.Open(store.Config{Path: filepath.Join(tb.TempDir(), "orders.db"), Now: clock, Log: zerolog.Nop()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := kept.Close(); err != nil {
			tb.Error(err)
		}
	})
	h.store = kept
	h.inventory = inventory.New(inventory.Config{
		Store: kept.Inventory(), Reader: h.account, Exchange: "https://api.example.net alice", Currency: "USD", Every: time.Hour, Now: clock, Log: zerolog.Nop(),
		Doings: func(_ context.Context, since time.Time) ([]inventory.Doing, error) {
			var list []inventory.Doing
			for _, d := range h.doings {
				if !d.At.Before(since) {
					list = append(list, d)
				}
			}
			return list, nil
		},
	})
	lists, err := did.Operations(did.Config{Reader: h.account, Scope: "alice", Currency: "USD", Now: clock, Inventory: h.inventory})
	if err != nil {
		tb.Fatal(err)
	}
	catalog, err := tools.NewCatalog(append(lists, inventoryops.Operations(inventoryops.Config{
		Inventory: h.inventory, Reader: h.account, Orders: h.orders, Memory: h.memory, Currency: "USD", Every: time.Hour, Now: clock,
		Secret: redact.New([]string{configured}, nil).Holds,
	})...)...)
	if err == nil {
		h.gate, err = tools.NewGate(tools.GateConfig{Catalog: catalog, Now: clock})
	}
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// configured is a secret of the configuration that looks like none.
const configured = "Kelp-Forest,7"

type args map[string]any

func (h *harness) call(tool string, a args, file *tools.Document) (tools.Result, error) {
	h.tb.Helper()
	body, err := json.Marshal(a)
	if err != nil {
		h.tb.Fatal(err)
	}
	return h.gate.Call(h.tb.Context(), tools.Call{
		Tool: tool, Args: body, File: file, Frontend: identity.FrontShell, Whole: true,
		Principal: identity.Principal{Realm: "os", ID: "alice", Name: "alice", Role: identity.Requester},
	})
}

func (h *harness) must(tool string, a args) tools.Result {
	h.tb.Helper()
	r, err := h.call(tool, a, nil)
	if err != nil {
		h.tb.Fatalf("%s %v: %v", tool, a, err)
	}
	return r
}

// labels returns the labels of a number in words.
func (h *harness) labels(digits string) string {
	h.tb.Helper()
	all, err := h.inventory.LabelsOf(h.tb.Context(), digits)
	if err != nil {
		h.tb.Fatal(err)
	}
	return did.LabelWords(all[digits])
}

// label calls did_label, and returns its result or the fault.
func (h *harness) label(a args, file *tools.Document) (out inventoryops.LabelOut, f *fault.Error) {
	h.tb.Helper()
	r, err := h.call("did_label", a, file)
	if err != nil {
		f, ok := fault.As(err)
		if !ok {
			h.tb.Fatalf("got %v, want a fault", err)
		}
		return out, f
	}
	if err := json.Unmarshal(r.Data, &out); err != nil {
		h.tb.Fatal(err)
	}
	if bytes.Contains(r.Data, []byte("null")) {
		h.tb.Errorf("got null in %s", r.Data)
	}
	return out, nil
}

func csvFile(text string) *tools.Document {
	return &tools.Document{Name: "labels.csv", Data: []byte(text)}
}

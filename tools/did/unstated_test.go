package did_test

import (
	"context"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/money"
	"didops/internal/order"
	"didops/tools/did"
)

// roster is an exchange with own numbers and nothing for sale.
type roster []exchange.Owned

func (roster) Market(_ context.Context, _ exchange.MarketQuery, take func([]exchange.Offer) error) (exchange.Reading, error) {
	return exchange.Reading{End: true, Complete: true}, take(nil)
}

func (r roster) Owned(_ context.Context, _ exchange.OwnedQuery, take func([]exchange.Owned) error) (exchange.Reading, error) {
	return exchange.Reading{Rows: len(r), End: true, Complete: true}, take(r)
}

// TestOwnNumbersWithoutAFee holds that what the exchange states no fee of is
// listed, behind what has one, page by page, and that a state of the exchange's
// own is told as it is.
func TestOwnNumbersWithoutAFee(t *testing.T) {
	t.Parallel()
	row := func(digits, monthly, setup, status string) exchange.Owned {
		o := exchange.Owned{Number: exchange.Number{ID: digits, Digits: digits, Country: "AE"}, Status: status}
		for amount, s := range map[*money.Amount]string{&o.MonthlyFee: monthly, &o.SetupFee: setup} {
			if s != "" {
				*amount = money.MustParse(s)
			}
		}
		return o
	}
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 100}, did: did.Config{Reader: roster{
		row("971500000001", "", "", ""), row("971500000002", "9.00", "0", "blocked"), row("971500000003", "2.00", "", "cancelled"), row("971500000004", "2.00", "5.00", ""), row("971500000005", "", "1.00", ""),
	}}})
	for sort, want := range map[string][]string{
		"monthly_fee":     {"4", "3", "2", "5", "1"},
		"setup_fee":       {"2", "5", "4", "1", "3"},
		"first_year_cost": {"4", "2", "5", "1", "3"},
		"number":          {"1", "2", "3", "4", "5"},
	} {
		var got []string
		for cursor := any(nil); ; {
			p := r.get("did_list", args{"sort": sort, "limit": 2}.with(args{"cursor": cursor}))
			for _, n := range p.numbers() {
				got = append(got, n[len(n)-1:])
			}
			if p.Next == "" {
				break
			}
			cursor = p.Next
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("sorted by %s (-want +got):\n%s", sort, diff)
		}
	}
	for state, want := range map[string]int{"active": 3, "pending_documents": 0, "any": 5} {
		if got := r.get("did_list", args{"state": state}); len(got.Numbers) != want {
			t.Errorf("state %s: got %d numbers, want %d", state, len(got.Numbers), want)
		}
	}
	if text := r.get("did_list", args{"number": "+971500000002"}).Numbers[0]; text["state"] != "blocked" {
		t.Errorf("got %v, want the state blocked", text)
	}
}

// TestWritesOnNumbersWithoutAFee holds that such a number can be bought,
// re-routed and given up; and that one in another state than purchased is told.
func TestWritesOnNumbersWithoutAFee(t *testing.T) {
	t.Parallel()
	for status, says := range map[string]string{"": "", "blocked": "state is “blocked”, quoted “purchased”", "pending": "state is “pending”, quoted “purchased”"} {
		o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
		of := o.forSale(1, both)[0]
		bare := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
			for i := range rows {
				rows[i].MonthlyFee, rows[i].SetupFee, rows[i].Status = money.Amount{}, money.Amount{}, status
			}
			return rows
		})
		carried := func(kind string, a args) order.Evidence {
			l := bare.quote(kind, a, shell).Lines[0]
			if now, err := bare.deals[kind].Requote(t.Context(), l); err != nil || len(l.Differences(now)) > 0 {
				t.Fatalf("%s: got %v, %v, want the same again", kind, l.Differences(now), err)
			}
			if err := bare.deals[kind].Send(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			found, err := bare.deals[kind].Reconcile(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		found := carried("purchase", args{"numbers": plus(of)})
		if found.Verdict != order.Confirmed || found.Differs.String() != says || found.Due.Known() {
			t.Errorf("purchase, %q: got %+v", status, found)
		}
		if found := carried("update", args{"numbers": plus(of), "contact": "sip:new@sip.example.net:5060"}); found.Verdict != order.Confirmed {
			t.Errorf("update, %q: got %+v", status, found)
		}
		if found := carried("unsubscribe", args{"numbers": plus(of)}); found.Verdict != order.Confirmed || !strings.Contains(found.Why, "not ours any more") {
			t.Errorf("unsubscribe, %q: got %+v", status, found)
		}
	}
}

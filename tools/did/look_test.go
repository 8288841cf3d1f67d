package did_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/order"
)

// TestLookPurchase holds what is concluded about a purchase without a
// trustworthy answer.
func TestLookPurchase(t *testing.T) {
	t.Parallel()
	list, market := sandbox.List, sandbox.Market
	forever := sandbox.Forever
	for _, tt := range []struct {
		name string
		send sandbox.Fault   // of the purchase; "" = it is not sent
		look []sandbox.Fault // of the look
		want order.Verdict
		why  string
	}{
		{"after the commit", sandbox.Fault{Kind: sandbox.CutAfter}, nil, order.Confirmed, "in the list"},
		{"garbage after the commit", sandbox.Fault{Kind: sandbox.HTMLAfter}, nil, order.Confirmed, "in the list"},
		{"before the commit", sandbox.Fault{Kind: sandbox.Cut}, nil, order.Refuted, "still offers it"},
		{"502 before the commit", sandbox.Fault{Kind: sandbox.Status, Code: 502}, nil, order.Refuted, "still offers it"},
		{"sold to another", sandbox.Fault{Kind: sandbox.Sold}, nil, order.Refuted, "does not offer it any more"},
		{"bought, and the market not read", sandbox.Fault{Kind: sandbox.CutAfter}, []sandbox.Fault{{Operation: market, Kind: sandbox.Logical, Times: forever}}, order.Confirmed, "in the list"},
		{"not bought, and the market not read", sandbox.Fault{Kind: sandbox.Cut}, []sandbox.Fault{{Operation: market, Kind: sandbox.Logical, Times: forever}}, order.Inconclusive, "There was an error."},
		{"not bought, and the market read in part", sandbox.Fault{Kind: sandbox.Cut}, []sandbox.Fault{{Operation: market, Kind: sandbox.Unreadable, Rows: 1, Times: forever}}, order.Inconclusive, "could not be read completely"},
		{"bought, and the list refused", sandbox.Fault{Kind: sandbox.CutAfter}, []sandbox.Fault{{Operation: list, Kind: sandbox.Logical, Times: forever}}, order.Inconclusive, "There was an error."},
		{"bought, and the list read in part", sandbox.Fault{Kind: sandbox.CutAfter}, []sandbox.Fault{{Operation: list, Kind: sandbox.Unreadable, Rows: 1, Times: forever}}, order.Inconclusive, "could not be read completely"},
		{"sold to another, and no list found", sandbox.Fault{Kind: sandbox.Sold}, []sandbox.Fault{{Operation: list, Kind: sandbox.Status, Code: 404, Times: forever}}, order.Inconclusive, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
			deal := o.deals["purchase"]
			line := o.quote("purchase", args{"numbers": plus(o.forSale(1, voiceOnly)[0])}, shell).Lines[0]
			tt.send.Operation = sandbox.Purchase
			o.sandbox.Script(tt.send)
			if err := deal.Send(t.Context(), line); err == nil {
				t.Fatal("got no error of the send")
			}
			o.sandbox.Script(tt.look...)
			o.verdict(deal, line, tt.want, tt.why)
		})
	}
}

// verdict looks, and holds that looking sends nothing and shows no secret.
func (o *orderHarness) verdict(deal *order.Handler, line order.Line, want order.Verdict, why string) {
	o.tb.Helper()
	before := o.writesTo()
	found, err := deal.Reconcile(o.tb.Context(), line)
	if err != nil || found.Verdict != want || !strings.Contains(found.Why, why) || found.Why == "" {
		o.tb.Errorf("got %d because %q, error %v; want %d because %q", found.Verdict, found.Why, err, want, why)
	}
	if n := o.writesTo(); n != before {
		o.tb.Errorf("the look made %d writes", n-before)
	}
	o.holdsNoSecret("look", found.Why)
}

// TestLookPurchaseOtherID holds that another id proves nothing.
func TestLookPurchaseOtherID(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	of := o.forSale(1, voiceOnly)[0]
	line := o.quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
	otherOffer := o.withOffers(func(rows []exchange.Offer) []exchange.Offer {
		for i := range rows {
			rows[i].ID = "1"
		}
		return rows
	})
	otherOffer.verdict(otherOffer.deals["purchase"], line, order.Refuted, "another id")
	if now, err := otherOffer.deals["purchase"].Requote(t.Context(), line); err != nil || !strings.Contains(now.Gone, "another id") {
		t.Errorf("got %q, %v before the send, want that it is another offer", now.Gone, err)
	}
	o.buy(of)
	otherOwn := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
		for i := range rows {
			rows[i].ID = ""
		}
		return rows
	})
	otherOwn.verdict(otherOwn.deals["purchase"], line, order.Altered, "another id")
}

// late is a dealer by which a purchase is carried out between the two
// readings of a look.
type late struct {
	exchange.Writer
	between func()
	read    int
}

func (l *late) next() {
	if l.read++; l.read == 2 {
		l.between()
	}
}

func (l *late) FindOffers(ctx context.Context, digits string) ([]exchange.Offer, exchange.Reading, error) {
	l.next()
	return l.Writer.FindOffers(ctx, digits)
}

func (l *late) FindOwned(ctx context.Context, digits string) ([]exchange.Owned, exchange.Reading, error) {
	l.next()
	return l.Writer.FindOwned(ctx, digits)
}

// TestLookMeetsALateCommit holds that a purchase which is carried out while
// the look is under way is not taken for one of somebody else.
func TestLookMeetsALateCommit(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	of := o.forSale(1, voiceOnly)[0]
	line := o.quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
	c := configured()
	c.Writer = &late{Writer: o.client.ReadWriter(), between: func() { o.buy(of) }}
	found, err := o.orders(c).deals["purchase"].Reconcile(t.Context(), line)
	if err != nil || found.Verdict != order.Confirmed {
		t.Errorf("got %d because %q, error %v; want done", found.Verdict, found.Why, err)
	}
}

func TestLookUnsubscribe(t *testing.T) {
	t.Parallel()
	forever := sandbox.Forever
	for _, tt := range []struct {
		name string
		send sandbox.Fault
		look []sandbox.Fault
		want order.Verdict
		why  string
	}{
		{"after the commit", sandbox.Fault{Kind: sandbox.CutAfter}, nil, order.Confirmed, "the market offers it"},
		{"before the commit", sandbox.Fault{Kind: sandbox.Cut}, nil, order.Refuted, "still in the list"},
		{"before, and the market not read", sandbox.Fault{Kind: sandbox.Cut}, []sandbox.Fault{{Operation: sandbox.Market, Kind: sandbox.Logical, Times: forever}}, order.Inconclusive, "There was an error"},
		{"after, and the market not read", sandbox.Fault{Kind: sandbox.CutAfter}, []sandbox.Fault{{Operation: sandbox.Market, Kind: sandbox.Logical, Times: forever}}, order.Presumed, "could not be read"},
		{"after, and the list not read", sandbox.Fault{Kind: sandbox.CutAfter}, []sandbox.Fault{{Operation: sandbox.List, Kind: sandbox.Logical, Times: forever}}, order.Inconclusive, "There was an error."},
		{"before, and the list read in part", sandbox.Fault{Kind: sandbox.Cut}, []sandbox.Fault{{Operation: sandbox.List, Kind: sandbox.Unreadable, Rows: 1, Times: forever}}, order.Inconclusive, "could not be read completely"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, own := owner(t)
			deal := o.deals["unsubscribe"]
			line := o.quote("unsubscribe", args{"numbers": plus(own[0])}, shell).Lines[0]
			tt.send.Operation = sandbox.Unsubscribe
			o.sandbox.Script(append(tt.look, tt.send)...)
			if err := deal.Send(t.Context(), line); fault.CodeOf(err) != fault.UnknownOutcome {
				t.Fatalf("got %v of the send, want an unknown outcome", err)
			}
			o.verdict(deal, line, tt.want, tt.why)
		})
	}
	t.Run("bought by somebody else at once", func(t *testing.T) {
		t.Parallel()
		o, own := owner(t)
		deal := o.deals["unsubscribe"]
		line := o.quote("unsubscribe", args{"numbers": plus(own[0])}, shell).Lines[0]
		if err := deal.Send(t.Context(), line); err != nil {
			t.Fatal(err)
		}
		o.sandbox.Script(sandbox.Fault{Kind: sandbox.Sold, Number: own[0].Digits})
		o.verdict(deal, line, order.Presumed, "does not offer it")
	})
	t.Run("after, and the list lags", func(t *testing.T) {
		t.Parallel()
		var ahead atomic.Int64
		o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 2000, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }}})
		of := o.forSale(1, voiceOnly)[0]
		if err := o.client.ReadWriter().Purchase(t.Context(), exchange.Purchase{ID: of.ID, Account: 1, Contact: "sip:a@sip.example.net:5060"}); err != nil {
			t.Fatal(err)
		}
		deal := o.deals["unsubscribe"]
		line := o.quote("unsubscribe", args{"numbers": plus(of)}, shell).Lines[0]
		ahead.Store(int64(2 * time.Minute))
		if err := deal.Send(t.Context(), line); err != nil {
			t.Fatal(err)
		}
		o.sandbox.Script(sandbox.Fault{Operation: sandbox.List, Kind: sandbox.Lag, Delay: time.Minute, Times: forever})
		o.verdict(deal, line, order.Refuted, "the market offers it already")
		if found, err := deal.Reconcile(t.Context(), line); err != nil || !found.Moved {
			t.Errorf("got %+v, %v, want that not all is as it was", found, err)
		}
	})
}

func TestLookUpdate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		send sandbox.Fault
		look []sandbox.Fault
		then string // another update, before the look
		want order.Verdict
		why  string
	}{
		{"after the commit", sandbox.Fault{Kind: sandbox.CutAfter}, nil, "", order.Confirmed, "new routing"},
		{"before the commit", sandbox.Fault{Kind: sandbox.Cut}, nil, "", order.Refuted, "that it had"},
		{"after, and something else since", sandbox.Fault{Kind: sandbox.CutAfter}, nil, "sip:else@sip.example.net:5060", order.Altered, "contact is sip:else@sip.example.net:5060, quoted sip:new@sip.example.net:5060"},
		{"the list not read", sandbox.Fault{Kind: sandbox.CutAfter}, []sandbox.Fault{{Operation: sandbox.List, Kind: sandbox.Logical, Times: sandbox.Forever}}, "", order.Inconclusive, "There was an error."},
		{"the row not understood", sandbox.Fault{Kind: sandbox.Cut}, []sandbox.Fault{{Operation: sandbox.List, Kind: sandbox.Unreadable, Rows: 1, Times: sandbox.Forever}}, "", order.Inconclusive, "could not be read completely"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, own := owner(t)
			deal := o.deals["update"]
			line := o.quote("update", args{"numbers": []string{own[2].Digits}, "contact": "sip:new@sip.example.net:5060"}, shell).Lines[0]
			tt.send.Operation = sandbox.Update
			o.sandbox.Script(tt.send)
			if err := deal.Send(t.Context(), line); fault.CodeOf(err) != fault.UnknownOutcome {
				t.Fatalf("got %v of the send, want an unknown outcome", err)
			}
			if tt.then != "" {
				if err := o.client.ReadWriter().Update(t.Context(), exchange.Update{ID: line.ID, Contact: tt.then, SMPPContact: line.Term("smpp_contact")}); err != nil {
					t.Fatal(err)
				}
			}
			o.sandbox.Script(tt.look...)
			o.verdict(deal, line, tt.want, tt.why)
		})
	}
	t.Run("given up since", func(t *testing.T) {
		t.Parallel()
		o, own := owner(t)
		line := o.quote("update", args{"numbers": []string{own[2].Digits}, "contact": "sip:new@sip.example.net:5060"}, shell).Lines[0]
		if err := o.client.ReadWriter().Unsubscribe(t.Context(), own[2].ID); err != nil {
			t.Fatal(err)
		}
		o.verdict(o.deals["update"], line, order.Inconclusive, "not in the list")
	})
}

// TestCancelledLook holds that only the end of the context is an error.
func TestCancelledLook(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	lines := map[string]order.Line{
		"update":      o.quote("update", args{"numbers": []string{own[2].Digits}, "contact": "sip:new@sip.example.net:5060"}, shell).Lines[0],
		"unsubscribe": o.quote("unsubscribe", args{"numbers": plus(own[0])}, shell).Lines[0],
		"purchase":    o.quote("purchase", args{"numbers": plus(o.forSale(1, voiceOnly)[0])}, shell).Lines[0],
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for kind, line := range lines {
		if found, err := o.deals[kind].Reconcile(ctx, line); err == nil {
			t.Errorf("%s: got %+v, want the context's error", kind, found)
		}
	}
}

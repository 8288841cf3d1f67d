package did_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/render"
	"didops/internal/testing/golden"
	"didops/internal/view"
)

// TestCards holds what a person sees of every kind of quote, as Markdown and
// on two widths of terminal.
func TestCards(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 5000}})
	papers := o.forSale(1, func(of exchange.Offer) bool { return both(of) && of.NeedsDocuments && of.SetupFee.String() != "0.00" })[0]
	voice, sms := o.forSale(1, voiceOnly)[0], o.forSale(1, smsOnly)[0]
	vague := o.forSale(1, func(of exchange.Offer) bool { return of.DocumentsUnstated && of.Vendor != "" })[0]
	given := "smpp:me:" + givenPassword + ":{number}@smpp.evil.example:2776"
	c := newClock()
	dated := start(t, setup{sandbox: sandbox.Options{Numbers: 2000, Now: c.now}}).orders(configured())
	owns := dated.forSale(3, both)
	for _, of := range owns {
		dated.buy(of)
	}
	two := owns[0].Digits
	free := dated.withOwned(func(rows []exchange.Owned) []exchange.Owned {
		for i := range rows {
			if rows[i].Digits == two {
				rows[i].MonthlyFee, rows[i].SetupFee = money.Amount{}, money.Amount{}
			}
		}
		return rows
	})
	renews := dated.renewing(c, func(digits string) time.Time {
		n := slices.IndexFunc(owns, func(of exchange.Offer) bool { return of.Digits == digits })
		return time.Date(2026, 4, 14+n, 12, 0, 0, 0, time.UTC)
	})
	for name, tt := range map[string]struct {
		office *orderHarness
		kind   string
		args   args
	}{
		"purchase":                     {o, "purchase", args{"numbers": plus(papers)}},
		"purchase_unstated":            {o, "purchase", args{"numbers": plus(vague)}},
		"purchase_new_host":            {o, "purchase", args{"numbers": plus(papers), "contact": "sip:1@sip.evil.example:5060", "smpp_contact": given}},
		"purchase_labelled":            {o, "purchase", args{"numbers": plus(papers), "owner": "Support **L1**", "tags": []string{"pool", "vip"}, "note": "front desk"}},
		"purchase_several":             {o, "purchase", args{"numbers": plus(papers, voice, sms, vague), "billing_account": 7}},
		"update":                       {dated, "update", args{"numbers": []string{two}, "contact": "sip:new@sip.example.net:5060"}},
		"update_both":                  {dated, "update", args{"numbers": []string{two}, "contact": "sip:new@sip.evil.example:5060", "smpp_contact": given}},
		"update_password":              {dated, "update", args{"numbers": []string{two}, "smpp_contact": "smpp:login:" + givenPassword + ":{number}@smpp.example.net:2776"}},
		"update_several":               {dated, "update", args{"numbers": plus(owns...), "contact": "sip:desk@sip.partner.example:5060"}},
		"unsubscribe_unstated":         {free, "unsubscribe", args{"numbers": []string{two}}},
		"unsubscribe_several_unstated": {free, "unsubscribe", args{"numbers": plus(owns...)}},
		"unsubscribe":                  {dated, "unsubscribe", args{"numbers": []string{two}}},
		"message":                      {dated, "message", args{"numbers": []string{two}, "subject": "Documents for {number}", "text": "Hello,\nwhich documents do you need for {number}?"}},
		"message_several":              {dated, "message", args{"numbers": plus(owns...), "subject": "Documents", "text": "Which documents do you need for {number}, and is *this* “enough”?"}},
		"unsubscribe_several":          {dated, "unsubscribe", args{"numbers": plus(owns...)}},
		"unsubscribe_later":            {renews, "unsubscribe", args{"numbers": []string{two}, "when": "before_renewal"}},
		"unsubscribe_several_later":    {renews, "unsubscribe", args{"numbers": plus(owns...), "when": "before_renewal"}},
	} {
		q := tt.office.quote(tt.kind, tt.args, shell)
		card := view.Doc{Title: "Card", Blocks: tt.office.deals[tt.kind].DrawTerms(q)}
		short := brief(t, q, tt.office.deals[tt.kind].Summarize(q))
		golden.Check(t, "card/"+name+"-brief.txt", []byte(short))
		o.holdsNoSecret(name, short)
		for _, n := range q.Notices {
			card.Blocks = append(card.Blocks, view.Notice{Warning: true, Text: n})
		}
		for file, text := range map[string]string{
			name + ".md":      render.Markdown(card),
			name + "-80.txt":  string(plain(t, card, 80)),
			name + "-200.txt": string(plain(t, card, 200)),
			name + ".brief":   gists(tt.office.deals[tt.kind], q),
		} {
			golden.Check(t, "card/"+file, []byte(text))
			o.holdsNoSecret(name, text)
		}
		if kept, err := json.Marshal(q); err != nil || !strings.Contains(string(kept), q.Lines[0].Number) {
			t.Errorf("%s: the quote can't be kept: %s, %v", name, kept, err)
		}
	}
}

// TestCardOfAKeptQuote holds that a quote that was kept as JSON draws the same
// card and has no differences.
func TestCardOfAKeptQuote(t *testing.T) {
	t.Parallel()
	o, own := owner(t)
	for kind, a := range map[string]args{
		"purchase":    {"numbers": plus(o.forSale(3, both)...)},
		"update":      {"numbers": []string{own[2].Digits}, "contact": "sip:new@sip.example.net:5060"},
		"unsubscribe": {"numbers": plus(own...)},
	} {
		q := o.quote(kind, a, shell)
		data, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		var kept order.Quote
		if err := json.Unmarshal(data, &kept); err != nil {
			t.Fatal(err)
		}
		draw := func(q order.Quote) []byte { return plain(t, view.Doc{Blocks: o.deals[kind].DrawTerms(q)}, 200) }
		if !bytes.Equal(draw(q), draw(kept)) {
			t.Errorf("%s: got another card of the quote that was kept", kind)
		}
		for i, l := range kept.Lines {
			if d := l.Differences(q.Lines[i]); len(d) != 0 {
				t.Errorf("%s: got differences %+v", kind, d)
			}
		}
	}
}

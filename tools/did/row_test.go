package did_test

import (
	"slices"
	"strings"
	"testing"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/tools/did"
)

// TestTollFreeWithoutVoiceIsMarked holds that rows and quotes say so, and of no
// other number.
func TestTollFreeWithoutVoiceIsMarked(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	of := o.forSale(1, func(of exchange.Offer) bool { return of.Type == "tollfree" })[0]
	silent := did.NewRow("tollfree", "sms")
	if !silent.NoVoice || did.NewRow("tollfree", "voice", "sms").NoVoice || did.NewRow("mobile", "sms").NoVoice {
		t.Errorf("got %+v, want a mark on the toll-free number without voice alone", silent)
	}
	mute := o.withOffers(func(rows []exchange.Offer) []exchange.Offer {
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].Voice, rows[i].Fax, rows[i].Video = false, false, false
		}
		return rows
	})
	if text := visible(mute.deals["purchase"], mute.quote("purchase", args{"numbers": plus(of)}, shell)); !strings.Contains(text, "(no voice)") {
		t.Errorf("got %s, want the mark", text)
	}
	if text := visible(o.deals["purchase"], o.quote("purchase", args{"numbers": plus(of)}, shell)); strings.Contains(text, "no voice") {
		t.Errorf("got %s, want no mark", text)
	}
}

package serve_test

import (
	"strings"
	"testing"

	"didops/internal/exchange/sandbox"
	"didops/internal/testing/fakediscord"
)

// TestDiscordGoesOnFromWhatIsLeft approves an order of three numbers of which
// one is sold and one becomes dearer before they are bought: the receipt says
// so, finds others, and asks again for the one that is left, at its new price
// and to the same place. Nothing is bought of it before somebody approves.
func TestDiscordGoesOnFromWhatIsLeft(t *testing.T) {
	t.Parallel()
	onBothStores(t, goesOn)
}

func goesOn(t *testing.T, store string) {
	t.Helper()
	o := newOps(t, store)
	s := o.Serve(t)
	lots := o.Lots(t, 3)
	var numbers []string
	for _, l := range lots {
		numbers = append(numbers, l.Number)
	}
	asked := o.Slash(t, o.alice, "did purchase", fakediscord.Options{
		"numbers": strings.Join(numbers, ","), "contact": "sip:desk@desk.example.net:5060", "reason": "a new office",
	}).MessageWhere(t, hasOrder)
	id := orderOn(t, asked)
	card := o.card(t, id, "Decide until")
	for _, want := range append([]string{"sip:desk@desk.example.net:5060", "NEW HOST desk.example.net", "“a new office”", "Set-up", lots[2].Monthly}, numbers...) {
		if !strings.Contains(card.Text(), want) {
			t.Errorf("got %s, want %q before it is decided", card.Text(), want)
		}
	}
	o.Market.Script(sandbox.Fault{Kind: sandbox.Sold, Number: lots[1].Digits()}, sandbox.Fault{Kind: sandbox.Price, Number: lots[2].Digits(), MonthlyFee: 290_000})
	o.Press(t, o.bob, card, "v1:approve:"+id)
	receipt := o.card(t, id, "Partly done: 1 of 3 numbers bought.")
	if text := receipt.Text(); !strings.Contains(text, "[Quote the 1 left again]") || !strings.Contains(text, "monthly fee: ") || !strings.Contains(text, "sold meanwhile") {
		t.Errorf("got %s, want what became of each and what is left", text)
	}
	if found := o.Press(t, o.alice, receipt, "v1:alike:"+id).MessageWhere(t, listed); !found.Ephemeral() || len(several(found).Options) == 0 {
		t.Errorf("got %s, want others to choose from", found.Text())
	}
	s.Stop()
	o.Serve(t)
	writes := len(o.Writes())
	if m := o.Press(t, o.bob, receipt, "v1:again:"+id).Message(t); !m.Ephemeral() || !strings.Contains(m.Text(), askerRole) {
		t.Errorf("got %s, want the role that is needed", m.Text())
	}
	again := o.Press(t, o.alice, receipt, "v1:again:"+id).MessageWhere(t, hasOrder)
	if strings.Contains(again.Text(), lots[1].Number) || !strings.Contains(again.Text(), lots[2].Number) || !strings.Contains(again.Text(), "sip:desk@desk.example.net:5060") {
		t.Errorf("got %s, want the one that is left, on the same terms", again.Text())
	}
	if n := len(o.Writes()); n != writes {
		t.Errorf("got %d requests that write, want none before somebody approves", n-writes)
	}
	next := strings.TrimPrefix(again.Live("v1:terms:")[0].CustomID, "v1:terms:")
	o.Press(t, o.bob, o.card(t, next, "Decide until"), "v1:approve:"+next)
	if done := o.card(t, next, "Done: 1 number bought."); !strings.Contains(done.Text(), lots[2].Number) || len(o.Writes()) != writes+1 {
		t.Errorf("got %s, want it bought by one request", done.Text())
	}
	terms := o.Press(t, o.alice, receipt, "v1:terms:"+id).MessageWhere(t, func(m *fakediscord.Message) bool { return strings.Contains(m.Text(), "Set-up") })
	if !terms.Ephemeral() || strings.Contains(terms.Text(), "template-password") {
		t.Errorf("got %s, want the terms in private, without a password", terms.Text())
	}
}

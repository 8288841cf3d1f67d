package serve_test

import (
	"fmt"
	"strings"
	"testing"

	"didops/internal/testing/fakediscord"
)

// request waits for the message about an order where it was asked for.
func (o *ops) request(t *testing.T, id, text string) *fakediscord.Message {
	t.Helper()
	return o.MessageWhere(t, o.Channel, func(m *fakediscord.Message) bool {
		return strings.Contains(m.Text(), id+" · asked for here") && strings.Contains(m.Text(), text)
	})
}

// TestDiscordRequestBecomesItsOutcome lets one replica be asked and another
// decide, after all of them were started anew: the message where it was asked
// for shows what became of it, of orders in a file and in PostgreSQL.
func TestDiscordRequestBecomesItsOutcome(t *testing.T) {
	t.Parallel()
	onBothStores(t, requestBecomesOutcome)
}

func requestBecomesOutcome(t *testing.T, store string) {
	t.Helper()
	o := newOps(t, "public_key = \"PUBLIC_KEY\"\n", store)
	at := func(address string) { o.DeliverTo("http://" + address + "/discord/interactions") }
	first, second := o.Serve(t), o.Serve(t)
	var ids []string
	var asked []*fakediscord.Message
	for n, lot := range o.Lots(t, 2) {
		at([]string{first.Address, second.Address}[n])
		id := orderOn(t, o.Slash(t, o.alice, "did purchase", fakediscord.Options{"numbers": lot.Number, "reason": "for *all* of us"}).MessageWhere(t, hasOrder))
		ids, asked = append(ids, id), append(asked, o.request(t, id, fmt.Sprintf("It is decided at its card in <#%s>.", approvalsAt)))
	}
	cards := []*fakediscord.Message{o.card(t, ids[0], "Decide until"), o.card(t, ids[1], "Decide until")}
	first.Stop()
	second.Stop()
	at(o.Serve(t).Address)
	o.Press(t, o.bob, cards[0], "v1:approve:"+ids[0])
	o.Shell(t, "order", "reject", ids[1])
	for n, want := range []string{"Done: 1 number bought.", "Rejected by “an operator”."} {
		if m := o.request(t, ids[n], want); m.ID != asked[n].ID || len(m.Live()) > 0 || strings.Contains(m.Text(), "all") {
			t.Errorf("got %s, want the message to have become the outcome", m.Text())
		}
	}
}

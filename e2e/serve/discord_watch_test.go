package serve_test

import (
	"strings"
	"testing"

	"didops/internal/testing/fakediscord"
)

// watchedAt is the channel in which a watch is added.
const watchedAt = "1400000000000000009"

// TestDiscordWatch goes the whole way of a watch with the program, the exchange
// and Discord: it is added in a channel, a number that was ours is given up and
// so comes up for sale, which is told there, and its button makes an order, also
// after a restart.
func TestDiscordWatch(t *testing.T) {
	t.Parallel()
	o := newOps(t)
	lot := o.Lots(t, 1)[0]
	o.Buy(t, lot)
	s := o.Serve(t)
	alice := o.alice
	alice.Channel = watchedAt
	digits := strings.TrimPrefix(lot.Number, "+")
	for range 2 { // as two readings prove that it is not for sale
		o.Slash(t, o.alice, "did search", fakediscord.Options{"prefix": digits, "fresh": true}).Message(t)
	}
	added := o.Slash(t, alice, "watch add", fakediscord.Options{"name": "that one", "prefix": digits}).Message(t)
	if !added.Ephemeral() || !strings.Contains(added.Text(), "0 numbers fit now") {
		t.Fatalf("got %s, want that nothing fits, in private", added.Text())
	}
	asked := o.Slash(t, o.alice, "did unsubscribe", fakediscord.Options{"numbers": lot.Number}).MessageWhere(t, hasOrder)
	id := orderOn(t, asked)
	modal := o.Press(t, o.bob, o.card(t, id, "Decide until"), "v1:approve:"+id).Modal(t)
	o.Submit(t, o.bob, modal, map[string]string{modal.Inputs[0].CustomID: digits[len(digits)-4:]})
	o.card(t, id, "Done")
	o.Slash(t, o.alice, "did search", fakediscord.Options{"prefix": digits, "fresh": true}).Message(t)
	told := o.MessageWhere(t, watchedAt, func(m *fakediscord.Message) bool { return strings.Contains(m.Text(), lot.Number) })
	if !strings.Contains(told.Text(), "“that one”: 1 number came up") {
		t.Errorf("got %s, want which watch it is of", told.Text())
	}
	s.Stop()
	o.Serve(t)
	ordered := o.Press(t, alice, told, "Ask to buy").MessageWhere(t, hasOrder)
	card := o.card(t, orderOn(t, ordered), "Decide until")
	if !strings.Contains(card.Text(), lot.Number) || !strings.Contains(card.Text(), "alice") {
		t.Errorf("got %s, want the number, and who asked", card.Text())
	}
	listed := o.Slash(t, alice, "watch list", nil).Message(t)
	if !strings.Contains(listed.Text(), "1 found") {
		t.Errorf("got %s, want what was found, once", listed.Text())
	}
}

package serve_test

import (
	"fmt"
	"strings"
	"testing"

	"didops/e2e/harness"
	"didops/internal/testing/fakediscord"
	"didops/internal/testing/workbook"
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

// told waits for the message in a channel by which who asked for an order is
// told what became of it.
func (o *ops) told(t *testing.T, channel, id, text string) *fakediscord.Message {
	t.Helper()
	return o.MessageWhere(t, channel, func(m *fakediscord.Message) bool {
		return strings.Contains(m.Text(), id+" · what became of it") && strings.Contains(m.Text(), text)
	})
}

// TestDiscordRequesterHears lets approvers be called by a card, and who asked by
// what became of it, once: a reply, which goes on to what is left to do, also
// where two processes see to it in turn.
func TestDiscordRequesterHears(t *testing.T) {
	t.Parallel()
	o := newOps(t, fmt.Sprintf("notify_roles = [%q]\n", deciderRole))
	s := o.Serve(t)
	asked := o.Slash(t, o.alice, "did purchase", fakediscord.Options{"numbers": o.Lots(t, 1)[0].Number}).MessageWhere(t, hasOrder)
	id := orderOn(t, asked)
	card := o.card(t, id, "Decide until")
	if fmt.Sprint(card.Called) != "["+deciderRole+"]" {
		t.Errorf("got %v called by the card, want who may approve", card.Called)
	}
	o.Press(t, o.bob, card, "v1:approve:"+id)
	told := o.told(t, o.Channel, id, "Done: 1 number bought.")
	if request := o.request(t, id, "Done"); fmt.Sprint(told.Called) != "["+o.alice.ID+"]" || told.ReplyTo != request.ID || len(request.Called) > 0 {
		t.Errorf("got %v called by a reply to %s, want alice by one to %s", told.Called, told.ReplyTo, request.ID)
	}
	s.Stop()
	o.ForgetNonces()
	o.Serve(t)
	second := orderOn(t, o.Slash(t, o.alice, "did purchase", fakediscord.Options{"numbers": o.Lots(t, 1)[0].Number}).MessageWhere(t, hasOrder))
	o.Shell(t, "order", "reject", second)
	o.told(t, o.Channel, second, "Rejected by")
	n := 0
	for _, m := range o.Messages(o.Channel) {
		n += len(m.Called)
	}
	if n != 2 {
		t.Errorf("got %d calls of alice, want one for each order", n)
	}
}

// TestDiscordTellsInPrivate tells in a direct message, also who asked an
// assistant, and in the channel of the request whoever takes none.
func TestDiscordTellsInPrivate(t *testing.T) {
	t.Parallel()
	const client = "[[http.clients]]"
	_, clients, _ := strings.Cut(harness.ClientsConfig(), client) // below [http], which is there
	o := newOps(t, "notify_requester = \"dm\"\n", "[[people]]\nname = \"Alice\"\ndiscord = \"1500000000000000001\"\nhttp = \"team\"\n", client+clients)
	s := o.Serve(t)
	c := harness.Connect(t, s.Address, "team-token", false, nil)
	id := c.Call("did_purchase", `{`+harness.NumbersArg(o.Lots(t, 1)[0])+`}`).Order().ID
	o.Press(t, o.bob, o.card(t, id, "Decide until"), "v1:approve:"+id)
	private := o.Direct(o.alice.ID, false)
	if m := o.told(t, private, id, "Done: 1 number bought."); len(m.Live())+len(m.Called) > 0 {
		t.Errorf("got %s, want no button that is of no use there", m.Text())
	}
	o.Direct(o.alice.ID, true)
	id = orderOn(t, o.Slash(t, o.alice, "did purchase", fakediscord.Options{"numbers": o.Lots(t, 1)[0].Number}).MessageWhere(t, hasOrder))
	o.Shell(t, "order", "reject", id)
	if m := o.told(t, o.Channel, id, "Rejected by"); fmt.Sprint(m.Called) != "["+o.alice.ID+"]" {
		t.Errorf("got %v called, want alice", m.Called)
	}
	if log := s.Log.String(); !strings.Contains(log, "a direct message was refused") {
		t.Errorf("got %s, want a word on it", log)
	}
	for _, m := range o.Messages(private) {
		if strings.Contains(m.Text(), id) {
			t.Errorf("got %s, want it refused", m.Text())
		}
	}
}

// TestDiscordListFromAFile buys what stands in a workbook that was put into the
// form of a command, and asks for nothing where a row of a file is bad, which
// is named with its line.
func TestDiscordListFromAFile(t *testing.T) {
	t.Parallel()
	o := newOps(t)
	o.Serve(t)
	lots := o.Lots(t, 3)
	good := workbook.Book{Sheets: []workbook.Sheet{workbook.Texts("Wanted", "Number", lots[0].Number, lots[1].Number)}}.Bytes(t)
	bad := "Number\n" + lots[0].Number + "\n9.71502E+11\n" + lots[2].Number + "\n12\n"
	form := o.Slash(t, o.alice, "did purchase", nil).Modal(t)
	refused := o.Submit(t, o.alice, form, map[string]string{"file": o.Attach("bad.csv", []byte(bad), "")}).Message(t)
	for _, want := range []string{"line 3", "line 5", "ad.csv is not used"} {
		if !strings.Contains(refused.Text(), want) {
			t.Errorf("got %s, want %q", refused.Text(), want)
		}
	}
	if hasOrder(refused) {
		t.Errorf("got %s, want no order", refused.Text())
	}
	form = o.Slash(t, o.alice, "did purchase", nil).Modal(t)
	asked := o.Submit(t, o.alice, form, map[string]string{"file": o.Attach("wanted.xlsx", good, ""), "reason": "for the shop"}).MessageWhere(t, hasOrder)
	card := o.card(t, orderOn(t, asked), "Decide until")
	if said := card.Text(); !strings.Contains(said, lots[0].Number) || !strings.Contains(said, lots[1].Number) || strings.Contains(said, lots[2].Number) || !strings.Contains(said, "for the shop") {
		t.Errorf("got %s, want what stands in the file", said)
	}
	for _, verb := range []string{"did update", "did unsubscribe"} {
		if modal := o.Slash(t, o.alice, verb, nil).Modal(t); !strings.Contains(modal.Text, "Or a file") {
			t.Errorf("%s: got %s, want a file asked for", verb, modal.Text)
		}
	}
}

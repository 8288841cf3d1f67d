package discord_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/bots/discord/gateway"
	"didops/internal/testing/fakediscord"
)

// wired is a harness that reaches a Discord by its gateway and REST API, where
// every request is checked against Discord's own description.
type wired struct {
	*harness
	*fakediscord.Fake
	link *gateway.Link
	stop func()

	approvals, auditing    string
	alice, bob, carol, ann fakediscord.Actor
}

func newWired(t *testing.T, change ...func(*harness)) *wired {
	t.Helper()
	return newWiredOn(t, fakediscord.New(t), change...)
}

func newWiredOn(t *testing.T, f *fakediscord.Fake, change ...func(*harness)) *wired {
	t.Helper()
	w := &wired{Fake: f, approvals: "1200000000000000007", auditing: "1200000000000000008"}
	actor := func(id, name string, roles ...string) fakediscord.Actor {
		return fakediscord.Actor{ID: "12000000000000001" + id, Name: name, Roles: roles}
	}
	w.alice, w.bob, w.carol = actor("01", "alice", requesterRole), actor("02", "bob", approverRole), actor("03", "carol", approverRole)
	w.ann = actor("04", "ann", requesterRole, approverRole)
	w.harness = newHarnessAt(t, time.Now, append([]func(*harness){func(h *harness) {
		h.c.Guilds, h.c.ApprovalsChannel, h.c.AuditChannel = []string{w.Guild}, w.approvals, w.auditing
	}}, change...)...)
	w.connect(t)
	t.Cleanup(func() { w.stop() })
	return w
}

// connect starts a process: a link and a bot that remember nothing.
func (w *wired) connect(t *testing.T) {
	t.Helper()
	w.process(t, true)
}

// process starts a process; one without the lease does not keep the cards.
func (w *wired) process(t *testing.T, leased bool) {
	t.Helper()
	var err error
	transport := w.Transport()
	w.link, err = gateway.New(gateway.Config{Token: w.Token, RESTURL: w.URL, Now: time.Now, Transport: transport, Log: w.c.Log})
	if err != nil {
		t.Fatal(err)
	}
	w.c.REST = w.link
	w.restart()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	bot := w.bot
	wg.Go(func() {
		if !leased {
			return
		}
		if err := bot.Start(ctx); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		if err := w.link.Run(ctx, bot.Handle); err != nil {
			t.Error(err)
		}
	})
	w.stop = sync.OnceFunc(func() {
		cancel()
		wg.Wait()
		transport.CloseIdleConnections()
		w.Disconnected(t) // else what a person does next may go to a session that is over
	})
}

func has(text string) func(*fakediscord.Message) bool {
	return func(m *fakediscord.Message) bool { return strings.Contains(m.Text(), text) }
}

// card waits for the card of an order in the channel of approvals.
func (w *wired) card(t *testing.T, text string) *fakediscord.Message {
	t.Helper()
	return w.MessageWhere(t, w.approvals, has(text))
}

// TestSearchToReceipt is the way from a search to the receipt.
func TestSearchToReceipt(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	found := w.Slash(t, w.alice, "line find", fakediscord.Options{"town": "Dubai", "limit": 5}).Message(t)
	if !found.Ephemeral() || len(found.Live("v1:row:")) != 5 {
		t.Fatalf("got %s, want a private list with a button beside each row", found.Text())
	}
	asked := w.Press(t, w.alice, found, found.Live("v1:row:")[1].CustomID)
	if m := asked.MessageWhere(t, has("sb-0001")); !m.Ephemeral() || len(m.Live("v1:approve:", "v1:reject:")) != 0 {
		t.Errorf("got %s, want the order in private, without buttons", m.Text())
	}
	if m := asked.Followup(t, 1); m.Ephemeral() {
		t.Error("got a word to nobody, want one to the channel")
	}
	card := w.card(t, "sb-0001")
	if r := w.Press(t, w.alice, card, "v1:approve:sb-0001").Message(t); !r.Ephemeral() || !strings.Contains(r.Text(), approverRole) {
		t.Errorf("got %s, want the role that is needed", r.Text())
	}
	w.stop() // between the card and the click
	w.connect(t)
	first := w.Press(t, w.bob, card, "Buy +971500000001 for 5.50 USD now")
	second := w.Press(t, w.carol, card, "v1:approve:sb-0001")
	receipt := w.card(t, "Done: all of it.")
	if len(receipt.Live("v1:approve:", "v1:reject:")) != 0 || receipt.ID != card.ID {
		t.Errorf("got %s, want the card to become the receipt", receipt.Text())
	}
	loser := second
	if w.decidedBy() == "carol" {
		loser = first
	}
	if m := loser.Followup(t, 1); !m.Ephemeral() || !strings.Contains(m.Text(), "approved by "+w.decidedBy()) {
		t.Errorf("got %s, want to be told who was first", m.Text())
	}
	w.counts(1, 1)
	w.MessageWhere(t, w.auditing, has("sb-0001 buy: done"))
}

func (w *wired) decidedBy() string {
	list := w.Decisions()
	if len(list) == 0 {
		return ""
	}
	return list[0].By.Principal.Name
}

// TestWiredGivingUp types the digits into the modal, wrongly first.
func TestWiredGivingUp(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	w.Slash(t, w.alice, "line drop", fakediscord.Options{"numbers": line(1).Number + "," + line(2).Number, "reason": "no longer *needed*"})
	card := w.card(t, "Give up 2 numbers")
	modal := w.Press(t, w.bob, card, "Give up").Modal(t)
	if m := w.Submit(t, w.bob, modal, map[string]string{"typed": "0002"}).Followup(t, 1); !strings.Contains(m.Text(), "othing was decided") {
		t.Errorf("got %s", m.Text())
	}
	w.counts(0, 0)
	w.Submit(t, w.bob, modal, map[string]string{"typed": "0001 x2"})
	w.card(t, "Done: all of it.")
	w.counts(1, 1)
}

// TestWiredOddsAndEnds takes the other ways, for their requests to be checked.
func TestWiredOddsAndEnds(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	long := w.Slash(t, w.alice, "line find", fakediscord.Options{"limit": 60}).Message(t)
	next := w.Press(t, w.alice, long, "▶").MessageWhere(t, has("6–10 of 120"))
	w.Press(t, w.alice, next, "◀").MessageWhere(t, has("1–5 of 120"))
	if m := w.Press(t, w.alice, long, "CSV").Message(t); len(m.Files) != 1 {
		t.Errorf("got %s, want a file", m.Text())
	}
	w.Slash(t, w.alice, "line find", fakediscord.Options{"town": "strange"}).Message(t)
	w.Slash(t, w.alice, "line find", fakediscord.Options{"town": "fault"}).Message(t)
	names := []string{}
	for _, c := range w.Autocomplete(t, w.alice, "line find", "town", "Du", nil).Choices(t) {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, "Dubai · AE") {
		t.Errorf("got %v", names)
	}
	w.Autocomplete(t, w.bob, "line drop", "numbers", "", nil).Choices(t)
	own := w.Slash(t, w.alice, "line own", nil).Message(t)
	choice := w.Press(t, w.alice, own, "Manage").Message(t)
	modal := w.Press(t, w.alice, choice, "Ask to move a line").Modal(t)
	w.Submit(t, w.alice, modal, map[string]string{"contact": "sip:new@sip.example.net"}).MessageWhere(t, has("sb-0001"))
	card := w.card(t, "Re-route")
	reason := w.Press(t, w.bob, card, "Reject").Modal(t)
	w.Submit(t, w.bob, reason, map[string]string{"typed": "not now"})
	w.card(t, "Reason: “not now”")
	w.Slash(t, w.ann, "line buy", fakediscord.Options{"numbers": line(3).Number})
	w.card(t, "Buy +971500000003")
	second := w.Slash(t, w.bob, "slip accept", fakediscord.Options{"id": "sb-0002"}).Message(t)
	w.Press(t, w.bob, second, "Buy").MessageWhere(t, has("Done"))
	w.Slash(t, w.bob, "slip list", nil).Message(t)
	w.Slash(t, w.bob, "slip show", fakediscord.Options{"id": "sb-0001"}).Message(t)
	dm := w.bob
	dm.DM = true
	if m := w.Slash(t, dm, "slip list", nil).Message(t); !strings.Contains(m.Text(), "direct messages") {
		t.Errorf("got %s, want a sentence", m.Text())
	}
}

// TestWiredList turns, sorts and narrows a list on a process that has not shown
// it, with every request judged by Discord's own description.
func TestWiredList(t *testing.T) {
	t.Parallel()
	shared := &sharedHandles{kept: map[string][]byte{}}
	w := newWired(t, func(h *harness) { h.c.Handles = shared })
	first := w.Slash(t, w.alice, "line find", fakediscord.Options{"limit": 10, "text": true}).MessageWhere(t, has("1–5 of 120"))
	w.stop() // another process answers from here on
	w.connect(t)
	w.Press(t, w.alice, first, "▶").MessageWhere(t, has("6–10 of 120"))
	list := w.Slash(t, w.alice, "line find", fakediscord.Options{"limit": 10, "text": true}).MessageWhere(t, has("1–5 of 120"))
	sorted := w.Select(t, w.alice, list, list.Selects()[0].CustomID, "number").MessageWhere(t, has("Sort: number"))
	if m := w.Press(t, w.bob, sorted, "▶").Message(t); !m.Ephemeral() || !strings.Contains(m.Text(), "only who asked for it") {
		t.Errorf("got %s, want it to answer nobody else", m.Text())
	}
	modal := w.Press(t, w.alice, sorted, "Filter").Modal(t)
	if len(modal.Inputs) != 5 || !strings.Contains(modal.Text, "Text, photo") {
		t.Errorf("got %d inputs in %s, want all filters", len(modal.Inputs), modal.Text)
	}
	w.Submit(t, w.alice, modal, map[string]string{"town": "Dubai", "flags:text": "text=false,photo=true", "tags": "a,b"}).
		MessageWhere(t, has("town: Dubai · text: false · photo: true · tags: a,b"))
	kept := w.Slash(t, w.alice, "line find", fakediscord.Options{"limit": 10, "text": true, "kind": "mobile"}).MessageWhere(t, has("kind: mobile"))
	same := w.Press(t, w.alice, kept, "Filter").Modal(t)
	w.Submit(t, w.alice, same, nil).MessageWhere(t, has("kind: mobile · text: true")) // as it was, when nothing is changed
}

package serve_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/testing/fakediscord"
	"didops/internal/testing/pgtest"
	"didops/internal/testing/wide"
)

// readyz returns what /readyz says: its status and its words.
func (o *ops) readyz(t *testing.T, address string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(said)
}

// becomes waits until /readyz says so, with a word in it.
func (o *ops) becomes(t *testing.T, address string, status int, word string) {
	t.Helper()
	for deadline := time.Now().Add(2 * harness.Patience); ; {
		got, said := o.readyz(t, address)
		if got == status && strings.Contains(said, word) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d %q, want %d with %q", got, said, status, word)
		}
	}
}

// onBothStores runs a test with orders in a file and in PostgreSQL. It gets
// the settings of the store.
func onBothStores(t *testing.T, test func(t *testing.T, store string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, fmt.Sprintf("[store]\nurl = %q\n", pgtest.Database(t)))
	})
}

// TestDiscordChannelThatIsClosed lets the channel of approvals be a forum:
// somebody hears of it, nobody is sent there, and an order that is approved
// meanwhile appears afterwards as what became of it.
func TestDiscordChannelThatIsClosed(t *testing.T) {
	t.Parallel()
	onBothStores(t, closedChannel)
}

func closedChannel(t *testing.T, store string) {
	t.Helper()
	o := newOps(t, store)
	o.SetPlace(approvalsAt, fakediscord.Place{Kind: fakediscord.KindForum})
	s := o.Serve(t)
	o.becomes(t, s.Address, http.StatusServiceUnavailable, approvalsAt)
	if log := s.Log.String(); !strings.Contains(log, approvalsAt) || !strings.Contains(log, "a forum") {
		t.Errorf("got %s, want the channel and what it is", log)
	}
	lot := o.Lots(t, 1)[0]
	c, _ := o.Spawn(t, false, nil)
	pending := c.Call("did_purchase", `{`+harness.NumbersArg(lot)+`}`)
	if ways := pending.Raw; strings.Contains(ways, "button on its card") || !strings.Contains(ways, "/order approve id:") {
		t.Errorf("got %s, want a way that works", ways)
	}
	id := pending.Order().ID
	asked := o.Slash(t, o.bob, "order approve", fakediscord.Options{"id": id}).MessageWhere(t, hasOrder)
	if strings.Contains(asked.Text(), o.Env["HOME"]) {
		t.Errorf("got %s, want no path of the machine", asked.Text())
	}
	done := o.Press(t, o.bob, asked, "v1:approve:"+id).MessageWhere(t, func(m *fakediscord.Message) bool {
		return strings.Contains(m.Text(), "Done: 1 number bought.")
	})
	if len(done.Live("v1:approve:", "v1:reject:")) > 0 {
		t.Errorf("got %s, want no button", done.Text())
	}
	s.Stop()
	o.SetPlace(approvalsAt, fakediscord.Place{})
	s = o.Serve(t)
	if card := o.card(t, id, "Done: 1 number bought."); len(card.Live("v1:approve:", "v1:reject:")) > 0 {
		t.Errorf("got %s, want no button", card.Text())
	}
	o.becomes(t, s.Address, http.StatusOK, "")
}

// TestDiscordPostWhoseAnswerIsLost loses the answer to the post of a card,
// ends the program, and lets Discord forget what it was told: there is one
// card, which shows what became of the order.
func TestDiscordPostWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	onBothStores(t, lostAnswer)
}

func lostAnswer(t *testing.T, store string) {
	t.Helper()
	o := newOps(t, store)
	s := o.Serve(t)
	lift := o.Inject(fakediscord.Fault{Route: "POST /channels/", Cut: true, After: true})
	lot := o.Lots(t, 1)[0]
	asked := o.Slash(t, o.alice, "did purchase", fakediscord.Options{"numbers": lot.Number}).MessageWhere(t, hasOrder)
	id := orderOn(t, asked)
	card := o.card(t, id, "Decide until")
	s.Stop()
	lift()
	o.ForgetNonces()
	o.Chatter(approvalsAt, 30)
	if r := o.Shell(t, "order", "reject", id); r.Code != 0 && r.Code != 3 {
		t.Fatalf("got exit %d: %s", r.Code, r.Err)
	}
	o.Serve(t)
	if now := o.card(t, id, "Rejected by “an operator”."); now.ID != card.ID || len(now.Live("v1:approve:", "v1:reject:")) > 0 {
		t.Errorf("got %s, want the card that was posted, without buttons", now.Text())
	}
	cards := 0
	for _, m := range o.Messages(approvalsAt) {
		if strings.Contains(m.Text(), id) {
			cards++
		}
	}
	if cards != 1 {
		t.Errorf("got %d cards, want 1", cards)
	}
}

// TestDiscordReceiptOfALargeOrder holds that the file which comes with the
// receipt of more numbers than a card has room for is that of the receipt.
func TestDiscordReceiptOfALargeOrder(t *testing.T) {
	t.Parallel()
	numbers := wide.Pick(12, 40) // a card tells ten
	o := newOps(t, "[limits]\nmax_numbers_per_order = 40\nmax_order_total = \"\"\nmax_day_total = \"\"\n")
	o.Serve(t)
	var list []string
	for _, lot := range o.Lots(t, numbers) {
		list = append(list, lot.Number)
	}
	asked := o.Slash(t, o.alice, "did purchase", fakediscord.Options{"numbers": strings.Join(list, ",")}).MessageWhere(t, hasOrder)
	id := orderOn(t, asked)
	card := o.card(t, id, "Decide until")
	o.Press(t, o.bob, card, "v1:approve:"+id)
	receipt := o.card(t, id, fmt.Sprintf("Done: %d numbers bought.", numbers))
	if len(receipt.Files) != 1 || !strings.Contains(receipt.Text(), "The whole is in the attached file.") {
		t.Fatalf("got %s, want a file and a word on it", receipt.Text())
	}
	file := string(receipt.Files[0].Data)
	for _, number := range list {
		if !strings.Contains(file, number) {
			t.Errorf("got no %s in the file", number)
		}
	}
	if strings.Count(file, "done") < numbers || strings.Contains(file, "pending") {
		t.Errorf("got %s, want the receipt", file)
	}
	shown := o.Slash(t, o.bob, "order get", fakediscord.Options{"id": id}).MessageWhere(t, hasOrder)
	if len(shown.Files) != 1 || string(shown.Files[0].Data) == "" || strings.Count(string(shown.Files[0].Data), "done") < numbers {
		t.Errorf("got %s, want the receipt as a file", shown.Text())
	}
}

// TestDiscordAnswersAtAnyReplica delivers interactions by HTTP to two replicas
// in turn: pages, choices and cards go on at either, and a press shows its
// outcome though the other one keeps the cards.
func TestDiscordAnswersAtAnyReplica(t *testing.T) {
	t.Parallel()
	onBothStores(t, anyReplica)
}

func anyReplica(t *testing.T, store string) {
	t.Helper()
	o := newOps(t, "public_key = \"PUBLIC_KEY\"\n", store)
	var at []string
	for range 2 {
		at = append(at, "http://"+o.Serve(t).Address+"/discord/interactions")
	}
	turn := 0
	next := func() {
		o.DeliverTo(at[turn%2])
		turn++
	}
	next()
	found := o.Slash(t, o.alice, "did search", fakediscord.Options{"voice": true, "documents": "not_required", "limit": 3, "description": "e"}).MessageWhere(t, listed)
	for range 5 {
		next()
		page := o.Press(t, o.alice, found, "▶").MessageWhere(t, func(m *fakediscord.Message) bool { return listed(m) && m.Text() != found.Text() })
		if strings.Contains(page.Text(), "not known any more") {
			t.Fatalf("got %s, want the next page", page.Text())
		}
		found = page
	}
	next()
	if m := o.Press(t, o.bob, found, "▶").Message(t); !strings.Contains(m.Text(), "only who asked for it") {
		t.Errorf("got %s, want it to answer nobody else", m.Text())
	}
	next()
	filter := o.Press(t, o.alice, found, "More filters").Modal(t)
	next()
	o.Submit(t, o.alice, filter, map[string]string{"max_monthly_fee": "500"}).MessageWhere(t, func(m *fakediscord.Message) bool {
		return strings.Contains(m.Text(), "max monthly fee: 500")
	})
	next()
	sorted := o.Select(t, o.alice, found, found.Selects()[0].CustomID, "number").MessageWhere(t, func(m *fakediscord.Message) bool {
		return strings.Contains(m.Text(), "by number")
	})
	found = sorted
	menu := several(found)
	next()
	choice := o.Select(t, o.alice, found, menu.CustomID, menu.Options[0].Value).Message(t)
	next()
	id := orderOn(t, o.Press(t, o.alice, choice, "Ask to buy numbers").MessageWhere(t, hasOrder))
	card := o.card(t, id, "Decide until")
	next()
	o.Press(t, o.bob, card, "v1:approve:"+id)
	if receipt := o.card(t, id, "Done: 1 number bought."); receipt.ID != card.ID || len(receipt.Live("v1:approve:", "v1:reject:")) > 0 {
		t.Errorf("got %s, want the receipt on the card", receipt.Text())
	}
}

// listed reports whether a message is a list of which rows can be ordered.
func listed(m *fakediscord.Message) bool { return len(m.Live("v1:row:")) > 0 }

// several is the menu of a list by which several rows are ordered at once.
func several(m *fakediscord.Message) fakediscord.Component { return m.Selects()[len(m.Selects())-1] }

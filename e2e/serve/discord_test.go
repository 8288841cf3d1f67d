package serve_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
	"didops/internal/testing/fakediscord"
)

// The people of the Discord tests, by what they may do.
const (
	askerRole    = "1300000000000000001"
	deciderRole  = "1300000000000000002"
	approvalsAt  = "1400000000000000001"
	announcedAt  = "1400000000000000002"
	orderPattern = `o-[a-z0-9]{6}`
)

// ops is the program with a bot in a Discord of the test's own.
type ops struct {
	*harness.Target
	*fakediscord.Fake
	alice, bob fakediscord.Actor // who may ask, and who may decide
}

// newOps makes one. more are further settings, in which PUBLIC_KEY stands for
// Discord's.
func newOps(t *testing.T, more ...string) *ops {
	t.Helper()
	f := fakediscord.New(t)
	settings := fmt.Sprintf(`
[discord]
token = %q
guild_ids = [%q]
approvals_channel = %q
audit_channel = %q
requester_roles = [%q]
approver_roles = [%q]
rest_url = %q
`, f.Token, f.Guild, approvalsAt, announcedAt, askerRole, deciderRole, f.URL)
	for _, m := range more {
		settings += strings.ReplaceAll(m, "PUBLIC_KEY", f.PublicKey())
	}
	return &ops{
		Target: harness.NewTarget(t, harness.LoopbackConfig+settings), Fake: f,
		alice: fakediscord.Actor{ID: "1500000000000000001", Name: "alice", Roles: []string{askerRole}},
		bob:   fakediscord.Actor{ID: "1500000000000000002", Name: "bob", Roles: []string{deciderRole}},
	}
}

// card waits for the card of an order that says something.
func (o *ops) card(t *testing.T, order, text string) *fakediscord.Message {
	t.Helper()
	return o.MessageWhere(t, approvalsAt, func(m *fakediscord.Message) bool {
		return strings.Contains(m.Text(), order) && strings.Contains(m.Text(), text)
	})
}

func orderOn(t *testing.T, m *fakediscord.Message) string {
	t.Helper()
	id := regexp.MustCompile(orderPattern).FindString(m.Text())
	if id == "" {
		t.Fatalf("got %s, want the id of an order", m.Text())
	}
	return id
}

func hasOrder(m *fakediscord.Message) bool {
	return regexp.MustCompile(orderPattern).MatchString(m.Text())
}

// TestDiscordFromSearchToReceipt goes the whole way with the program, the
// exchange and Discord: a search, a choice, the card, the button, the receipt.
// The program is started anew between the card and the click.
func TestDiscordFromSearchToReceipt(t *testing.T) {
	t.Parallel()
	o := newOps(t)
	s := o.Serve(t)
	options := fakediscord.Options{"voice": true, "sms": false, "documents": "not_required", "limit": 5}
	found := o.Slash(t, o.alice, "did search", options).MessageWhere(t, listed) // and not how far the search has come
	if !found.Ephemeral() || strings.Contains(found.Text(), `{"`) {
		t.Fatalf("got %s, want a private list", found.Text())
	}
	number := several(found).Options[0].Value
	asked := o.Press(t, o.alice, found, "Buy…").MessageWhere(t, hasOrder) // beside the first row
	id := orderOn(t, asked)
	card := o.card(t, id, "Decide until")
	if len(card.Live("v1:approve:", "v1:reject:")) != 2 || !strings.Contains(card.Text(), number) || !strings.Contains(card.Text(), "alice") {
		t.Errorf("got %s, want the quote, who asked, and two buttons", card.Text())
	}
	if refused := o.Press(t, o.alice, card, "v1:approve:"+id).Message(t); !refused.Ephemeral() || !strings.Contains(refused.Text(), deciderRole) {
		t.Errorf("got %s, want the role that is needed", refused.Text())
	}
	s.Stop()
	if len(o.Writes()) > 0 {
		t.Error("something was sent before anybody approved")
	}
	o.Serve(t)
	o.Press(t, o.bob, card, "v1:approve:"+id)
	receipt := o.card(t, id, "Done: 1 number bought.")
	if receipt.ID != card.ID || len(receipt.Live("v1:approve:", "v1:reject:")) > 0 || !strings.Contains(receipt.Text(), "bob") {
		t.Errorf("got %s, want the card to have become the receipt", receipt.Text())
	}
	if n := len(o.Writes()); n != 1 {
		t.Errorf("got %d requests that write, want 1", n)
	}
	o.MessageWhere(t, announcedAt, func(m *fakediscord.Message) bool { return strings.Contains(m.Text(), id+" purchase: approved") })
	if late := o.Press(t, o.bob, card, "v1:approve:"+id).Followup(t, 1); !late.Ephemeral() || !strings.Contains(late.Text(), "approved by “bob”") {
		t.Errorf("got %s, want to be told who decided", late.Text())
	}
}

// TestDiscordDecidesForAnAssistant lets an assistant in another process ask,
// and follow its order while somebody on Discord approves it.
func TestDiscordDecidesForAnAssistant(t *testing.T) {
	t.Parallel()
	o := newOps(t)
	o.Serve(t)
	lot := o.Lots(t, 1)[0]
	c, _ := o.Spawn(t, false, nil)
	pending := c.Call("did_purchase", `{`+harness.NumbersArg(lot)+`}`)
	id := pending.Order().ID
	if pending.Order().State != "pending" || !strings.Contains(pending.Raw, "Discord") {
		t.Fatalf("got %s, want it pending, with Discord as a way to approve", pending.Raw)
	}
	card := o.card(t, id, "Decide until")
	followed := make(chan harness.Answer, 1)
	go func() { followed <- c.Call("order_get", `{"id":"`+id+`","wait_seconds":50}`) }()
	o.Press(t, o.bob, card, "v1:approve:"+id)
	if a := <-followed; a.Order().State != "done" {
		t.Errorf("got %s, want it done", a.Raw)
	}
	o.card(t, id, "Done")
}

// TestDiscordGivesUpByDigits gives a number up by the modal, wrong digits
// first.
func TestDiscordGivesUpByDigits(t *testing.T) {
	t.Parallel()
	o := newOps(t)
	lot := o.Lots(t, 1)[0]
	o.Buy(t, lot)
	before := len(o.Writes())
	o.Serve(t)
	asked := o.Slash(t, o.alice, "did unsubscribe", fakediscord.Options{"numbers": lot.Number}).MessageWhere(t, hasOrder)
	id := orderOn(t, asked)
	card := o.card(t, id, "Decide until")
	form := o.Press(t, o.bob, card, "v1:approve:"+id).Modal(t)
	wrong := o.Submit(t, o.bob, form, map[string]string{form.Inputs[0].CustomID: "0000x"})
	if m := wrong.Followup(t, 1); !m.Ephemeral() || !strings.Contains(strings.ToLower(m.Text()), "nothing was decided") {
		t.Errorf("got %s, want nothing decided", m.Text())
	}
	modal := o.Press(t, o.bob, card, "v1:approve:"+id).Modal(t)
	o.Submit(t, o.bob, modal, map[string]string{modal.Inputs[0].CustomID: lot.Number[len(lot.Number)-4:]})
	o.card(t, id, "Done: 1 number given up.")
	if n := len(o.Writes()); n != before+1 {
		t.Errorf("got %d requests that write, want 1 more than %d", n, before)
	}
}

// TestReadinessTellsOfDiscord holds what /readyz says while the bot is not
// connected.
func TestReadinessTellsOfDiscord(t *testing.T) {
	t.Parallel()
	o := newOps(t)
	s := o.Serve(t)
	o.Connected(t, 1)
	becomes := func(ready bool) {
		t.Helper()
		deadline := time.Now().Add(harness.Patience)
		for (o.status(t, "http://"+s.Address+"/readyz") == 200) != ready {
			if time.Now().After(deadline) {
				t.Fatalf("got ready %v, want %v", !ready, ready)
			}
		}
	}
	becomes(true) // Discord knows of the connection before the program does
	o.CloseGateway(4004)
	becomes(false)
	if got := o.status(t, "http://"+s.Address+"/healthz"); got != 200 {
		t.Errorf("got %d, want the rest to go on", got)
	}
}

// status returns the status of a GET.
func (o *ops) status(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

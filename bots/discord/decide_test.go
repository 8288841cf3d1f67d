package discord_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/bots/discord/gateway"
	"didops/internal/identity"
	"didops/internal/testing/fakeorders"
)

// bought is a harness with an order of alice's that waits.
func bought(t *testing.T, change ...func(*harness)) *harness {
	t.Helper()
	h := newHarness(t, change...)
	h.slash(alice(), "line buy", "numbers", line(1).Number)
	return h
}

// dropped is the same for an order that gives two lines up.
func dropped(t *testing.T, change ...func(*harness)) *harness {
	t.Helper()
	h := newHarness(t, change...)
	h.slash(alice(), "line drop", "numbers", line(1).Number+", "+line(2).Number)
	return h
}

const (
	approveIt = "v1:approve:sb-0001"
	rejectIt  = "v1:reject:sb-0001"
)

func (h *harness) counts(decisions, sent int) {
	h.tb.Helper()
	if d, s := len(h.Decisions()), h.Executions(); d != decisions || s != sent {
		h.tb.Errorf("got %d decisions and %d executions, want %d and %d", d, s, decisions, sent)
	}
}

// TestRequest holds what requester and channel see of a request.
func TestRequest(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.slash(alice(), "line buy", "numbers", line(1).Number, "reason", "for *support* <@1>")
	if !r.hidden() || len(r.more) != 1 || r.more[0].flags != 0 {
		t.Fatalf("got %+v, want an answer to the requester and a word to the channel", r.more)
	}
	if text := r.more[0].text(); !strings.Contains(text, "<#"+approvals+">") || !strings.Contains(text, "alice") || r.more[0].live() {
		t.Errorf("got %s, want a pointer to the card", text)
	}
	if r.last.live() || !strings.Contains(r.said(), "<#"+approvals+">") || !strings.Contains(r.said(), "for \\*support\\* \\<@1\\>") {
		t.Errorf("got %s, want the order without buttons", r.said())
	}
	if h.All()[0].Reason != "for *support* <@1>" {
		t.Errorf("got reason %q", h.All()[0].Reason)
	}
	r = h.slash(ann(), "line buy", "numbers", line(2).Number)
	if r.last.control(t, "Buy +971500000002 for 5.50 USD now, 4.50 a month") != "v1:approve:sb-0002" {
		t.Errorf("got %s, want the buttons for who may decide", r.said())
	}
	here := h.interaction(alice(), discordgo.InteractionApplicationCommand, command("line buy", given("numbers", line(3).Number)))
	here.ChannelID = approvals
	if r := h.handle(here); len(r.more) != 0 {
		t.Errorf("got %s, want no word where the card is anyway", r.more[0].text())
	}
}

// TestCardThatCanNotCome holds that the requester is told where the bot lacks
// a permission, so that no card will be there.
func TestCardThatCanNotCome(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(h *harness) { h.c.ApprovalsChannel = "" })
	i := h.interaction(alice(), discordgo.InteractionApplicationCommand, command("line buy", given("numbers", line(1).Number)))
	i.AppPermissions = discordgo.PermissionViewChannel | discordgo.PermissionEmbedLinks | discordgo.PermissionAttachFiles
	if r := h.handle(i); !strings.Contains(r.said(), "permission Send Messages there.") {
		t.Errorf("got %s, want the permission that is missing", r.said())
	}
}

// TestRefusedRequest holds that a refusal is seen by the requester only.
func TestRefusedRequest(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.Switch(refusing(fmt.Errorf("upstream said " + secret)))
	r := h.slash(alice(), "line move", "number", line(1).Number, "contact", "smpp:me:"+secret+"@x")
	if !r.hidden() || len(r.more) != 0 || !strings.Contains(r.said(), "Internal error") {
		t.Errorf("got %s, want a refusal in private", r.said())
	}
}

func TestApprove(t *testing.T) {
	t.Parallel()
	h := bought(t)
	r := h.press(bob(), approveIt, false)
	if r.acks[0].Type != discordgo.InteractionResponseDeferredMessageUpdate || len(r.more) != 0 {
		t.Errorf("got %+v %s, want an update of the card and no more", r.acks[0], r.said())
	}
	if r.last == nil || r.last.live() || !strings.Contains(r.said(), "Done") {
		t.Errorf("got %s, want the outcome on the card that was pressed", r.said())
	}
	h.counts(1, 1)
	if d := h.Decisions()[0]; !d.Approve || d.By.Principal.String() != "discord:2" || d.By.Frontend != identity.FrontDiscord {
		t.Errorf("got %+v", d)
	}
}

// TestWhoMayNot holds that whoever may not decide decides nothing, by no way,
// and is told the role.
func TestWhoMayNot(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*discordgo.Member{"reader": eve(), "requester": alice()} {
		h := dropped(t)
		modal := h.press(bob(), approveIt, false)
		reason := h.press(bob(), rejectIt, false)
		for what, r := range map[string]*reply{
			"approve": h.press(m, approveIt, false), "reject": h.press(m, rejectIt, false),
			"digits": h.submit(m, modal, false, "0001 x2"), "reason": h.submit(m, reason, false, "no"),
			"accept": h.slash(m, "slip accept", "id", "sb-0001"), "refuse": h.slash(m, "slip refuse", "id", "sb-0001"),
		} {
			if !r.hidden() || !strings.Contains(r.said(), "<@&"+approverRole+">") {
				t.Errorf("%s: %s: got %s, want the role that is needed", name, what, r.said())
			}
		}
		h.counts(0, 0)
	}
	h := bought(t, func(h *harness) { h.roles.Approvers = nil })
	if r := h.press(bob(), approveIt, false); !strings.Contains(r.said(), "approver\\_roles") {
		t.Errorf("got %s, want the setting that is empty", r.said())
	}
}

// TestRightsLostMeanwhile holds that the role is looked at again when the
// modal is sent.
func TestRightsLostMeanwhile(t *testing.T) {
	t.Parallel()
	h := dropped(t)
	bob := bob()
	modal := h.press(bob, approveIt, false)
	bob.Roles = nil
	if r := h.submit(bob, modal, false, "0001 x2"); !strings.Contains(r.said(), "<@&"+approverRole+">") {
		t.Errorf("got %s, want the role that is needed", r.said())
	}
	h.counts(0, 0)
}

// TestRightsOfAnotherRole holds that roles may change while the bot runs.
func TestRightsOfAnotherRole(t *testing.T) {
	t.Parallel()
	h := bought(t)
	h.roles.Approvers = []string{"77"}
	if r := h.press(bob(), approveIt, false); !strings.Contains(r.said(), "<@&77>") {
		t.Errorf("got %s, want the role that is needed now", r.said())
	}
	h.counts(0, 0)
	h.press(who("6", "gil", "77"), approveIt, false)
	h.counts(1, 1)
}

// TestDigits holds that giving up takes exactly what is asked for.
func TestDigits(t *testing.T) {
	t.Parallel()
	h := dropped(t)
	modal := h.press(bob(), approveIt, false)
	data := modal.acks[0].Data
	in, _ := components(data.Components[0])[0].(discordgo.TextInput)
	if !strings.HasPrefix(data.Title, "Give up 2 numbers") || !strings.Contains(in.Label+in.Placeholder, "last four digits of +971500000001 and the count") {
		t.Errorf("got %q %q %q", data.Title, in.Label, in.Placeholder)
	}
	for _, wrong := range []string{"", "0001", "0002 x2", "yes", strings.Repeat("0", 500)} {
		r := h.submit(bob(), modal, false, wrong)
		if len(r.more) != 1 || r.more[0].flags&discordgo.MessageFlagsEphemeral == 0 || !strings.Contains(r.said(), "othing was decided") {
			t.Errorf("%q: got %s, want to be told that nothing was decided", wrong, r.said())
		}
	}
	h.counts(0, 0)
	if r := h.submit(bob(), modal, false, "  0001   X2 "); len(r.more) != 0 || r.last.live() {
		t.Errorf("got %s, want the outcome on the card and no word beside it", r.said())
	}
	h.counts(1, 1)
}

// TestWhoseApprovalDoesNotCountIsToldSo holds that nothing has to be typed for
// that, and that nobody is told that it was typed wrong.
func TestWhoseApprovalDoesNotCountIsToldSo(t *testing.T) {
	t.Parallel()
	h := dropped(t, func(h *harness) { h.Switch(needing(2)) })
	h.submit(bob(), h.press(bob(), approveIt, false), false, "0001 x2")
	h.counts(1, 0)
	if said := h.press(bob(), approveIt, false).said(); !strings.Contains(said, "approved it already") || strings.Contains(said, "digits") {
		t.Errorf("got %s, want to be told that another is needed", said)
	}
	h.counts(1, 0)
}

func TestReject(t *testing.T) {
	t.Parallel()
	h := bought(t)
	h.submit(bob(), h.press(bob(), rejectIt, false), false, "too\u202e dear")
	h.counts(1, 0)
	if h.Decisions()[0].Reason != "too dear" {
		t.Errorf("got reason %q", h.Decisions()[0].Reason)
	}
	h = bought(t)
	h.submit(bob(), h.press(bob(), rejectIt, false), false)
	h.counts(1, 0)
}

// TestDecideByCommand takes the path of the commands: the same card with the
// same buttons, in private.
func TestDecideByCommand(t *testing.T) {
	t.Parallel()
	h := bought(t)
	card := h.slash(bob(), "slip accept", "id", "sb-0001")
	if !card.hidden() || !strings.Contains(card.said(), "<t:") {
		t.Errorf("got %s, want a card in private", card.said())
	}
	h.counts(0, 0)
	r := h.press(bob(), card.last.control(t, "Buy"), true)
	h.counts(1, 1)
	if !strings.Contains(r.said(), "Done") || r.last.live() {
		t.Errorf("got %s, want the receipt without buttons", r.said())
	}
	late := h.press(carol(), card.last.control(t, "Buy"), true)
	if !strings.Contains(late.said(), "approved by bob at 14:17:05") || late.last.live() {
		t.Errorf("got %s, want to be told who was first, and the card as it stands", late.said())
	}
	h = bought(t)
	if r := h.slash(bob(), "slip refuse", "id", "sb-0001", "reason", "no"); !strings.Contains(r.said(), "rejected") {
		t.Errorf("got %s, want the rejection", r.said())
	}
	h.counts(1, 0)
	if r := h.slash(bob(), "slip accept", "id", "sb-0001"); !strings.Contains(r.said(), "rejected by bob") {
		t.Errorf("got %s, want to be told that it is decided", r.said())
	}
}

// TestDoubleClick holds that two clicks run one order once, and that nobody
// gets an error look for being second.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	h := bought(t)
	var wg sync.WaitGroup
	replies := make([]*reply, 8)
	for n := range replies {
		m := []*discordgo.Member{bob(), carol()}[n%2]
		i := h.pressing(m, approveIt, false)
		wg.Go(func() { replies[n] = h.handle(i) })
	}
	wg.Wait()
	h.counts(1, 1)
	told := 0
	for _, r := range replies {
		if r.last == nil || r.last.live() {
			t.Errorf("got %s, want the outcome on what was pressed", r.said())
		}
		if said := r.said(); len(r.more) > 0 && strings.Contains(said, "approved by ") {
			told++
			if strings.Contains(said, "#ED4245") || r.more[0].flags&discordgo.MessageFlagsEphemeral == 0 {
				t.Errorf("got %s, want news in private and no error look", said)
			}
		}
	}
	if told != len(replies)-1 {
		t.Errorf("got %d told who was first, want %d", told, len(replies)-1)
	}
}

func TestClickAfterExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarnessAt(t, time.Now)
		h.slash(alice(), "line buy", "numbers", line(1).Number)
		time.Sleep(fakeorders.Life)
		for _, r := range []*reply{h.press(bob(), approveIt, false), h.submit(bob(), h.press(bob(), rejectIt, false), false)} {
			if !strings.Contains(r.said(), "Order sb-0001 expired at") || !strings.Contains(r.said(), "#99AAB5") {
				t.Errorf("got %s, want to be told when it expired", r.said())
			}
		}
		h.counts(0, 0)
	})
}

func TestTwoNeeded(t *testing.T) {
	t.Parallel()
	h := bought(t, func(h *harness) { h.Switch(needing(2)) })
	h.press(bob(), approveIt, false)
	h.counts(1, 0)
	if r := h.press(bob(), approveIt, false); !strings.Contains(r.said(), "another person") {
		t.Errorf("got %s, want to be told that another is needed", r.said())
	}
	h.counts(1, 0)
	h.press(carol(), approveIt, false)
	h.counts(2, 1)
}

func TestRequesterMayNotApprove(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(h *harness) { h.Switch(func(w *fakeorders.Switches) { w.Others = true }) })
	if r := h.slash(ann(), "line buy", "numbers", line(1).Number); r.last.live() {
		t.Errorf("got %s, want no buttons for who may not approve", r.said())
	}
	if r := h.press(ann(), approveIt, false); !strings.Contains(r.said(), "another person than its requester") {
		t.Errorf("got %s, want the reason", r.said())
	}
	h.counts(0, 0)
	h.press(bob(), approveIt, false)
	h.counts(1, 1)
}

// TestAfterARestart holds that the first click on an old card works.
func TestAfterARestart(t *testing.T) {
	t.Parallel()
	h := bought(t)
	h.restart()
	h.press(bob(), approveIt, false)
	h.counts(1, 1)
}

// TestNotAcknowledged holds that nothing is begun behind a response that did
// not come through.
func TestNotAcknowledged(t *testing.T) {
	t.Parallel()
	for _, err := range []error{gateway.ErrAcknowledged, gateway.ErrGone, gateway.ErrUnavailable, context.DeadlineExceeded} {
		h := bought(t)
		fails := func(r *reply) { r.ackErr = fmt.Errorf("callback: %w", err) }
		for _, i := range []*discordgo.Interaction{
			h.pressing(bob(), approveIt, false),
			h.interaction(alice(), discordgo.InteractionApplicationCommand, command("line buy", given("numbers", line(2).Number))),
		} {
			if r := h.handle(i, fails); r.said() != "" {
				t.Errorf("%v: got %s, want nothing", err, r.said())
			}
		}
		h.counts(0, 0)
		if len(h.All()) != 1 {
			t.Errorf("%v: got %d orders, want 1", err, len(h.All()))
		}
		h.press(bob(), approveIt, false)
		h.counts(1, 1)
	}
}

// TestManyAtOnce handles a hundred interactions of all kinds beside each other.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	h := bought(t)
	var wg sync.WaitGroup
	for n := range 100 {
		wg.Go(func() {
			switch n % 5 {
			case 0:
				h.press(bob(), approveIt, false)
			case 1:
				h.slash(alice(), "line buy", "numbers", line(n).Number)
			case 2:
				h.slash(eve(), "line find", "limit", float64(n%50+1))
			case 3:
				h.typing(ann(), "line drop", "numbers", "+9715")
			case 4:
				h.press(alice(), h.slash(alice(), "line find").last.control(t, "several"), true, line(1).Number)
			}
		})
	}
	wg.Wait()
	h.counts(1, 1)
}

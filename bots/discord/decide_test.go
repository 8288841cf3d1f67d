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
)

// bought is a toy with an order of alice's that waits.
func bought(t *testing.T, change ...func(*toy)) *toy {
	t.Helper()
	y := newToy(t, change...)
	y.slash(alice(), "line buy", "numbers", line(1).Number)
	return y
}

// dropped is the same for an order that gives two lines up.
func dropped(t *testing.T, change ...func(*toy)) *toy {
	t.Helper()
	y := newToy(t, change...)
	y.slash(alice(), "line drop", "numbers", line(1).Number+", "+line(2).Number)
	return y
}

const (
	approveIt = "v1:approve:sb-0001"
	rejectIt  = "v1:reject:sb-0001"
)

func (y *toy) counts(decisions, sent int) {
	y.tb.Helper()
	if d, s := y.decided(); d != decisions || s != sent {
		y.tb.Errorf("got %d decisions and %d executions, want %d and %d", d, s, decisions, sent)
	}
}

// TestRequest holds what requester and channel see of a request.
func TestRequest(t *testing.T) {
	t.Parallel()
	y := newToy(t)
	r := y.slash(alice(), "line buy", "numbers", line(1).Number, "reason", "for *support* <@1>")
	if !r.hidden() || len(r.more) != 1 || r.more[0].flags != 0 {
		t.Fatalf("got %+v, want an answer to the requester and a word to the channel", r.more)
	}
	if text := r.more[0].text(); !strings.Contains(text, "<#"+approvals+">") || !strings.Contains(text, "alice") || r.more[0].live() {
		t.Errorf("got %s, want a pointer to the card", text)
	}
	if r.last.live() || !strings.Contains(r.said(), "<#"+approvals+">") || !strings.Contains(r.said(), "for \\*support\\* \\<@1\\>") {
		t.Errorf("got %s, want the order without buttons", r.said())
	}
	if y.orders[0].Reason != "for *support* <@1>" {
		t.Errorf("got reason %q", y.orders[0].Reason)
	}
	r = y.slash(ann(), "line buy", "numbers", line(2).Number)
	if r.last.control(t, "Buy +971500000002 for 5.50 USD now, 4.50 a month") != "v1:approve:sb-0002" {
		t.Errorf("got %s, want the buttons for who may decide", r.said())
	}
	here := y.interaction(alice(), discordgo.InteractionApplicationCommand, command("line buy", given("numbers", line(3).Number)))
	here.ChannelID = approvals
	if r := y.handle(here); len(r.more) != 0 {
		t.Errorf("got %s, want no word where the card is anyway", r.more[0].text())
	}
}

// TestCardThatCanNotCome holds that the requester is told where the bot lacks
// a permission, so that no card will be there.
func TestCardThatCanNotCome(t *testing.T) {
	t.Parallel()
	y := newToy(t, func(y *toy) { y.c.ApprovalsChannel = "" })
	i := y.interaction(alice(), discordgo.InteractionApplicationCommand, command("line buy", given("numbers", line(1).Number)))
	i.AppPermissions = discordgo.PermissionViewChannel | discordgo.PermissionEmbedLinks | discordgo.PermissionAttachFiles
	if r := y.handle(i); !strings.Contains(r.said(), "permission Send Messages.") {
		t.Errorf("got %s, want the permission that is missing", r.said())
	}
}

// TestRefusedRequest holds that a refusal is seen by the requester only.
func TestRefusedRequest(t *testing.T) {
	t.Parallel()
	y := newToy(t)
	y.refuses = fmt.Errorf("upstream said " + secret)
	r := y.slash(alice(), "line move", "number", line(1).Number, "contact", "smpp:me:"+secret+"@x")
	if !r.hidden() || len(r.more) != 0 || !strings.Contains(r.said(), "Internal error") {
		t.Errorf("got %s, want a refusal in private", r.said())
	}
}

func TestApprove(t *testing.T) {
	t.Parallel()
	y := bought(t)
	r := y.press(bob(), approveIt, false)
	if r.acks[0].Type != discordgo.InteractionResponseDeferredMessageUpdate || r.said() != "" {
		t.Errorf("got %+v %s, want an update of the card and no more", r.acks[0], r.said())
	}
	y.counts(1, 1)
	if d := y.decisions[0]; !d.Approve || d.By.Principal.String() != "discord:2" || d.By.Frontend != identity.FrontDiscord {
		t.Errorf("got %+v", d)
	}
}

// TestWhoMayNot holds that whoever may not decide decides nothing, by no way,
// and is told the role.
func TestWhoMayNot(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*discordgo.Member{"reader": eve(), "requester": alice()} {
		y := dropped(t)
		modal := y.press(bob(), approveIt, false)
		reason := y.press(bob(), rejectIt, false)
		for what, r := range map[string]*reply{
			"approve": y.press(m, approveIt, false), "reject": y.press(m, rejectIt, false),
			"digits": y.submit(m, modal, false, "0001 x2"), "reason": y.submit(m, reason, false, "no"),
			"accept": y.slash(m, "slip accept", "id", "sb-0001"), "refuse": y.slash(m, "slip refuse", "id", "sb-0001"),
		} {
			if !r.hidden() || !strings.Contains(r.said(), "<@&"+approverRole+">") {
				t.Errorf("%s: %s: got %s, want the role that is needed", name, what, r.said())
			}
		}
		y.counts(0, 0)
	}
	y := bought(t, func(y *toy) { y.roles.Approvers = nil })
	if r := y.press(bob(), approveIt, false); !strings.Contains(r.said(), "approver\\_roles") {
		t.Errorf("got %s, want the setting that is empty", r.said())
	}
}

// TestRightsLostMeanwhile holds that the role is looked at again when the
// modal is sent.
func TestRightsLostMeanwhile(t *testing.T) {
	t.Parallel()
	y := dropped(t)
	bob := bob()
	modal := y.press(bob, approveIt, false)
	bob.Roles = nil
	if r := y.submit(bob, modal, false, "0001 x2"); !strings.Contains(r.said(), "<@&"+approverRole+">") {
		t.Errorf("got %s, want the role that is needed", r.said())
	}
	y.counts(0, 0)
}

// TestRightsOfAnotherRole holds that roles may change while the bot runs.
func TestRightsOfAnotherRole(t *testing.T) {
	t.Parallel()
	y := bought(t)
	y.roles.Approvers = []string{"77"}
	if r := y.press(bob(), approveIt, false); !strings.Contains(r.said(), "<@&77>") {
		t.Errorf("got %s, want the role that is needed now", r.said())
	}
	y.counts(0, 0)
	y.press(who("6", "gil", "77"), approveIt, false)
	y.counts(1, 1)
}

// TestDigits holds that giving up takes exactly what is asked for.
func TestDigits(t *testing.T) {
	t.Parallel()
	y := dropped(t)
	modal := y.press(bob(), approveIt, false)
	data := modal.acks[0].Data
	in, _ := components(data.Components[0])[0].(discordgo.TextInput)
	if !strings.HasPrefix(data.Title, "Give up 2 numbers") || !strings.Contains(in.Label+in.Placeholder, "last four digits of +971500000001 and the count") {
		t.Errorf("got %q %q %q", data.Title, in.Label, in.Placeholder)
	}
	for _, wrong := range []string{"", "0001", "0002 x2", "yes", strings.Repeat("0", 500)} {
		r := y.submit(bob(), modal, false, wrong)
		if len(r.more) != 1 || r.more[0].flags&discordgo.MessageFlagsEphemeral == 0 || !strings.Contains(r.said(), "othing was decided") {
			t.Errorf("%q: got %s, want to be told that nothing was decided", wrong, r.said())
		}
	}
	y.counts(0, 0)
	if r := y.submit(bob(), modal, false, "  0001   X2 "); r.said() != "" {
		t.Errorf("got %s, want no word beside the card", r.said())
	}
	y.counts(1, 1)
}

func TestReject(t *testing.T) {
	t.Parallel()
	y := bought(t)
	y.submit(bob(), y.press(bob(), rejectIt, false), false, "too\u202e dear")
	y.counts(1, 0)
	if y.decisions[0].Reason != "too dear" {
		t.Errorf("got reason %q", y.decisions[0].Reason)
	}
	y = bought(t)
	y.submit(bob(), y.press(bob(), rejectIt, false), false)
	y.counts(1, 0)
}

// TestDecideByCommand takes the path of the commands: the same card with the
// same buttons, in private.
func TestDecideByCommand(t *testing.T) {
	t.Parallel()
	y := bought(t)
	card := y.slash(bob(), "slip accept", "id", "sb-0001")
	if !card.hidden() || !strings.Contains(card.said(), "<t:") {
		t.Errorf("got %s, want a card in private", card.said())
	}
	y.counts(0, 0)
	r := y.press(bob(), card.last.control(t, "Buy"), true)
	y.counts(1, 1)
	if !strings.Contains(r.said(), "done") || r.last.live() {
		t.Errorf("got %s, want the receipt without buttons", r.said())
	}
	late := y.press(carol(), card.last.control(t, "Buy"), true)
	if !strings.Contains(late.said(), "approved by bob at 14:17:05") || late.last.live() {
		t.Errorf("got %s, want to be told who was first, and the card as it stands", late.said())
	}
	y = bought(t)
	if r := y.slash(bob(), "slip refuse", "id", "sb-0001", "reason", "no"); !strings.Contains(r.said(), "rejected") {
		t.Errorf("got %s, want the rejection", r.said())
	}
	y.counts(1, 0)
	if r := y.slash(bob(), "slip accept", "id", "sb-0001"); !strings.Contains(r.said(), "rejected by bob") {
		t.Errorf("got %s, want to be told that it is decided", r.said())
	}
}

// TestDoubleClick holds that two clicks run one order once, and that nobody
// gets an error look for being second.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	y := bought(t)
	var wg sync.WaitGroup
	replies := make([]*reply, 8)
	for n := range replies {
		m := []*discordgo.Member{bob(), carol()}[n%2]
		i := y.pressing(m, approveIt, false)
		wg.Go(func() { replies[n] = y.handle(i) })
	}
	wg.Wait()
	y.counts(1, 1)
	told := 0
	for _, r := range replies {
		if said := r.said(); strings.Contains(said, "approved by ") {
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
		y := newToyAt(t, time.Now)
		y.slash(alice(), "line buy", "numbers", line(1).Number)
		time.Sleep(orderLife)
		for _, r := range []*reply{y.press(bob(), approveIt, false), y.submit(bob(), y.press(bob(), rejectIt, false), false)} {
			if !strings.Contains(r.said(), "Order sb-0001 expired at") || !strings.Contains(r.said(), "#99AAB5") {
				t.Errorf("got %s, want to be told when it expired", r.said())
			}
		}
		y.counts(0, 0)
	})
}

func TestTwoNeeded(t *testing.T) {
	t.Parallel()
	y := bought(t, func(y *toy) { y.needed = 2 })
	y.press(bob(), approveIt, false)
	y.counts(1, 0)
	if r := y.press(bob(), approveIt, false); !strings.Contains(r.said(), "another person") {
		t.Errorf("got %s, want to be told that another is needed", r.said())
	}
	y.counts(1, 0)
	y.press(carol(), approveIt, false)
	y.counts(2, 1)
}

func TestRequesterMayNotApprove(t *testing.T) {
	t.Parallel()
	y := newToy(t, func(y *toy) { y.others = true })
	if r := y.slash(ann(), "line buy", "numbers", line(1).Number); r.last.live() {
		t.Errorf("got %s, want no buttons for who may not approve", r.said())
	}
	if r := y.press(ann(), approveIt, false); !strings.Contains(r.said(), "another person than its requester") {
		t.Errorf("got %s, want the reason", r.said())
	}
	y.counts(0, 0)
	y.press(bob(), approveIt, false)
	y.counts(1, 1)
}

// TestAfterARestart holds that the first click on an old card works.
func TestAfterARestart(t *testing.T) {
	t.Parallel()
	y := bought(t)
	y.restart()
	y.press(bob(), approveIt, false)
	y.counts(1, 1)
}

// TestNotAcknowledged holds that nothing is begun behind a response that did
// not come through.
func TestNotAcknowledged(t *testing.T) {
	t.Parallel()
	for _, err := range []error{gateway.ErrAcknowledged, gateway.ErrGone, gateway.ErrUnavailable, context.DeadlineExceeded} {
		y := bought(t)
		fails := func(r *reply) { r.ackErr = fmt.Errorf("callback: %w", err) }
		for _, i := range []*discordgo.Interaction{
			y.pressing(bob(), approveIt, false),
			y.interaction(alice(), discordgo.InteractionApplicationCommand, command("line buy", given("numbers", line(2).Number))),
		} {
			if r := y.handle(i, fails); r.said() != "" {
				t.Errorf("%v: got %s, want nothing", err, r.said())
			}
		}
		y.counts(0, 0)
		if len(y.orders) != 1 {
			t.Errorf("%v: got %d orders, want 1", err, len(y.orders))
		}
		y.press(bob(), approveIt, false)
		y.counts(1, 1)
	}
}

// TestManyAtOnce handles a hundred interactions of all kinds beside each other.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	y := bought(t)
	var wg sync.WaitGroup
	for n := range 100 {
		wg.Go(func() {
			switch n % 5 {
			case 0:
				y.press(bob(), approveIt, false)
			case 1:
				y.slash(alice(), "line buy", "numbers", line(n).Number)
			case 2:
				y.slash(eve(), "line find", "limit", float64(n%50+1))
			case 3:
				y.typing(ann(), "line drop", "numbers", "+9715")
			case 4:
				y.press(alice(), y.slash(alice(), "line find").last.control(t, "menu"), true, line(1).Number)
			}
		})
	}
	wg.Wait()
	y.counts(1, 1)
}

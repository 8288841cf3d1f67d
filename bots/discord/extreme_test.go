package discord_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"didops/bots/discord"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakediscord"
	"didops/internal/testing/fakeorders"
)

// nasty are texts of so many characters, by what they are made of.
func nasty(of string, n int) string {
	runes := []rune(strings.Repeat(of, n))
	return string(runes[:n])
}

// alphabets are of what long texts take most room: what is escaped, what counts
// twice, what belongs together, what calls somebody or looks like markup.
func alphabets() map[string]string {
	return map[string]string{
		"escaped": "*_`~|[]<>#", "calls": "*@everyone_`", "emoji": "😀", "families": "👩‍👩‍👧‍👦", "accents": "e\u0301", "wide": "電話",
		"markup": "<t:1:R>", "links": "https://x.example/[a](b)", "quotes": "“\"”\\",
	}
}

// TestCardsOfMuchTalkWithinAllLimits sends cards on which as much as there may be
// was said, by as many people as there may be, under long rules, through the judge
// of Discord's own description: what waits, all terms of it, what became of it, and
// what a mandate decided. By whom and until when it is decided is always there.
func TestCardsOfMuchTalkWithinAllLimits(t *testing.T) {
	t.Parallel()
	for name, of := range alphabets() {
		for _, lines := range []int{1, 100} {
			t.Run(fmt.Sprint(name, " ", lines), func(t *testing.T) {
				t.Parallel()
				w := newWired(t, func(h *harness) { h.roles.Called = []string{approverRole} })
				w.stop() // until all of it was said
				w.elsewhere("line_buy", numbersTo(lines)...)
				w.Change("sb-0001", talkedAbout(of, 12))
				w.connect(t)
				card := w.card(t, "sb-0001")
				for _, want := range []string{"asked <t:", "Decide until <t:", "rule ", "2 of 5", "see All terms"} {
					if !strings.Contains(card.Text(), want) {
						t.Errorf("got %s, want %q", card.Text(), want)
					}
				}
				if len(card.Components) > 40 || fmt.Sprint(card.Called) != "["+approverRole+"]" {
					t.Errorf("got %d components, %v called", len(card.Components), card.Called)
				}
				w.Press(t, w.bob, card, termsOf).MessageWhere(t, has("Monthly USD"))
				w.Change("sb-0001", fakeorders.To(order.Scheduled, order.LineWaiting, "By mandate office, and scheduled."), func(o *order.Order) {
					o.DecidedBy = []order.Decided{{Realm: "mandate", Name: strings.Repeat(nasty(of, 60)+" and ", 4), Decision: "approved", At: o.CreatedAt}}
				})
				w.card(t, "By mandate office")
				w.Change("sb-0001", fakeorders.To(order.Completed, order.LineDone, "Done, all of it."), talkedAbout(of, 50))
				w.card(t, "Done, all of it.")
			})
		}
	}
}

// TestSaidIsShortened holds that of what does not fit the latest stays, and that it is
// said, by no number, that there is more.
func TestSaidIsShortened(t *testing.T) {
	t.Parallel()
	lines := []string{"first", "second", "third", "fourth"}
	for room, want := range map[int]string{
		4 * 80: "first, second, third, fourth", 3 * 80: "more before: see All terms, third, fourth", 0: "more before: see All terms",
	} {
		if got := strings.Join(discord.Shortened(lines, room), ", "); got != want {
			t.Errorf("room for %d: got %q, want %q", room, got, want)
		}
	}
}

// talkedAbout is that of an order as much was said as there may be, and that so
// many have approved it.
func talkedAbout(of string, approvals int) func(*order.Order) {
	return func(o *order.Order) {
		o.Reason, o.Needed, o.Strength, o.Client = nasty(of, 200), 5, identity.Passkey, nasty(of, 60)
		o.RequestedBy.Name = nasty(of, 60)
		o.Rule, o.SoFar = "“"+nasty(of, 60)+"” and “"+nasty(of, 60)+"”", "2 of 5 approvals of "+nasty(of, 120)+"; one of "+nasty(of, 60)+" is missing"
		o.Replaces, o.Edit, o.AskedOf = "sb-0999", nasty(of, 1200)+", by “"+nasty(of, 60)+"” (discord)", nasty(of, 60)
		o.WaitsFor, o.Talk, o.DecidedBy = "requester", nil, nil
		for n := range order.MaxRemarks {
			kind := []order.RemarkKind{order.RemarkAsked, order.RemarkAnswered, order.RemarkMade}[n%3]
			o.Talk = append(o.Talk, order.RemarkView{Realm: identity.Discord, Name: nasty(of, 60), Kind: kind, Text: nasty(of, order.MaxRemark), At: o.CreatedAt})
		}
		for range approvals {
			o.DecidedBy = append(o.DecidedBy, order.Decided{Realm: "discord", Name: nasty(of, 60), Decision: "approved", At: o.CreatedAt.Add(time.Minute), Strength: "passkey"})
		}
	}
}

// TestRemindersOfManyPeople holds that a reminder calls as many as a message has
// room for, and for the others the roles that may decide.
func TestRemindersOfManyPeople(t *testing.T) {
	t.Parallel()
	for _, people := range []int{1, 40, 41, 200} {
		t.Run(fmt.Sprint(people), func(t *testing.T) {
			t.Parallel()
			w := newWired(t, func(h *harness) { h.roles.Called = []string{approverRole} })
			w.elsewhere("line_buy", line(1).Number)
			w.card(t, "sb-0001")
			w.Change("sb-0001", talkedAbout("*😀", 4))
			w.Switch(func(s *fakeorders.Switches) {
				for n := range people {
					s.Turn = append(s.Turn, order.Called{Name: fmt.Sprint("Person ", n), IDs: map[string]string{identity.Discord: fmt.Sprintf("12000000000001%05d", n)}})
				}
			})
			w.Remind("sb-0001")
			told := w.MessageWhere(t, w.approvals, func(m *fakediscord.Message) bool { return strings.Contains(m.Text(), "still waits for a decision") })
			if want := min(people, 40) + min(1, people/41); len(told.Called) != want {
				t.Errorf("got %d called, want %d", len(told.Called), want)
			}
		})
	}
}

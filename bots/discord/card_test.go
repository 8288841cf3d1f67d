package discord_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/testing/fakeorders"
	"didops/internal/testing/golden"
)

// decided lets bob approve.
func decided(o *order.Order) {
	o.DecidedBy = append(o.DecidedBy, order.Decided{Realm: "discord", Name: "bob", Decision: "approved", At: o.CreatedAt.Add(time.Minute)})
}

// became changes one line of an order.
func became(n int, s order.LineState, message string, changes order.Changes) func(*order.Order) {
	return func(o *order.Order) {
		l := &o.Lines[n]
		if l.State, l.Message = s, message; s == order.LineDone {
			l.Differs = changes
		} else {
			l.Changed = changes
		}
	}
}

func from(was, is string) [2]*string { return [2]*string{&was, &is} }

// cards are what an order of some numbers can become, each with its golden
// message.
func cards() map[string][]func(*order.Order) {
	to := fakeorders.To
	return map[string][]func(*order.Order){
		"pending":   nil,
		"executing": {to(order.Executing, order.LineSending, "Approved, and being carried out: 1 of 3 numbers bought so far."), decided, became(0, order.LineDone, "", nil)},
		"done":      {to(order.Completed, order.LineDone, "Done: 3 numbers bought."), decided},
		"failed":    {to(order.Failed, order.LineFailed, "Failed. Nothing was bought."), decided, became(0, order.LineFailed, "The exchange said: “no”", nil)},
		"rejected":  {to(order.Rejected, order.LineSkipped, "Rejected by “bob”. Nothing was bought. Reason: “Not. Now”")},
		"expired":   {to(order.Expired, order.LineSkipped, "Nobody decided in time. Nothing was bought.")},
		"cancelled": {to(order.Cancelled, order.LineSkipped, "Cancelled by who asked for it. Nothing was bought.")},
		"partial": {
			to(order.Partial, order.LineDone, "Partly done: 1 of 3 numbers bought."), decided,
			became(1, order.LineChanged, "Nothing was sent for it: it was sold meanwhile", order.Changes{"offered": from("yes", "no")}),
			became(2, order.LineChanged, "Nothing was sent for it: it is not what was approved any more", order.Changes{"monthly_fee": from("4.50", "44.50")}),
		},
		"one_of_two": {to(order.Pending, order.LineWaiting, "Waiting for a person to approve."), decided, func(o *order.Order) { o.Needed = 2 }},
		"new_host": {func(o *order.Order) {
			o.Notes = []string{"NEW HOST sip.other.example: not in the templates or [routing] hosts.", "3 of 3 numbers do not work until documents are verified."}
			for n := range o.Lines {
				o.Lines[n].Gist.Routes[0].Value = "sip:{number}@sip.other.example (NEW HOST)"
			}
		}},
		"unknown": {
			to(order.Unknown, order.LineUnknown, "Not known of 2 numbers whether bought: the exchange gave no answer that can be trusted. Certainly bought: 1 of 3. Do not order them again: they are looked for."),
			decided, became(0, order.LineDone, "", nil), func(o *order.Order) { o.Unsure = []string{"Looked for in the exchange's lists."} },
		},
		"changed": {
			to(order.Changed, order.LineChanged, "The quote was no longer true. Nothing was bought. Ask again for a new quote."), decided,
			became(0, order.LineChanged, "The *fee* rose.", order.Changes{"monthly_fee": from("4.50", "9.00"), "vendor": {from("Gulf", "")[0], nil}}),
			became(1, order.LineChanged, "", order.Changes{"documents_required": from("no", "yes")}),
			became(2, order.LineChanged, "", order.Changes{"vendor": from("Gulf", "@everyone”")}),
		},
		"differs": {
			to(order.Completed, order.LineDone, "Done: 3 numbers bought, but 1 not as quoted."), decided,
			became(1, order.LineDone, "", order.Changes{"monthly_fee": from("4.50", "13.50")}),
		},
		"nobody_here": nil,
	}
}

// TestCards holds what a card shows of a purchase in every state.
func TestCards(t *testing.T) {
	t.Parallel()
	for name, changes := range cards() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timely(t, func(h *harness) {
				if name == "nobody_here" {
					h.roles.Approvers = nil
				}
			}, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
				h.elsewhere("line_buy", line(1).Number, line(2).Number, line(3).Number)
				h.cardIn(approvals)
				h.Change("sb-0001", changes...)
				card := h.cardIn(approvals)
				if card.live() != (h.All()[0].State == order.Pending && name != "nobody_here") {
					t.Errorf("got %s, want buttons only while it waits", card.text())
				}
				golden.Check(t, "card/"+name+".json", card.json(t))
			})
		})
	}
}

// TestCardsOfEveryKind holds what is asked for, before it is decided and
// afterwards, of one number and of several.
func TestCardsOfEveryKind(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*harness){
		"buy":  func(h *harness) { h.elsewhere("line_buy", line(1).Number) },
		"many": func(h *harness) { h.elsewhere("line_buy", numbersTo(25)...) },
		"drop": func(h *harness) { h.elsewhere("line_drop", line(1).Number) },
		"drop_several": func(h *harness) {
			h.elsewhere("line_drop", line(1).Number, line(2).Number)
		},
		"move": func(h *harness) {
			h.slash(alice(), "line move", "number", line(1).Number, "contact", "sip:new@sip.example.net")
		},
	} {
		timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			ask(h)
			golden.Check(t, "card/"+name+".json", h.cardIn(approvals).json(t))
			h.Change("sb-0001", fakeorders.To(order.Completed, order.LineDone, "Done: it is so."), decided)
			golden.Check(t, "card/"+name+"_done.json", h.cardIn(approvals).json(t))
		})
	}
}

// TestCardsThatTakeAPasskey have a link in place of the button that approves: to
// the page, where there is one.
func TestCardsThatTakeAPasskey(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{"passkey": "https://didops.example.net", "passkey_nowhere": ""} {
		timely(t, func(h *harness) { h.c.Page = page }, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			h.elsewhere("line_buy", line(1).Number)
			h.cardIn(approvals)
			h.Change("sb-0001", func(o *order.Order) { o.Strength = identity.Passkey })
			golden.Check(t, "card/"+name+".json", h.cardIn(approvals).json(t))
		})
	}
}

// TestColourOfRisk holds that the edge tells what an approval can do.
func TestColourOfRisk(t *testing.T) {
	t.Parallel()
	for tool, want := range map[string]string{"line_buy": "#5865F2", "line_drop": "#ED4245", "line_move": "#FEE75C"} {
		timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			if tool == "line_move" {
				h.slash(alice(), "line move", "number", line(1).Number)
			} else {
				h.elsewhere(tool, line(1).Number)
			}
			if card := h.cardIn(approvals); !strings.HasPrefix(card.text(), want) {
				t.Errorf("%s: got %s, want the edge %s", tool, card.text(), want)
			}
		})
	}
}

// TestWhatMustBeReadIsOnTheCard holds that hosts, warnings, fees and documents
// stand on the card itself, of as many numbers as there may be.
func TestWhatMustBeReadIsOnTheCard(t *testing.T) {
	t.Parallel()
	for _, lines := range []int{1, 2, 10, 11, 25, 100} {
		timely(t, nil, func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			h.elsewhere("line_buy", numbersTo(lines)...)
			h.cardIn(approvals)
			h.Change("sb-0001", func(o *order.Order) {
				o.Notes = []string{"NEW HOST sip.other.example: not in the templates or [routing] hosts."}
				o.Lines[lines-1].Gist.Routes[0].Value = "sip:{number}@sip.other.example (NEW HOST)"
			})
			text := strings.Join(h.cardIn(approvals).texts(), "\n")
			for _, want := range []string{"NEW HOST sip.other.example", "sip:{number}@sip.other.example (NEW HOST)", "documents needed", "4.50", "“Gulf", line(0).Number} {
				if !strings.Contains(text, want) {
					t.Errorf("%d lines: got %s, want %q", lines, text, want)
				}
			}
			if lines > 1 && !strings.Contains(text, "sip:{number}@sip.example.net") {
				t.Errorf("%d lines: got %s, want the other host, too", lines, text)
			}
			if said := strings.Contains(text, fmt.Sprintf("and %d more, %d in all", lines-10, lines)) && strings.Contains(text, "attached file"); said != (lines > 10) {
				t.Errorf("%d lines: got %s, want it said that there are more", lines, text)
			}
			synctest.Wait()
		})
	}
}

func numbersTo(n int) []string {
	var list []string
	for i := range n {
		list = append(list, line(i).Number)
	}
	return list
}

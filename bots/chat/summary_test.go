package chat_test

import (
	"strings"
	"testing"

	"didops/bots/chat"
	"didops/internal/order"
)

// TestNoAddressInPublic holds that what everybody in a channel sees names what
// differs, and no address.
func TestNoAddressInPublic(t *testing.T) {
	t.Parallel()
	was, now, low, high := "sip:old@sip.example.net", "smpp:login:•••:1@smpp.example.net:2776", "2.00", "3.00"
	c := order.Changes{"contact": {&was, &was}, "smpp_contact": {nil, &now}, "monthly_fee": {&low, &high}}
	public, card := strings.Join(chat.Pairs(order.LineView{}, c, true), "; "), strings.Join(chat.Pairs(order.LineView{}, c, false), "; ")
	if strings.Contains(public, "example.net") || !strings.Contains(public, "contact: another") || !strings.Contains(public, "3.00") {
		t.Errorf("got %q for everybody, want no address", public)
	}
	if strings.Count(card, "example.net") != 3 {
		t.Errorf("got %q for who decides, want the addresses", card)
	}
}

// TestHeaded holds that a heading ends at a sentence or a colon of ours, and
// never in what somebody else wrote.
func TestHeaded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 80)
	for message, want := range map[string][2]string{
		"":                            {"", ""},
		"Failed. Nothing was bought.": {"Failed.", "Nothing was bought."},
		"Done: 1 number bought.":      {"Done: 1 number bought.", ""},
		"Rejected by “J. R. Doe. X”. Nothing was bought. Reason: “no. no”": {"Rejected by “J. R. Doe. X”.", "Nothing was bought. Reason: “no. no”"},
		"Not known of 12 numbers whether re-routed: the exchange gave no answer that can be trusted. Certainly: 0.": {
			"Not known of 12 numbers whether re-routed", "The exchange gave no answer that can be trusted. Certainly: 0.",
		},
		"Rejected by “" + long + ": y”. Nothing.": {"Rejected by “" + long + ": y”.", "Nothing."},
		long: {long, ""},
	} {
		if head, rest := chat.Headed(message); [2]string{head, rest} != want {
			t.Errorf("%q: got %q and %q, want %q", message, head, rest, want)
		}
	}
}

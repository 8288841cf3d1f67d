package order

import (
	"encoding/json"
	"strings"

	"didops/internal/sipaddr"
)

// LineTerms is what a line is about and what is asked for with it, one thing
// to a field, as the drawn terms tell it to people. What is not known is "".
type LineTerms struct {
	Country    string   `json:"country,omitempty" jsonschema_description:"ISO code"`
	Type       string   `json:"type,omitempty"`
	Features   []string `json:"features,omitempty"`
	NoVoice    bool     `json:"no_voice,omitempty"`
	PerMinute  string   `json:"per_minute,omitempty" jsonschema_description:"Price of use, and in brackets the seconds of the first and of further intervals"`
	SMSPrice   string   `json:"sms_price,omitempty"`
	Capacity   int      `json:"capacity,omitempty" jsonschema_description:"Calls at once"`
	PaidUntil  string   `json:"paid_until,omitempty"`
	Vendor     string   `json:"vendor,omitempty" quoted:"true" jsonschema_description:"Where lines differ"`
	Account    string   `json:"account,omitempty" jsonschema_description:"Where lines differ"`
	Labels     string   `json:"labels,omitempty" quoted:"true" jsonschema:"-"` // asked for with a purchase, each as a quotation
	CallsTo    Route    `json:"calls_to,omitzero" jsonschema_description:"Where lines differ"`
	MessagesTo Route    `json:"messages_to,omitzero" jsonschema_description:"Where lines differ"`
	Subject    string   `json:"subject,omitempty" quoted:"true" jsonschema_description:"Of a message"`
	Text       string   `json:"text,omitempty" quoted:"true"`

	NewHost bool `json:"-"` // it is routed to a host that is not known
}

// Route is where the calls or messages of a number go, without passwords. In
// JSON it is a text or, where an order changes it, {from, to}.
type Route struct {
	From  string // before; "" = nowhere
	To    string // after, or as it is
	Moves bool   // the order changes it
}

// IsZero reports whether there is no such route.
func (r Route) IsZero() bool { return r == Route{} }

// MarshalJSON implements [json.Marshaler].
func (r Route) MarshalJSON() ([]byte, error) {
	if !r.Moves {
		return json.Marshal(r.To)
	}
	return json.Marshal(move{r.From, r.To})
}

// UnmarshalJSON implements [json.Unmarshaler].
func (r *Route) UnmarshalJSON(data []byte) error {
	var m move
	if err := json.Unmarshal(data, &m.To); err == nil {
		*r = Route{To: m.To}
		return nil
	}
	err := json.Unmarshal(data, &m)
	*r = Route{From: m.From, To: m.To, Moves: true}
	return err
}

type move struct {
	From string `json:"from,omitempty"`
	To   string `json:"to"`
}

// of returns the route with the mark of an address template in the place of
// the number, so that those of several numbers can be the same.
func (r Route) of(digits string) Route {
	r.From, r.To = strings.ReplaceAll(r.From, digits, sipaddr.Mark), strings.ReplaceAll(r.To, digits, sipaddr.Mark)
	return r
}

// Tell sets in an order what its operation says of its quote: the terms of every
// line and, once, those of vendor, account and routes that all lines share,
// and what is to be known of its money.
func (h *Handler) Tell(o *Order, q Quote) {
	if o.Remark = h.Remark; h.Describe == nil || len(o.Lines) == 0 {
		return
	}
	for i, l := range q.Lines {
		t := h.Describe(l)
		if len(q.Lines) > 1 {
			t.CallsTo, t.MessagesTo = t.CallsTo.of(l.Number), t.MessagesTo.of(l.Number)
		}
		o.Lines[i].LineTerms = t
	}
	first := o.Lines[0].LineTerms
	for _, l := range o.Lines[1:] {
		first.Vendor = shared(first.Vendor, l.Vendor)
		first.Account = shared(first.Account, l.Account)
		first.Labels = shared(first.Labels, l.Labels)
		first.CallsTo = shared(first.CallsTo, l.CallsTo)
		first.MessagesTo = shared(first.MessagesTo, l.MessagesTo)
	}
	o.Vendor, o.Account, o.Labels, o.CallsTo, o.MessagesTo = first.Vendor, first.Account, first.Labels, first.CallsTo, first.MessagesTo
	for i := range o.Lines {
		l := &o.Lines[i].LineTerms
		l.Vendor = beyond(l.Vendor, o.Vendor)
		l.Account = beyond(l.Account, o.Account)
		l.Labels = beyond(l.Labels, o.Labels)
		l.CallsTo = beyond(l.CallsTo, o.CallsTo)
		l.MessagesTo = beyond(l.MessagesTo, o.MessagesTo)
	}
}

// shared returns what two lines have in common: the one where they are equal.
func shared[T comparable](a, b T) T {
	if a != b {
		var none T
		return none
	}
	return a
}

// beyond returns what a line has that was not said of all of them.
func beyond[T comparable](own, all T) T {
	if own == all {
		var none T
		return none
	}
	return own
}

// Fill sets what follows from the rest of the order: its notices, how many
// approvals it has, and what was bought.
func (o *Order) Fill() {
	o.Approvals = Approvals{Needed: o.Needed, Given: o.Needed - o.Missing(), Rules: o.Approvals.Rules, Missing: o.Approvals.Missing}
	o.Notices = []string{}
	for _, n := range append([]string{o.Remark}, o.notices()...) {
		if n != "" {
			o.Notices = append(o.Notices, n)
		}
	}
	o.Bought = nil
	if b, _ := o.bought(); o.Costs && b.Due.Known() {
		o.Bought = &b
	}
}

package order

import (
	"slices"
	"time"

	"didops/internal/identity"
)

// The bounds of what is said about an order while it waits.
const (
	MaxRemark  = 200 // characters of one remark
	MaxRemarks = 20  // of an order
)

// Remark is what somebody said about an order that waited. It decides nothing.
type Remark struct {
	By   identity.Party
	Kind RemarkKind
	Text string // cleaned, without secrets
	At   time.Time
}

// RemarkKind is what a remark is for.
type RemarkKind string

// The kinds of remarks.
const (
	RemarkAsked    RemarkKind = "asked"     // who may decide asks the requester
	RemarkAnswered RemarkKind = "answered"  // the requester answers
	RemarkMade     RemarkKind = "commented" // anything else
)

// event is what the trail calls a remark.
func (k RemarkKind) event() string {
	switch k {
	case RemarkAsked:
		return "asked back"
	case RemarkAnswered:
		return "answered back"
	case RemarkMade:
	}
	return string(k)
}

// Edited is how an order was made of another that waited.
type Edited struct {
	By   identity.Party
	How  string // in words: "without +971501234567"
	From time.Time

	// Routed are all who set an address in it, in the orders that it was made of
	// too: where a requester's approval does not count, theirs do not.
	Routed []identity.Party `json:",omitempty"`
}

// Assigned is who an order was handed to, to be decided.
type Assigned struct {
	To string // a person of [[people]], or role:NAME
	By identity.Party
	At time.Time
}

// Aside is something that happens to an order that waits, and decides nothing.
type Aside struct {
	At        time.Time
	Remark    *Remark
	Assigned  *Assigned
	Reminded  int // how many of its reminders are told by now; 0 = this is none
	Escalated int // how often it has gone to others by now; likewise
}

func (Aside) event() {}

// aside keeps what happened to an order that waits.
func (r *Record) aside(e Aside) bool {
	if r.Phase != PhasePending || !e.At.Before(r.Expires) {
		return false
	}
	switch {
	case e.Remark != nil:
		if len(r.Talk) >= MaxRemarks {
			return false
		}
		r.Talk = append(r.Talk, *e.Remark)
	case e.Assigned != nil:
		r.Assigned = e.Assigned
	case e.Reminded > r.Reminded:
		r.Reminded = e.Reminded
	case e.Escalated > r.Escalated:
		r.Escalated = e.Escalated
	default:
		return false
	}
	return true
}

// waited takes in what happens to an order that waits, and decides nothing.
func (r *Record) waited(e Event) bool {
	if e, ok := e.(Cancel); ok {
		return r.cancel(e)
	}
	aside, ok := e.(Aside)
	return ok && r.aside(aside)
}

// cancel ends an order that waits, because it is taken back or another takes its
// place.
func (r *Record) cancel(e Cancel) bool {
	r.ReplacedBy, r.Editor = e.For, e.Editor
	return r.end(PhaseCancelled, e.At)
}

// openQuestion returns the question that waits for the requester; nil for none.
func (r Record) openQuestion() *Remark {
	for _, m := range slices.Backward(r.Talk) {
		switch m.Kind {
		case RemarkAsked:
			return &m
		case RemarkAnswered:
			return nil
		case RemarkMade:
		}
	}
	return nil
}

// turn is since when it is on those who decide: since the request, or since the
// requester answered what was asked back. It is zero while that is open.
func (r Record) turn() time.Time {
	since := r.Created
	for _, m := range r.Talk {
		switch m.Kind {
		case RemarkAsked:
			since = time.Time{}
		case RemarkAnswered:
			since = m.At
		case RemarkMade:
		}
	}
	return since
}

// cloneTalk makes what people did while the order waited a copy of its own.
func (r *Record) cloneTalk() {
	r.Talk = slices.Clone(r.Talk)
	if r.Edited != nil {
		r.Edited = new(*r.Edited)
		r.Edited.Routed = slices.Clone(r.Edited.Routed)
	}
	if r.Assigned != nil {
		r.Assigned = new(*r.Assigned)
	}
	if r.Editor != nil {
		r.Editor = new(*r.Editor)
	}
}

// parties are all who did something while the order waited. The record must be
// a copy.
func (r *Record) parties() []*identity.Party {
	var list []*identity.Party
	for i := range r.Talk {
		list = append(list, &r.Talk[i].By)
	}
	if r.Edited != nil {
		list = append(list, &r.Edited.By)
		for i := range r.Edited.Routed {
			list = append(list, &r.Edited.Routed[i])
		}
	}
	if r.Assigned != nil {
		list = append(list, &r.Assigned.By)
	}
	if r.Editor != nil {
		list = append(list, r.Editor)
	}
	return list
}

// times are all moments of what happened while the order waited, likewise.
func (r *Record) times() []*time.Time {
	var list []*time.Time
	for i := range r.Talk {
		list = append(list, &r.Talk[i].At)
	}
	if r.Edited != nil {
		list = append(list, &r.Edited.From)
	}
	if r.Assigned != nil {
		list = append(list, &r.Assigned.At)
	}
	return list
}

// maskedTalk returns the record, which must be a copy, without secrets in what
// people wrote while it waited.
func (e *Engine) maskedTalk(r Record) Record {
	r.cloneTalk()
	for _, p := range r.parties() {
		p.Name, p.Client = e.words(p.Name, maxName), e.words(p.Client, maxName)
	}
	for i := range r.Talk {
		r.Talk[i].Text = e.words(r.Talk[i].Text, MaxRemark)
	}
	if r.Edited != nil {
		r.Edited.How = e.words(r.Edited.How, maxHow)
	}
	return r
}

// maxHow is the most characters that are kept of how an order was edited.
const maxHow = 400

package order

import (
	"fmt"
	"time"

	"didops/internal/identity"
	"didops/internal/view"
)

// forRequester is for whom an order waits whose requester was asked back.
const forRequester = "requester"

// talk sets what people did while an order waited.
func (e *Engine) talk(o *Order, r Record, outside bool) {
	if r.drill() {
		o.Message = drillMessage(r)
	}
	for _, m := range r.Talk {
		o.Talk = append(o.Talk, RemarkView{Realm: m.By.Realm, Name: clean(m.By.Name), Kind: m.Kind, Text: m.Text, At: second(m.At)})
	}
	o.Replaces, o.ReplacedBy = r.Replaces, r.ReplacedBy
	if r.Edited != nil {
		o.Edit = r.Edited.How + ", by " + named(r.Edited.By)
	}
	if r.Assigned != nil {
		o.AskedOf = r.Assigned.To
	}
	if q := r.openQuestion(); o.State == Pending && q != nil {
		o.WaitsFor, o.AskedBackAt = forRequester, second(q.At)
		if way := e.howToAnswer(r, outside); way != "" {
			o.ApproveAt = append(o.ApproveAt, way)
		}
	}
}

// howToAnswer says to who asked for an order how to answer what was asked back.
func (e *Engine) howToAnswer(r Record, outside bool) string {
	program := e.Command
	if outside {
		program = "didops"
	}
	realm := identity.RealmOf(r.Requester.Realm)
	return realm.Place(realm.ToAnswer, "", program, r.ID)
}

// waiting says for whom an order waits.
func waiting(r Record) string {
	if q := r.openQuestion(); q != nil {
		return "Waiting for its requester, whom " + view.Quoted(clean(q.By.Name)) + " asked: " + view.Quoted(q.Text) + "."
	}
	return "Waiting for a person to approve."
}

// editorOf names who made another order of one.
func editorOf(r Record) string {
	if r.Editor == nil {
		return "somebody"
	}
	return named(*r.Editor)
}

// String says who said what, and when, the words as a quotation.
func (s RemarkView) String() string {
	return fmt.Sprintf("%s by %s, %s", view.Quoted(s.Text), identity.PublicParty{Realm: s.Realm, Name: s.Name}, s.At.Format(clock))
}

// Label is what somebody did who said something.
func (s RemarkView) Label() string {
	switch s.Kind {
	case RemarkAsked:
		return "Asked back"
	case RemarkAnswered:
		return "Answered"
	case RemarkMade:
	}
	return "Comment"
}

// talked is what people did while the order waited.
func (o Order) talked() view.Fields {
	var list view.Fields
	if o.Edit != "" {
		list = append(list, view.Field{Label: "Made of", Value: o.Replaces + ": " + o.Edit})
	}
	if o.AskedOf != "" {
		list = append(list, view.Field{Label: "Asked of", Value: view.Quoted(o.AskedOf)})
	}
	for _, s := range o.Talk {
		list = append(list, view.Field{Label: s.Label(), Value: s.String()})
	}
	return list
}

// AskedBack returns the question that waits for the requester; ok where there is
// one.
func (o Order) AskedBack() (question RemarkView, ok bool) {
	if o.WaitsFor != forRequester {
		return RemarkView{}, false
	}
	for _, s := range o.Talk {
		if s.Kind == RemarkAsked {
			question, ok = s, true
		}
	}
	return question, ok
}

// stands is where the order stands, in a list: of one whose requester was asked
// back also since when.
func (o Order) stands() string {
	if o.WaitsFor == forRequester {
		return string(o.State) + ", asked back " + o.AskedBackAt.Format(time.DateTime)
	}
	return string(o.State)
}

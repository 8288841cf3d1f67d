package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/passkey"
	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

// orderPage is what the page of an order shows.
type orderPage struct {
	ID    string
	Doc   template.HTML // the terms, or what became of it, as everywhere else
	Until time.Time     // while it waits
	Terms string        // by which it is known what was shown

	Question *order.Question // the person's approval would count; nil = it would not
	WhyNot   *problem        // why it would not; nil = nothing is to be said of that
	Rejects  bool            // the person may say no
	Drill    bool            // it only asks who is there: yes is the only answer
	Passkey  bool            // an approval takes a passkey
	Keys     bool            // the person has one
	TakeBack string          // how the person takes it back; "" = not
	Moves    bool            // it will be another soon
	Reason   string          // what was given as a reason before something went wrong
	Lost     string          // what was typed into a form that there is no more
	Before   *before         // what can be done besides the decision; nil = nothing

	Replaces, ReplacedBy string // the orders that it was made of, and that was made of it; "" = none
}

// seen is an order as a person is shown it.
type seen struct {
	order    *order.Order
	question *order.Question
	doc      view.Doc
	whyNot   error // why the person is not asked
}

// look reads an order for who is there: with the question whose answer would
// count, or why there is none.
func (p *Page) look(ctx context.Context, v *visit, id string) (seen, error) {
	call := v.call("web_page")
	if v.person.Role >= identity.Approver {
		r, err := p.c.Gate.Ask(ctx, id, call)
		if err == nil {
			s := seen{order: r.Order, question: r.Question, doc: r.Doc}
			if r.Question != nil {
				s.doc = r.Question.Card
			}
			return s, nil
		}
		if code := fault.CodeOf(err); code != fault.Conflict && code != fault.Expired && code != fault.Forbidden {
			return seen{}, err
		}
		s, failed := p.lookOnly(ctx, call, id)
		s.whyNot = err
		return s, failed
	}
	return p.lookOnly(ctx, call, id)
}

func (p *Page) lookOnly(ctx context.Context, call tools.Call, id string) (seen, error) {
	r, err := p.c.Gate.Order(ctx, id, call)
	return seen{order: r.Order, doc: r.Doc}, err
}

// order shows an order: all of its terms, and, where it waits for the person,
// the form that decides it.
func (p *Page) order(w http.ResponseWriter, v *visit) error {
	s, err := p.look(v.Context(), v, v.PathValue("id"))
	if err != nil {
		return err
	}
	return p.showOrder(w, v, s, shown{status: http.StatusOK})
}

// How an order is taken back: of what a mandate decided there is nothing that
// anybody gave.
const (
	takeBack = "Take it back"
	stop     = "Stop it"
)

// whatOf says what an order is for, in few words.
func whatOf(o order.Order) string {
	if o.Drill {
		return "A drill: who is there"
	}
	return capital(o.Kind) + " of " + o.Span()
}

// shown is how an order is shown after something went wrong.
type shown struct {
	status  int
	problem *problem
	reason  string
	form    *typed // a form that did nothing; nil = none
}

func (p *Page) showOrder(w http.ResponseWriter, v *visit, s seen, how shown) error {
	o := s.order
	body := orderPage{
		ID: o.ID, Question: s.question, Terms: termsOf(s), Reason: how.reason,
		Doc:      render.HTML(s.doc, render.HTMLOptions{Level: 2}),
		Moves:    o.State == order.Executing || o.State == order.Unknown,
		Replaces: o.Replaces, ReplacedBy: o.ReplacedBy,
	}
	title := whatOf(*o)
	switch o.State {
	case order.Pending:
		body.Until = o.ExpiresAt
		body.Drill = o.Drill
		body.Rejects = v.person.Role >= identity.Approver && !o.Drill
		if f, ok := fault.As(s.whyNot); ok {
			body.WhyNot = problemOf(f.Outside())
		}
		// Who may ask and not approve sees the person's own orders only.
		own := v.person.Role == identity.Requester || o.RequestedBy.Realm == identity.Web && o.RequestedBy.Name == v.person.Name
		if v.person.Role >= identity.Requester && own {
			body.TakeBack = takeBack
		}
	case order.Scheduled:
		if v.person.Role >= identity.Requester {
			body.TakeBack = takeBack
		}
		if body.TakeBack != "" && o.ByMandate() {
			body.TakeBack = stop
		}
	default: // it is over, or under way
	}
	if s.question != nil {
		title = s.question.Text
	}
	if err := errors.Join(p.signing(v, s, &body), p.beside(v, o, &body, &how)); err != nil {
		return err
	}
	p.draw(w, v, how.status, "order", frame{Title: title, Problem: how.problem, Notice: saidOf(v), Script: body.Keys, Body: body})
	return nil
}

// signing says on an order's page whether it takes a passkey, and whether the
// person has one.
func (p *Page) signing(v *visit, s seen, body *orderPage) error {
	if s.question == nil {
		return nil
	}
	body.Passkey = passkeyNeeded(s)
	keys, err := p.keysOf(v.Context(), v.person.Name)
	body.Keys = slices.ContainsFunc(keys, func(k passkey.Listed) bool { return k.Void == "" })
	return err
}

// beside puts the forms that decide nothing on an order's page. What was wrong
// with one that is not there any more is said in front, with what was typed.
func (p *Page) beside(v *visit, o *order.Order, body *orderPage, how *shown) error {
	var err error
	if body.Before, err = p.before(v, o, how.form); err != nil || how.form == nil || how.form.shown {
		return err
	}
	how.problem, body.Lost = how.form.problem, how.form.one("text")
	how.problem.Field = ""
	return nil
}

// termsOf names what a person was shown of an order that waits, as far as a
// decision rests upon it.
func termsOf(s seen) string {
	if s.question == nil {
		return ""
	}
	o, q := s.order, s.question
	terms, err := json.Marshal(map[string]any{
		"order": o.ID, "quote": o.QuoteHash, "question": q.Text, "typed": q.Want, "until": o.ExpiresAt, "needed": o.Needed, "total": o.Total,
		"terms": string(render.HTML(view.Doc{Blocks: o.Terms}, render.HTMLOptions{})), "notices": o.Notes, "lines": o.Lines, "passkey": passkeyNeeded(s),
	})
	if err != nil {
		return "" // nothing compares equal to it
	}
	sum := sha256.Sum256(terms)
	return hex.EncodeToString(sum[:])
}

package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/tools"
)

// deed is something that is done to an order while it waits: its path below that
// of the order is its name.
type deed struct {
	name string
	does tools.Deed
	said string // the word for it in an address, once it is done
}

func deeds() []deed {
	return []deed{
		{"ask", tools.AsksBack, "asked"},
		{"answer", tools.AnswersBack, "answered"},
		{"comment", tools.Comments, "commented"},
		{"edit", tools.Edits, "edited"},
		{"reassign", tools.HandsOver, "reassigned"},
	}
}

// typed is a form as it was sent, and why it did nothing.
type typed struct {
	deed    string
	values  map[string][]string // by parameter
	problem *problem
	shown   bool // it is on the page, with its problem
}

// wrong returns why a form did nothing, where it is the one of that name, which
// is on the page and has these fields; nil where it is another.
func (t *typed) wrong(deed string, fields ...string) *problem {
	if t == nil || t.deed != deed {
		return nil
	}
	t.shown = true
	if !slices.Contains(fields, t.problem.Field) {
		t.problem.Field = "" // the problem itself is gone to
	}
	return t.problem
}

// one is what was typed into a field.
func (t *typed) one(name string) string {
	return strings.Join(t.values[name], "\n")
}

// doDeed takes a form of an order that waits: its fields are the parameters of
// the operation. What comes of an edit is an order of its own, whose page is
// shown next.
func (p *Page) doDeed(d deed) handler {
	return func(w http.ResponseWriter, v *visit) error {
		id := v.PathValue("id")
		tool, param, ok := p.c.Gate.Upon(d.does, identity.FrontWeb)
		if !ok {
			return p.nothing(w, v)
		}
		if err := v.ParseForm(); err != nil {
			return err
		}
		form, args := &typed{deed: d.name, values: map[string][]string{}}, map[string]string{param: id}
		for _, f := range tool.Params() {
			if f.Name == param {
				continue
			}
			form.values[f.Name] = v.PostForm[f.Name]
			if text := strings.ReplaceAll(form.one(f.Name), "\r\n", "\n"); text != "" { // a browser counts a line's end as one character
				args[f.Name] = text
			}
		}
		call := v.call(tool.Name().String())
		call.Spelt = spelt
		var err error
		if call.Args, err = json.Marshal(args); err != nil {
			return err
		}
		result, err := p.c.Gate.Call(v.Context(), call)
		if err != nil {
			return p.notDone(w, v, id, form, err)
		}
		if result.Order != nil {
			id = result.Order.ID
		}
		p.lead(w, v, "/orders/"+id+"?said="+d.said)
		return nil
	}
}

// spelt is what a form calls a parameter, within a sentence.
func spelt(p tools.Param) string {
	switch p.Name {
	case "text":
		return "the text"
	case "remove":
		return "what is left out"
	case "contact":
		return "the address"
	case "max_monthly_fee":
		return "the most a month"
	case "to":
		return "who is asked"
	}
	return p.Name
}

// notDone shows an order again with a form that did nothing, the reason beside it
// and what was typed in it.
func (p *Page) notDone(w http.ResponseWriter, v *visit, id string, form *typed, err error) error {
	f, ok := fault.As(err)
	if !ok || f.Code == fault.Internal || f.Code == fault.NotFound {
		return err
	}
	s, failed := p.look(v.Context(), v, id)
	if failed != nil {
		return err
	}
	f = f.Outside()
	form.problem = problemOf(f)
	form.problem.Field = f.Field
	for name, values := range form.values {
		form.values[name] = p.again(name, values)
	}
	if s.order.State != order.Pending {
		s.whyNot = nil // it is said already
	}
	how := shown{status: statusOf(f.Code), form: form}
	if p.c.Refused != nil {
		p.c.Refused(how.status)
	}
	return p.showOrder(w, v, s, how)
}

// maxAgain is the most characters of a field that are shown again: no browser
// sends more of a text.
const maxAgain = 1000

// again is what was typed as it may stand in a page: words without the secrets in
// them, and nothing of an address that holds one.
func (p *Page) again(name string, values []string) []string {
	list := make([]string, 0, len(values))
	for _, value := range values {
		masked := p.c.Gate.Masked(value)
		switch {
		case utf8.RuneCountInString(masked) > maxAgain:
			masked = string([]rune(masked)[:maxAgain])
		case masked != value && name != "text":
			masked = ""
		}
		list = append(list, masked)
	}
	return list
}

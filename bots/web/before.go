package web

import (
	"slices"

	"didops/internal/order"
)

// remark is a form for something that is said about an order.
type remark struct {
	Name, Title, Label, Button string
	Open                       bool
	Text                       string
	Problem                    *problem
}

// choice is a number that can be left out of an order.
type choice struct {
	Number string
	Out    bool // it was ticked
}

// before are the forms of an order's page that decide nothing.
type before struct {
	At      string // the path of the order's page
	Most    int    // characters of a remark
	Remarks []remark
	Edit    *editForm // nil = there is none
	Hand    *handForm // likewise
}

// editForm makes another order of one.
type editForm struct {
	May     order.Permitted
	Numbers []choice // nil = they are typed, being many
	Unit    string   // of amounts
	Problem *problem

	Removed, Contact, Most string // as typed before
}

// handForm says who is asked to decide an order.
type handForm struct {
	To      []string // nil = it is typed, being many
	Chosen  string
	Problem *problem
}

// The most that is chosen from in a form; of more, what is meant is typed.
const (
	maxNumbers = 30
	maxPeople  = 60
)

// before returns the forms that the person may use on the order now; nil for
// none. The one that was sent holds what was typed.
func (p *Page) before(v *visit, o *order.Order, form *typed) (*before, error) {
	if o.State != order.Pending {
		return nil, nil //nolint:nilnil // there is nothing to be done, and nothing is wrong
	}
	may, err := p.c.Gate.Permits(v.Context(), o.ID, v.call("web_page"))
	if err != nil {
		return nil, err
	}
	b := &before{At: p.base + "/orders/" + o.ID, Most: order.MaxRemark, Remarks: remarksOf(may, form)}
	if may.Edits() {
		b.Edit = editOf(may, o, form)
	}
	if len(may.To) > 0 {
		b.Hand = handOf(may, form)
	}
	if len(b.Remarks) == 0 && b.Edit == nil && b.Hand == nil {
		return nil, nil //nolint:nilnil // likewise
	}
	return b, nil
}

// remarksOf are the forms for what can be said. That of an answer is open:
// somebody waits for it.
func remarksOf(may order.Permitted, form *typed) []remark {
	var list []remark
	for _, r := range []struct {
		remark
		may bool
	}{
		{remark{Name: "answer", Title: "Answer what was asked", Label: "Answer", Button: "Send the answer", Open: true}, may.Answer},
		{remark{Name: "ask", Title: "Ask who asked for it", Label: "Question", Button: "Ask"}, may.Ask},
		{remark{Name: "comment", Title: "Comment", Label: "Comment", Button: "Add the comment"}, may.Comment},
	} {
		if !r.may {
			continue
		}
		if r.Problem = form.wrong(r.Name, "text"); r.Problem != nil {
			r.Open, r.Text = true, form.one("text")
		}
		list = append(list, r.remark)
	}
	return list
}

func editOf(may order.Permitted, o *order.Order, form *typed) *editForm {
	e := &editForm{May: may, Unit: o.Currency}
	fields, many := []string{"max_monthly_fee", "contact"}, len(o.Lines) > maxNumbers
	if many {
		fields = append(fields, "remove")
	}
	var out []string
	if e.Problem = form.wrong("edit", fields...); e.Problem != nil {
		e.Removed, e.Contact, e.Most = form.one("remove"), form.one("contact"), form.one("max_monthly_fee")
		out = form.values["remove"]
	}
	if many {
		return e
	}
	for _, l := range o.Lines {
		e.Numbers = append(e.Numbers, choice{l.Number, slices.Contains(out, l.Number)})
	}
	return e
}

func handOf(may order.Permitted, form *typed) *handForm {
	h := &handForm{}
	if h.Problem = form.wrong("reassign", "to"); h.Problem != nil {
		h.Chosen = form.one("to")
	}
	if len(may.To) <= maxPeople {
		h.To = may.To
	}
	return h
}

package chat

import (
	"context"
	"strings"
	"unicode"

	"didops/internal/order"
	"didops/tools"
)

// maxTyped is the most characters that are read of what a person types to
// confirm.
const maxTyped = 40

// maxInput is the most characters of a parameter that is asked for.
const maxInput = 400

// inputName is the name of a form's only input.
const inputName = "typed"

// askDigits asks for what has to be typed to approve.
func (t *session) askDigits(ctx context.Context, q order.Question) {
	t.request.Reply.Ask(ctx, Form{ID: controlID("digits", q.Order), Title: q.Text, Inputs: []Input{
		{Name: inputName, Label: capital(q.Where), Brief: "To approve, type", Required: true, Most: maxTyped},
	}})
}

// askReason asks why an order is rejected, which may be left open.
func (t *session) askReason(ctx context.Context, id string) {
	t.request.Reply.Ask(ctx, Form{ID: controlID("reason", id), Title: "Reject " + id, Inputs: []Input{
		{Name: inputName, Label: "Why? (may be left open)", Long: true, Most: order.MaxReason},
	}})
}

// fill asks for what an operation may be told besides what was chosen.
func (t *session) fill(ctx context.Context, ref string) {
	_, tool, ok := t.rowAction(ctx, ref)
	if !ok {
		return
	}
	var inputs []Input
	for _, p := range tool.Params() {
		if p.Required || p.Document || p.Instead || p.Type == tools.ParamBoolean || len(inputs) == t.c.Limits.Inputs {
			continue
		}
		inputs = append(inputs, inputOf(p))
	}
	t.request.Reply.Ask(ctx, Form{ID: controlID("filled", ref), Title: tool.Title(), Inputs: inputs})
}

// inputOf asks for a parameter.
func inputOf(p tools.Param) Input {
	in := Input{Name: p.Name, Label: capital(strings.ReplaceAll(p.Name, "_", " ")), Hint: p.Description, Most: maxInput}
	if p.Name == reasonParam {
		in.Most = order.MaxReason
	}
	return in
}

// filled asks for what was chosen, with what was typed.
func (t *session) filled(ctx context.Context, ref string, typed map[string]string) {
	e, tool, ok := t.rowAction(ctx, ref)
	if !ok || !t.begin(ctx, true) {
		return
	}
	args := e.args()
	for _, p := range tool.Params() {
		if text := typed[p.Name]; text != "" && p.Name != e.Param {
			args.Add(p.Name, text)
		}
	}
	t.perform(ctx, tool, args.JSON())
}

// Submit answers a form that was sent, with what was typed into its inputs.
// What may be done is looked at anew: a role may have gone since the form was
// opened.
func (s *Service) Submit(ctx context.Context, r Request, form string, typed map[string]string) {
	t, ok := s.session(ctx, r)
	if !ok {
		return
	}
	action, ref, ok := parseControl(form)
	if d, does := deedOf(action); ok && does {
		t.doDeed(ctx, d, ref, typed)
		return
	}
	switch {
	case ok && action == "digits":
		t.decide(ctx, ref, tools.Answer{Reply: tools.Yes, Typed: shortened(typed[inputName])})
	case ok && action == "reason":
		t.decide(ctx, ref, tools.Answer{Reply: tools.No, Reason: typed[inputName]})
	case ok && action == "filled":
		t.filled(ctx, ref, typed)
	case ok && action == "list":
		t.filledList(ctx, ref, typed)
	case ok && action == "filtered":
		t.filtered(ctx, ref, typed)
	default:
		t.refuse(ctx, ErrUnknown)
	}
}

// Unknown answers what is neither a command nor a control nor a form.
func (s *Service) Unknown(ctx context.Context, r Request) {
	if t, ok := s.session(ctx, r); ok {
		t.refuse(ctx, ErrUnknown)
	}
}

// shortened is what was typed, as far as it is read. What was cut confirms
// nothing.
func shortened(typed string) string {
	if r := []rune(typed); len(r) > maxTyped {
		return string(r[:maxTyped]) + "…"
	}
	return typed
}

func capital(s string) string {
	for i, r := range s {
		if i == 0 {
			return string(unicode.ToUpper(r)) + s[len(string(r)):]
		}
	}
	return s
}

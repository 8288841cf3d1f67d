package chat

import (
	"context"
	"fmt"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
)

// saidMost is how many remarks stand on a card, the latest.
const saidMost = 3

// deeds are the controls for what is done to an order before it is decided: by
// the action that opens a form, what that does and its label.
func deeds() []deed {
	return []deed{
		{"question", tools.AsksBack, "Ask…"}, {"reply", tools.AnswersBack, "Answer…"}, {"edit", tools.Edits, "Edit…"},
	}
}

type deed struct {
	action string
	does   tools.Deed
	label  string
}

// deedOf returns the deed of an action.
func deedOf(action string) (deed, bool) {
	for _, d := range deeds() {
		if d.action == action {
			return d, true
		}
	}
	return deed{}, false
}

// deedButton is the control for a deed, where it can be done here.
func (s *Service) deedButton(does tools.Deed, id string) []Button {
	if _, _, ok := s.c.Gate.Upon(does, s.c.Frontend); !ok {
		return nil
	}
	for _, d := range deeds() {
		if d.does == does {
			return []Button{{Label: d.label, ID: controlID(d.action, id)}}
		}
	}
	return nil
}

// talkButtons are those of a card that is to be decided: who may decide asks, or
// the requester answers.
func (s *Service) talkButtons(o order.Order) []Button {
	if o.Drill {
		return nil
	}
	if _, asked := o.AskedBack(); asked {
		return s.deedButton(tools.AnswersBack, o.ID)
	}
	return s.deedButton(tools.AsksBack, o.ID)
}

// said is what people did while an order waited, the latest last.
func said(o order.Order) []Said {
	var list []Said
	if o.Edit != "" {
		list = append(list, Said{By: "Made of " + o.Replaces, What: o.Edit})
	}
	if o.AskedOf != "" && o.State == order.Pending {
		list = append(list, Said{By: "Asked of " + view.Quoted(o.AskedOf)})
	}
	talk := o.Talk
	if more := len(talk) - saidMost; more > 0 {
		list = append(list, Said{By: fmt.Sprintf("%d more remarks before: see All terms", more)})
		talk = talk[more:]
	}
	for _, r := range talk {
		list = append(list, Said{
			By: identity.PublicParty{Realm: r.Realm, Name: r.Name}.String(), What: verbOf(r.Kind), Text: view.Quoted(r.Text), At: r.At,
		})
	}
	return list
}

func verbOf(k order.RemarkKind) string {
	switch k {
	case order.RemarkAsked:
		return "asked back"
	case order.RemarkAnswered, order.RemarkMade:
	}
	return string(k)
}

// askDeed opens the form by which something is done to an order.
func (t *session) askDeed(ctx context.Context, d deed, id string) {
	tool, param, err := t.deedTool(d)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	form := Form{ID: controlID(d.action, id), Title: tool.Title() + ": " + id}
	for _, p := range tool.Params() {
		if p.Name == param || len(form.Inputs) == t.c.Limits.Inputs {
			continue
		}
		in := inputOf(p)
		if in.Required = p.Required; p.Required {
			in.Long, in.Most = true, order.MaxRemark
		}
		form.Inputs = append(form.Inputs, in)
	}
	t.request.Reply.Ask(ctx, form)
}

// deedTool returns the operation of a deed, if the member may call it.
func (t *session) deedTool(d deed) (tool *tools.Tool, param string, err error) {
	tool, param, ok := t.c.Gate.Upon(d.does, t.c.Frontend)
	if !ok {
		return nil, "", ErrUnknown
	}
	return tool, param, t.mayCall(tool)
}

// doDeed does to an order what a form says, and shows what came of it where its
// control was.
func (t *session) doDeed(ctx context.Context, d deed, id string, typed map[string]string) {
	tool, param, err := t.deedTool(d)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	args := &Arguments{}
	args.Add(param, id)
	for _, p := range tool.Params() {
		if text := typed[p.Name]; text != "" && p.Name != param {
			args.Add(p.Name, text)
		}
	}
	call := t.call(tool.Name().String())
	call.Args = args.JSON()
	t.change(ctx, id, func() error {
		_, err := t.c.Gate.Call(ctx, call)
		return err
	})
	t.suggestions.forget()
	t.poke()
}

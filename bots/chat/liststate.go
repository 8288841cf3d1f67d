package chat

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"didops/internal/fault"
	"didops/tools"
)

// listState is a list as one member sees it. Every page that is shown has a
// state of its own, under a random handle in the store, and is never changed: so
// any process answers its controls, also after a restart, and a control that is
// pressed twice leads twice to the same page. It is kept for [keepFor] after
// the page was shown.
type listState struct {
	page

	Who  string   `json:"w"`           // the id of who asked, whom alone the controls answer
	Rows []string `json:"r,omitempty"` // the rows shown, as operations take them
	Next spot     `json:"x,omitzero"`  // where the next page begins

	Market string `json:"m"` // see marketOf
}

// keepList keeps the state of a list and returns how its controls refer to it:
// by the operation, which is known for longer than the state, and the handle.
func (t *session) keepList(ctx context.Context, tool *tools.Tool, s listState) string {
	name := t.c.NewHandle()
	if data, err := json.Marshal(s); err == nil {
		t.controls.keep(ctx, name, data, keepFor)
	}
	return tool.Name().String() + "/" + name
}

// list finds the list that a control belongs to, for who asked for it, and what
// else the control says; or it says why there is none.
func (t *session) list(ctx context.Context, ref string) (s listState, tool *tools.Tool, what string, ok bool) {
	name, rest, _ := strings.Cut(ref, "/")
	held, what, _ := strings.Cut(rest, "/")
	tool, known := t.c.Gate.Catalog().Tool(name)
	if !known || !tool.Through(t.c.Frontend) || held == "" {
		t.refuse(ctx, ErrUnknown)
		return s, nil, "", false
	}
	command := tool.Name().Noun + " " + tool.Name().Verb
	err := t.controls.find(ctx, held, &s)
	if err == nil && s.Tool != name {
		err = errForgotten
	}
	switch {
	case errors.Is(err, errForgotten):
		err = fault.New(fault.Expired, "this list is not known any more: it is kept for %d hours", int(keepFor.Hours())).
			WithHint("run the command %s again", command)
	case err == nil && s.Who != t.who.principal.ID:
		err = fault.New(fault.Forbidden, "this list answers only who asked for it").
			WithHint("run the command %s yourself", command)
	case err == nil:
		if err = t.elsewhere(s.Market); err == nil {
			err = t.mayCall(tool)
		}
	}
	if err != nil {
		t.refuse(ctx, err)
		return s, nil, "", false
	}
	return s, tool, what, true
}

// pressList answers a control of a list. What leads to a call is a call of the
// member's, as a command is.
func (t *session) pressList(ctx context.Context, action, ref string, values []string) {
	s, tool, what, ok := t.list(ctx, ref)
	if !ok {
		return
	}
	switch action {
	case "turn":
		t.turnList(ctx, s, tool, what)
	case "sort":
		if len(values) == 1 {
			t.relist(ctx, page{Tool: s.Tool, Args: with(s.Args, tool.Paging().Sort, values[0])}, tool)
			return
		}
		t.refuse(ctx, ErrUnknown)
	case "filter":
		t.askFilter(ctx, s, tool, ref, what)
	case "all":
		t.sendWhole(ctx, tool, s.Args)
	case "row":
		t.rowPressed(ctx, s, tool, what)
	case "rows":
		t.rowsSelected(ctx, s.Tool, values)
	}
}

// turnList shows the page before or behind the one that the control is on.
func (t *session) turnList(ctx context.Context, s listState, tool *tools.Tool, where string) {
	switch n := len(s.Trail); {
	case where == "back" && n > 1:
		t.relist(ctx, s.to(s.Trail[:n-1]), tool)
	case where == "on" && s.Next != (spot{}):
		t.relist(ctx, s.to(append(slices.Clone(s.Trail), s.Next)), tool)
	default:
		t.refuse(ctx, ErrUnknown)
	}
}

// relist makes the call of a list, and shows it in place of what the control is
// on. Where the call is refused the list stays as it is.
func (t *session) relist(ctx context.Context, p page, tool *tools.Tool) {
	if len(p.Trail) == 0 {
		p.Trail = []spot{{}}
	}
	if !t.begin(ctx, true) {
		return
	}
	result, err := t.ask(ctx, tool, with(p.Args, tool.Paging().Cursor, p.here().Cursor), false)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	t.show(ctx, t.listing(ctx, p, tool, result))
}

// rowPressed does what can be done with a row, or offers it where there is a
// choice or something to be told first. The list stays.
func (t *session) rowPressed(ctx context.Context, s listState, tool *tools.Tool, which string) {
	n, err := strconv.Atoi(which)
	actions := t.rowOperations(tool)
	if err != nil || n < 0 || n >= len(s.Rows) || s.Rows[n] == "" || len(actions) == 0 {
		t.refuse(ctx, ErrUnknown)
		return
	}
	first := actions[0].tool
	if actions = t.allowed(actions); len(actions) == 0 {
		t.refuse(ctx, t.mayCall(first))
		return
	}
	value := []string{s.Rows[n]}
	if len(actions) > 1 || actions[0].Further {
		t.rowsSelected(ctx, s.Tool, value)
		return
	}
	if t.begin(ctx, false) {
		target := actions[0].tool
		t.perform(ctx, target, rowAction{Param: actions[0].param.Name, Values: value}.args().JSON())
	}
}

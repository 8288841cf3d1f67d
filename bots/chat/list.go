package chat

import (
	"context"
	"encoding/json"
	"strings"

	"didops/internal/fault"
	"didops/internal/sanitize"
	"didops/tools"
)

const (
	// fileInput is the name of the input that a file is put into.
	fileInput = "file"

	// maxListed is the most characters of a list that is typed.
	maxListed = 4000

	// maxFileName is the most characters of a file's name that are shown.
	maxFileName = 80
)

// listCall is a call whose list is asked for by a form.
type listCall struct {
	Tool string          `json:"t"`
	Args json.RawMessage `json:"a"`
}

// unlisted returns the list that an operation needs, that may come as a file
// and that was left out, as was what stands for it.
func unlisted(tool *tools.Tool, args json.RawMessage) (tools.Param, bool) {
	var given map[string]json.RawMessage
	_ = json.Unmarshal(args, &given) // what is no object the gate refuses
	var list tools.Param
	needed := false
	for _, p := range tool.Params() {
		_, there := given[p.Name]
		switch {
		case there && (p.Document || p.Instead):
			return tools.Param{}, false
		case p.Document:
			list, needed = p, needed || p.Required
		case p.Instead:
			needed = true
		}
	}
	return list, needed && list.Name != ""
}

// askList asks for a list: typed, as a file, or both, and for why, where that
// was not said.
func (t *session) askList(ctx context.Context, tool *tools.Tool, p tools.Param, args json.RawMessage) {
	if t.c.Gate.Masked(string(args)) != string(args) {
		// The form carries what was given, and is seen by more than the gate.
		t.refuse(ctx, fault.New(fault.Invalid, "what was given holds a password, key or token, which is not taken down").
			WithHint("leave it out; addresses with a password are an operator's to configure"))
		return
	}
	inputs := []Input{
		{Name: p.Name, Label: capital(p.Name), Hint: "one a line, or with commas between", Long: true, Most: maxListed},
		{Name: fileInput, Label: "Or a file: CSV or XLSX", Hint: "All of it is read before anything is asked for.", File: true},
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(args, &given)
	if reason, takes := tool.Param(reasonParam); takes && given[reasonParam] == nil {
		inputs = append(inputs, inputOf(reason))
	}
	id := t.controls.id(ctx, "list", listCall{tool.Name().String(), args})
	t.request.Reply.Ask(ctx, Form{ID: id, Title: tool.Title(), Inputs: inputs})
}

// filledList asks for what stands in a list. Nothing is asked for before the
// whole of it is read and good.
func (t *session) filledList(ctx context.Context, ref string, submitted map[string]string) {
	var call listCall
	if err := t.controls.get(ctx, ref, &call); err != nil {
		t.refuse(ctx, err)
		return
	}
	tool, ok := t.c.Gate.Catalog().Tool(call.Tool)
	if !ok || !tool.Through(t.c.Frontend) {
		t.refuse(ctx, ErrUnknown)
		return
	}
	if err := t.mayCall(tool); err != nil {
		t.refuse(ctx, err)
		return
	}
	p, ok := unlisted(tool, call.Args)
	if !ok || !t.begin(ctx, false) {
		return
	}
	items, err := t.listed(ctx, tool, p, submitted)
	if err != nil {
		t.refuse(ctx, err)
		return
	}
	args := call.Args
	if t.file == nil {
		args = with(args, p.Name, items)
	}
	if why := submitted[reasonParam]; why != "" {
		args = with(args, reasonParam, why)
	}
	t.perform(ctx, tool, args)
}

// listed returns what was typed and what stands in the file, with commas
// between. A file that stands for the list as a whole is kept for the call.
func (t *session) listed(ctx context.Context, tool *tools.Tool, p tools.Param, submitted map[string]string) (string, error) {
	var parts []string
	if typed := strings.TrimSpace(submitted[p.Name]); typed != "" {
		parts = append(parts, typed)
	}
	if file := submitted[fileInput]; file != "" {
		name, data, err := t.request.Reply.Open(ctx, file)
		if err != nil {
			return "", err
		}
		d := tools.Document{Name: sanitize.Clean(name, maxFileName), Data: data}
		switch {
		case data == nil:
		case p.Whole && len(parts) > 0:
			return "", fault.New(fault.Invalid, "a file stands for all %s: give it alone, or type them", p.Name).WithField(p.Name)
		case p.Whole:
			t.file = &d
			return "", nil
		default:
			list, err := t.c.Gate.ReadList(ctx, t.call(tool.Name().String()), p.Name, d)
			if err != nil {
				return "", err
			}
			parts = append(parts, list.Items...)
		}
	}
	if len(parts) == 0 {
		return "", fault.New(fault.Invalid, "no %s were given", p.Name).WithField(p.Name).WithHint("type them, or put a file into the form")
	}
	return strings.Join(parts, ","), nil
}

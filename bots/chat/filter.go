package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"didops/internal/fault"
	"didops/tools"
)

// maxPrefill is the most characters of a value that a form can begin with.
const maxPrefill = 4000

// filterField is an input of the form that narrows a list: one parameter, or
// several that are yes or no and share an input, because forms have few.
type filterField []tools.Param

// narrowing are the parameters that narrow a list: all but those by which it is
// paged and sorted.
func narrowing(tool *tools.Tool) []tools.Param {
	by := tool.Paging()
	return slices.DeleteFunc(tool.Params(), func(p tools.Param) bool {
		return p.Programs || slices.Contains([]string{by.Sort, by.Limit, by.Cursor}, p.Name)
	})
}

// filterForms are the inputs by which the lists of an operation are narrowed, in
// forms of as many as the chat takes.
func (s *Service) filterForms(tool *tools.Tool) [][]filterField {
	var fields []filterField
	flags := -1
	for _, p := range narrowing(tool) {
		if p.Type == tools.ParamBoolean && flags >= 0 && 2*len(fields[flags])+2 <= s.c.Limits.Options {
			fields[flags] = append(fields[flags], p)
			continue
		}
		if p.Type == tools.ParamBoolean {
			flags = len(fields)
		}
		fields = append(fields, filterField{p})
	}
	return slices.Collect(slices.Chunk(fields, s.c.Limits.Inputs))
}

// askFilter opens a form with what narrows a list as it is.
func (t *session) askFilter(ctx context.Context, s listState, tool *tools.Tool, ref, which string) {
	fields, ok := t.filterForm(tool, which)
	if !ok {
		t.refuse(ctx, ErrUnknown)
		return
	}
	f := Form{ID: controlID("filtered", ref), Title: "Filter: " + tool.Title()}
	for _, field := range fields {
		f.Inputs = append(f.Inputs, field.input(s.Args))
	}
	t.request.Reply.Ask(ctx, f)
}

// filterForm is the form that a control names by its number.
func (t *session) filterForm(tool *tools.Tool, which string) ([]filterField, bool) {
	n, err := strconv.Atoi(which)
	forms := t.filterForms(tool)
	if err != nil || n < 0 || n >= len(forms) {
		return nil, false
	}
	return forms[n], true
}

// filtered narrows a list by what was typed and chosen; what was left empty
// narrows it no more. It begins with the first page.
func (t *session) filtered(ctx context.Context, ref string, typed map[string]string) {
	s, tool, which, ok := t.list(ctx, ref)
	if !ok {
		return
	}
	fields, ok := t.filterForm(tool, which)
	if !ok {
		t.refuse(ctx, ErrUnknown)
		return
	}
	args := s.Args
	for _, field := range fields {
		values, err := field.values(strings.TrimSpace(typed[field.name()]))
		if err != nil {
			t.refuse(ctx, err)
			return
		}
		for _, p := range field {
			args = with(args, p.Name, values[p.Name])
		}
	}
	t.relist(ctx, page{Tool: s.Tool, Args: args}, tool)
}

// name is what the input is called; that of several parameters like none of
// them.
func (f filterField) name() string {
	if len(f) == 1 {
		return f[0].Name
	}
	return "flags:" + f[0].Name
}

// input is the input of a form, holding what the arguments say.
func (f filterField) input(args json.RawMessage) Input {
	p := f[0]
	now := argument(args, p.Name)
	in := Input{Name: f.name(), Label: capital(spoken(p.Name)), Hint: p.Description, Required: p.Required}
	switch {
	case len(f) > 1:
		f.flags(&in, args)
	case p.Type == tools.ParamBoolean:
		in.Picks = 1
		in.Choices = []Option{
			{Value: "any", Label: "No matter", Chosen: now == ""},
			{Value: "true", Label: "Yes", Chosen: now == "true"},
			{Value: "false", Label: "No", Chosen: now == "false"},
		}
	case len(p.Enum) > 0:
		if now == "" {
			now = p.Default
		}
		in.Picks = 1
		for _, e := range p.Enum {
			in.Choices = append(in.Choices, Option{Value: e, Label: capital(spoken(e)), Chosen: e == now})
		}
	default:
		in.Value, in.Most = now, min(max(maxInput, len(now)), maxPrefill)
	}
	return in
}

// flags makes one input of parameters that are yes or no.
func (f filterField) flags(in *Input, args json.RawMessage) {
	names := make([]string, len(f))
	for n, p := range f {
		names[n] = spoken(p.Name)
		now := argument(args, p.Name)
		in.Choices = append(in.Choices,
			Option{Value: p.Name + "=true", Label: names[n] + ": yes", Chosen: now == "true"},
			Option{Value: p.Name + "=false", Label: names[n] + ": no", Chosen: now == "false"})
	}
	in.Label, in.Picks = capital(strings.Join(names, ", ")), len(f)
}

// anyValue is a choice that narrows nothing.
const anyValue = "any"

// values reads what came of the input, by the names of the parameters.
func (f filterField) values(typed string) (map[string]string, error) {
	if len(f) == 1 {
		if typed == anyValue && (f[0].Type == tools.ParamBoolean || slices.Contains(f[0].Enum, anyValue)) {
			typed = ""
		}
		return map[string]string{f[0].Name: typed}, nil
	}
	values := map[string]string{}
	for one := range strings.SplitSeq(typed, ",") {
		name, value, ok := strings.Cut(one, "=")
		if !ok {
			continue
		}
		if values[name] != "" && values[name] != value {
			return nil, fault.New(fault.Invalid, "%s can't be both yes and no", spoken(name)).WithField(name)
		}
		values[name] = value
	}
	return values, nil
}

// argument is an argument of a call as a person would write it; "" for none.
func argument(args json.RawMessage, name string) string {
	var all map[string]any
	if json.Unmarshal(args, &all) != nil {
		return ""
	}
	switch v := all[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, fmt.Sprint(one))
		}
		return strings.Join(list, ", ")
	default:
		raw, _ := json.Marshal(v) // it was read from JSON
		return string(raw)
	}
}

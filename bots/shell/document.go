package shell

import (
	"context"
	"fmt"
	"strings"

	"didops/internal/fault"
	"didops/tools"
)

// standardInput is what stands for it in place of a file.
const standardInput = "-"

// document returns the file that a text names in place of a list: @list.csv, or
// - or @- for standard input.
func document(text string) (name string, ok bool) {
	if text == standardInput {
		return text, true
	}
	return strings.CutPrefix(text, "@")
}

// reads reports whether a file is named for any of the parameters that take
// one.
func (v *verb) reads(texts map[string][]string) bool {
	for _, p := range v.tool.Params() {
		for _, text := range texts[p.Name] {
			if _, ok := document(text); ok && p.Document {
				return true
			}
		}
	}
	return false
}

// unfold puts what stands in the files that are named into their places. All are
// read before anything is asked for.
func (v *verb) unfold(ctx context.Context, gate *tools.Gate, texts map[string][]string) error {
	for _, p := range v.tool.Params() {
		if !p.Document {
			continue
		}
		if p.Whole {
			if err := v.hand(ctx, p, texts); err != nil {
				return err
			}
			continue
		}
		var list []string
		for _, text := range texts[p.Name] {
			name, ok := document(text)
			if !ok {
				list = append(list, text)
				continue
			}
			items, err := v.read(ctx, gate, p, name)
			if err != nil {
				return err
			}
			list = append(list, items...)
		}
		texts[p.Name] = list
	}
	return nil
}

// hand takes the file that goes with the call in place of a list.
func (v *verb) hand(ctx context.Context, p tools.Param, texts map[string][]string) error {
	for _, text := range texts[p.Name] {
		name, ok := document(text)
		if !ok {
			continue
		}
		if len(texts[p.Name]) > 1 {
			return fault.New(fault.Invalid, "a file stands for all %s: give one file alone", p.Name).WithField(p.Name)
		}
		d, err := v.open(ctx, p, name)
		if err != nil {
			return err
		}
		v.file, texts[p.Name] = &d, nil
	}
	return nil
}

func (v *verb) read(ctx context.Context, gate *tools.Gate, p tools.Param, name string) ([]string, error) {
	d, err := v.open(ctx, p, name)
	if err != nil {
		return nil, err
	}
	listed, err := gate.ReadList(ctx, v.request(ctx), p.Name, d)
	if err != nil {
		return nil, err
	}
	v.say(line(fmt.Sprintf("Read from %s, %s: %d %s.", d.Name, listed.From, len(listed.Items), p.Name)))
	return listed.Items, nil
}

// open reads a file that is named for a parameter.
func (v *verb) open(ctx context.Context, p tools.Param, name string) (tools.Document, error) {
	switch {
	case v.File == nil || name == "":
		return tools.Document{}, fault.New(fault.Invalid, "@ names no file that can be read").WithField(p.Name).WithHint("write @list.csv, @list.xlsx, or - for standard input")
	case name == standardInput && v.fed:
		return tools.Document{}, fault.New(fault.Invalid, "standard input can be read once only").WithField(p.Name)
	}
	v.fed = v.fed || name == standardInput
	d, err := v.File(ctx, name)
	if f, ok := fault.As(err); ok {
		return d, f.WithField(p.Name)
	}
	return d, err
}

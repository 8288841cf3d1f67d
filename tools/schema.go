package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/invopop/jsonschema"
	jsonvalidate "github.com/santhosh-tekuri/jsonschema/v6"

	"didops/internal/money"
	"didops/internal/order"
)

// derived is what follows from the types of an operation. It is not changed, so
// that all tools of the same types share it.
type derived struct {
	params  []Param
	tables  []Rows
	folded  Folded
	input   json.RawMessage    // what arguments are held against
	plain   *jsonschema.Schema // what clients are given of it, without notes
	output  json.RawMessage
	compact json.RawMessage
}

// types is all that a [derived] follows from.
type types struct {
	in, out reflect.Type
	brief   bool
	lean    string // what is folded and terse
}

// shared has what was derived by its [types]: a program makes two catalogues at
// its start, one to describe and one to run, and deriving takes most of that.
//
//nolint:gochecknoglobals // what follows from types never changes
var shared sync.Map

// derive makes the schemas of both types, and from them everything that
// front ends ask of a tool. Of terse parameters the schema that clients are given
// says the type alone; arguments are held against all of it.
func (t *Tool) derive(in, out any, brief bool, folded Folded, terse ...string) error {
	of := types{reflect.TypeOf(in), reflect.TypeOf(out), brief, fmt.Sprintf("%q %q", folded, terse)}
	if known, ok := shared.Load(of); ok {
		t.derived, _ = known.(derived)
		return nil
	}
	if err := t.of(in, out, brief, folded, terse); err != nil {
		return err
	}
	shared.Store(of, t.derived)
	return nil
}

// of is [Tool.derive] of types that were not seen before.
func (t *derived) of(in, out any, brief bool, folded Folded, terse []string) error {
	input := reflector(false).Reflect(in)
	params, err := params(input)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(params, func(p Param) bool { return p.Required && slices.Contains(folded.Params, p.Name) }); i >= 0 {
		return fmt.Errorf("%s is needed, and folded into %s", params[i].Name, folded.Name)
	}
	output := reflector(true).Reflect(out)
	if words, ok := output.Properties.Get("quoted_fields"); ok {
		words.Items = nil // that they are texts goes without saying, and is paid for on every request
	}
	tables, err := tables(output)
	if err != nil {
		return err
	}
	if brief {
		withoutRows(output)
	}
	several, programs, instead, blank := tagged(in, "several"), tagged(in, "programs"), tagged(in, "instead"), tagged(in, "blank")
	for i := range params {
		p := &params[i]
		p.Several, p.Programs = slices.Contains(several, p.Name), slices.Contains(programs, p.Name)
		p.Instead, p.Blank = slices.Contains(instead, p.Name), slices.Contains(blank, p.Name)
	}
	t.params, t.tables, t.plain = params, tables, lean(input, folded, terse)
	t.folded = folded
	if t.input, err = publish(input); err != nil {
		return err
	}
	if t.output, err = publish(output); err != nil {
		return err
	}
	t.compact, err = compactSchema(out, brief)
	return err
}

// reflector is the one configuration of invopop/jsonschema: no references, no
// identifiers made of package paths, amounts and times as strings. Results
// are open for more fields, because clients check what they get.
func reflector(open bool) *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true,
		AllowAdditionalProperties: open,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t {
			case reflect.TypeFor[money.Amount]():
				if open {
					return &jsonschema.Schema{Type: "string"}
				}
				return &jsonschema.Schema{Type: "string", Pattern: money.Pattern}
			case reflect.TypeFor[time.Time]():
				return &jsonschema.Schema{Type: "string"}
			case reflect.TypeFor[order.Route]():
				return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "object"}}}
			case reflect.TypeFor[order.Changes]():
				return &jsonschema.Schema{Type: "object"}
			}
			return nil
		},
	}
}

// lean returns an input schema as clients are given it, because tokens are paid
// on every request: it says of terse parameters no more than their type, has
// those that are folded in one object, and has no bound or default that its words
// state, because converters of schemas drop those, nor the form of amounts, which
// the answer tells that refuses one.
func lean(s *jsonschema.Schema, folded Folded, terse []string) *jsonschema.Schema {
	out := *s
	out.Properties = jsonschema.NewProperties()
	for name, prop := range s.Properties.FromOldest() {
		switch {
		case slices.Contains(folded.Params, name):
			name, prop = folded.Name, &jsonschema.Schema{Type: "object", Description: folded.Says}
		case slices.Contains(terse, name):
			prop = &jsonschema.Schema{Type: prop.Type}
		default:
			prop = said(prop)
		}
		out.Properties.Set(name, prop)
	}
	return &out
}

// withNotes returns the input schema with what the configuration adds to it.
func (t *Tool) withNotes() *jsonschema.Schema {
	s := *t.plain
	s.Properties = jsonschema.NewProperties()
	for name, plain := range t.plain.Properties.FromOldest() {
		prop := *plain
		if note := t.notes[name]; note != nil {
			n := note()
			prop.Description += n.Text
			if most := uint64(max(0, n.Most)); most > 0 && (prop.MaxItems == nil || most < *prop.MaxItems) {
				prop.MaxItems = &most
			}
		}
		s.Properties.Set(name, &prop)
	}
	return &s
}

// said returns a parameter without what its words state already.
func said(full *jsonschema.Schema) *jsonschema.Schema {
	prop := *full
	states := func(text string) bool { return text == "" || strings.Contains(prop.Description, text) }
	if states(string(prop.Minimum)) && states(string(prop.Maximum)) {
		prop.Minimum, prop.Maximum = "", ""
	}
	if prop.Default != nil && states(fmt.Sprint(prop.Default)) && states("default") {
		prop.Default = nil
	}
	if prop.Pattern == money.Pattern {
		prop.Pattern = ""
	}
	prop.MinItems = nil // an empty list is refused in words
	return &prop
}

func publish(s *jsonschema.Schema) (json.RawMessage, error) {
	s.Version = ""
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return bytes.TrimSpace(buf.Bytes()), nil
}

// params reads the parameters out of an input schema and refuses what not
// every front end can express.
func params(s *jsonschema.Schema) ([]Param, error) {
	var list []Param
	var errs []error
	for name, prop := range s.Properties.FromOldest() {
		p, err := param(name, prop)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p.Required = slices.Contains(s.Required, name)
		list = append(list, p)
	}
	return list, errors.Join(errs...)
}

func param(name string, s *jsonschema.Schema) (Param, error) {
	p := Param{Name: name, Description: s.Description}
	var err error
	switch s.Type {
	case "string":
		p.Type, p.Amount = ParamString, s.Pattern == money.Pattern
	case "boolean":
		p.Type = ParamBoolean
	case "integer":
		p.Type = ParamInteger
		p.Min, err = bound(s.Minimum, err)
		p.Max, err = bound(s.Maximum, err)
	case "array":
		if s.Items == nil || s.Items.Type != "string" {
			return p, fmt.Errorf("%s: a list holds strings only", name)
		}
		p.Type, p.Min, p.Max = ParamList, length(s.MinItems), length(s.MaxItems)
	default:
		return p, fmt.Errorf("%s: type %q is none of string, integer, boolean and list", name, s.Type)
	}
	for _, e := range s.Enum {
		p.Enum = append(p.Enum, fmt.Sprint(e))
	}
	if s.Default != nil {
		p.Default = fmt.Sprint(s.Default)
	}
	return p, err
}

func bound(n json.Number, before error) (*int64, error) {
	if n == "" {
		return nil, before
	}
	v, err := strconv.ParseInt(n.String(), 10, 64)
	return &v, errors.Join(before, err)
}

func length(n *uint64) *int64 {
	if n == nil {
		return nil
	}
	v := int64(min(*n, 1<<31))
	return &v
}

// tables finds the lists of objects in a result.
func tables(s *jsonschema.Schema) ([]Rows, error) {
	var list []Rows
	for name, prop := range s.Properties.FromOldest() {
		if prop.Type != "array" || prop.Items == nil || prop.Items.Type != "object" {
			continue
		}
		r := Rows{Field: name}
		for column := range prop.Items.Properties.KeysFromOldest() {
			r.Columns = append(r.Columns, column)
		}
		list = append(list, r)
	}
	if mark, ok := s.Properties.Get("sandbox"); !ok || mark.Type != "boolean" {
		return nil, errors.New("the result has no field sandbox")
	}
	return list, nil
}

// keyFields leaves of the description of an object the fields that a reader
// can't do without.
func keyFields(s *jsonschema.Schema) {
	for _, name := range slices.Collect(s.Properties.KeysFromOldest()) {
		if !slices.Contains([]string{"id", "state", "message"}, name) {
			s.Properties.Delete(name)
		}
	}
	s.Required = nil
}

// withoutRows leaves the objects in a result undescribed, but for the key
// fields of one: tokens are paid for on every request, and one operation
// describes them in full.
func withoutRows(s *jsonschema.Schema) {
	s.Properties.Delete("quoted_fields")
	for _, prop := range s.Properties.FromOldest() {
		switch {
		case prop.Type == "array" && prop.Items != nil && prop.Items.Type == "object":
			prop.Items = &jsonschema.Schema{Type: "object"}
		case prop.Type == "object":
			keyFields(prop)
		}
	}
}

// validator returns the compiled input schema. It is compiled at the first
// call of the tool, not at start; a test compiles all of them.
func (t *Tool) validator() (*jsonvalidate.Schema, error) {
	t.compile.Do(func() {
		doc, err := jsonvalidate.UnmarshalJSON(bytes.NewReader(t.input))
		if err != nil {
			t.schemaE = fmt.Errorf("read input schema of %s: %w", t.name, err)
			return
		}
		c := jsonvalidate.NewCompiler()
		c.UseLoader(jsonvalidate.SchemeURLLoader{})
		url := "tool:" + t.name.String()
		if err := c.AddResource(url, doc); err != nil {
			t.schemaE = fmt.Errorf("add input schema of %s: %w", t.name, err)
			return
		}
		t.schema, t.schemaE = c.Compile(url)
	})
	return t.schema, t.schemaE
}

package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	jsonvalidate "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/sanitize"
)

const (
	maxArgs  = 64 << 10 // bytes of all arguments of a call
	maxText  = 512      // characters of one text
	maxShown = 40       // characters of a caller's value repeated in an error
)

// arguments turns what a caller sent into a JSON object that fits the input
// schema: unknown names are refused, values are coerced to the parameter's
// type where nothing is lost, null and empty text count as not given, and
// defaults are filled in. Of models' clients some habits are taken besides, see
// lenient.go. Every problem is reported at once, in one [fault.Invalid] whose
// Field is the first parameter at fault; its words call a parameter what the
// caller does.
func (t *Tool) arguments(c Call) ([]byte, error) {
	spelt, model := c.Spelt, c.Frontend.Model()
	if spelt == nil {
		spelt = func(p Param) string { return p.Name }
	}
	given, err := t.parse(c.Args)
	if err != nil {
		return nil, err
	}
	if c.File != nil && t.runFile == nil {
		return nil, fault.New(fault.Invalid, "%s takes no file", t.name)
	}
	var bad problems
	values := make(map[string]any, len(t.params))
	if model {
		given = slices.DeleteFunc(given, argument.aside)
	}
	given = t.unfolded(given, &bad)
	for _, g := range given {
		t.take(g, model, values, &bad, spelt)
	}
	for _, p := range t.params {
		if _, ok := values[p.Name]; !ok && p.Default != "" {
			values[p.Name], _ = p.coerce(jsontext.Value(quote(p.Default)))
		}
	}
	if c.File != nil {
		t.instead(values, &bad, spelt)
	}
	if err := t.validate(values, &bad, spelt); err != nil {
		return nil, err
	}
	if c.File != nil {
		delete(values, t.file)
	}
	if err := bad.err(); err != nil {
		return nil, err
	}
	return json.Marshal(values)
}

// take reads one argument.
func (t *Tool) take(g argument, model bool, values map[string]any, bad *problems, spelt func(Param) string) {
	p, ok := t.Param(g.name)
	if !ok {
		bad.add(g.name, t.unknown(g.name))
		return
	}
	v, problem := p.coerce(g.value)
	if problem != "" {
		bad.add(p.Name, spelt(p)+" "+problem)
		return
	}
	if v == nil && p.Blank && !model && string(g.value) == `""` {
		v = p.blank()
	}
	if v != nil && (!model || !p.unset(v)) {
		values[p.Name] = v
	}
}

// blank is the empty value of a parameter for which it means something.
func (p Param) blank() any {
	if p.Type == ParamList {
		return []any{}
	}
	return ""
}

// instead refuses a list besides the file that stands for it. For the schema the
// file is an item.
func (t *Tool) instead(values map[string]any, bad *problems, spelt func(Param) string) {
	p, _ := t.Param(t.file)
	if values[p.Name] != nil {
		bad.add(p.Name, spelt(p)+" are given besides the file that holds them: give the file alone, or the others")
	}
	values[p.Name] = []any{"file"}
}

type argument struct {
	name  string
	value jsontext.Value
}

// parse splits the arguments into names and raw values. Repeated names and
// invalid UTF-8 are refused: what two readers could understand differently
// must not come near an approval.
func (t *Tool) parse(raw []byte) ([]argument, error) {
	if len(raw) > maxArgs {
		return nil, fault.New(fault.Invalid, "the arguments of %s have %d bytes; at most %d are read", t.name, len(raw), maxArgs)
	}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if dec.PeekKind() != '{' {
		return nil, fault.New(fault.Invalid, "the arguments of %s must be a JSON object", t.name)
	}
	list, err := members(dec)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the arguments of %s are not well-formed JSON in UTF-8 with each name once", t.name).WithCause(err)
	}
	return list, nil
}

func members(dec *jsontext.Decoder) ([]argument, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	var list []argument
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		g := argument{name: name.String()}
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		g.value = value.Clone()
		list = append(list, g)
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the object")
	}
	return list, nil
}

// unknown says that there is no such parameter, and which there are.
func (t *Tool) unknown(name string) string {
	names := make([]string, 0, len(t.params))
	for _, p := range t.params {
		names = append(names, p.Name)
	}
	text := "there is no parameter " + shown(name) + didyoumean.Clause(didyoumean.Words(name, names))
	if len(names) == 0 {
		return text + "; " + t.name.String() + " takes none"
	}
	return text + " (" + t.name.String() + " takes " + strings.Join(names, ", ") + ")"
}

// validate checks the coerced values against the input schema and adds what
// is wrong to bad, in the words of the parameters.
func (t *Tool) validate(values map[string]any, bad *problems, spelt func(Param) string) error {
	schema, err := t.validator()
	if err != nil {
		return err
	}
	err = schema.Validate(values)
	var invalid *jsonvalidate.ValidationError
	if err == nil || !errors.As(err, &invalid) {
		return err
	}
	causes := leaves(invalid)
	// The validator goes through a map; people should not see that.
	slices.SortStableFunc(causes, func(a, b *jsonvalidate.ValidationError) int { return t.place(a) - t.place(b) })
	for _, cause := range causes {
		if missing, ok := cause.ErrorKind.(*kind.Required); ok {
			for _, name := range missing.Missing {
				if p, ok := t.Param(name); ok {
					bad.add(name, spelt(p)+" is missing: "+inSentence(p.Description))
				}
			}
			continue
		}
		if len(cause.InstanceLocation) == 0 {
			return err
		}
		name := cause.InstanceLocation[0]
		p, ok := t.Param(name)
		if !ok {
			return err
		}
		raw, _ := json.Marshal(values[name])
		bad.add(name, spelt(p)+" "+p.mismatch(raw))
	}
	return nil
}

// place is where the parameter that a finding is about stands among the others.
func (t *Tool) place(e *jsonvalidate.ValidationError) int {
	if len(e.InstanceLocation) == 0 {
		return -1
	}
	return slices.IndexFunc(t.params, func(p Param) bool { return p.Name == e.InstanceLocation[0] })
}

func leaves(e *jsonvalidate.ValidationError) []*jsonvalidate.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonvalidate.ValidationError{e}
	}
	var list []*jsonvalidate.ValidationError
	for _, c := range e.Causes {
		list = append(list, leaves(c)...)
	}
	return list
}

// problems collects what is wrong with the arguments, a sentence for each
// parameter.
type problems struct {
	texts  []string
	fields map[string]bool
	first  string
}

func (p *problems) add(field, text string) {
	if p.fields[field] {
		return
	}
	if p.fields == nil {
		p.fields, p.first = map[string]bool{}, field
	}
	p.fields[field] = true
	if len(p.texts) < 8 {
		p.texts = append(p.texts, text)
	}
}

func (p *problems) err() error {
	if len(p.texts) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "%s", strings.Join(p.texts, "; ")).WithField(sanitize.Clean(p.first, maxShown))
}

// inSentence returns a description as it continues a sentence: with a small
// letter, unless it begins with an abbreviation.
func inSentence(description string) string {
	first, n := utf8.DecodeRuneInString(description)
	if second, _ := utf8.DecodeRuneInString(description[n:]); unicode.IsLower(second) || second == ' ' {
		return string(unicode.ToLower(first)) + description[n:]
	}
	return description
}

// shown returns a caller's value fit to be repeated in an error.
func shown(s string) string { return `"` + sanitize.Clean(s, maxShown) + `"` }

func quote(s string) []byte {
	b, _ := json.Marshal(s) // a string can always be written
	return b
}

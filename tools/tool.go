package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"

	jsonvalidate "github.com/santhosh-tekuri/jsonschema/v6"

	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/risk"
)

// Tool is an operation with its types erased. It is immutable and safe for
// concurrent use. It can't be run from outside this package: see [Gate].
type Tool struct {
	name     Name
	title    string
	summary  string
	doc      string
	hint     string
	risk     risk.Level
	inward   bool
	draws    bool
	dates    bool
	people   bool
	group    Group
	apart    bool
	examples []Example
	complete map[string]Completer
	notes    map[string]ParamNote
	lists    map[string]ListReader

	derived

	schema  *jsonvalidate.Schema
	schemaE error
	compile sync.Once

	run         runFunc
	runFile     func(ctx context.Context, args []byte, d Document, sandbox bool) (Result, error)
	file        string // the list that a file may stand for as a whole; "" = none
	all         runFunc
	places      bool // a call makes an order
	holdsOrders bool
	kind        string // what an order is called; "" = a call makes none
	confirm     order.Confirm
	rowActions  []RowAction
	paging      Paging
	decides     decides
	resource    *Resource
	prompts     []Prompt
	needs       identity.Role // 0 = by the risk
	upon        Upon
	takesBack   string // the parameter by which a call takes an order back; "" = it does not
}

// decides is what a person decides by an operation.
type decides uint8

const (
	nothing decides = iota
	approves
	rejects
)

// Name returns the operation's name.
func (t *Tool) Name() Name { return t.name }

// Title returns a few words for people.
func (t *Tool) Title() string { return t.title }

// Summary returns one line of at most 100 characters.
func (t *Tool) Summary() string { return t.summary }

// Draws reports whether what people see of a result may hold a picture.
func (t *Tool) Draws() bool { return t.draws }

// Dates reports whether what people see of a result may hold an agenda.
func (t *Tool) Dates() bool { return t.dates }

// Doc returns what a model should know besides the summary; may be empty.
func (t *Tool) Doc() string { return t.doc }

// Hint returns what the operation is for in the words of who asks, for hosts
// that look tools up; may be empty.
func (t *Tool) Hint() string { return t.hint }

// reads reports whether the operation changes nothing.
func (t *Tool) reads() bool { return t.risk == risk.Read }

// Inward reports whether the operation reaches nothing but our own store.
func (t *Tool) Inward() bool { return t.inward }

// Risk returns what the operation can do.
func (t *Tool) Risk() risk.Level { return t.risk }

// People reports whether the operation is for people only.
func (t *Tool) People() bool { return t.people }

// Group returns by which word the operation is picked over MCP.
func (t *Tool) Group() Group {
	if t.group != "" {
		return t.group
	}
	return groupOf(t.name.Noun)
}

// Usual reports whether the operation is offered over MCP where the
// configuration picks none.
func (t *Tool) Usual() bool { return !t.people && !t.apart }

// Needs returns the role that a principal needs to call the operation.
func (t *Tool) Needs() identity.Role {
	switch {
	case t.needs != 0:
		return t.needs
	case t.decides != nothing:
		return identity.Approver
	case t.risk == risk.Read:
		return identity.Reader
	}
	return identity.Requester
}

// Orders reports whether a call makes an order that a person decides.
func (t *Tool) Orders() bool { return t.places }

// HoldsOrders reports whether a result holds an order or several (see
// [Result].Orders).
func (t *Tool) HoldsOrders() bool { return t.holdsOrders }

// shows reports whether the operation shows the resource that a parameter
// names.
func (t *Tool) shows(param string) bool { return t.resource != nil && t.resource.Param == param }

// RowActions returns what can be asked for with the rows of a result.
func (t *Tool) RowActions() []RowAction { return slices.Clone(t.rowActions) }

// Paging returns the parameters by which the result is read piece by piece.
func (t *Tool) Paging() Paging { return t.paging }

// Confirm returns how a person approves what the operation asks for; 0 where
// it asks for nothing.
func (t *Tool) Confirm() order.Confirm { return t.confirm }

// Decides reports whether a call is a person's decision about an order.
func (t *Tool) Decides() bool { return t.decides != nothing }

// Through reports whether the operation is offered through the face at all.
func (t *Tool) Through(face identity.Frontend) bool { return !t.people || !face.Model() }

// Examples returns calls worth showing.
func (t *Tool) Examples() []Example { return slices.Clone(t.examples) }

// Params returns the parameters in the order of their declaration, a list no
// longer than the configuration lets it be at the moment.
func (t *Tool) Params() []Param {
	list := slices.Clone(t.params)
	for i := range list {
		list[i] = t.noted(list[i])
	}
	return list
}

func (t *Tool) noted(p Param) Param {
	p.Whole = p.Name == t.file
	p.Document = p.Whole || t.lists[p.Name] != nil
	if note := t.notes[p.Name]; note != nil {
		if most := int64(note().Most); most > 0 && (p.Max == nil || most < *p.Max) {
			p.Max = &most
		}
	}
	return p
}

// Param returns the named parameter.
func (t *Tool) Param(name string) (Param, bool) {
	i := slices.IndexFunc(t.params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return Param{}, false
	}
	return t.noted(t.params[i]), true
}

// Completes reports whether [Gate.Complete] may have values for a parameter:
// it is one of a few words, or the operation suggests some.
func (t *Tool) Completes(param string) bool {
	p, ok := t.Param(param)
	return ok && (len(p.Enum) > 0 || t.complete[param] != nil)
}

// Pages reports whether the operation can return its whole result at once
// instead of page by page (see [Call]).
func (t *Tool) Pages() bool { return t.all != nil }

// Tables returns the lists of objects in the result, for formats that have
// rows and columns.
func (t *Tool) Tables() []Rows { return slices.Clone(t.tables) }

// InputSchema returns the JSON schema of the arguments, a flat object, with what
// the configuration adds to it at the moment.
func (t *Tool) InputSchema() json.RawMessage {
	if noted, err := publish(t.withNotes()); err == nil {
		return noted
	}
	return slices.Clone(t.input)
}

// OutputSchema returns the JSON schema of [Result].Data, open for more fields.
func (t *Tool) OutputSchema() json.RawMessage { return slices.Clone(t.output) }

// CompactSchema returns the JSON schema of [Result.Compact], open for more
// fields.
func (t *Tool) CompactSchema() json.RawMessage { return slices.Clone(t.compact) }

// Rows names a list of objects in a result and the fields of its objects.
type Rows struct {
	Field   string
	Columns []string
}

// Param describes one parameter of an operation.
type Param struct {
	Name        string
	Type        ParamType
	Description string
	Required    bool
	Amount      bool // a String that holds an amount of money
	Several     bool // a String that may hold several values, also as a list
	Programs    bool // of use to programs only: people have another way to the same
	Instead     bool // chooses what the list that may come as a file would name
	Enum        []string
	Default     string // as text; "" = none
	Min, Max    *int64 // of an Integer, or the length of a List
	Document    bool   // a List that may be read from a file: see [Gate.ReadList]
	Whole       bool   // of these, one whose file goes with the call as it is: see [Call].File
	Blank       bool   // a String or List that means something where it is empty; models write that for what they do not give
}

// ParamType is the JSON type of a parameter.
type ParamType uint8

// The types a parameter may have.
const (
	ParamString ParamType = iota + 1
	ParamInteger
	ParamBoolean
	ParamList // of strings
)

// check refuses a declaration that a front end could not offer.
func (t *Tool) check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", t.name, fmt.Sprintf(format, args...)))
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{2,31}$`).MatchString(t.name.String()) {
		bad("the name is not 3 to 32 of a-z, 0-9 and _")
	}
	if t.risk < risk.Read || t.risk > risk.Destroy {
		bad("the risk is not set")
	}
	if t.title == "" {
		bad("the title is empty")
	}
	if n := utf8.RuneCountInString(t.summary); n < 1 || n > 100 {
		bad("the summary has %d characters, not 1 to 100", n)
	}
	for what, text := range map[string]string{"doc": t.doc, "hint": t.hint} {
		if n := utf8.RuneCountInString(text); n > 200 {
			bad("the %s has %d characters, not up to 200", what, n)
		}
	}
	t.checkParams(bad)
	t.checkResource(bad)
	return errors.Join(append(errs, t.listable())...)
}

// checkParams refuses parameters that a front end could not offer.
func (t *Tool) checkParams(bad func(string, ...any)) {
	if len(t.params) > 25 {
		bad("%d parameters are more than the 25 that a slash command takes", len(t.params))
	}
	for _, p := range t.params {
		if n := utf8.RuneCountInString(p.Description); n < 1 || n > 100 {
			bad("the description of %s has %d characters, not 1 to 100", p.Name, n)
		}
		if len(p.Enum) > 25 {
			bad("%s has more than 25 choices", p.Name)
		}
	}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(t.complete)), slices.Sorted(maps.Keys(t.notes))) {
		if _, ok := t.Param(name); !ok {
			bad("completes or notes %s, which is no parameter", name)
		}
	}
	t.checkPaging(bad)
}

// checkPaging refuses a way to pages that leads nowhere.
func (t *Tool) checkPaging(bad func(string, ...any)) {
	for _, name := range []string{t.paging.Sort, t.paging.Limit, t.paging.Cursor} {
		if _, ok := t.Param(name); name != "" && !ok {
			bad("pages by %s, which is no parameter", name)
		}
	}
	if p, ok := t.Param(t.paging.Sort); ok && len(p.Enum) == 0 {
		bad("sorts by %s, which has no choices", p.Name)
	}
}

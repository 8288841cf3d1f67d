package tools

import (
	"context"
	"encoding/json"
	"fmt"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
	"didops/internal/risk"
	"didops/internal/view"
)

// Name is the two-part name of an operation: MCP tool did_search, Discord
// command /did search, shell command did search.
type Name struct{ Noun, Verb string }

// String returns the name as MCP and the journal spell it: noun_verb.
func (n Name) String() string { return n.Noun + "_" + n.Verb }

// Operation declares an operation that reads or keeps records.
//
// In is a flat struct of strings, integers, booleans, amounts and lists of
// strings; `json:",omitempty"` makes a parameter optional, the tag
// jsonschema_description describes it and jsonschema bounds it; a string with
// the tag several takes a list as its JSON text, the tag programs marks what
// a person has another way for, such as a cursor, the tag instead what chooses
// what a list that may come as a file would name, and the tag blank a text that
// means something where it is empty. A pointer
// tells "not given" from the zero value. If In has a method
// Validate() error, it checks what concerns several parameters at once.
//
// Out is a struct that embeds [Envelope].
type Operation[In, Out any] struct {
	Name    Name
	Title   string     // a few words for people
	Summary string     // at most 100 characters: command help, first line for a model
	Doc     string     // at most 200 characters more for a model: facts, not steering
	Hint    string     // for hosts that look tools up by words: what it is for, as people ask for it; "" = as Summary
	Risk    risk.Level // Read or Record
	Inward  bool       // reaches nothing but our own store, as what is local does unless it says so:
	Outward bool       // reaches the exchange, though it changes only our own store
	People  bool       // never offered over MCP
	Group   Group      // by which it is picked over MCP; "" = that of its noun
	Apart   bool       // offered over MCP only where the configuration picks it
	Draws   bool       // its view may hold a picture, a [view.Image]
	Dates   bool       // its view may hold a [view.Agenda]
	Brief   bool       // publish the result's rows without describing their fields
	Terse   []string   // parameters that the schema does not describe: another operation's does, under the same names
	Folded  Folded     // parameters that the schema has in one object; the zero Folded for none

	// Examples are shown in help and run by the tests.
	Examples []Example

	// Run carries the operation out. Errors without a fault code are shown
	// as internal.
	Run func(context.Context, In) (Out, error)

	// All is Run without a limit: the whole result at once. Nil for an
	// operation that has no pages.
	All func(context.Context, In) (Out, error)

	// File carries out what a file says that is handed over in place of a list;
	// nil for an operation that takes none.
	File *FileRun[In, Out]

	// View describes the result for people.
	View func(In, Out) view.Doc

	// Paging names the parameters by which the result is read piece by piece and
	// put in order.
	Paging Paging

	// RowActions are the operations that the rows of the result can be handed
	// to, in the order in which they are offered.
	RowActions []RowAction

	// Complete suggests values for parameters, by the parameter's name.
	Complete map[string]Completer

	// Resource is what of the result has an address; nil for nothing. Prompts
	// are what a person may begin a conversation with about it.
	Resource *Resource
	Prompts  []Prompt

	// Needs is the role that the operation takes where that is not told by its risk;
	// zero = it is.
	Needs identity.Role

	// Upon is what the operation does to an order that waits: cards have a control
	// for it.
	Upon Upon

	// TakesBack is the parameter by which a call takes a pending order of the
	// caller's own back; "" for an operation that does something else.
	TakesBack string
}

// Folded are parameters that the schema which clients are given has as one
// object, because another operation describes them: tokens are paid on every
// request. They are taken inside of it and beside it, and people have each by
// itself.
type Folded struct {
	Name   string // of the object; no parameter is called like that
	Says   string
	Params []string
}

// FileRun is how an operation is run with a file that stands for one of its
// lists, whatever else the file says of the items: a table with a row for each.
type FileRun[In, Out any] struct {
	Param string // the list, which is empty in In then
	Run   func(context.Context, In, Document) (Out, error)
}

// RowAction says that what stands in a column of a result's rows can be
// ordered by another operation, or looked at: by one whose [Resource] it names.
type RowAction struct {
	Table     string // the field that holds the rows, such as numbers
	Column    string // the field of a row whose value is handed on
	Operation string // noun_verb of a [Write], or of what shows a [Resource]
	Param     string // that takes the value, or several if it is a list
	Further   bool   // the operation's other parameters are asked for first
	Label     string // what a control beside one row says: "Buy…"; "" = the operation's title
}

// Paging names parameters of an operation, "" for one that there is not. What
// is left of the parameters narrows the result.
type Paging struct {
	Sort   string // in which order the rows come, one of a few words
	Limit  string // how many at once
	Cursor string // where to begin, by the cursor of a [view.More]
}

// Example is a call worth showing.
type Example struct {
	Says string         // what it asks for, in words
	Args map[string]any // its arguments
}

// ParamNote returns what the configuration, as it is now, adds to a parameter,
// so that whoever reads the input schema need not be refused to learn it. What
// holds is up to the operation and to the [order.Service]; they say by which
// setting. It is called at every listing and is safe for concurrent use.
type ParamNote func() Note

// Note goes with a parameter.
type Note struct {
	Text string // behind the description, in the schema alone; "" = nothing
	Most int    // items of a list; 0 = as many as are declared
}

// Completer returns values that begin with or resemble partial, best first. It
// answers from memory, or within two seconds, and never fails: it returns
// nothing instead.
type Completer func(ctx context.Context, partial string) []Choice

// Choice is a suggested value and what it stands for.
type Choice struct{ Value, Label string }

// Envelope is embedded in every result. The gate sets it.
type Envelope struct {
	Sandbox bool `json:"sandbox" jsonschema_description:"Not the real market"`
	// Summary is what people are told first of the result, Next what a person
	// is to be told to go on, such as where an order is decided.
	Summary string   `json:"summary,omitempty" jsonschema_description:"In a sentence or two"`
	Next    []string `json:"next,omitempty" jsonschema_description:"What to tell the person"`
	// Quoted names the fields of this result that hold words of sellers and
	// requesters: those that have the tag quoted and are not empty.
	Quoted []string `json:"quoted_fields,omitempty" jsonschema_description:"Others' words"`
}

func (m *Envelope) mark(e Envelope) { *m = e }

type marker interface{ mark(e Envelope) }

// Declaration is an operation whose types are yet to be erased. Only
// [Operation], [Write] and [Choose] implement it.
type Declaration interface{ tool() (*Tool, error) }

func (op Operation[In, Out]) tool() (*Tool, error) {
	t := &Tool{
		name: op.Name, title: op.Title, summary: op.Summary, doc: op.Doc, hint: op.Hint, inward: op.Inward || op.Risk == risk.Local && !op.Outward,
		risk: op.Risk, people: op.People, examples: op.Examples, complete: op.Complete, rowActions: op.RowActions, paging: op.Paging, draws: op.Draws, dates: op.Dates,
		group: op.Group, apart: op.Apart, resource: op.Resource, prompts: op.Prompts, takesBack: op.TakesBack,
		needs: op.Needs, upon: op.Upon,
	}
	if op.Risk.Writes() {
		return nil, fmt.Errorf("%s: risk %s needs an approval and can't be run at once", op.Name, op.Risk)
	}
	if op.Run == nil || op.View == nil {
		return nil, fmt.Errorf("%s: Run and View are needed", op.Name)
	}
	if _, ok := any(new(Out)).(marker); !ok {
		return nil, fmt.Errorf("%s: the result does not embed tools.Envelope", op.Name)
	}
	if err := t.derive(new(In), new(Out), op.Brief, op.Folded, op.Terse...); err != nil {
		return nil, fmt.Errorf("%s: %w", op.Name, err)
	}
	_, t.holdsOrders = any(new(Out)).(holder)
	t.run = runner(op.Run, op.View)
	if op.File != nil {
		t.file, t.runFile = op.File.Param, func(ctx context.Context, args []byte, d Document, sandbox bool) (Result, error) {
			run := func(ctx context.Context, in In) (Out, error) { return op.File.Run(ctx, in, d) }
			return runner(run, op.View)(ctx, args, sandbox)
		}
	}
	if op.All != nil {
		t.all = runner(op.All, op.View)
	}
	return t, t.check()
}

// runner erases the types of run: arguments that have passed the schema in,
// a result out.
func runner[In, Out any](run func(context.Context, In) (Out, error), draw func(In, Out) view.Doc) runFunc {
	return func(ctx context.Context, args []byte, sandbox bool) (Result, error) {
		in, err := decode[In](args)
		if err != nil {
			return Result{}, err
		}
		out, err := run(ctx, in)
		if err != nil {
			return Result{}, err
		}
		doc := draw(in, out)
		doc.Sandbox = sandbox
		e := Envelope{Sandbox: sandbox, Summary: doc.Summary, Quoted: quotedFields(out)}
		if h, ok := any(&out).(holder); ok {
			e.Next = order.Ways(h.held())
		}
		if one, ok := any(&out).(*OrderResult); ok {
			e.Next = one.next()
		}
		any(&out).(marker).mark(e)
		data, err := json.Marshal(out)
		if err != nil {
			return Result{}, fault.New(fault.Internal, "the result could not be written").WithCause(err)
		}
		result := Result{Data: data, Doc: doc, out: out}
		if h, ok := any(&out).(holder); ok {
			result.Orders = h.held()
		}
		if one, ok := any(&out).(*OrderResult); ok {
			result.Order = &one.Order
		}
		return result, nil
	}
}

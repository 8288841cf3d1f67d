// Package view describes a result for people without saying how it is drawn.
//
// An operation turns its result into a [Doc]; each front end renders the
// blocks in its own medium. Nothing in a Doc is escaped: texts of other
// parties were cleaned before they came here, and only the renderer knows
// what its medium must escape.
package view

import (
	"time"

	"didops/internal/money"
)

// Doc is one result. The zero Doc is empty.
type Doc struct {
	Title   string // a few words, without a full stop
	Summary string // one or two sentences; may be empty
	Sandbox bool   // the result is from the sandbox; every renderer marks it
	Blocks  []Block

	// Headline stands for Title and Summary where rows are shown a few at a time,
	// and so says nothing of how many are shown; "" = there is none.
	Headline string
}

// Block is a part of a [Doc]: [Table], [Fields], [Notice], [More], [Further], [Text], [Image]
// or [Agenda]. The set is sealed, and every renderer switches over all of it.
//
//sumtype:decl
type Block interface{ block() }

// Table is rows under column heads. Every row has one cell for each column.
type Table struct {
	Title   string // may be empty
	Columns []Column
	Rows    [][]string
	Total   int // how many rows there are in all, of which these are some; 0 = these are all, or it is not known
}

// Column is the head of a table's column.
type Column struct {
	Title string
	Right bool // align to the right: amounts and counts
	Loose bool // may be shortened where space is short: descriptions, names
	Prose bool // rather takes several lines than being shortened: sentences
	Extra bool // may be left out where space is short
	Vital bool // is neither shortened nor left out as long as anything else can be; where it is Extra it goes only without a single value

	Aside bool // for people only, or said elsewhere too: models are not told

	Country bool // its cells may be ISO codes of countries

	// How a cell is told in a line of a few words, with %s for it: "set-up %s".
	// Without, it is told by itself, and not at all where it is Extra. Lead puts
	// it beside what the row is called.
	Brief string
	Lead  bool
}

// Fields is a list of labelled values.
type Fields []Field

// Field is one labelled value.
type Field struct {
	Label, Value string
	Brief        string // the value as models are told it; "" = Value
	Country      bool   // the value may be the ISO code of a country
	Aside        bool   // for people only, or said elsewhere too: models are not told
}

// Notice is a sentence that must not be overlooked, such as why a result is
// not complete.
type Notice struct {
	Warning bool
	Text    string
}

// More says that there are more rows, and the cursor that leads to them. Each
// front end has its own way there.
type More struct{ Cursor string }

// Further is a call that goes on from what is shown, for who reads text; where
// there are controls, one of them makes it.
type Further struct {
	Says      string // what it does: "Route it back"
	Operation string // noun_verb
	Args      Fields // of letters, digits, "-" and "_"
}

// Text is a plain sentence.
type Text string

// Image is a picture, as what is drawn, Steps or Bars: each front end draws it as
// it can, or says what is in it. Nothing is in a picture alone.
type Image struct {
	Name    string // of a file that holds it, without an ending: letters, digits and dashes
	Alt     string // what is to be seen, with the figures; at most 1,024 characters
	Steps   Steps
	Bars    Bars // in place of Steps, where there are any
	Sandbox bool // as that of its [Doc]: see [Doc.Images]
}

// Bars are amounts beside each other.
type Bars struct {
	Title string
	Note  string // what they are as of; may be empty
	Rows  []Bar  // from the top
}

// Bar is one amount.
type Bar struct {
	Name  string
	Value money.Amount // not known: no bar
	Label string       // what is written at its end; "" = the amount
}

// Images returns the pictures of d, marked as what d is of.
func (d Doc) Images() []Image {
	var list []Image
	for _, b := range d.Blocks {
		if i, ok := b.(Image); ok {
			i.Sandbox = d.Sandbox
			list = append(list, i)
		}
	}
	return list
}

// Agenda is days on which something is due, for a calendar. Nothing is in an
// agenda alone, and no text draws it.
type Agenda struct {
	Name   string // of the calendar
	AsOf   time.Time
	Events []Event // by their day
}

// Event is one day of an [Agenda].
type Event struct {
	ID   string // the same as long as it is the same thing on the same day: letters, digits, - and @
	Day  time.Time
	What string // a few words
	Cost string // what it costs, with its currency, for those who want it told; "" = not known
	More string // lines
}

// Agenda returns the agenda of d, with every name marked as what d is of.
func (d Doc) Agenda() (Agenda, bool) {
	for _, b := range d.Blocks {
		a, ok := b.(Agenda)
		if !ok {
			continue
		}
		if d.Sandbox {
			a = a.Marked()
		}
		return a, true
	}
	return Agenda{}, false
}

// Marked returns an agenda whose every name says that it is of the sandbox.
func (a Agenda) Marked() Agenda {
	const mark = "SANDBOX: "
	a.Name = mark + a.Name
	events := make([]Event, len(a.Events))
	for i, e := range a.Events {
		e.What = mark + e.What
		events[i] = e
	}
	a.Events = events
	return a
}

// Steps are amounts over time, of which each is so until the next one. Names
// and title are of characters that a Latin font has.
type Steps struct {
	Title string
	Lines []Line    // the first is drawn with most weight
	End   time.Time // until when the last amounts are so
}

// Line is one amount over time.
type Line struct {
	Name   string
	Points []Point // by their time
}

// Point is an amount since a moment. Where it is not known nothing is drawn
// until the next point.
type Point struct {
	At    time.Time
	Value money.Amount
}

func (Image) block()   {}
func (Agenda) block()  {}
func (Table) block()   {}
func (Fields) block()  {}
func (Notice) block()  {}
func (More) block()    {}
func (Further) block() {}
func (Text) block()    {}
